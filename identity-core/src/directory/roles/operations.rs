//! The operations on roles and grants.

use super::{
    AssignableRole, EffectiveAccess,
    custom::{self, CreateRole, DeleteRole, UpdateRole},
    grants::{GrantRole, RevokeRole},
    read::{
        AssignableCursor, GetAccess, GetRole, GrantCursor, ListAssignableRoles, ListGrants, ListRoles,
        RoleCursor,
    },
};
use crate::{
    caller::{Call, Caller, Scope},
    directory::{
        Directory,
        change_context::ChangeContext,
        id_of,
        input::{GrantQuery, GrantRevocation, NewGrant, NewRole, Page, PageRequest, RoleUpdate},
        organization_context::OrganizationContext,
        paging::{List, Pager, RESOURCES},
    },
    error::{Error, Resource, Result},
    group::Source,
    id::Id,
    role::{CustomRole, Grant, Role},
};

impl Directory {
    /// Creates a custom role.
    #[crate::boxed]
    pub async fn create_role(
        &self,
        call: &Call,
        organization: &str,
        new: NewRole,
        request_id: &str,
    ) -> Result<CustomRole> {
        let inner = &self.inner;
        let org = inner.organization(call, organization, Scope::RolesWrite).await?;
        let context = ChangeContext::new(call, &*inner.platform);
        let role = custom::new_role(&context, org.id, inner.new_id(), new)?;
        let unit = CreateRole::new(context, role, request_id)?;
        inner.write(&call.caller, org.id, unit).await
    }

    /// Gets a role by its id; that of a predefined one is its name.
    #[crate::boxed]
    pub async fn get_role(&self, call: &Call, organization: &str, id: &str) -> Result<Role> {
        let inner = &self.inner;
        let org = inner.organization(call, organization, Scope::RolesRead).await?;
        let query = GetRole {
            organization: org.id,
            id: id.to_owned(),
        };
        let role = inner.store.read(query).await?;
        role.ok_or_else(|| Error::not_found(Resource::Role, id))
    }

    /// Lists all roles: the predefined ones, and then the custom ones, those made from groups among them.
    #[crate::boxed]
    pub async fn list_roles(&self, call: &Call, organization: &str, page: PageRequest) -> Result<Page<Role>> {
        let inner = &self.inner;
        let org = inner.organization(call, organization, Scope::RolesRead).await?;
        let list = List {
            name: "roles",
            organization: Some(org.id),
            query: &(),
            sizes: RESOURCES,
        };
        let pager: Pager<RoleCursor> = inner.pager(&list, &page)?;
        let query = ListRoles {
            organization: org.id,
            after: pager.after.clone().unwrap_or_default(),
            size: pager.size,
        };
        let rows = inner.store.read(query).await?;
        inner.page(&pager, rows)
    }

    /// Changes a custom role.
    #[crate::boxed]
    pub async fn update_role(
        &self,
        call: &Call,
        organization: &str,
        update: RoleUpdate,
    ) -> Result<CustomRole> {
        let inner = &self.inner;
        let org = inner.organization(call, organization, Scope::RolesWrite).await?;
        let unit = UpdateRole {
            context: ChangeContext::new(call, &*inner.platform),
            organization: org.id,
            id: custom_role(&org, &update.id)?,
            update,
        };
        inner.write(&call.caller, org.id, unit).await
    }

    /// Deletes a custom role with all grants of it.
    #[crate::boxed]
    pub async fn delete_role(&self, call: &Call, organization: &str, id: &str, etag: &str) -> Result<()> {
        let inner = &self.inner;
        let org = inner.organization(call, organization, Scope::RolesWrite).await?;
        let unit = DeleteRole {
            context: ChangeContext::new(call, &*inner.platform),
            organization: org.id,
            id: custom_role(&org, id)?,
            etag: etag.to_owned(),
        };
        inner.write(&call.caller, org.id, unit).await
    }

