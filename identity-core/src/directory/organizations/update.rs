//! Changing an organization.

use async_trait::async_trait;

use super::record;
use crate::{
    change::Action,
    directory::{
        change_context::ChangeContext, input::OrganizationUpdate, policies, record::updated, version,
    },
    error::{Error, Resource, Result},
    organization::Organization,
    store::{Transaction, Unit},
    validate,
};

/// Changes an organization; a change that changes nothing writes nothing.
pub(super) struct UpdateOrganization {
    context: ChangeContext,
    update: OrganizationUpdate,
}

impl UpdateOrganization {
    pub(super) fn new(context: ChangeContext, mut update: OrganizationUpdate) -> Result<Self> {
        update
            .name
            .as_deref()
            .map_or(Ok(()), validate::organization_name)?;
        update.plan.as_deref().map_or(Ok(()), validate::plan)?;
        refuse_negative(update.seats.unwrap_or_default())?;
        if let Some(domains) = &mut update.verified_domains {
            *domains = validate::domains(domains)?;
        }
        Ok(Self { context, update })
    }

    fn apply(&self, organization: &mut Organization) {
        let update = &self.update;
        let facts = &mut organization.facts;
        set(&mut organization.name, update.name.as_ref());
        set(&mut organization.status, update.status.as_ref());
        set(&mut facts.plan, update.plan.as_ref());
        set(&mut facts.seats, update.seats.as_ref());
        set(&mut facts.sso_enabled, update.sso_enabled.as_ref());
        set(&mut facts.rbac_enabled, update.rbac_enabled.as_ref());
        set(&mut facts.verified_domains, update.verified_domains.as_ref());
    }
}

/// Refuses a number of seats that nobody could have.
pub(super) fn refuse_negative(seats: i64) -> Result<()> {
    if seats < 0 {
        return Err(Error::invalid("seats", "must not be negative"));
    }
    Ok(())
}

fn set<T: Clone>(field: &mut T, to: Option<&T>) {
    if let Some(to) = to {
        field.clone_from(to);
    }
}

#[async_trait]
impl Unit for UpdateOrganization {
    type Output = Organization;

    async fn run(&self, transaction: &mut Transaction<'_>) -> Result<Organization> {
        let organization = transaction.organization()?;
        version::check(&self.update.etag, organization.version)?;
        let before = organization.clone();
        self.apply(organization);
        let plan = organization.facts.plan.clone();
        organization.policy = before.policy.clone().under_plan(&plan);
        if *organization == before {
            return Ok(before);
        }
        organization.version += 1;
        organization.updated_at = self.context.at_or_after(before.updated_at);
        let is_policy_changed = organization.policy != before.policy;
        if is_policy_changed {
            organization.policy_version += 1;
            organization.policy_updated_at = self.context.at_or_after(before.policy_updated_at);
        }
        let mut after = organization.clone();
        if is_policy_changed {
            let detail = updated(
                &policies::record(&before.policy),
                &policies::record(&after.policy),
            );
            let entry = self
                .context
                .entry(Resource::Policy, &after.id, Action::Updated, detail);
            transaction.entries.push(entry);
        }
        let detail = updated(&record::of(&before), &record::of(&after));
        let entry = self
            .context
            .entry(Resource::Organization, &after.id, Action::Updated, detail);
        transaction.entries.push(entry);
        // The store gives the unit its revision after it ran.
        after.revision += 1;
        Ok(after)
    }
}
