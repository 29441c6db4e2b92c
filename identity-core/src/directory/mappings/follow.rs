//! Making what groups have by rules what the rules say.

use std::collections::{HashMap, HashSet};

use crate::{
    directory::{
        change_context::ChangeContext,
        roles::{insert_grants, keep_an_admin},
    },
    error::{Error, Result},
    filter::Filter,
    group::{Group, MemberKind, Source},
    id::Id,
    mapping::{FoldedMatcher, MappingRule, MappingTarget},
    role::{Grant, GrantKey, RoleScope, RoleValue},
    search::position_of_group,
    store::{GroupLicense, ListQuery, Transaction, Without, Write},
    text::fold,
};

/// Groups that are read at a time.
const BATCH: i64 = 500;
/// Bytes of names that a change of a rule holds against patterns. On SQLite other organizations wait for it: about half a second.
const MAX_COMPARED_BYTES: usize = 512 * 1024 * 1024;

/// Computes anew what a group has by rules after it was made, named or identified otherwise, or deleted.
/// `before` is `None` after a create or a delete.
pub(in crate::directory) async fn remap_group(
    context: &ChangeContext,
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
    let rules = folded(rules);
    let met = Meeting::new(after.clone(), &fold(&after.display_name), &rules);
    let revoked_from = follow(context, organization, &[met], transaction).await?;
    keep_admins(revoked_from, transaction).await
}

/// Computes anew what groups have by rules after a rule changed. `changed` is the rule as it was and as it
/// is: for groups that met neither, nothing is different, and only the others are looked at, a page at a
/// time. Only those that differ are written, and none of their members is looked at.
pub(super) async fn follow_rules(
    context: &ChangeContext,
    organization: Id,
    changed: &[&MappingRule],
    mut rules: Vec<MappingRule>,
    transaction: &mut Transaction<'_>,
) -> Result<()> {
    rules.sort_by_key(|rule| (rule.position, rule.id));
    let rules = folded(rules);
    let matchers: Vec<FoldedMatcher> = changed.iter().map(|rule| rule.matcher.folded()).collect();
    let mut compared = 0;
    let mut about: Vec<Filter> = changed.iter().map(|rule| rule.matcher.filter()).collect();
    about.dedup();
    let mut page = ListQuery::of_all(Filter::Any(about), BATCH);
    let mut revoked_from = Vec::new();
    loop {
        let groups = transaction.reader.groups(organization, &page).await?;
        let Some(last) = groups.last() else {
            return keep_admins(revoked_from, transaction).await;
        };
        page.after = Some(position_of_group(&page.order, last, &[])?);
        let mut meeting = Vec::new();
        for group in groups {
            let name = fold(&group.display_name);
            if matchers.iter().any(|matcher| matcher.fits(&group, &name)) {
                compared += rules.iter().map(|(it, _)| it.cost(name.len())).sum::<usize>();
                meeting.push(Meeting::new(group, &name, &rules));
            }
            if compared > MAX_COMPARED_BYTES {
                return Err(too_much());
            }
        }
        revoked_from.extend(follow(context, organization, &meeting, transaction).await?);
    }
}

fn too_much() -> Error {
    Error::TooMany {
        limit: "bytes of names of groups, times the patterns that they are held against",
        maximum: MAX_COMPARED_BYTES as u64,
        retry_after: None,
    }
}

/// Rules whose texts are folded, in their order.
type FoldedRules = Vec<(FoldedMatcher, MappingRule)>;

fn folded(rules: Vec<MappingRule>) -> FoldedRules {
    let rules = rules.into_iter();
    rules.map(|rule| (rule.matcher.folded(), rule)).collect()
}

/// Refuses to take the last admin; asked once for all groups that lose what makes admins.
async fn keep_admins(revoked_from: Vec<Id>, transaction: &mut Transaction<'_>) -> Result<()> {
    if revoked_from.is_empty() {
        return Ok(());
    }
    let loss = Without {
        revoked_from,
        sources: vec![Source::Mapping],
        ..Without::default()
    };
    let organization = transaction.organization()?.clone();
    keep_an_admin(transaction.reader, &organization, &loss).await
}

/// Answers the groups that no longer make their members admins.
async fn follow(
    context: &ChangeContext,
    organization: Id,
    meeting: &[Meeting<'_>],
    transaction: &mut Transaction<'_>,
) -> Result<Vec<Id>> {
    if meeting.is_empty() {
        return Ok(Vec::new());
    }
    follow_licenses(organization, meeting, transaction).await?;
    follow_roles(context, organization, meeting, transaction).await
}

/// A group, and the rules that it meets, in their order.
struct Meeting<'a> {
    group: Group,
    rules: Vec<&'a MappingRule>,
}

