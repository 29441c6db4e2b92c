//! Writes as statements.

use diesel::prelude::*;

use super::{
    Pipeline, access_tokens, adoption, changes, connection_health, connections, former, grants,
    groups::unique_name_key, identities, mappings, members, organizations, projects, provisioning, requests,
    roles, schemas, service_accounts, tokens, write_users,
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

/// Puts the statements of a write into a pipeline.
#[expect(
    clippy::too_many_lines,
    reason = "a table, and an arm a kind of write is easiest to read"
)]
pub(super) fn push(pipeline: &mut Pipeline<'_>, write: Write) -> Result<()> {
    match write {
        Write::InsertOrganization(organization) => organizations::insert(pipeline, &organization)?,
        Write::DeleteOrganization(id, at) => organizations::set_deleted(pipeline, id, Some(at)),
        Write::UndeleteOrganization(id) => organizations::set_deleted(pipeline, id, None),
        Write::InsertUser(user, keys) => write_users::insert(pipeline, &user, &keys)?,
        Write::UpdateUser { before, after, keys } => {
            write_users::update(pipeline, &before, &after, &keys)?;
        }
        Write::InsertIdentity(identity) => identities::insert(pipeline, identity),
        Write::DeleteIdentity {
            organization,
            issuer,
            subject,
        } => identities::delete(pipeline, organization, issuer, subject),
        Write::InsertGroup(group, keys, unique) => insert_group(pipeline, &group, &keys, unique)?,
        Write::UpdateGroup(group, keys, unique) => update_group(pipeline, &group, &keys, unique)?,
        Write::UniqueGroupNames(organization, unique) => unique_group_names(pipeline, organization, unique),
        Write::InsertMembers {
            organization,
            group,
            members,
            source,
            connection,
            at,
        } => pipeline.push(
            "insert members",
            NewMembers::new((organization, group), &members, (source, connection), at),
        ),
        Write::DeleteMembers {
            organization,
            group,
            members,
        } => {
            members::delete(pipeline, organization, group, &members);
        }
        Write::LeaveGroups {
            organization,
            member,
            at,
        } => {
            members::leave_all(pipeline, organization, member, at);
        }
        Write::InsertProject(project) => projects::insert(pipeline, &project),
        Write::UpdateProject(project) => projects::update(pipeline, &project),
        Write::InsertRole(role) => roles::insert(pipeline, &role),
        Write::UpdateRole(role) => roles::update(pipeline, &role),
        Write::InsertGrants(grants) => grants::insert(pipeline, &grants),
        Write::DeleteGrants(keys) => grants::delete(pipeline, &keys),
        Write::RankRoles(organization, catalog) => write_users::rank_roles(pipeline, organization, &catalog),
        Write::InsertConnection(connection) => connections::insert(pipeline, &connection)?,
        Write::UpdateConnection(connection) => connections::update(pipeline, &connection)?,
        Write::JoinGroups {
            organization,
            user,
            groups,
            at,
        } => former::join(pipeline, organization, user, &groups, at),
        Write::KeepFormerAccess(user, access) => former::keep_access(pipeline, user, &access)?,
        Write::ForgetFormerAccess(user) => former::forget_access(pipeline, user),
        Write::EraseUser(user, at) => former::erase(pipeline, user, at),
        Write::Adopt {
            organization,
            connection,
            kind,
            ids,
            at,
        } => adoption::adopt(pipeline, (organization, connection), kind, &ids, at),
        Write::Release {
            organization,
            connection,
            clashing_users,
            clashing_groups,
        } => adoption::release(
            pipeline,
            organization,
            connection,
            (&clashing_users, &clashing_groups),
        ),
        Write::TellHealth {
            organization,
            connection,
            told,
        } => connection_health::tell(pipeline, organization, connection, told),
        Write::DeleteConnection(key) => connections::delete(pipeline, key),
        Write::InsertToken(token) => tokens::insert(pipeline, &token),
        Write::UpdateToken(token) => tokens::update(pipeline, &token),
        Write::DeleteToken(key) => tokens::delete(pipeline, key),
        Write::InsertFormerSecret {
            organization,
            token,
            digest,
            ends_at,
        } => tokens::insert_former(pipeline, organization, token, &digest, ends_at),
        Write::DeleteFormerSecrets(token) => tokens::delete_former(pipeline, token),
        Write::InsertSigningKey(key) => access_tokens::insert_key(pipeline, *key),
        Write::EndSigningKey(id, at) => access_tokens::end_key(pipeline, id, at),
        Write::RevokeAccessToken {
            organization,
            id,
            ends_at,
            now,
        } => access_tokens::revoke(pipeline, organization, id, ends_at, now),
        Write::UseAssertion {
            organization,
            digest,
            ends_at,
            now,
        } => access_tokens::use_assertion(pipeline, organization, &digest, ends_at, now),
        Write::InsertServiceAccount(account) => service_accounts::insert(pipeline, &account),
        Write::UpdateServiceAccount(account) => service_accounts::update(pipeline, &account),
        Write::DeleteServiceAccount(key) => service_accounts::delete(pipeline, key),
        Write::InsertSchema(schema) => schemas::insert(pipeline, &schema)?,
        Write::DeleteSchema(organization, urn) => schemas::delete(pipeline, organization, &urn),
        Write::DeleteChanges(organization, through) => changes::delete(pipeline, organization, through),
        Write::EraseChanges(organization, entries) => {
            for (revision, sequence, detail) in entries {
                changes::erase(pipeline, organization, (revision, sequence), &detail)?;
            }
        }
        Write::DeleteProvisioningRequests(organization, ids) => {
            provisioning::delete(pipeline, organization, &ids);
        }
        Write::ForgetRequestsOf(made) => requests::forget_those_of(pipeline, made),
        Write::InsertMapping(rule) => mappings::insert(pipeline, &rule),
        Write::UpdateMapping(rule) => mappings::update(pipeline, &rule),
        Write::DeleteMapping(key) => mappings::delete(pipeline, key),
        Write::SetGroupLicenses {
            organization,
            groups,
            licenses,
        } => mappings::set_licenses(pipeline, organization, &groups, &licenses),
        Write::InsertRequest(organization, id, stored) => {
            requests::insert(pipeline, RequestRow::new(organization, id, stored));
        }
    }
    Ok(())
}