    /// Lists the roles that a provisioning client may give. One that asks is remembered with its connection, so that an administrator sees
    /// whether it ever did (rule 85).
    #[crate::boxed]
    pub async fn list_assignable_roles(
        &self,
        call: &Call,
        organization: &str,
        page: PageRequest,
    ) -> Result<Page<AssignableRole>> {
        let inner = &self.inner;
        let org = match &call.caller {
            Caller::Scim { connection_id, .. } => {
                let org = inner.visible_organization(call, organization).await?;
                inner
                    .role_reads
                    .note(org.id, *connection_id, inner.platform.now());
                org
            }
            Caller::Root | Caller::Service { .. } | Caller::User { .. } => {
                inner.organization(call, organization, Scope::RolesRead).await?
            }
        };
        let list = List {
            name: "assignable_roles",
            organization: Some(org.id),
            query: &(),
            sizes: RESOURCES,
        };
        let pager: Pager<AssignableCursor> = inner.pager(&list, &page)?;
        let query = ListAssignableRoles {
            organization: org.id,
            from: pager.after.clone().unwrap_or_default(),
            size: pager.size,
        };
        let rows = inner.store.read(query).await?;
        inner.page(&pager, rows)
    }

    /// Gives a role to a user or group.
    #[crate::boxed]
    pub async fn grant_role(&self, call: &Call, organization: &str, new: NewGrant) -> Result<Grant> {
        let inner = &self.inner;
        let org = inner.organization(call, organization, Scope::RolesWrite).await?;
        if matches!(new.source, Source::Scim | Source::Group | Source::Mapping) {
            return Err(Error::invalid(
                "source",
                "must not be SCIM, a group or a mapping rule",
            ));
        }
        let unit = GrantRole {
            context: ChangeContext::new(call, &*inner.platform),
            organization: org.id,
            new,
        };
        inner.write(&call.caller, org.id, unit).await
    }

    /// Takes a role from a user or group.
    #[crate::boxed]
    pub async fn revoke_role(
        &self,
        call: &Call,
        organization: &str,
        revocation: GrantRevocation,
    ) -> Result<()> {
        let inner = &self.inner;
        let org = inner.organization(call, organization, Scope::RolesWrite).await?;
        let unit = RevokeRole {
            context: ChangeContext::new(call, &*inner.platform),
            organization: org.id,
            revocation,
        };
        inner.write(&call.caller, org.id, unit).await
    }

    /// Lists who holds which role.
    #[crate::boxed]
    pub async fn list_grants(
        &self,
        call: &Call,
        organization: &str,
        query: GrantQuery,
        page: PageRequest,
    ) -> Result<Page<Grant>> {
        let inner = &self.inner;
        let org = inner.organization(call, organization, Scope::RolesRead).await?;
        let list = List {
            name: "grants",
            organization: Some(org.id),
            query: &query,
            sizes: RESOURCES,
        };
        let pager: Pager<GrantCursor> = inner.pager(&list, &page)?;
        let unit = ListGrants {
            caller: call.caller.clone(),
            organization: org.id,
            after: pager.after.clone(),
            size: pager.size,
            query,
        };
        let rows = inner.store.read(unit).await?;
        inner.page(&pager, rows)
    }

    /// Returns the roles that have effect for a user now, their origins and their permissions.
    #[crate::boxed]
    pub async fn effective_access(
        &self,
        call: &Call,
        organization: &str,
        user_id: &str,
    ) -> Result<EffectiveAccess> {
        let inner = &self.inner;
        let org = inner.organization(call, organization, Scope::RolesRead).await?;
        let query = GetAccess {
            organization: org.id,
            user: id_of(Resource::User, user_id)?,
            at: inner.platform.now(),
        };
        inner.store.read(query).await
    }
}

/// The id of a role that can be changed; predefined ones are the policy's.
fn custom_role(org: &OrganizationContext, id: &str) -> Result<Id> {
    if org.policy.catalog().rank(id).is_some() {
        return Err(Error::ReadOnly {
            field: "name".to_owned(),
        });
    }
    id_of(Resource::Role, id)
}