impl<'a> Meeting<'a> {
    /// `name` is the group's, folded.
    fn new(group: Group, name: &str, rules: &'a FoldedRules) -> Self {
        // What a deleted group has goes with it.
        let is_there = group.deleted_at.is_none();
        let met = rules.iter().filter(|(it, _)| is_there && it.fits(&group, name));
        let rules = met.map(|(_, rule)| rule).collect();
        Self { group, rules }
    }
}

/// Gives groups the license of the first rule that they meet, and takes from them that of another.
async fn follow_licenses(
    organization: Id,
    meeting: &[Meeting<'_>],
    transaction: &mut Transaction<'_>,
) -> Result<()> {
    let ids: Vec<Id> = meeting.iter().map(|it| it.group.id).collect();
    let stored = transaction.reader.group_licenses(organization, &ids).await?;
    let before: HashMap<Id, &GroupLicense> = stored.iter().map(|it| (it.group, it)).collect();
    let (mut groups, mut licenses) = (Vec::new(), Vec::new());
    for met in meeting {
        let after = license(met);
        if before.get(&met.group.id).copied() != after.as_ref() {
            groups.push(met.group.id);
            licenses.extend(after);
        }
    }
    if groups.is_empty() {
        return Ok(());
    }
    // Those of one rule side by side: they are one statement.
    licenses.sort_by_key(|license| (license.rule, license.group));
    transaction.writes.push(Write::SetGroupLicenses {
        organization,
        groups,
        licenses,
    });
    Ok(())
}

/// Gives groups the roles of the rules that they meet, as grants of the source `mapping`, and takes from them those of no rule.
async fn follow_roles(
    context: &ChangeContext,
    organization: Id,
    meeting: &[Meeting<'_>],
    transaction: &mut Transaction<'_>,
) -> Result<Vec<Id>> {
    let ids: Vec<Id> = meeting.iter().map(|it| it.group.id).collect();
    let mut held = transaction.reader.grants_of(organization, &ids).await?;
    held.retain(|grant| grant.key.source == Source::Mapping);
    let held: HashSet<GrantKey> = held.into_iter().map(|grant| grant.key).collect();
    let wanted: HashSet<GrantKey> = meeting.iter().flat_map(roles).collect();
    let lost = in_order(held.difference(&wanted));
    let new = in_order(wanted.difference(&held));
    let catalog = transaction.organization()?.policy.catalog();
    let makes_admins = |key: &&GrantKey| key.scope == RoleScope::Organization && key.role == catalog.admin();
    let revoked_from = lost
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
        created_at: context.at,
    };
    if !new.is_empty() {
        insert_grants(new.into_iter().map(grant).collect(), transaction)?;
    }
    Ok(revoked_from)
}

/// Sorts grant keys so that those of one role are side by side, as they are one statement. The order of a set
/// is chance, and a second run writes the same.
fn in_order<'a>(keys: impl Iterator<Item = &'a GrantKey>) -> Vec<GrantKey> {
    let mut keys: Vec<GrantKey> = keys.cloned().collect();
    keys.sort_by(|a, b| (a.scope, &a.role, a.principal_id).cmp(&(b.scope, &b.role, b.principal_id)));
    keys
}

/// The roles of all rules that a group meets.
fn roles(met: &Meeting<'_>) -> Vec<GrantKey> {
    let of = |rule: &&MappingRule| match &rule.target {
        MappingTarget::Role(role) => {
            let value = RoleValue::parse(role);
            Some(GrantKey {
                organization_id: met.group.organization_id,
                principal_id: met.group.id,
                scope: value.scope,
                role: value.role,
                source: Source::Mapping,
            })
        }
        MappingTarget::License(_) => None,
    };
    met.rules.iter().filter_map(of).collect()
}

/// The license of the first rule that a group meets.
fn license(met: &Meeting<'_>) -> Option<GroupLicense> {
    let of = |rule: &&MappingRule| match &rule.target {
        MappingTarget::License(license) => Some(GroupLicense {
            group: met.group.id,
            position: rule.position,
            rule: rule.id,
            license: license.clone(),
        }),
        MappingTarget::Role(_) => None,
    };
    met.rules.iter().find_map(of)
}
