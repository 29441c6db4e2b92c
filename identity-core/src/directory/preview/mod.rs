//! Preview of a change of the policy before it is made: the settings that would differ, and those that the
//! change concerns.
//!
//! Users and groups are read a page at a time, and of those concerned the first few are named, so that a preview of a large
//! organization costs time and no memory.

mod groups;
mod users;

use async_trait::async_trait;

use super::{
    Directory,
    input::{PolicyEffect, PolicyPreview, PolicyUpdate},
    policies,
    record::changes,
};
use crate::{
    caller::{Call, Scope},
    error::{Error, Resource, Result, Rule},
    filter::Filter,
    id::Id,
    organization::Organization,
    policy::{ManualUpdates, Policy},
    store::{Cost, ListQuery, Query, Reader},
};

/// Of those concerned, how many are named.
const MAX_SAMPLES: usize = 10;
/// Users or groups that are read at a time.
const BATCH: i64 = 500;
/// Connections that are counted.
const MAX_CONNECTIONS: i64 = 1001;

impl Directory {
    /// Tells what an update of the policy would mean; refused as the update would be.
    #[crate::boxed]
    pub async fn preview_policy(
        &self,
        call: &Call,
        organization: &str,
        update: PolicyUpdate,
    ) -> Result<PolicyPreview> {
        let org = self
            .inner
            .organization(call, organization, Scope::PolicyWrite)
            .await?;
        let query = Preview {
            call: call.clone(),
            organization: org.id,
            update,
        };
        self.inner.store.read(query).await
    }
}

struct Preview {
    call: Call,
    organization: Id,
    update: PolicyUpdate,
}

#[async_trait]
impl Query for Preview {
    type Output = PolicyPreview;
    const COST: Cost = Cost::Scan;

    async fn run(&self, reader: &mut dyn Reader) -> Result<PolicyPreview> {
        let id = self.organization;
        let organization = reader.organization(id).await?;
        let organization = organization.ok_or_else(|| Error::not_found(Resource::Organization, id))?;
        let before = &organization.policy;
        let after = policies::updated_policy(&organization, &self.update)?;
        policies::refuse_against_facts(&self.call.caller, &organization, &after)?;
        let mut preview = PolicyPreview {
            changes: changes(&policies::record(before), &policies::record(&after)),
            effects: Vec::new(),
        };
        if preview.changes.is_empty() {
            return Ok(preview);
        }
        preview
            .effects
            .extend(users::effects(id, before, &after, reader).await?);
        preview.effects.extend(managed(id, before, &after, reader).await?);
        preview
            .effects
            .extend(groups::effects(id, before, &after, reader).await?);
        preview
            .effects
            .extend(connections(&organization, &after, reader).await?);
        Ok(preview)
    }
}

/// Users and groups that would be closed or open to manual changes.
async fn managed(
    organization: Id,
    before: &Policy,
    after: &Policy,
    reader: &mut dyn Reader,
) -> Result<Vec<PolicyEffect>> {
    let is_closed = |policy: &Policy| policy.manual_updates == ManualUpdates::Deny;
    let word = match (is_closed(before), is_closed(after)) {
        (false, true) => "closed",
        (true, false) => "open",
        _ => return Ok(Vec::new()),
    };
    let filter = Filter::Present("managed_by".into());
    let all = ListQuery::of_all(filter, BATCH);
    let users = reader.count_users(organization, &all).await?;
    let groups = reader.count_groups(organization, &all).await?;
    let effect = |count, what| PolicyEffect {
        setting: "manual_updates",
        what: format!("{what} that a connection manages would be {word} to changes by hand"),
        count,
        samples: Vec::new(),
    };
    let effects = [effect(users, "users"), effect(groups, "groups")];
    Ok(effects.into_iter().filter(|effect| effect.count > 0).collect())
}

/// Connections that would no longer be served, or be too many.
async fn connections(
    organization: &Organization,
    after: &Policy,
    reader: &mut dyn Reader,
) -> Result<Vec<PolicyEffect>> {
    let connections = reader.connections(organization.id, None, MAX_CONNECTIONS).await?;
    let count = i64::try_from(connections.len()).unwrap_or(i64::MAX);
    let names: Vec<String> = connections
        .into_iter()
        .map(|it| it.name)
        .take(MAX_SAMPLES)
        .collect();
    let mut effects = Vec::new();
    if after
        .connections_max
        .number()
        .is_some_and(|maximum| count > i64::from(maximum))
    {
        effects.push(PolicyEffect {
            setting: "connections.max",
            what: "connections would be more than allowed; they stay, and none can be added".into(),
            count,
            samples: names.clone(),
        });
    }
    let with = Organization {
        policy: after.clone(),
        ..organization.clone()
    };
    let allowed = |organization: &Organization| {
        super::provisioning_access::ProvisioningAccess::of(organization).allow_scim()
    };
    if let (Ok(()), Err(Error::RuleBroken(rule))) = (allowed(organization), allowed(&with))
        && count > 0
    {
        effects.push(PolicyEffect {
            setting: match rule {
                Rule::PlanLacksFeature(_) => "plan.features",
                _ => "sso.required_for_scim",
            },
            what: "connections would no longer be served".into(),
            count,
            samples: names,
        });
    }
    Ok(effects)
}

/// Counts those whom something concerns, and names the first.
struct Tally(PolicyEffect);

impl Tally {
    fn new(setting: &'static str, what: &str) -> Self {
        Self(PolicyEffect {
            setting,
            what: what.to_owned(),
            count: 0,
            samples: Vec::new(),
        })
    }

    fn note(&mut self, name: &str) {
        self.0.count += 1;
        if self.0.samples.len() < MAX_SAMPLES {
            self.0.samples.push(name.to_owned());
        }
    }

    fn effect(self) -> Option<PolicyEffect> {
        Some(self.0).filter(|effect| effect.count > 0)
    }
}
