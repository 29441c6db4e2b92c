//! Provisioning policies.

use async_trait::async_trait;
use serde_json::json;

use super::{
    Directory,
    change_context::ChangeContext,
    groups::unique_names,
    input::PolicyUpdate,
    organization_context::ROOT,
    record::{Record, updated},
    version,
};
use crate::{
    caller::{Call, Caller, Scope},
    change::Action,
    error::{Error, Resource, Result, Rule},
    organization::Organization,
    policy::{Policy, SETTINGS, Setting},
    store::{Transaction, UniqueName, Unit, Without, Write},
};

impl Directory {
    /// Gets an organization with its policy.
    #[crate::boxed]
    pub async fn get_policy(&self, call: &Call, organization: &str) -> Result<Organization> {
        let org = self
            .inner
            .organization(call, organization, Scope::PolicyRead)
            .await?;
        self.inner.whole_organization(org.id).await
    }

    /// Changes settings of the policy.
    #[crate::boxed]
    pub async fn update_policy(
        &self,
        call: &Call,
        organization: &str,
        update: PolicyUpdate,
    ) -> Result<Organization> {
        let org = self
            .inner
            .organization(call, organization, Scope::PolicyWrite)
            .await?;
        let unit = UpdatePolicy {
            context: ChangeContext::new(call, &*self.inner.platform),
            update,
        };
        self.inner.write(&call.caller, org.id, unit).await
    }
}

/// Changes a policy; a change that changes nothing writes nothing.
struct UpdatePolicy {
    context: ChangeContext,
    update: PolicyUpdate,
}

/// Returns the policy that an update makes of an organization's.
pub(super) fn updated_policy(organization: &Organization, update: &PolicyUpdate) -> Result<Policy> {
    let policy = organization
        .policy
        .updated(&update.preset, &update.settings)?
        .under_plan(&organization.facts.plan);
    refuse_other_features(update, &policy)?;
    Ok(policy)
}

/// Refuses features that the plan's name does not have.
fn refuse_other_features(update: &PolicyUpdate, policy: &Policy) -> Result<()> {
    const KEY: &str = "plan.features";
    let is_asked = update.settings.iter().any(|(key, _)| key == KEY);
    let asked = policy.updated("", &update.settings)?;
    if is_asked && asked.plan_features != policy.plan_features {
        return Err(Error::invalid(KEY, "the plan's name sets it, by plan.catalog"));
    }
    Ok(())
}

#[async_trait]
impl Unit for UpdatePolicy {
    type Output = Organization;

    async fn run(&self, transaction: &mut Transaction<'_>) -> Result<Organization> {
        let before = transaction.organization()?.clone();
        self.context.authorize(&before)?;
        version::check(&self.update.etag, before.policy_version)?;
        let policy = updated_policy(&before, &self.update)?;
        if policy == before.policy {
            return Ok(before);
        }
        refuse_roles(&self.context.caller, &before.policy, &policy)?;
        refuse_retention(&self.context.caller, &before.policy, &policy)?;
        refuse_against_facts(&self.context.caller, &before, &policy)?;
        follow_group_names(&before, &policy, transaction).await?;
        follow_catalog(&before, &policy, transaction).await?;
        let detail = updated(&record(&before.policy), &record(&policy));
        let organization = transaction.organization()?;
        organization.policy = policy;
        organization.policy_version += 1;
        organization.policy_updated_at = self.context.at_or_after(before.policy_updated_at);
        let mut after = organization.clone();
        let entry = self
            .context
            .entry(Resource::Policy, &after.id, Action::Updated, detail);
        transaction.entries.push(entry);
        // The store gives the unit its revision after it ran.
        after.revision += 1;
        Ok(after)
    }
}

/// Refuses whoever may not give roles to say what the roles permit, and which of them everybody has: by `roles.*`, or by the groups of
/// `defaults.*`.
fn refuse_roles(caller: &Caller, before: &Policy, after: &Policy) -> Result<()> {
    let decides = |setting: &&Setting| {
        ["roles.", "defaults."]
            .iter()
            .any(|area| setting.key.starts_with(area))
    };
    let differs = |setting: &Setting| setting.value(before) != setting.value(after);
    if SETTINGS.iter().filter(decides).any(differs) {
        caller.require(Scope::RolesWrite)?;
        caller.require_unlimited()?;
    }
    Ok(())
}

/// Refuses whoever may not erase users to let the service do it after a time.
fn refuse_retention(caller: &Caller, before: &Policy, after: &Policy) -> Result<()> {
    if before.retention_deleted_users != after.retention_deleted_users {
        caller.require(Scope::UsersErase)?;
    }
    Ok(())
}

/// Refuses what the organization's facts do not carry: they are root's.
pub(super) fn refuse_against_facts(caller: &Caller, before: &Organization, policy: &Policy) -> Result<()> {
    if !policy.agrees_for_root(&before.policy) && *caller != Caller::Root {
        return Err(Error::Forbidden(ROOT));
    }
    // Rule 10. What root took away later stands in nobody's way who changes something else.
    if policy.lacks_rbac(&before.facts) && !before.policy.lacks_rbac(&before.facts) {
        return Err(Error::RuleBroken(Rule::PolicyForbids("groups.require_rbac")));
    }
    Ok(())
}

/// Puts the names of all groups under the unique index or takes them from it, as the new policy says.
async fn follow_group_names(
    before: &Organization,
    policy: &Policy,
    transaction: &mut Transaction<'_>,
) -> Result<()> {
    let unique = unique_names(policy);
    if unique == unique_names(&before.policy) {
        return Ok(());
    }
    if unique == UniqueName::Enforced && transaction.reader.duplicate_group_names(before.id).await? {
        return Err(Error::RuleBroken(Rule::PolicyForbids("groups.unique_names")));
    }
    transaction
        .writes
        .push(Write::UniqueGroupNames(before.id, unique));
    Ok(())
}

/// Ranks everybody's roles by the new catalog, and refuses one in which nobody would be an admin any more.
async fn follow_catalog(
    before: &Organization,
    policy: &Policy,
    transaction: &mut Transaction<'_>,
) -> Result<()> {
    let (old, new) = (before.policy.catalog(), policy.catalog());
    if old == new {
        return Ok(());
    }
    let reader = &mut *transaction.reader;
    let nothing = Without::default();
    if !reader
        .has_permanent_holder(before.id, new.admin(), &nothing)
        .await?
        && reader
            .has_permanent_holder(before.id, old.admin(), &nothing)
            .await?
    {
        return Err(Error::RuleBroken(Rule::LastAdmin));
    }
    transaction.writes.push(Write::RankRoles(before.id, new));
    Ok(())
}

/// A policy as the change log shows it.
pub(super) fn record(policy: &Policy) -> Record {
    let setting = |setting: &Setting| (setting.key.to_owned(), json!(setting.value(policy)));
    let mut fields: Record = SETTINGS.iter().map(setting).collect();
    fields.insert("preset".to_owned(), json!(policy.preset.name()));
    fields
}
