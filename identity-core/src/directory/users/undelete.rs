//! Bringing a deleted user back.

use async_trait::async_trait;

use super::{
    licensing::Extensions,
    rules,
    settle::{Change, settle},
};
use crate::{
    directory::{act::Act, roles::Roles, version},
    error::{Error, Resource, Result},
    id::Id,
    store::{Transaction, Unit},
    user::User,
};

/// Brings a deleted user back, active, as a change that all rules are asked about.
pub(super) struct UndeleteUser {
    pub(super) act: Act,
    pub(super) organization: Id,
    pub(super) id: Id,
    pub(super) etag: String,
}

#[async_trait]
impl Unit for UndeleteUser {
    type Output = User;

    async fn run(&self, transaction: &mut Transaction<'_>) -> Result<User> {
        self.act.admit(transaction.organization()?)?;
        let policy = transaction.organization()?.policy.clone();
        let reader = &mut *transaction.reader;
        if reader.user(self.organization, self.id).await?.is_some() {
            return Err(Error::AlreadyExists {
                resource: Resource::User,
                field: "id",
            });
        }
        let deleted = reader.deleted_user(self.organization, self.id).await?;
        let before = deleted.ok_or_else(|| Error::not_found(Resource::User, self.id))?;
        version::check(&self.etag, before.version)?;
        let after = User {
            managed_by: rules::manager_after(&self.act, &before, &policy, reader).await?,
            active: true,
            deleted_at: None,
            ..before.clone()
        };
        let change = Change {
            before,
            after,
            roles: Roles::NotGiven,
            extensions: Extensions::AsGiven,
            dropped: Vec::new(),
        };
        Ok(settle(&self.act, change, transaction).await??.user())
    }
}
