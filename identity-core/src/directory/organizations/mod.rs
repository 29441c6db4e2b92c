//! Organizations.

mod create;
mod delete;
mod each;
mod purge;
mod read;
mod record;
mod update;

use std::sync::Arc;

use create::CreateOrganization;
use delete::{DeleteOrganization, UndeleteOrganization};
use read::ListOrganizations;
use update::UpdateOrganization;

use super::{
    Directory,
    change_context::ChangeContext,
    id_of,
    input::{NewOrganization, OrganizationUpdate, Page, PageRequest},
    organization_context::{FindOrganization, OrganizationContext, OrganizationRef, require_root},
    paging::{List, Pager, RESOURCES},
};
use crate::{
    caller::{Call, Caller, Reach},
    error::{Error, Resource, Result},
    id::Id,
    organization::Organization,
    store::Deleted,
    user::UserView,
};

impl Directory {
    /// Creates an organization and, if asked for, its first admin.
    #[crate::boxed]
    pub async fn create_organization(
        &self,
        call: &Call,
        new: NewOrganization,
    ) -> Result<(Organization, Option<UserView>)> {
        require_root(call)?;
        let inner = &self.inner;
        let context = ChangeContext::new(call, &*inner.platform);
        let unit = CreateOrganization::new(context, new, || inner.new_id())?;
        let (organization, admin) = match inner.write_new(unit.clone()).await {
            // Somebody else was faster with the slug; if that was the first call of this request, its answer is there now.
            Err(Error::AlreadyExists { .. }) if unit.is_repeatable() => inner.write_new(unit).await?,
            outcome => outcome?,
        };
        let view = match admin {
            Some(admin) => Some(
                inner
                    .view(&Arc::new(OrganizationContext::of(&organization)), admin)
                    .await?,
            ),
            None => None,
        };
        Ok((organization, view))
    }

    /// Gets an organization.
    #[crate::boxed]
    pub async fn get_organization(&self, call: &Call, organization: &str) -> Result<Organization> {
        // What the organization is, is no matter of an identity provider, nor of a person that reads itself alone.
        if let Caller::Scim { .. }
        | Caller::User {
            reach: Reach::Itself, ..
        } = call.caller
        {
            require_root(call)?;
        }
        let org = self.inner.visible_organization(call, organization).await?;
        self.inner.whole_organization(org.id).await
    }

    /// Tells the revision of an organization after a call: the last one that the call made, or the present one where it changed nothing.
    #[crate::boxed]
    pub async fn revision_after(&self, call: &Call, organization: &str) -> Result<i64> {
        if let Some(revision) = call.revision() {
            return Ok(revision);
        }
        let org = self.inner.visible_organization(call, organization).await?;
        Ok(self.inner.whole_organization(org.id).await?.revision)
    }

    /// Lists all organizations, deleted ones among them if they are asked for.
    #[crate::boxed]
    pub async fn list_organizations(
        &self,
        call: &Call,
        deleted: Deleted,
        page: PageRequest,
    ) -> Result<Page<Organization>> {
        require_root(call)?;
        let list = List {
            name: "organizations",
            organization: None,
            query: &(deleted == Deleted::Included),
            sizes: RESOURCES,
        };
        let pager: Pager<Id> = self.inner.pager(&list, &page)?;
        let query = ListOrganizations {
            after: pager.after,
            size: pager.size,
            deleted,
        };
        let rows = self.inner.store.read(query).await?;
        self.inner.page(&pager, rows)
    }

    /// Changes an organization.
    #[crate::boxed]
    pub async fn update_organization(&self, call: &Call, update: OrganizationUpdate) -> Result<Organization> {
        require_root(call)?;
        let org = self
            .inner
            .visible_organization(call, &update.organization)
            .await?;
        let context = ChangeContext::new(call, &*self.inner.platform);
        let unit = UpdateOrganization::new(context, update)?;
        self.inner.write(&call.caller, org.id, unit).await
    }

    /// Deletes an organization: from now on it exists for nobody, and its slug is free. [`Directory::undelete_organization`] brings
    /// it back.
    #[crate::boxed]
    pub async fn delete_organization(
        &self,
        call: &Call,
        organization: &str,
        etag: String,
    ) -> Result<Organization> {
        require_root(call)?;
        let org = self.inner.visible_organization(call, organization).await?;
        let context = ChangeContext::new(call, &*self.inner.platform);
        let unit = DeleteOrganization { context, etag };
        self.inner.write(&call.caller, org.id, unit).await
    }

    /// Brings a deleted organization back, named by its id: its slug may be another's by now, and then it is refused.
    #[crate::boxed]
    pub async fn undelete_organization(&self, call: &Call, id: &str) -> Result<Organization> {
        require_root(call)?;
        let id = id_of(Resource::Organization, id)?;
        let context = ChangeContext::new(call, &*self.inner.platform);
        let unit = UndeleteOrganization { context };
        self.inner.write(&call.caller, id, unit).await
    }
}

impl super::Inner {
    /// An organization as it is stored, counts and policy included.
    pub(super) async fn whole_organization(&self, id: Id) -> Result<Organization> {
        let organization = self.store.read(FindOrganization(OrganizationRef::Id(id))).await?;
        organization.ok_or_else(|| Error::not_found(Resource::Organization, id))
    }
}
