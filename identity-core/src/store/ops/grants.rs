//! Statements on `role_grants`.

use diesel::prelude::*;

use super::{Conn, Pipeline, RunQueryDsl, all, classify, found_value};
use crate::{
    access::AccessFacts,
    error::Result,
    id::Id,
    platform::Timestamp,
    role::{EffectiveGrant, Grant, GrantKey, RoleScope, RoleValue},
    store::{
        Without,
        rows::{GrantRow, NewGrant, ORGANIZATION_ITSELF, names::Named, project_of, scope_of},
        schema::role_grants,
        sql::{AccessFactsOf, AccessFactsRow, BulkGrants, EffectiveGrants, Holders, IdIn, PermanentHolder},
    },
};

pub(super) async fn of_principals(
    conn: &mut Conn,
    organization: Id,
    principals: &[Id],
) -> Result<Vec<Grant>> {
    let query = role_grants::table
        .filter(role_grants::organization_id.eq(organization))
        .filter(IdIn::new(role_grants::principal_id, principals))
        .order((
            role_grants::principal_id,
            role_grants::project_id,
            role_grants::role,
            role_grants::source,
        ))
        .select(GrantRow::as_select());
    all(query.load(conn).await)
}

pub(super) async fn in_scope(
    conn: &mut Conn,
    organization: Id,
    scope: RoleScope,
    after: Option<&GrantKey>,
    limit: i64,
) -> Result<Vec<Grant>> {
    let mut query = role_grants::table
        .filter(role_grants::organization_id.eq(organization))
        .filter(role_grants::project_id.eq(project_of(scope)))
        .order((role_grants::role, role_grants::principal_id, role_grants::source))
        .limit(limit)
        .select(GrantRow::as_select())
        .into_boxed();
    if let Some(after) = after {
        let same_role = role_grants::role.eq(after.role.clone());
        let same_principal = role_grants::principal_id.eq(after.principal_id);
        let later_source = role_grants::source.gt(after.source.stored());
        let later_principal = role_grants::principal_id.gt(after.principal_id);
        query = query.filter(
            role_grants::role
                .gt(after.role.clone())
                .or(same_role.and(later_principal.or(same_principal.and(later_source)))),
        );
    }
    all(query.load(conn).await)
}

pub(super) async fn effective(
    conn: &mut Conn,
    organization: Id,
    users: &[Id],
    at: Timestamp,
) -> Result<Vec<EffectiveGrant>> {
    let query = EffectiveGrants::new(organization, users, at);
    let rows: Vec<(Id, GrantRow)> = query.load(conn).await.map_err(classify)?;
    let effective = |(user_id, row): (Id, GrantRow)| {
        let grant = row.try_into()?;
        Ok(EffectiveGrant { user_id, grant })
    };
    rows.into_iter().map(effective).collect()
}

pub(super) async fn access_facts(
    conn: &mut Conn,
    organization: Id,
    user: Id,
    scope: RoleScope,
    at: Timestamp,
) -> Result<Option<AccessFacts>> {
    let question = AccessFactsOf::new((organization, user, project_of(scope)), at);
    let rows = conn.lookup(question).await?;
    let is_nested = |(.., nested): &AccessFactsRow| *nested;
    if rows.iter().any(is_nested) {
        return access_facts_from(&conn.lookup(question.nested()).await?);
    }
    access_facts_from(&rows)
}

/// Combines the rows of [`AccessFactsOf`] into access facts.
fn access_facts_from(rows: &[AccessFactsRow]) -> Result<Option<AccessFacts>> {
    let own = |(revision, policy_version, active, project, ..): &AccessFactsRow| {
        Some(((*revision)?, (*policy_version)?, *active, project.clone()))
    };
    let Some((revision, policy_version, active, project)) = rows.iter().find_map(own) else {
        return Ok(None);
    };
    let held = |(.., project, role, expires_at, _): &AccessFactsRow| {
        let scope = scope_of((*project)?);
        let role = role.clone()?;
        Some((RoleValue { scope, role }, *expires_at))
    };
    let has_effect = active == Some(true);
    Ok(Some(AccessFacts {
        revision,
        policy_version,
        active,
        project: project.as_deref().map(Named::read).transpose()?,
        held: rows.iter().filter(|_| has_effect).filter_map(held).collect(),
    }))
}

