//! Conditions under which an identity provider is served: the plan includes provisioning, single sign-on is
//! set up if the policy requires it, and the call comes from an allowed address. Facts and policy change
//! while tokens live, so every call is checked, and a write again under the lock.

use std::net::IpAddr;

use ipnet::IpNet;

use crate::{
    error::{Error, Result, Rule},
    organization::Organization,
    policy::Feature,
};

/// Statements of an organization's plan, facts and policy about provisioning.
#[derive(Clone, Debug)]
pub(super) struct ProvisioningAccess {
    features: Vec<Feature>,
    lacks_sso: bool,
    lacks_rbac: bool,
    /// Empty: everywhere.
    networks: Vec<IpNet>,
}

impl ProvisioningAccess {
    pub(super) fn of(organization: &Organization) -> Self {
        let (policy, facts) = (&organization.policy, &organization.facts);
        Self {
            features: policy.plan_features.clone(),
            lacks_sso: policy.sso_required_for_scim.is_on() && !facts.sso_enabled,
            // While groups are out of sync, what is said of them has no effect, and is no reason to alarm anybody (rule 96).
            lacks_rbac: policy.groups_sync.is_on()
                && policy.groups_require_rbac.is_on()
                && !facts.rbac_enabled,
            networks: policy.network_ip_allowlist.clone(),
        }
    }

    /// Checks that provisioning can be set up: connections enabled, SCIM tokens made and rotated.
    pub(super) fn allow_scim(&self) -> Result<()> {
        self.has(Feature::Scim)?;
        if self.lacks_sso {
            return Err(Error::RuleBroken(Rule::PolicyForbids("sso.required_for_scim")));
        }
        Ok(())
    }

    /// Checks that an identity provider that calls from this address is served.
    pub(super) fn check(&self, address: Option<IpAddr>) -> Result<()> {
        self.allow_scim()?;
        let is_inside = |address: IpAddr| self.networks.iter().any(|network| network.contains(&address));
        if self.networks.is_empty() || address.is_some_and(is_inside) {
            return Ok(());
        }
        Err(Error::RuleBroken(Rule::AddressNotAllowed(address)))
    }

    /// Checks that an identity provider is served when it reads or changes groups.
    pub(super) fn allow_groups(&self) -> Result<()> {
        self.has(Feature::Groups)?;
        if self.lacks_rbac {
            return Err(Error::RuleBroken(Rule::PolicyForbids("groups.require_rbac")));
        }
        Ok(())
    }

    fn has(&self, feature: Feature) -> Result<()> {
        if self.features.contains(&feature) {
            return Ok(());
        }
        Err(Error::RuleBroken(Rule::PlanLacksFeature(feature.name())))
    }
}
