//! Making what groups have by rules what the rules say.

use std::collections::HashSet;

use crate::{
    directory::{
        act::Act,
        roles::{insert_grants, keep_an_admin},
    },
    error::Result,
    filter::Filter,
    group::{Group, MemberKind, Source},
    id::Id,
    mapping::{MappingRule, MappingTarget},
    role::{Grant, GrantKey, RoleScope, RoleValue},
    search::position_of_group,
    store::{GroupLicense, ListQuery, Transaction, Without, Write},
};

/// Groups that are read at a time.
const BATCH: i64 = 500;

/// What a group has by rules is worked out anew after it was made, named or identified otherwise, or deleted (`None` after it).
pub(in crate::directory) async fn remap_group(
    act: &Act,
    before: Option<&Group>,
    after: &Group,
    transaction: &mut Transaction<'_>,
) -> Result<()> {
    let same = |group: &Group| {
        group.display_name == after.display_name
            && group.external_id == after.external_id
            && group.deleted_at == after.deleted_at
    };
    if before.is_some_and(same) {
        return Ok(());
    }
    let organization = after.organization_id;
    let rules = transaction.reader.mapping_rules(organization).await?;
    if rules.is_empty() {
        return Ok(());
    }
    let groups = std::slice::from_ref(after);
    let dispossessed = follow(act, organization, groups, &rules, transaction).await?;
    keep_admins(dispossessed, transaction).await
}

/// What all groups have by rules is worked out anew after the rules changed. Groups are read a page at a time; only those that differ
/// are written, and none of their members is looked at.
pub(super) async fn follow_rules(
    act: &Act,
    organization: Id,
    mut rules: Vec<MappingRule>,
    transaction: &mut Transaction<'_>,
) -> Result<()> {
    rules.sort_by_key(|rule| (rule.position, rule.id));
    let mut page = ListQuery::of_all(Filter::All(Vec::new()), BATCH);
    let mut dispossessed = Vec::new();
    loop {
        let groups = transaction.reader.groups(organization, &page).await?;
        let Some(last) = groups.last() else {
            return keep_admins(dispossessed, transaction).await;
        };
        page.after = Some(position_of_group(&page.order, last, &[])?);
        dispossessed.extend(follow(act, organization, &groups, &rules, transaction).await?);
    }
}

/// Refuses to take the last admin; asked once for all groups that lose what makes admins.
async fn keep_admins(dispossessed: Vec<Id>, transaction: &mut Transaction<'_>) -> Result<()> {
    if dispossessed.is_empty() {
        return Ok(());
    }
    let loss = Without {
        dispossessed,
        sources: vec![Source::Mapping],
        ..Without::default()
    };
    let organization = transaction.organization()?.clone();
    keep_an_admin(transaction.reader, &organization, &loss).await
}

/// Answers the groups that no longer make their members admins.
async fn follow(
    act: &Act,
    organization: Id,
    groups: &[Group],
    rules: &[MappingRule],
    transaction: &mut Transaction<'_>,
) -> Result<Vec<Id>> {
    let ids: Vec<Id> = groups.iter().map(|group| group.id).collect();
    let stored = transaction.reader.group_licenses(organization, &ids).await?;
    for group in groups {
        let before = stored.iter().find(|it| it.group == group.id);
        let after = license(group, rules);
        if before != after.as_ref() {
            let write = Write::SetGroupLicense(organization, group.id, after);
            transaction.writes.push(write);
        }
    }
    follow_roles(act, organization, groups, rules, transaction).await
}

/// Gives groups the roles of the rules that they meet, as grants of the source `mapping`, and takes from them those of no rule.
async fn follow_roles(
    act: &Act,
    organization: Id,
    groups: &[Group],
    rules: &[MappingRule],
    transaction: &mut Transaction<'_>,
) -> Result<Vec<Id>> {
    let ids: Vec<Id> = groups.iter().map(|group| group.id).collect();
    let mut held = transaction.reader.grants_of(organization, &ids).await?;
    held.retain(|grant| grant.key.source == Source::Mapping);
    let wanted: HashSet<GrantKey> = groups.iter().flat_map(|group| roles(group, rules)).collect();
    let mut lost: Vec<GrantKey> = held.iter().map(|grant| grant.key.clone()).collect();
    lost.retain(|key| !wanted.contains(key));
    let is_held = |key: &GrantKey| held.iter().any(|grant| grant.key == *key);
    let mut new: Vec<GrantKey> = wanted.into_iter().filter(|key| !is_held(key)).collect();
    // The order of a set is chance, and a second run writes the same.
    new.sort_by(|a, b| (a.principal_id, a.scope, &a.role).cmp(&(b.principal_id, b.scope, &b.role)));
    let catalog = transaction.organization()?.policy.catalog();
    let makes_admins = |key: &&GrantKey| key.scope == RoleScope::Organization && key.role == catalog.admin();
    let dispossessed = lost
        .iter()
        .filter(makes_admins)
        .map(|key| key.principal_id)
        .collect();
    if !lost.is_empty() {
        transaction.writes.push(Write::DeleteGrants(lost));
    }
    let grant = |key| Grant {
        key,
        principal_kind: MemberKind::Group,
        connection_id: None,
        expires_at: None,
        created_at: act.at,
    };
    if !new.is_empty() {
        insert_grants(new.into_iter().map(grant).collect(), transaction)?;
    }
    Ok(dispossessed)
}

/// The roles of all rules that a group meets.
fn roles(group: &Group, rules: &[MappingRule]) -> Vec<GrantKey> {
    if group.deleted_at.is_some() {
        // Its grants go with it.
        return Vec::new();
    }
    let of = |rule: &MappingRule| match &rule.target {
        MappingTarget::Role(role) if rule.matcher.fits(group) => {
            let value = RoleValue::parse(role);
            Some(GrantKey {
                organization_id: group.organization_id,
                principal_id: group.id,
                scope: value.scope,
                role: value.role,
                source: Source::Mapping,
            })
        }
        MappingTarget::License(_) | MappingTarget::Role(_) => None,
    };
    rules.iter().filter_map(of).collect()
}

/// The licence of the first rule that a group meets.
fn license(group: &Group, rules: &[MappingRule]) -> Option<GroupLicense> {
    if group.deleted_at.is_some() {
        return None;
    }
    let of = |rule: &MappingRule| match &rule.target {
        MappingTarget::License(license) if rule.matcher.fits(group) => Some(GroupLicense {
            group: group.id,
            position: rule.position,
            license: license.clone(),
        }),
        MappingTarget::License(_) | MappingTarget::Role(_) => None,
    };
    rules.iter().find_map(of)
}
