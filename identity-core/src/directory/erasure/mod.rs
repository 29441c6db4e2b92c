//! Erasing a person for good. One unit removes the user and logs that, and with it ends all that refers to the user; the values in older
//! entries of the change log and the requests in the provisioning log follow in small steps. Who repeats an interrupted erasure finishes it:
//! the entries about the user, which name the values to look for, are the last to lose them.

mod retention;
mod traces;
mod unit;

use std::sync::Arc;

use async_trait::async_trait;

use super::{Directory, Inner, change_context::ChangeContext, id_of};
use crate::{
    caller::{Call, Intent, Scope},
    error::{Error, Resource, Result},
    id::Id,
    platform::Timestamp,
    store::{Cost, Query, Reader},
    user::User,
};
pub(super) use traces::is_about;
use unit::EraseUser;
pub(super) use unit::names_of;

impl Directory {
    /// Erases a user, whether it was deleted before or not; answers when that was done first. It goes on to its end when the caller is gone.
    #[crate::boxed]
    pub async fn erase_user(&self, call: &Call, organization: &str, id: &str) -> Result<Timestamp> {
        let inner = Arc::clone(&self.inner);
        let org = inner.organization(call, organization, Scope::UsersErase).await?;
        let id = id_of(Resource::User, id)?;
        let unit = EraseUser {
            context: ChangeContext::new(call, &*inner.platform),
            organization: org.id,
            id,
            deleted_before: None,
        };
        let (caller, is_dry_run) = (call.caller.clone(), call.intent == Intent::Validate);
        let erasure = tokio::spawn(async move {
            let erased = inner.write(&caller, unit.organization, unit).await?;
            let erased = erased.ok_or_else(|| Error::not_found(Resource::User, id))?;
            if !is_dry_run {
                inner.erase_traces(org.id, id, erased.names).await?;
                inner.store.rewrite_file().await?;
            }
            Ok(erased.at)
        });
        erasure.await.map_err(|error| Error::Internal(error.into()))?
    }
}

impl Inner {
    /// Erases a user that was deleted before a time, for the service itself; answers whether there was one. The row goes last, so that the next
    /// call finds what was interrupted. Of a user who comes back meanwhile the row stays.
    async fn erase_deleted_user(&self, organization: Id, id: Id, before: Timestamp) -> Result<bool> {
        let find = FindDeletedUser { organization, id };
        let user = self.store.read(find).await?;
        let Some(user) = user.filter(|it| it.deleted_at.is_some_and(|at| at < before)) else {
            return Ok(false);
        };
        self.erase_traces(organization, id, unit::names_of(&user)).await?;
        let unit = EraseUser {
            context: ChangeContext::of_service(&*self.platform),
            organization,
            id,
            deleted_before: Some(before),
        };
        let caller = unit.context.caller.clone();
        Ok(self.write(&caller, organization, unit).await?.is_some())
    }
}

struct FindDeletedUser {
    organization: Id,
    id: Id,
}

#[async_trait]
impl Query for FindDeletedUser {
    type Output = Option<User>;
    const COST: Cost = Cost::Point;

    async fn run(&self, reader: &mut dyn Reader) -> Result<Self::Output> {
        reader.deleted_user(self.organization, self.id).await
    }
}
