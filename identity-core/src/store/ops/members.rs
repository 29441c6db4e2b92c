//! Memberships in groups.

use diesel::prelude::*;

use super::{Conn, Pipeline, RunQueryDsl, all, classify};
use crate::{
    error::Result,
    group::{Member, MemberKind, Source},
    id::Id,
    platform::Timestamp,
    store::{
        MembershipOrigin,
        rows::{MemberRow, names::Named},
        schema::{group_members, groups, users},
        sql::{Ancestors, Belonging, GroupsOf, IdIn, MembershipsAbove},
    },
    user::{GroupReference, Membership},
};

/// The memberships of a group.
#[diesel::dsl::auto_type]
fn of_group(organization: Id, group: Id) -> _ {
    group_members::table
        .filter(group_members::organization_id.eq(organization))
        .filter(group_members::group_id.eq(group))
}

pub(super) async fn page(
    conn: &mut Conn,
    organization: Id,
    group: Id,
    after: Option<Id>,
    limit: i64,
) -> Result<Vec<Member>> {
    let user = users::organization_id
        .eq(group_members::organization_id)
        .and(users::id.eq(group_members::member_id));
    let nested = groups::organization_id
        .eq(group_members::organization_id)
        .and(groups::id.eq(group_members::member_id));
    let mut query = group_members::table
        .left_join(users::table.on(user))
        .left_join(groups::table.on(nested))
        .filter(group_members::organization_id.eq(organization))
        .filter(group_members::group_id.eq(group))
        .order(group_members::member_id)
        .limit(limit)
        .select((
            group_members::member_id,
            group_members::member_kind,
            group_members::source,
            users::display_name.nullable(),
            users::user_name.nullable(),
            groups::display_name.nullable(),
        ))
        .into_boxed();
    if let Some(after) = after {
        query = query.filter(group_members::member_id.gt(after));
    }
    all(query.load::<MemberRow>(conn).await)
}

pub(super) async fn ids(conn: &mut Conn, organization: Id, group: Id) -> Result<Vec<(Id, MemberKind)>> {
    let query = of_group(organization, group)
        .order(group_members::member_id)
        .select((group_members::member_id, group_members::member_kind));
    let rows: Vec<(Id, String)> = query.load(conn).await.map_err(classify)?;
    rows.into_iter()
        .map(|(id, kind)| Ok((id, MemberKind::read(&kind)?)))
        .collect()
}

pub(super) async fn among(conn: &mut Conn, organization: Id, group: Id, members: &[Id]) -> Result<Vec<Id>> {
    let query = of_group(organization, group)
        .filter(IdIn::new(group_members::member_id, members))
        .order(group_members::member_id)
        .select(group_members::member_id);
    query.load(conn).await.map_err(classify)
}

pub(super) async fn origins(
    conn: &mut Conn,
    organization: Id,
    group: Id,
    members: &[Id],
) -> Result<Vec<MembershipOrigin>> {
    let query = of_group(organization, group)
        .filter(IdIn::new(group_members::member_id, members))
        .order(group_members::member_id)
        .select((group_members::member_id, group_members::source));
    let rows: Vec<(Id, String)> = query.load(conn).await.map_err(classify)?;
    let origin = |(member, source): (Id, String)| {
        let source = Source::read(&source)?;
        Ok(MembershipOrigin { member, source })
    };
    rows.into_iter().map(origin).collect()
}

pub(super) async fn direct_parents(conn: &mut Conn, organization: Id, member: Id) -> Result<Vec<Id>> {
    let query = group_members::table
        .filter(group_members::organization_id.eq(organization))
        .filter(group_members::member_id.eq(member))
        .order(group_members::group_id)
        .select(group_members::group_id);
    query.load(conn).await.map_err(classify)
}

pub(super) async fn ancestors(conn: &mut Conn, organization: Id, group: Id) -> Result<Vec<Id>> {
    let query = Ancestors::new(organization, group);
    query.load(conn).await.map_err(classify)
}

pub(super) async fn above(conn: &mut Conn, organization: Id, members: &[Id]) -> Result<Vec<(Id, Id)>> {
    let query = MembershipsAbove::new(organization, members);
    query.load(conn).await.map_err(classify)
}

pub(super) async fn groups_of(
    conn: &mut Conn,
    organization: Id,
    members: &[Id],
) -> Result<Vec<(Id, GroupReference)>> {
    let query = GroupsOf::new(organization, members);
    let rows: Vec<Belonging> = query.load(conn).await.map_err(classify)?;
    let references = rows.into_iter().map(|(member, id, display_name, direct)| {
        let membership = if direct == 1 {
            Membership::Direct
        } else {
            Membership::Indirect
        };
        let reference = GroupReference {
            id,
            display_name,
            membership,
        };
        (member, reference)
    });
    Ok(references.collect())
}

pub(super) fn delete(pipeline: &mut Pipeline<'_>, organization: Id, group: Id, members: &[Id]) {
    let target = of_group(organization, group).filter(IdIn::new(group_members::member_id, members));
    pipeline.push("delete members", diesel::delete(target));
}

/// Empties a group.
pub(super) fn delete_all(pipeline: &mut Pipeline<'_>, organization: Id, group: Id) {
    pipeline.push(
        "delete all members",
        diesel::delete(of_group(organization, group)),
    );
}

/// Takes a user or group out of all groups, whose counts and versions move on. Without effect if it is in none.
pub(super) fn leave_all(pipeline: &mut Pipeline<'_>, organization: Id, member: Id, at: Timestamp) {
    let memberships = group_members::table
        .filter(group_members::organization_id.eq(organization))
        .filter(group_members::member_id.eq(member));
    let left = groups::table
        .filter(groups::organization_id.eq(organization))
        .filter(groups::id.eq_any(memberships.select(group_members::group_id)));
    pipeline.push(
        "count members that left",
        diesel::update(left).set((
            groups::member_count.eq(groups::member_count - 1),
            groups::version.eq(groups::version + 1),
            groups::updated_at.eq(at),
        )),
    );
    pipeline.push("leave groups", diesel::delete(memberships));
}
