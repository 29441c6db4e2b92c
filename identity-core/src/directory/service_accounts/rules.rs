//! Finding service accounts, and what one must be.

use crate::{
    caller::Scope,
    error::{Error, Resource, Result},
    id::Id,
    service_account::ServiceAccount,
    store::Reader,
    text::fold,
    validate,
};

/// A service account that exists.
pub(in crate::directory) async fn live(
    reader: &mut dyn Reader,
    organization: Id,
    id: Id,
) -> Result<ServiceAccount> {
    let account = reader.service_account(organization, id).await?;
    account.ok_or_else(|| Error::not_found(Resource::ServiceAccount, id))
}

/// Each scope once, in the order of the API.
pub(super) fn in_order(scopes: &[Scope]) -> Vec<Scope> {
    let has = |scope: &Scope| scopes.contains(scope);
    Scope::ALL.into_iter().filter(has).collect()
}

/// Checks a new or changed service account.
pub(super) fn fit(account: &ServiceAccount) -> Result<()> {
    validate::service_account_name(&account.name)?;
    validate::description(&account.description)?;
    if account.scopes.is_empty() {
        return Err(Error::invalid("scopes", "must name at least one"));
    }
    Ok(())
}

/// Refuses a name that another account has.
pub(super) async fn refuse_taken_name(reader: &mut dyn Reader, account: &ServiceAccount) -> Result<()> {
    let holder = reader
        .service_account_id_by_name(account.organization_id, &fold(&account.name))
        .await?;
    match holder {
        Some(holder) if holder != account.id => Err(Error::AlreadyExists {
            resource: Resource::ServiceAccount,
            field: "name",
        }),
        _ => Ok(()),
    }
}
