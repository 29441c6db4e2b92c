//! The context of a change: who makes it, when, and through which request.

use std::net::IpAddr;

use super::provisioning_access::ProvisioningAccess;
use crate::{
    call_effect::CallEffect,
    caller::{Call, Caller, Intent},
    change::{Action, Actor, Detail},
    error::{Error, Resource, Result, Rule},
    group::Source,
    id::Id,
    organization::{Organization, OrganizationStatus},
    platform::{Platform, Timestamp},
    policy::{Policy, RepeatedPrimary},
    store::Entry,
    validate::{InputRules, Meaningless, SecondPrimary},
};

/// Data that all change-log entries of one call share. A field of every write unit, so that a second run
/// writes the same.
#[derive(Clone, Debug)]
pub(super) struct ChangeContext {
    /// Caller that makes the change.
    pub(super) caller: Caller,
    /// When the call arrived.
    pub(super) at: Timestamp,
    request_id: String,
    intent: Intent,
    break_glass: Option<String>,
    reverts: Option<i64>,
    address: Option<IpAddr>,
    effect: CallEffect,
}

impl ChangeContext {
    pub(super) fn new(call: &Call, platform: &dyn Platform) -> Self {
        Self {
            caller: call.caller.clone(),
            at: platform.now(),
            request_id: call.request_id.clone(),
            intent: call.intent,
            break_glass: call.break_glass_reason().map(str::to_owned),
            reverts: None,
            address: call.address,
            effect: call.effect.clone(),
        }
    }

    /// Returns an act of the service itself; the caller names [`Actor::System`] in its entries.
    pub(super) fn of_service(platform: &dyn Platform) -> Self {
        Self {
            caller: Caller::Root,
            at: platform.now(),
            request_id: String::new(),
            intent: Intent::Commit,
            break_glass: None,
            reverts: None,
            address: None,
            effect: CallEffect::default(),
        }
    }

    /// The same change as the undo of what was done up to this revision.
    pub(super) fn reverting(&self, revision: i64) -> Self {
        Self {
            reverts: Some(revision),
            ..self.clone()
        }
    }

    /// Tells whether it takes back an earlier change: the values are those that the connection had set before, and none of the caller.
    pub(super) fn is_revert(&self) -> bool {
        self.reverts.is_some()
    }

    /// Set if the caller overrides the policy for manual changes.
    pub(super) fn breaks_glass(&self) -> bool {
        self.break_glass.is_some()
    }

    /// Refuses the callers of a suspended organization, and identity providers that its terms shut out. Asked under the organization's
    /// lock, so that nothing is written after the change was acknowledged.
    pub(super) fn authorize(&self, organization: &Organization) -> Result<()> {
        match (&self.caller, organization.status) {
            (
                Caller::Service { .. } | Caller::Scim { .. } | Caller::User { .. },
                OrganizationStatus::Suspended,
            ) => Err(Error::RuleBroken(Rule::OrganizationSuspended)),
            (Caller::Scim { .. }, _) => ProvisioningAccess::of(organization).check(self.address),
            (Caller::Root | Caller::Service { .. } | Caller::User { .. }, _) => Ok(()),
        }
    }

    /// The same for a change of groups.
    pub(super) fn authorize_groups(&self, organization: &Organization) -> Result<()> {
        self.authorize(organization)?;
        match self.caller {
            Caller::Scim { .. } => ProvisioningAccess::of(organization).allow_groups(),
            Caller::Root | Caller::Service { .. } | Caller::User { .. } => Ok(()),
        }
    }

    /// Tells whether an identity provider's changes of groups have no effect: the policy's `groups.sync` is
    /// off.
    pub(super) fn is_out_of_sync(&self, policy: &Policy) -> bool {
        self.connection_id().is_some() && !policy.groups_sync.is_on()
    }

    /// An entry of the change log. It carries the call's intent, and by that the store knows a dry run: an operation that logs, as
    /// all do, needs nothing else to be one.
    pub(super) fn entry(
        &self,
        resource: Resource,
        resource_id: &impl ToString,
        action: Action,
        detail: Detail,
    ) -> Entry {
        Entry {
            resource,
            resource_id: resource_id.to_string(),
            action,
            detail: Detail {
                break_glass: self.break_glass.clone(),
                reverts: self.reverts,
                ..detail
            },
            actor: self.actor(),
            at: self.at,
            request_id: self.request_id.clone(),
            intent: self.intent,
            effect: self.effect.clone(),
        }
    }

    /// The time of a change of something that last changed at `before`: now, but never earlier than that.
    pub(super) fn at_or_after(&self, before: Timestamp) -> Timestamp {
        self.at.max(before)
    }

    /// Tells whether it is a dry run.
    pub(super) fn is_dry_run(&self) -> bool {
        self.intent == Intent::Validate
    }

    /// The connection through which it acts, which manages what it creates.
    pub(super) fn connection_id(&self) -> Option<Id> {
        self.caller.connection_id()
    }

    /// Where memberships and roles that it gives come from.
    pub(super) fn source(&self) -> Source {
        match self.caller {
            Caller::Scim { .. } => Source::Scim,
            Caller::Root | Caller::Service { .. } | Caller::User { .. } => Source::Manual,
        }
    }

    /// Source and connection of what it gives to somebody whom `manager` manages: an undo gives back what the identity provider gave.
    pub(super) fn origin(&self, manager: Option<Id>) -> (Source, Option<Id>) {
        match manager.filter(|_| self.is_revert()) {
            Some(connection) => (Source::Scim, Some(connection)),
            None => (self.source(), self.connection_id()),
        }
    }

    /// Returns the handling of what the caller sends: identity providers move the mark of the primary element
    /// by setting another one.
    pub(super) fn input_rules(&self, policy: &Policy) -> InputRules {
        match self.caller {
            Caller::Scim { .. } => InputRules {
                second_primary: match policy.lists_second_primary {
                    RepeatedPrimary::LastWins => SecondPrimary::LastWins,
                    RepeatedPrimary::Reject => SecondPrimary::Refused,
                },
                meaningless: Meaningless::Dropped,
            },
            Caller::Root | Caller::Service { .. } | Caller::User { .. } => InputRules::STRICT,
        }
    }

    fn actor(&self) -> Actor {
        match self.caller {
            Caller::Root => Actor::Root,
            Caller::Service { token_id, .. } => Actor::Service { token_id },
            Caller::User {
                token_id, user_id, ..
            } => Actor::User { token_id, user_id },
            Caller::Scim {
                token_id,
                connection_id,
                ..
            } => Actor::Scim {
                token_id,
                connection_id,
            },
        }
    }
}
