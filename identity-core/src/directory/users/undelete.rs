//! Bringing a deleted user back.

use async_trait::async_trait;

use super::{
    apply::{Change, apply_change},
    rules,
};
use crate::{
    caller::Scope,
    directory::{change_context::ChangeContext, version},
    error::{Error, Resource, Result},
    id::Id,
    store::{Transaction, Unit, Write},
    user::User,
};

/// Brings a deleted user back, active, as a change that all rules are asked about.
pub(super) struct UndeleteUser {
    pub(super) context: ChangeContext,
    pub(super) organization: Id,
    pub(super) id: Id,
    pub(super) etag: String,
}

#[async_trait]
impl Unit for UndeleteUser {
    type Output = User;

    async fn run(&self, transaction: &mut Transaction<'_>) -> Result<User> {
        self.context.authorize(transaction.organization()?)?;
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
            managed_by: rules::manager_after(&self.context, &before, &policy, reader).await?,
            active: true,
            deleted_at: None,
            ..before.clone()
        };
        let applied = apply_change(&self.context, Change::new(before, after), transaction).await?;
        let user = applied.user();
        let joins = |write: &Write| matches!(write, Write::JoinGroups { .. });
        if !user.profile.roles.is_empty() || transaction.writes.iter().any(joins) {
            self.context.caller.require(Scope::RolesWrite)?;
        }
        Ok(user)
    }
}