fn insert_group(
    pipeline: &mut Pipeline<'_>,
    group: &Group,
    keys: &SearchKeys,
    unique: UniqueName,
) -> Result<()> {
    let row = NewGroup::new(group, keys, unique)?;
    pipeline.insert("insert group", diesel::insert_into(groups::table).values(row));
    Ok(())
}

fn update_group(
    pipeline: &mut Pipeline<'_>,
    group: &Group,
    keys: &SearchKeys,
    unique: UniqueName,
) -> Result<()> {
    let target = groups::table.find((group.organization_id, group.id));
    let changes = GroupUpdate::new(group, keys, unique)?;
    pipeline.push("update group", diesel::update(target).set(changes));
    if group.deleted_at.is_some() {
        members::delete_all(pipeline, group.organization_id, group.id);
        members::leave_all(pipeline, group.organization_id, group.id, group.updated_at);
        grants::delete_all(pipeline, group.organization_id, group.id);
    }
    Ok(())
}

fn unique_group_names(pipeline: &mut Pipeline<'_>, organization: Id, unique: UniqueName) {
    let live = groups::table
        .filter(groups::organization_id.eq(organization))
        .filter(groups::deleted_at.is_null());
    match unique {
        UniqueName::Enforced => pipeline.push(
            "enforce unique group names",
            diesel::update(live).set(groups::unique_name_key.eq(unique_name_key().nullable())),
        ),
        UniqueName::Free => pipeline.push(
            "free group names",
            diesel::update(live).set(groups::unique_name_key.eq(None::<String>)),
        ),
    }
}
