//! Few users with the groups that they belong to, in one statement.

use std::collections::HashMap;

use diesel::prelude::*;

use super::{Conn, RunQueryDsl, classify, lists, members};
use crate::{
    error::Result,
    id::Id,
    store::{
        Deleted, ListQuery,
        rows::{UserRow, from_json},
        sql::{DirectGroups, UserOf, UserWithGroupsRow},
    },
    user::{GroupReference, Membership, User},
};

type Found = (User, Vec<GroupReference>);

pub(super) async fn user(conn: &mut Conn, organization: Id, id: Id) -> Result<Option<Found>> {
    let rows = conn.lookup(UserOf { organization, id }).await?;
    let found = complete(conn, organization, rows).await?;
    Ok(found.into_iter().next())
}

pub(super) async fn page(conn: &mut Conn, organization: Id, page: &ListQuery) -> Result<Vec<Found>> {
    if page.visibility.deleted != Deleted::Hidden {
        // Rare, and not worth a statement of its own.
        let users = lists::users(conn, organization, page).await?;
        let mut found: Vec<Found> = users.into_iter().map(|user| (user, Vec::new())).collect();
        let ids: Vec<Id> = found.iter().map(|(user, _)| user.id).collect();
        add_groups(conn, organization, &mut found, &ids).await?;
        return Ok(found);
    }
    let found = lists::search_users(organization).page(page)?;
    let query = super::users::live(organization)
        .filter(found.condition)
        .order(found.order)
        .limit(page.limit)
        .offset(page.skip)
        .select((UserRow::as_select(), DirectGroups));
    let rows: Vec<UserWithGroupsRow> = query.load(conn).await.map_err(classify)?;
    complete(conn, organization, rows).await
}

/// Reads the rows, and asks for the groups of those whose groups are in groups.
async fn complete(conn: &mut Conn, organization: Id, rows: Vec<UserWithGroupsRow>) -> Result<Vec<Found>> {
    let mut found = Vec::with_capacity(rows.len());
    let mut nested = Vec::new();
    for (row, groups) in rows {
        let user = User::try_from(row)?;
        match direct(groups.as_deref())? {
            Groups::Direct(groups) => found.push((user, groups)),
            Groups::Nested => {
                nested.push(user.id);
                found.push((user, Vec::new()));
            }
        }
    }
    add_groups(conn, organization, &mut found, &nested).await?;
    Ok(found)
}

/// Reads the groups of some of what was found.
async fn add_groups(conn: &mut Conn, organization: Id, found: &mut [Found], users: &[Id]) -> Result<()> {
    if users.is_empty() {
        return Ok(());
    }
    let mut of: HashMap<Id, Vec<GroupReference>> = HashMap::new();
    for (user, group) in members::groups_of(conn, organization, users).await? {
        of.entry(user).or_default().push(group);
    }
    for (user, groups) in found {
        if let Some(all) = of.remove(&user.id) {
            *groups = all;
        }
    }
    Ok(())
}

/// Groups of a user, as far as the user's row tells them.
enum Groups {
    /// These are all, in order of their ids.
    Direct(Vec<GroupReference>),
    /// There are more, through a group that is in a group.
    Nested,
}

fn direct(json: Option<&str>) -> Result<Groups> {
    let rows: Vec<(Id, String, i32)> = json.map_or(Ok(Vec::new()), from_json)?;
    if rows.iter().any(|(_, _, nested)| *nested != 0) {
        return Ok(Groups::Nested);
    }
    let reference = |(id, display_name, _)| GroupReference {
        id,
        display_name,
        membership: Membership::Direct,
    };
    let mut groups: Vec<_> = rows.into_iter().map(reference).collect();
    groups.sort_unstable_by_key(|group| group.id);
    Ok(Groups::Direct(groups))
}
