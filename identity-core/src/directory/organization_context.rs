//! Resolution of the organization that a call is about, and the check of its caller.

use std::{borrow::Cow, sync::Arc};

use async_trait::async_trait;

use super::{
    Inner, credential::UNKNOWN, licenses::Licensing, provisioning_access::ProvisioningAccess,
    visibility::VisibilityPolicy,
};
use crate::{
    caller::{Call, Caller, Scope},
    error::{Error, Resource, Result, Rule},
    id::Id,
    organization::{Organization, OrganizationStatus},
    platform::Timestamp,
    policy::Policy,
    store::{Cost, Isolation, Query, Reader},
    validate,
};

/// Facts about an organization that reads remember for a moment. Writes look at the locked organization
/// instead.
#[derive(Clone, Debug)]
pub(super) struct OrganizationContext {
    pub(super) id: Id,
    slug: String,
    status: OrganizationStatus,
    /// How it wants to be provisioned.
    pub(super) policy: Arc<Policy>,
    /// Version of that policy.
    pub(super) policy_version: i64,
    /// As [`Organization::has_other_grants`] says.
    pub(super) has_other_grants: bool,
    /// Visibility of its data to provisioning clients.
    pub(super) visibility: VisibilityPolicy,
    provisioning_access: ProvisioningAccess,
    pub(super) licensing: Licensing,
    /// When the policy last changed.
    pub(super) since: Timestamp,
}

/// How an organization is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum OrganizationRef {
    Id(Id),
    Slug(String),
}

/// How a person asks for itself.
const MYSELF: &str = "me";

/// Name of the right that root alone has: no token can carry it as a scope.
pub(super) const ROOT: &str = "root";

impl Inner {
    /// The organization that the call names, if its caller has the scope.
    pub(super) async fn organization(
        &self,
        call: &Call,
        name: &str,
        scope: Scope,
    ) -> Result<Arc<OrganizationContext>> {
        call.caller.require(scope)?;
        self.visible_organization(call, name).await
    }

    /// The organization that the call names, if its caller may read the user of this id there.
    pub(super) async fn organization_of_user(
        &self,
        call: &Call,
        name: &str,
        user: &str,
    ) -> Result<Arc<OrganizationContext>> {
        match Id::parse(user) {
            Some(user) => call.caller.require_to_read_user(user)?,
            None => call.caller.require(Scope::UsersRead)?,
        }
        self.visible_organization(call, name).await
    }

    /// The id that a call names a user by; [`MYSELF`] is the caller, and nobody where that is no person.
    pub(super) fn named_user<'a>(call: &Call, name: &'a str) -> Cow<'a, str> {
        match call.caller.user_id() {
            Some(user) if name == MYSELF => user.to_string().into(),
            _ => name.into(),
        }
    }

    /// The organization that the call names, whatever its caller may do there. Another's organization does not exist.
    pub(super) async fn visible_organization(
        &self,
        call: &Call,
        name: &str,
    ) -> Result<Arc<OrganizationContext>> {
        let Some(organization_id) = call.caller.organization_id() else {
            return self.any_organization(name).await;
        };
        let own = self
            .cached_organization(OrganizationRef::Id(organization_id))
            .await?
            // It was deleted after its caller was found out.
            .ok_or(UNKNOWN)?;
        let own = Some(own)
            .filter(|own| name.is_empty() || own.answers_to(name))
            .ok_or_else(|| Error::not_found(Resource::Organization, name))?;
        if own.status == OrganizationStatus::Suspended {
            return Err(Error::RuleBroken(Rule::OrganizationSuspended));
        }
        if let Caller::Scim { .. } = call.caller {
            own.provisioning_access.check(call.address)?;
        }
        Ok(own)
    }

    /// The organization of a call about groups.
    pub(super) async fn groups_organization(
        &self,
        call: &Call,
        name: &str,
        scope: Scope,
    ) -> Result<Arc<OrganizationContext>> {
        let org = self.organization(call, name, scope).await?;
        if let Caller::Scim { .. } = call.caller {
            org.provisioning_access.allow_groups()?;
        }
        Ok(org)
    }

    async fn any_organization(&self, name: &str) -> Result<Arc<OrganizationContext>> {
        if name.is_empty() {
            return Err(Error::invalid("organization", "must be named by its id or slug"));
        }
        let org = match Id::parse(name) {
            Some(id) => self.cached_organization(OrganizationRef::Id(id)).await?,
            // What cannot be a slug is nobody's, and the database need not see it.
            None if validate::slug(name).is_err() => None,
            None => {
                self.cached_organization(OrganizationRef::Slug(name.to_owned()))
                    .await?
            }
        };
        org.ok_or_else(|| Error::not_found(Resource::Organization, name))
    }

    pub(super) async fn cached_organization(
        &self,
        name: OrganizationRef,
    ) -> Result<Option<Arc<OrganizationContext>>> {
        let begun = match self.remembered.organizations.get(&name, self.platform.now()) {
            Ok(org) => return Ok(Some(org)),
            Err(begun) => begun,
        };
        let Some(organization) = self.store.read(FindOrganization(name.clone())).await? else {
            return Ok(None);
        };
        let org = Arc::new(OrganizationContext::of(&organization));
        self.remembered
            .organizations
            .put(begun, name, Arc::clone(&org), self.platform.now());
        Ok(Some(org))
    }
}

impl OrganizationContext {
    pub(super) fn of(organization: &Organization) -> Self {
        Self {
            id: organization.id,
            slug: organization.slug.clone(),
            status: organization.status,
            policy: Arc::new(organization.policy.clone()),
            policy_version: organization.policy_version,
            has_other_grants: organization.has_other_grants,
            visibility: VisibilityPolicy::by(organization),
            provisioning_access: ProvisioningAccess::of(organization),
            licensing: Licensing::of(&organization.policy),
            since: organization.policy_updated_at,
        }
    }

    /// The role of users that hold none explicitly.
    pub(super) fn default_role(&self) -> Option<&str> {
        self.policy.roles_default_org.as_deref()
    }

    fn answers_to(&self, name: &str) -> bool {
        self.slug == name || Id::parse(name) == Some(self.id)
    }
}

/// An organization by id or slug.
pub(super) struct FindOrganization(pub(super) OrganizationRef);

#[async_trait]
impl Query for FindOrganization {
    type Output = Option<Organization>;
    const COST: Cost = Cost::Point;
    const ISOLATION: Isolation = Isolation::EachCall;

    async fn run(&self, reader: &mut dyn Reader) -> Result<Self::Output> {
        let id = match &self.0 {
            OrganizationRef::Id(id) => Some(*id),
            OrganizationRef::Slug(slug) => reader.organization_id(slug).await?,
        };
        match id {
            Some(id) => reader.organization(id).await,
            None => Ok(None),
        }
    }
}

/// Refuses everybody but root.
pub(super) fn require_root(call: &Call) -> Result<()> {
    match call.caller {
        Caller::Root => Ok(()),
        Caller::Service { .. } | Caller::Scim { .. } | Caller::User { .. } => Err(Error::Forbidden(ROOT)),
    }
}
