//! Users and groups that no connection manages, and how they are adopted or released.

use diesel::{dsl::sql, prelude::*, sql_types::Bool};

use super::{Conn, Pipeline, RunQueryDsl, classify};
use crate::{
    error::Result,
    group::MemberKind,
    id::Id,
    platform::Timestamp,
    store::{
        HolderOfId, Unmanaged,
        rows::{UnmanagedGroupRow, UnmanagedUserRow},
        schema::{groups, user_emails, users},
        sql::IdIn,
    },
};

/// Nobody manages the user, or a connection that is gone.
const UNMANAGED_USER: &str = "(users.managed_by IS NULL OR NOT EXISTS (SELECT 1 FROM connections \
     WHERE connections.organization_id = users.organization_id AND connections.id = users.managed_by))";
/// The same of a group.
const UNMANAGED_GROUP: &str = "(groups.managed_by IS NULL OR NOT EXISTS (SELECT 1 FROM connections \
     WHERE connections.organization_id = groups.organization_id AND connections.id = groups.managed_by))";
/// A user whom nobody manages has the same external id.
const USER_CLASHES: &str = "users.external_id IN (SELECT other.external_id FROM users AS other \
     WHERE other.organization_id = users.organization_id AND other.managed_by IS NULL \
     AND other.deleted_at IS NULL AND other.external_id IS NOT NULL)";
/// The same of a group.
const GROUP_CLASHES: &str = "groups.external_id IN (SELECT other.external_id FROM groups AS other \
     WHERE other.organization_id = groups.organization_id AND other.managed_by IS NULL \
     AND other.deleted_at IS NULL AND other.external_id IS NOT NULL)";

pub(super) async fn unmanaged(
    conn: &mut Conn,
    organization: Id,
    kind: MemberKind,
    after: Option<Id>,
    limit: i64,
) -> Result<Vec<Unmanaged>> {
    let after = after.unwrap_or(Id(uuid::Uuid::nil()));
    match kind {
        MemberKind::User => {
            let query = super::users::live(organization)
                .filter(sql::<Bool>(UNMANAGED_USER))
                .filter(users::id.gt(after))
                .order(users::id)
                .limit(limit)
                .select(UnmanagedUserRow::as_select());
            let rows: Vec<UnmanagedUserRow> = query.load(conn).await.map_err(classify)?;
            rows.into_iter().map(Unmanaged::try_from).collect()
        }
        MemberKind::Group => {
            let query = super::groups::live(organization)
                .filter(sql::<Bool>(UNMANAGED_GROUP))
                .filter(groups::id.gt(after))
                .order(groups::id)
                .limit(limit)
                .select(UnmanagedGroupRow::as_select());
            let rows: Vec<UnmanagedGroupRow> = query.load(conn).await.map_err(classify)?;
            Ok(rows.into_iter().map(Unmanaged::from).collect())
        }
    }
}

pub(super) async fn holders_of_ids(
    conn: &mut Conn,
    organization: Id,
    kind: MemberKind,
    external_ids: &[String],
) -> Result<Vec<HolderOfId>> {
    let rows: Vec<(Id, Option<String>, Option<Id>)> = match kind {
        MemberKind::User => {
            let query = super::users::live(organization)
                .filter(users::external_id.eq_any(external_ids))
                .select((users::id, users::external_id, users::managed_by));
            query.load(conn).await.map_err(classify)?
        }
        MemberKind::Group => {
            let query = super::groups::live(organization)
                .filter(groups::external_id.eq_any(external_ids))
                .select((groups::id, groups::external_id, groups::managed_by));
            query.load(conn).await.map_err(classify)?
        }
    };
    let holder = |(id, external_id, managed_by): (Id, Option<String>, Option<Id>)| HolderOfId {
        id,
        external_id: external_id.unwrap_or_default(),
        managed_by,
    };
    Ok(rows.into_iter().map(holder).collect())
}

pub(super) async fn users_by_names(
    conn: &mut Conn,
    organization: Id,
    keys: &[String],
) -> Result<Vec<(String, Unmanaged)>> {
    let query = super::users::live(organization)
        .filter(users::user_name_key.eq_any(keys))
        .select((users::user_name_key, UnmanagedUserRow::as_select()));
    let rows: Vec<(String, UnmanagedUserRow)> = query.load(conn).await.map_err(classify)?;
    rows.into_iter()
        .map(|(key, row)| Ok((key, row.try_into()?)))
        .collect()
}

pub(super) async fn users_by_external_ids(
    conn: &mut Conn,
    organization: Id,
    external_ids: &[String],
) -> Result<Vec<(String, Unmanaged)>> {
    let query = super::users::live(organization)
        .filter(users::external_id.eq_any(external_ids))
        .order(users::id)
        .select(UnmanagedUserRow::as_select());
    let rows: Vec<UnmanagedUserRow> = query.load(conn).await.map_err(classify)?;
    let user = |row: UnmanagedUserRow| {
        Unmanaged::try_from(row).map(|user| (user.external_id.clone().unwrap_or_default(), user))
    };
    rows.into_iter().map(user).collect()
}

