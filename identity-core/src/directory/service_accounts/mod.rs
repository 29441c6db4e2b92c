//! Service accounts. Their keys are tokens.

mod create;
mod delete;
mod read;
mod record;
mod rules;
mod update;

pub(super) use rules::live;

use create::CreateServiceAccount;
use delete::DeleteServiceAccount;
use read::{GetServiceAccount, ListServiceAccounts};
use update::UpdateServiceAccount;

use super::{
    Directory, Inner,
    change_context::ChangeContext,
    input::{NewServiceAccount, Page, PageRequest, ServiceAccountUpdate},
    paging::{List, Pager, RESOURCES},
    tokens,
};
use crate::{
    caller::{Call, Scope},
    error::{Error, Resource, Result},
    id::Id,
    service_account::ServiceAccount,
};

impl Directory {
    /// Creates a service account.
    #[crate::boxed]
    pub async fn create_service_account(
        &self,
        call: &Call,
        organization: &str,
        new: NewServiceAccount,
        request_id: &str,
    ) -> Result<ServiceAccount> {
        let inner = &self.inner;
        let org = inner
            .organization(call, organization, Scope::ServiceAccountsWrite)
            .await?;
        let context = ChangeContext::new(call, &*inner.platform);
        let account = ServiceAccount {
            id: inner.new_id(),
            organization_id: org.id,
            name: new.name,
            description: new.description,
            scopes: rules::in_order(&new.scopes),
            projects: tokens::projects(&inner.project_ids(org.id, new.projects).await?)?,
            version: 1,
            created_at: context.at,
            updated_at: context.at,
        };
        let unit = CreateServiceAccount::new(context, account, request_id)?;
        inner.write(&call.caller, org.id, unit).await
    }

    /// Gets a service account by id or name.
    #[crate::boxed]
    pub async fn get_service_account(
        &self,
        call: &Call,
        organization: &str,
        id: &str,
    ) -> Result<ServiceAccount> {
        let org = self
            .inner
            .organization(call, organization, Scope::ServiceAccountsRead)
            .await?;
        let query = GetServiceAccount {
            organization: org.id,
            name: id.to_owned(),
        };
        let account = self.inner.store.read(query).await?;
        account.ok_or_else(|| Error::not_found(Resource::ServiceAccount, id))
    }

    /// Lists service accounts.
    #[crate::boxed]
    pub async fn list_service_accounts(
        &self,
        call: &Call,
        organization: &str,
        page: PageRequest,
    ) -> Result<Page<ServiceAccount>> {
        let inner = &self.inner;
        let org = inner
            .organization(call, organization, Scope::ServiceAccountsRead)
            .await?;
        let list = List {
            name: "service_accounts",
            organization: Some(org.id),
            query: &(),
            sizes: RESOURCES,
        };
        let pager: Pager<Id> = inner.pager(&list, &page)?;
        let query = ListServiceAccounts {
            organization: org.id,
            after: pager.after,
            size: pager.size,
        };
        let rows = inner.store.read(query).await?;
        inner.page(&pager, rows)
    }

    /// Changes a service account. What it takes away, its keys lose at once.
    #[crate::boxed]
    pub async fn update_service_account(
        &self,
        call: &Call,
        organization: &str,
        mut update: ServiceAccountUpdate,
    ) -> Result<ServiceAccount> {
        let inner = &self.inner;
        let org = inner
            .organization(call, organization, Scope::ServiceAccountsWrite)
            .await?;
        if let Some(projects) = update.projects.take() {
            update.projects = Some(inner.project_ids(org.id, projects).await?);
        }
        let unit = UpdateServiceAccount {
            context: ChangeContext::new(call, &*inner.platform),
            organization: org.id,
            id: inner.service_account_id(org.id, &update.id).await?,
            update,
        };
        inner.write(&call.caller, org.id, unit).await
    }

    /// Deletes a service account with its keys.
    #[crate::boxed]
    pub async fn delete_service_account(&self, call: &Call, organization: &str, id: &str) -> Result<()> {
        let inner = &self.inner;
        let org = inner
            .organization(call, organization, Scope::ServiceAccountsWrite)
            .await?;
        let unit = DeleteServiceAccount {
            context: ChangeContext::new(call, &*inner.platform),
            organization: org.id,
            id: inner.service_account_id(org.id, id).await?,
        };
        inner.write(&call.caller, org.id, unit).await
    }
}

impl Inner {
    /// The id of the service account that a call names by its id or its name. An id is not looked up.
    pub(super) async fn service_account_id(&self, organization: Id, name: &str) -> Result<Id> {
        if let Some(id) = Id::parse(name) {
            return Ok(id);
        }
        let query = GetServiceAccount {
            organization,
            name: name.to_owned(),
        };
        let found = self.store.read(query).await?;
        let account = found.ok_or_else(|| Error::not_found(Resource::ServiceAccount, name))?;
        Ok(account.id)
    }
}
