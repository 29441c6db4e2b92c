//! Remains of deleted users, and the former access of deactivated ones.

use diesel::prelude::*;

use super::{Conn, Pipeline, RunQueryDsl, classify, found, grants, identities, members};
use crate::{
    error::Result,
    group::{MemberKind, Source},
    id::{Id, Key},
    platform::Timestamp,
    store::{
        FormerAccess, FormerMembership,
        rows::{FormerAccessRow, UserRow, names::Named},
        schema::{former_access, group_members, groups, user_emails, users},
        sql::{IdIn, NewMembers},
    },
    user::User,
};

pub(super) async fn user(conn: &mut Conn, organization: Id, id: Id) -> Result<Option<User>> {
    let query = users::table
        .find((organization, id))
        .filter(users::deleted_at.is_not_null())
        .select(UserRow::as_select());
    found(query.get_result(conn).await)
}

pub(super) async fn users_deleted_before(
    conn: &mut Conn,
    organization: Id,
    before: Timestamp,
    after: Option<Id>,
    limit: i64,
) -> Result<Vec<Id>> {
    let mut query = users::table
        .filter(users::organization_id.eq(organization))
        .filter(users::deleted_at.lt(before))
        // A condition of the indexes of deleted users.
        .filter(users::deleted_at.is_not_null())
        .order(users::id)
        .select(users::id)
        .limit(limit)
        .into_boxed();
    if let Some(after) = after {
        query = query.filter(users::id.gt(after));
    }
    query.load(conn).await.map_err(classify)
}

pub(super) async fn ids_by_external_id(
    conn: &mut Conn,
    organization: Id,
    connection: Id,
    external_id: &str,
    limit: i64,
) -> Result<Vec<Id>> {
    let query = users::table
        .filter(users::organization_id.eq(organization))
        .filter(users::external_id.eq(external_id))
        .filter(users::deleted_at.is_not_null())
        .filter(users::managed_by.eq(connection))
        .order((users::deleted_at.desc(), users::id.desc()))
        .select(users::id)
        .limit(limit);
    query.load(conn).await.map_err(classify)
}

pub(super) async fn access(conn: &mut Conn, organization: Id, user: Id) -> Result<Option<FormerAccess>> {
    let query = former_access::table
        .find((organization, user))
        .select(FormerAccessRow::as_select());
    found(query.get_result(conn).await)
}

pub(super) async fn memberships(
    conn: &mut Conn,
    organization: Id,
    member: Id,
) -> Result<Vec<FormerMembership>> {
    let query = group_members::table
        .filter(group_members::organization_id.eq(organization))
        .filter(group_members::member_id.eq(member))
        .order(group_members::group_id)
        .select((
            group_members::group_id,
            group_members::source,
            group_members::connection_id,
        ));
    let rows: Vec<(Id, String, Option<Id>)> = query.load(conn).await.map_err(classify)?;
    let membership = |(group, source, connection): (Id, String, Option<Id>)| {
        let source = Source::read(&source)?;
        Ok(FormerMembership {
            group,
            source,
            connection,
        })
    };
    rows.into_iter().map(membership).collect()
}

pub(super) fn keep_access(pipeline: &mut Pipeline<'_>, user: Key, access: &FormerAccess) -> Result<()> {
    let row = FormerAccessRow::new(user.organization, user.id, access)?;
    // Two statements and not an upsert: what was kept before is gone for good.
    forget_access(pipeline, user);
    pipeline.push(
        "keep former access",
        diesel::insert_into(former_access::table).values(row),
    );
    Ok(())
}

pub(super) fn forget_access(pipeline: &mut Pipeline<'_>, user: Key) {
    let target = former_access::table.find((user.organization, user.id));
    pipeline.push("forget former access", diesel::delete(target));
}

/// Puts a user into groups, whose counts and versions move on.
pub(super) fn join(
    pipeline: &mut Pipeline<'_>,
    organization: Id,
    user: Id,
    memberships: &[FormerMembership],
    at: Timestamp,
) {
    let ids: Vec<Id> = memberships.iter().map(|membership| membership.group).collect();
    for membership in memberships {
        let scope_key = (organization, membership.group);
        let source = (membership.source, membership.connection);
        let member = NewMembers::new(scope_key, &[(user, MemberKind::User)], source, at);
        pipeline.push("insert members", member);
    }
    let joined = groups::table
        .filter(groups::organization_id.eq(organization))
        .filter(IdIn::new(groups::id, &ids));
    pipeline.push(
        "count members that joined",
        diesel::update(joined).set((
            groups::member_count.eq(groups::member_count + 1),
            groups::version.eq(groups::version + 1),
            groups::updated_at.eq(at),
        )),
    );
}

/// Nothing is left of the user but its entries in the change log.
pub(super) fn erase(pipeline: &mut Pipeline<'_>, key: Key, at: Timestamp) {
    let Key {
        organization,
        id: user,
    } = key;
    members::leave_all(pipeline, organization, user, at);
    forget_access(pipeline, key);
    let emails = user_emails::table
        .filter(user_emails::organization_id.eq(organization))
        .filter(user_emails::user_id.eq(user));
    pipeline.push("erase e-mails", diesel::delete(emails));
    grants::delete_all(pipeline, organization, user);
    identities::delete_all(pipeline, organization, user);
    pipeline.push(
        "erase user",
        diesel::delete(users::table.find((organization, user))),
    );
}