pub(super) async fn users_by_emails(
    conn: &mut Conn,
    organization: Id,
    keys: &[String],
) -> Result<Vec<(String, Unmanaged)>> {
    let same = users::organization_id
        .eq(user_emails::organization_id)
        .and(users::id.eq(user_emails::user_id));
    let query = user_emails::table
        .inner_join(users::table.on(same))
        .filter(user_emails::organization_id.eq(organization))
        .filter(user_emails::value_key.eq_any(keys))
        .select((user_emails::value_key, UnmanagedUserRow::as_select()))
        .distinct();
    let rows: Vec<(String, UnmanagedUserRow)> = query.load(conn).await.map_err(classify)?;
    rows.into_iter()
        .map(|(key, row)| Ok((key, row.try_into()?)))
        .collect()
}

pub(super) async fn active_managed_users(
    conn: &mut Conn,
    organization: Id,
    connection: Id,
    limit: i64,
) -> Result<Vec<(Id, String)>> {
    let query = super::users::live(organization)
        .filter(users::managed_by.eq(connection))
        .filter(users::active)
        .order(users::id)
        .limit(limit)
        .select((users::id, users::user_name));
    query.load(conn).await.map_err(classify)
}

pub(super) async fn release_clashes(
    conn: &mut Conn,
    organization: Id,
    connection: Id,
    kind: MemberKind,
) -> Result<Vec<HolderOfId>> {
    let rows: Vec<(Id, Option<String>)> = match kind {
        MemberKind::User => {
            let query = super::users::live(organization)
                .filter(users::managed_by.eq(connection))
                .filter(sql::<Bool>(USER_CLASHES))
                .order(users::id)
                .select((users::id, users::external_id));
            query.load(conn).await.map_err(classify)?
        }
        MemberKind::Group => {
            let query = super::groups::live(organization)
                .filter(groups::managed_by.eq(connection))
                .filter(sql::<Bool>(GROUP_CLASHES))
                .order(groups::id)
                .select((groups::id, groups::external_id));
            query.load(conn).await.map_err(classify)?
        }
    };
    let holder = |(id, external_id): (Id, Option<String>)| HolderOfId {
        id,
        external_id: external_id.unwrap_or_default(),
        managed_by: Some(connection),
    };
    Ok(rows.into_iter().map(holder).collect())
}

pub(super) fn adopt(
    pipeline: &mut Pipeline<'_>,
    (organization, connection): (Id, Id),
    kind: MemberKind,
    ids: &[Id],
    at: Timestamp,
) {
    match kind {
        MemberKind::User => {
            let adopted = super::users::live(organization).filter(IdIn::new(users::id, ids));
            pipeline.push(
                "adopt users",
                diesel::update(adopted).set((
                    users::managed_by.eq(connection),
                    users::version.eq(users::version + 1),
                    users::updated_at.eq(at),
                )),
            );
        }
        MemberKind::Group => {
            let adopted = super::groups::live(organization).filter(IdIn::new(groups::id, ids));
            pipeline.push(
                "adopt groups",
                diesel::update(adopted).set((
                    groups::managed_by.eq(connection),
                    groups::version.eq(groups::version + 1),
                    groups::updated_at.eq(at),
                )),
            );
        }
    }
}

/// Releases what a connection manages, raises the versions, and clears external ids that others have.
pub(super) fn release(
    pipeline: &mut Pipeline<'_>,
    organization: Id,
    connection: Id,
    (clashing_users, clashing_groups): (&[Id], &[Id]),
) {
    let managed_users = users::table
        .filter(users::organization_id.eq(organization))
        .filter(users::managed_by.eq(connection));
    let managed_groups = groups::table
        .filter(groups::organization_id.eq(organization))
        .filter(groups::managed_by.eq(connection));
    if !clashing_users.is_empty() {
        let clashing = super::users::live(organization).filter(IdIn::new(users::id, clashing_users));
        pipeline.push(
            "clear external ids of users",
            diesel::update(clashing).set(users::external_id.eq(None::<String>)),
        );
    }
    if !clashing_groups.is_empty() {
        let clashing = super::groups::live(organization).filter(IdIn::new(groups::id, clashing_groups));
        pipeline.push(
            "clear external ids of groups",
            diesel::update(clashing).set(groups::external_id.eq(None::<String>)),
        );
    }
    pipeline.push(
        "release users",
        diesel::update(managed_users).set((
            users::managed_by.eq(None::<Id>),
            users::version.eq(users::version + 1),
        )),
    );
    pipeline.push(
        "release groups",
        diesel::update(managed_groups).set((
            groups::managed_by.eq(None::<Id>),
            groups::version.eq(groups::version + 1),
        )),
    );
}