pub(super) async fn holders(
    conn: &mut Conn,
    organization: Id,
    scope: RoleScope,
    at: Timestamp,
    (after, limit): (Option<Id>, i64),
) -> Result<Vec<Id>> {
    let query = Holders {
        organization,
        project: project_of(scope),
        at,
        after: after.unwrap_or(ORGANIZATION_ITSELF),
        limit,
    };
    query.load(conn).await.map_err(classify)
}

pub(super) async fn has_permanent_holder(
    conn: &mut Conn,
    organization: Id,
    role: &str,
    without: &Without,
) -> Result<bool> {
    let query = PermanentHolder::new(organization, role, without);
    let holders: Vec<Id> = query.load(conn).await.map_err(classify)?;
    Ok(!holders.is_empty())
}

pub(super) async fn is_held(conn: &mut Conn, organization: Id, role: &str) -> Result<bool> {
    let query = role_grants::table
        .filter(role_grants::organization_id.eq(organization))
        .filter(role_grants::role.eq(role))
        .select(role_grants::principal_id)
        .limit(1);
    Ok(found_value(query.get_result::<Id>(conn).await)?.is_some())
}

/// Neighbours that differ only in who holds them go in one statement.
pub(super) fn insert(pipeline: &mut Pipeline<'_>, grants: &[Grant]) {
    for same in grants.chunk_by(differ_in_holder_only) {
        match same {
            [grant] => pipeline.insert(
                "insert grant",
                diesel::insert_into(role_grants::table).values(NewGrant::from(grant.clone())),
            ),
            [first, ..] => {
                let holders = same.iter().map(|grant| grant.key.principal_id);
                pipeline.push("insert grants", BulkGrants::new(first, holders));
            }
            [] => {}
        }
    }
}

fn differ_in_holder_only(one: &Grant, other: &Grant) -> bool {
    let terms = |grant: &Grant| {
        (
            grant.principal_kind,
            grant.connection_id,
            grant.expires_at,
            grant.created_at,
        )
    };
    are_of_one_role(&one.key, &other.key) && terms(one) == terms(other)
}

/// Tells whether two keys differ only in the holder.
fn are_of_one_role(one: &GrantKey, other: &GrantKey) -> bool {
    let scope_key = |key: &GrantKey| (key.organization_id, key.scope, key.source);
    one.role == other.role && scope_key(one) == scope_key(other)
}

/// Neighbours that differ only in who holds them go in one statement.
pub(super) fn delete(pipeline: &mut Pipeline<'_>, keys: &[GrantKey]) {
    for same in keys.chunk_by(are_of_one_role) {
        let Some(key) = same.first() else { continue };
        let holders: Vec<Id> = same.iter().map(|key| key.principal_id).collect();
        let target = role_grants::table
            .filter(role_grants::organization_id.eq(key.organization_id))
            .filter(IdIn::new(role_grants::principal_id, &holders))
            .filter(role_grants::project_id.eq(project_of(key.scope)))
            .filter(role_grants::role.eq(key.role.clone()))
            .filter(role_grants::source.eq(key.source.stored()));
        pipeline.push("delete grants", diesel::delete(target));
    }
}

/// All that a user or group holds.
pub(super) fn delete_all(pipeline: &mut Pipeline<'_>, organization: Id, principal: Id) {
    let target = role_grants::table
        .filter(role_grants::organization_id.eq(organization))
        .filter(role_grants::principal_id.eq(principal));
    pipeline.push("delete grants of principal", diesel::delete(target));
}

/// All that is held in a project.
pub(super) fn delete_in(pipeline: &mut Pipeline<'_>, organization: Id, project: Id) {
    let target = role_grants::table
        .filter(role_grants::organization_id.eq(organization))
        .filter(role_grants::project_id.eq(project));
    pipeline.push("delete grants in project", diesel::delete(target));
}

/// All holdings of a custom role.
pub(super) fn delete_of_role(pipeline: &mut Pipeline<'_>, organization: Id, role: Id) {
    let target = role_grants::table
        .filter(role_grants::organization_id.eq(organization))
        .filter(role_grants::role.eq(role.to_string()));
    pipeline.push("delete grants of role", diesel::delete(target));
}
