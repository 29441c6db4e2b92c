//! Creating a service account.

use async_trait::async_trait;

use super::{record, rules};
use crate::{
    change::Action,
    directory::{change_context::ChangeContext, record::created, requests::Request},
    error::{Error, Resource, Result},
    id::Id,
    service_account::ServiceAccount,
    store::{Transaction, Unit, Write},
};

/// Creates a service account, or finds the one that the first call of this request created.
pub(super) struct CreateServiceAccount {
    context: ChangeContext,
    account: ServiceAccount,
    request: Request,
}

impl CreateServiceAccount {
    pub(super) fn new(context: ChangeContext, account: ServiceAccount, request_id: &str) -> Result<Self> {
        rules::fit(&account)?;
        let request = Request::new(request_id, "create_service_account", &context.caller, || {
            Ok(record::of(&account).into())
        })?;
        Ok(Self {
            context,
            account,
            request,
        })
    }
}

#[async_trait]
impl Unit for CreateServiceAccount {
    type Output = ServiceAccount;

    async fn run(&self, transaction: &mut Transaction<'_>) -> Result<ServiceAccount> {
        self.context.authorize(transaction.organization()?)?;
        let (organization, at) = (self.account.organization_id, self.context.at);
        let reader = &mut *transaction.reader;
        if let Some(id) = self.request.repeats(reader, organization, at).await? {
            let id = Id::parse(&id).ok_or_else(|| Error::not_found(Resource::ServiceAccount, id))?;
            return rules::live(reader, organization, id).await;
        }
        rules::refuse_taken_name(reader, &self.account).await?;
        let account = self.account.clone();
        let detail = created(&record::of(&account));
        let entry = self
            .context
            .entry(Resource::ServiceAccount, &account.id, Action::Created, detail);
        transaction.entries.push(entry);
        let writes = &mut transaction.writes;
        writes.push(Write::InsertServiceAccount(Box::new(account.clone())));
        self.request.remember(writes, organization, &account.id, at);
        Ok(account)
    }
}
