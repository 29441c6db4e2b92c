//! One question, answered by one statement wherever that is enough.

use std::sync::Arc;

use async_trait::async_trait;

use super::decide::{Decide, denial, refuse_older};
use crate::{
    access::{Check, Consistency, Decision, Decisions, Denial, Evidence},
    directory::{access::Known, roles::RoleBook},
    error::{Error, Resource, Result},
    id::Id,
    platform::Timestamp,
    role::RoleScope,
    store::{Cost, Isolation, Query, Reader},
};

/// One question. What it comes to is what [`Decide`] says, which tests hold it to. `None`: one statement is not enough.
pub(super) struct Ask {
    pub(super) known: Arc<Known>,
    pub(super) check: Check,
    pub(super) consistency: Consistency,
    pub(super) at: Timestamp,
}

#[async_trait]
impl Query for Ask {
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
        let organization = self.known.id;
        let evidence = reader.evidence(organization, *user, *scope, self.at).await?;
        let evidence = evidence.ok_or_else(|| Error::not_found(Resource::Organization, organization))?;
        refuse_older(self.consistency, evidence.revision)?;
        let decision = decide(&self.known, &evidence, *scope, permission);
        Ok(decision.map(|decision| Decisions {
            decisions: vec![decision],
            revision: evidence.revision,
            until: evidence.held.iter().filter_map(|(_, until)| *until).min(),
        }))
    }
}

/// The same question by all that may decide it, of one moment: a role that was taken away before it came to permit more permits nothing.
pub(super) struct AskInFull(pub(super) Decide);

#[async_trait]
impl Query for AskInFull {
    type Output = Decisions;
    const COST: Cost = Cost::Point;

    async fn run(&self, reader: &mut dyn Reader) -> Result<Decisions> {
        self.0.run(reader).await
    }
}

/// `None`: it takes more, for the policy is another one meanwhile, or a role is not of the catalogue.
fn decide(known: &Known, evidence: &Evidence, scope: RoleScope, permission: &str) -> Option<Decision> {
    let is_custom = |role: &str| Id::parse(role).is_some();
    if evidence.policy_version != known.policy_version
        || evidence.held.iter().any(|(value, _)| is_custom(&value.role))
    {
        return None;
    }
    if let Some(denial) = denial(evidence.active, Some(scope), evidence.project) {
        return Some(Decision::Denied(denial));
    }
    let book = RoleBook::of_catalog(known.policy.catalog());
    let catalog = book.catalog();
    let values = evidence.held.iter().map(|(value, _)| value);
    let has_own = values
        .clone()
        .any(|value| value.scope == RoleScope::Organization && catalog.rank(&value.role).is_some());
    let mut roles = values
        .filter(|value| book.has_effect(value))
        .map(|value| value.role.as_str())
        .chain(known.default_role().filter(|_| !has_own));
    Some(if roles.any(|role| catalog.permits(role, permission)) {
        Decision::Allowed
    } else {
        Decision::Denied(Denial::NotGranted)
    })
}
