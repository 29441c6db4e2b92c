//! Reading service accounts.

use async_trait::async_trait;

use crate::{
    directory::paging::Rows,
    error::Result,
    id::Id,
    service_account::ServiceAccount,
    store::{Cost, Query, Reader},
    text::fold,
};

/// One service account, by id or name.
pub(super) struct GetServiceAccount {
    pub(super) organization: Id,
    pub(super) name: String,
}

#[async_trait]
impl Query for GetServiceAccount {
    type Output = Option<ServiceAccount>;
    const COST: Cost = Cost::Point;

    async fn run(&self, reader: &mut dyn Reader) -> Result<Self::Output> {
        if let Some(id) = Id::parse(&self.name) {
            return reader.service_account(self.organization, id).await;
        }
        let key = fold(&self.name);
        match reader.service_account_id_by_name(self.organization, &key).await? {
            Some(id) => reader.service_account(self.organization, id).await,
            None => Ok(None),
        }
    }
}

/// A page of service accounts.
pub(super) struct ListServiceAccounts {
    pub(super) organization: Id,
    pub(super) after: Option<Id>,
    pub(super) size: i64,
}

#[async_trait]
impl Query for ListServiceAccounts {
    type Output = Rows<ServiceAccount, Id>;
    const COST: Cost = Cost::Scan;

    async fn run(&self, reader: &mut dyn Reader) -> Result<Self::Output> {
        let accounts = reader
            .service_accounts(self.organization, self.after, self.size + 1)
            .await?;
        Rows::cut(accounts, self.size, |account| Ok(account.id))
    }
}
