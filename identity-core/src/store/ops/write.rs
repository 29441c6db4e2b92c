//! Writes as statements.

use diesel::prelude::*;

use super::{
    Flight, access_tokens, adoption, changes, connections, former, grants, groups::unique_name_key,
    identities, mappings, members, organizations, projects, requests, roles, schemas, service_accounts,
    tokens, write_users,
};
use crate::{
    error::Result,
    group::Group,
    id::Id,
    search::SearchKeys,
    store::{
        UniqueName, Write,
        rows::{GroupUpdate, NewGroup, RequestRow},
        schema::groups,
        sql::NewMembers,
    },
};

/// Puts the statements of a write into a flight.
#[expect(
    clippy::too_many_lines,
    reason = "a table, and an arm a kind of write is easiest to read"
)]
pub(super) fn push(flight: &mut Flight<'_>, write: Write) -> Result<()> {
    match write {
        Write::InsertOrganization(organization) => organizations::insert(flight, &organization)?,
        Write::DeleteOrganization(id, at) => organizations::set_deleted(flight, id, Some(at)),
        Write::UndeleteOrganization(id) => organizations::set_deleted(flight, id, None),
        Write::InsertUser(user, keys) => write_users::insert(flight, &user, &keys)?,
        Write::UpdateUser { before, after, keys } => {
            write_users::update(flight, &before, &after, &keys)?;
        }
        Write::InsertIdentity(identity) => identities::insert(flight, identity),
        Write::DeleteIdentity {
            organization,
            issuer,
            subject,
        } => identities::delete(flight, organization, issuer, subject),
        Write::InsertGroup(group, keys, unique) => insert_group(flight, &group, &keys, unique)?,
        Write::UpdateGroup(group, keys, unique) => update_group(flight, &group, &keys, unique)?,
        Write::UniqueGroupNames(organization, unique) => unique_group_names(flight, organization, unique),
        Write::InsertMembers {
            organization,
            group,
            members,
            source,
            connection,
            at,
        } => flight.push(
            "insert members",
            NewMembers::new((organization, group), &members, (source, connection), at),
        ),
        Write::DeleteMembers {
            organization,
            group,
            members,
        } => {
            members::delete(flight, organization, group, &members);
        }
        Write::LeaveGroups {
            organization,
            member,
            at,
        } => {
            members::leave_all(flight, organization, member, at);
        }
        Write::InsertProject(project) => projects::insert(flight, &project),
        Write::UpdateProject(project) => projects::update(flight, &project),
        Write::InsertRole(role) => roles::insert(flight, &role),
        Write::UpdateRole(role) => roles::update(flight, &role),
        Write::InsertGrants(grants) => grants::insert(flight, &grants),
        Write::DeleteGrants(keys) => grants::delete(flight, &keys),
        Write::RankRoles(organization, catalog) => write_users::rank_roles(flight, organization, &catalog),
        Write::InsertConnection(connection) => connections::insert(flight, &connection)?,
        Write::UpdateConnection(connection) => connections::update(flight, &connection)?,
        Write::JoinGroups {
            organization,
            user,
            groups,
            at,
        } => former::join(flight, organization, user, &groups, at),
        Write::KeepFormerAccess(organization, user, access) => {
            former::keep_access(flight, organization, user, &access)?;
        }
        Write::ForgetFormerAccess(organization, user) => former::forget_access(flight, organization, user),
        Write::EraseUser(organization, user, at) => former::erase(flight, organization, user, at),
        Write::Adopt {
            organization,
            connection,
            kind,
            ids,
            at,
        } => adoption::adopt(flight, (organization, connection), kind, &ids, at),
        Write::Release {
            organization,
            connection,
            clashing_users,
            clashing_groups,
        } => adoption::release(
            flight,
            organization,
            connection,
            (&clashing_users, &clashing_groups),
        ),
        Write::DeleteConnection(organization, id) => connections::delete(flight, organization, id),
        Write::InsertToken(token) => tokens::insert(flight, &token),
        Write::UpdateToken(token) => tokens::update(flight, &token),
        Write::DeleteToken(organization, id) => tokens::delete(flight, organization, id),
        Write::InsertFormerSecret {
            organization,
            token,
            digest,
            ends_at,
        } => tokens::insert_former(flight, organization, token, &digest, ends_at),
        Write::DeleteFormerSecrets(organization, token) => tokens::delete_former(flight, organization, token),
        Write::InsertSigningKey(key) => access_tokens::insert_key(flight, *key),
        Write::EndSigningKey(id, at) => access_tokens::end_key(flight, id, at),
        Write::RevokeAccessToken {
            organization,
            id,
            ends_at,
            now,
        } => access_tokens::revoke(flight, organization, id, ends_at, now),
        Write::UseAssertion {
            organization,
            digest,
            ends_at,
            now,
        } => access_tokens::use_assertion(flight, organization, &digest, ends_at, now),
        Write::InsertServiceAccount(account) => service_accounts::insert(flight, &account),
        Write::UpdateServiceAccount(account) => service_accounts::update(flight, &account),
        Write::DeleteServiceAccount(organization, id) => service_accounts::delete(flight, organization, id),
        Write::InsertSchema(schema) => schemas::insert(flight, &schema)?,
        Write::DeleteSchema(organization, urn) => schemas::delete(flight, organization, &urn),
        Write::DeleteChanges(organization, through) => changes::delete(flight, organization, through),
        Write::InsertMapping(rule) => mappings::insert(flight, &rule),
        Write::UpdateMapping(rule) => mappings::update(flight, &rule),
        Write::DeleteMapping(organization, id) => mappings::delete(flight, organization, id),
        Write::SetGroupLicenses {
            organization,
            groups,
            licenses,
        } => mappings::set_licenses(flight, organization, &groups, &licenses),
        Write::InsertRequest(organization, id, stored) => {
            requests::insert(flight, RequestRow::new(organization, id, stored));
        }
    }
    Ok(())
}

fn insert_group(flight: &mut Flight<'_>, group: &Group, keys: &SearchKeys, unique: UniqueName) -> Result<()> {
    let row = NewGroup::new(group, keys, unique)?;
    flight.insert("insert group", diesel::insert_into(groups::table).values(row));
    Ok(())
}

fn update_group(flight: &mut Flight<'_>, group: &Group, keys: &SearchKeys, unique: UniqueName) -> Result<()> {
    let target = groups::table.find((group.organization_id, group.id));
    let changes = GroupUpdate::new(group, keys, unique)?;
    flight.push("update group", diesel::update(target).set(changes));
    if group.deleted_at.is_some() {
        members::delete_all(flight, group.organization_id, group.id);
        members::leave_all(flight, group.organization_id, group.id, group.updated_at);
        grants::delete_all(flight, group.organization_id, group.id);
    }
    Ok(())
}

fn unique_group_names(flight: &mut Flight<'_>, organization: Id, unique: UniqueName) {
    let live = groups::table
        .filter(groups::organization_id.eq(organization))
        .filter(groups::deleted_at.is_null());
    match unique {
        UniqueName::Enforced => flight.push(
            "enforce unique group names",
            diesel::update(live).set(groups::unique_name_key.eq(unique_name_key().nullable())),
        ),
        UniqueName::Free => flight.push(
            "free group names",
            diesel::update(live).set(groups::unique_name_key.eq(None::<String>)),
        ),
    }
}
