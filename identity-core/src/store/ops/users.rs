//! Lookups in `users`.

use diesel::prelude::*;

use super::{Conn, RunQueryDsl, all, classify, found, found_value};
use crate::{
    error::Result,
    group::MemberKind,
    id::Id,
    store::{
        NameUse,
        rows::UserRow,
        schema::{groups, user_emails, users},
        sql::IdIn,
    },
    user::User,
};

/// The live users of an organization.
#[diesel::dsl::auto_type]
pub(in crate::store) fn live(organization: Id) -> _ {
    users::table
        .filter(users::organization_id.eq(organization))
        .filter(users::deleted_at.is_null())
}

pub(super) async fn by_id(conn: &mut Conn, organization: Id, id: Id) -> Result<Option<User>> {
    let query = live(organization)
        .filter(users::id.eq(id))
        .select(UserRow::as_select());
    found(query.get_result(conn).await)
}

pub(super) async fn by_ids(conn: &mut Conn, organization: Id, ids: &[Id]) -> Result<Vec<User>> {
    let query = live(organization)
        .filter(IdIn::new(users::id, ids))
        .order(users::id)
        .select(UserRow::as_select());
    all(query.load(conn).await)
}

pub(super) async fn id_by_name(conn: &mut Conn, organization: Id, key: &str) -> Result<Option<Id>> {
    let query = live(organization)
        .filter(users::user_name_key.eq(key))
        .select(users::id);
    found_value(query.get_result(conn).await)
}

pub(super) async fn ids_by_external_id(
    conn: &mut Conn,
    organization: Id,
    connection: Option<Id>,
    external_id: &str,
    limit: i64,
) -> Result<Vec<Id>> {
    let query = live(organization).filter(users::external_id.eq(external_id));
    let query = query.order(users::id).select(users::id).limit(limit);
    let ids = if let Some(connection) = connection {
        query.filter(users::managed_by.eq(connection)).load(conn).await
    } else {
        query.filter(users::managed_by.is_null()).load(conn).await
    };
    ids.map_err(classify)
}

/// The newest first.
#[diesel::dsl::auto_type]
fn deleted_by_name(organization: Id, key: String) -> _ {
    users::table
        .filter(users::organization_id.eq(organization))
        .filter(users::user_name_key.eq(key))
        .filter(users::deleted_at.is_not_null())
        .order((users::deleted_at.desc(), users::id.desc()))
        .select(users::id)
        .limit(1_i64)
}

pub(super) async fn deleted_id_by_name(conn: &mut Conn, organization: Id, key: &str) -> Result<Option<Id>> {
    let query = deleted_by_name(organization, key.into());
    found_value(query.get_result(conn).await)
}

/// Up to three lookups in one statement.
pub(super) async fn name_use(
    conn: &mut Conn,
    organization: Id,
    key: &str,
    (connection, external_id): (Option<Id>, Option<&str>),
    user: Id,
) -> Result<NameUse> {
    let by_name = live(organization)
        .filter(users::user_name_key.eq(key))
        .select(users::id)
        .single_value();
    let deleted = deleted_by_name(organization, key.into()).single_value();
    let (user_name, deleted, external_id) = match (external_id, connection) {
        (None, _) => {
            let query = diesel::select((by_name, deleted));
            let (user_name, deleted) = query.get_result(conn).await.map_err(classify)?;
            (user_name, deleted, None)
        }
        (Some(external_id), Some(connection)) => {
            let managed = live(organization)
                .filter(users::external_id.eq(external_id))
                .filter(users::managed_by.eq(connection))
                .filter(users::id.ne(user))
                .select(users::id)
                .limit(1);
            let query = diesel::select((by_name, deleted, managed.single_value()));
            query.get_result(conn).await.map_err(classify)?
        }
        (Some(external_id), None) => {
            let unmanaged = live(organization)
                .filter(users::external_id.eq(external_id))
                .filter(users::managed_by.is_null())
                .filter(users::id.ne(user))
                .select(users::id)
                .limit(1);
            let query = diesel::select((by_name, deleted, unmanaged.single_value()));
            query.get_result(conn).await.map_err(classify)?
        }
    };
    Ok(NameUse {
        user_name,
        external_id,
        deleted,
    })
}

/// Rows of addresses are those of live users.
pub(super) async fn ids_by_email(
    conn: &mut Conn,
    organization: Id,
    key: &str,
    limit: i64,
) -> Result<Vec<Id>> {
    let query = user_emails::table
        .filter(user_emails::organization_id.eq(organization))
        .filter(user_emails::value_key.eq(key))
        .order(user_emails::user_id)
        .select(user_emails::user_id)
        .distinct()
        .limit(limit);
    query.load(conn).await.map_err(classify)
}

pub(super) async fn break_glass(conn: &mut Conn, organization: Id) -> Result<Vec<Id>> {
    let query = live(organization)
        .filter(users::break_glass)
        .order(users::id)
        .select(users::id);
    query.load(conn).await.map_err(classify)
}

pub(super) async fn display_names(
    conn: &mut Conn,
    organization: Id,
    ids: &[Id],
) -> Result<Vec<(Id, String)>> {
    let query = live(organization)
        .filter(IdIn::new(users::id, ids))
        .order(users::id)
        .select((users::id, users::display_name, users::user_name));
    let rows: Vec<(Id, Option<String>, String)> = query.load(conn).await.map_err(classify)?;
    let named = rows
        .into_iter()
        .map(|(id, display_name, user_name)| (id, display_name.unwrap_or(user_name)));
    Ok(named.collect())
}

pub(super) async fn kinds_of(conn: &mut Conn, organization: Id, ids: &[Id]) -> Result<Vec<(Id, MemberKind)>> {
    let query = live(organization)
        .filter(IdIn::new(users::id, ids))
        .select(users::id);
    let found_users: Vec<Id> = query.load(conn).await.map_err(classify)?;
    let mut kinds: Vec<_> = found_users.into_iter().map(|id| (id, MemberKind::User)).collect();
    if kinds.len() < ids.len() {
        let query = super::groups::live(organization)
            .filter(IdIn::new(groups::id, ids))
            .select(groups::id);
        let found_groups: Vec<Id> = query.load(conn).await.map_err(classify)?;
        kinds.extend(found_groups.into_iter().map(|id| (id, MemberKind::Group)));
    }
    Ok(kinds)
}

/// Tells which of these users exist, and whether each is active.
pub(super) async fn activity(conn: &mut Conn, organization: Id, ids: &[Id]) -> Result<Vec<(Id, bool)>> {
    let query = live(organization)
        .filter(IdIn::new(users::id, ids))
        .select((users::id, users::active));
    query.load(conn).await.map_err(classify)
}
