//! The fast path of a single check: one statement wherever that is enough.

use std::sync::Arc;

use async_trait::async_trait;

use super::batch_check::{BatchCheck, denial_reason, refuse_older};
use crate::{
    access::{AccessFacts, Check, Consistency, Decision, Decisions, Denial},
    directory::{organization_context::OrganizationContext, roles::RoleResolver},
    error::{Error, Resource, Result},
    id::Id,
    platform::Timestamp,
    role::RoleScope,
    store::{Cost, Isolation, Query, Reader},
};

/// One question. Its result equals that of [`BatchCheck`], which tests assert. `None`: one statement is not enough.
pub(super) struct FastCheck {
    pub(super) org: Arc<OrganizationContext>,
    pub(super) check: Check,
    pub(super) consistency: Consistency,
    pub(super) at: Timestamp,
}

#[async_trait]
impl Query for FastCheck {
    type Output = Option<Decisions>;
    const COST: Cost = Cost::Point;
    const ISOLATION: Isolation = Isolation::EachCall;

    async fn run(&self, reader: &mut dyn Reader) -> Result<Self::Output> {
        let Check {
            user: Some(user),
            scope: Some(scope),
            permission,
        } = &self.check
        else {
            return Ok(None);
        };
        let organization = self.org.id;
        let facts = reader.access_facts(organization, *user, *scope, self.at).await?;
        let facts = facts.ok_or_else(|| Error::not_found(Resource::Organization, organization))?;
        refuse_older(self.consistency, facts.revision)?;
        let decision = decide(&self.org, &facts, *scope, permission);
        Ok(decision.map(|decision| Decisions {
            decisions: vec![decision],
            revision: facts.revision,
            until: facts.held.iter().filter_map(|(_, until)| *until).min(),
        }))
    }
}

/// The same question by all that may decide it, of one moment: a role that was taken away before it came to permit more permits nothing.
pub(super) struct FullCheck(pub(super) BatchCheck);

#[async_trait]
impl Query for FullCheck {
    type Output = Decisions;
    const COST: Cost = Cost::Point;

    async fn run(&self, reader: &mut dyn Reader) -> Result<Decisions> {
        self.0.run(reader).await
    }
}

/// `None`: it takes more, for the policy is another one meanwhile, or a role is not of the catalog.
fn decide(
    org: &OrganizationContext,
    facts: &AccessFacts,
    scope: RoleScope,
    permission: &str,
) -> Option<Decision> {
    let is_custom = |role: &str| Id::parse(role).is_some();
    if facts.policy_version != org.policy_version
        || facts.held.iter().any(|(value, _)| is_custom(&value.role))
    {
        return None;
    }
    if let Some(denial) = denial_reason(facts.active, Some(scope), facts.project) {
        return Some(Decision::Denied(denial));
    }
    let resolver = RoleResolver::of_catalog(org.policy.catalog());
    let catalog = resolver.catalog();
    let values = facts.held.iter().map(|(value, _)| value);
    let has_own = values
        .clone()
        .any(|value| value.scope == RoleScope::Organization && catalog.rank(&value.role).is_some());
    let mut roles = values
        .filter(|value| resolver.has_effect(value))
        .map(|value| value.role.as_str())
        .chain(org.default_role().filter(|_| !has_own));
    Some(if roles.any(|role| catalog.permits(role, permission)) {
        Decision::Allowed
    } else {
        Decision::Denied(Denial::NotGranted)
    })
}
