//! Deleting a user.

use async_trait::async_trait;

use super::{
    apply::{Change, apply_change},
    counters,
    deactivation_safeguard::{self as safeguard, Loss},
    licensing::Extensions,
    lifecycle, rules,
};
use crate::{
    change::{Action, Detail},
    directory::{
        change_context::ChangeContext,
        groups::leave_groups,
        roles::{Roles, keep_an_admin, loss},
        schemas::schemas_of,
        tokens::revoke_tokens_of,
        version,
    },
    error::{Resource, Result},
    id::Id,
    policy::DeleteMode,
    search,
    store::{Transaction, Unit, Write},
    user::User,
};

/// Deletes a user, as the policy understands it:
/// * `soft`: it leaves every group, and its names are free again; the record stays, for the log, a successor or a return;
/// * `deactivate`: it becomes inactive and nothing else; to delete it again changes nothing;
/// * `hard`: nothing is left but its entries in the change log.
pub(super) struct DeleteUser {
    pub(super) context: ChangeContext,
    pub(super) organization: Id,
    pub(super) id: Id,
    pub(super) etag: String,
}

impl DeleteUser {
    async fn deactivate(&self, before: User, transaction: &mut Transaction<'_>) -> Result<Result<()>> {
        let mut after = before.clone();
        after.set_active(false);
        after.profile.staged = false;
        let change = Change {
            before,
            after,
            roles: Roles::NotGiven,
            extensions: Extensions::AsGiven,
            dropped: Vec::new(),
        };
        let applied = apply_change(&self.context, change, transaction).await?;
        Ok(applied.map(drop))
    }

    /// Deletes it softly, or for good.
    async fn remove(
        &self,
        before: User,
        mode: DeleteMode,
        transaction: &mut Transaction<'_>,
    ) -> Result<Result<()>> {
        let after = self.deleted(&before);
        let organization = transaction.organization()?.clone();
        if let Some(loss) = loss(&organization, &before, &after) {
            keep_an_admin(transaction.reader, &organization, &loss).await?;
        }
        let loss = if before.active { Loss::Access } else { Loss::Record };
        if let Err(held) = safeguard::check(&self.context, self.organization, loss, transaction).await? {
            return Ok(Err(held));
        }
        revoke_tokens_of(&self.context, self.organization, self.id, transaction).await?;
        counters::update(transaction.organization()?, Some(&before), Some(&after))?;
        let entry = self
            .context
            .entry(Resource::User, &self.id, Action::Deleted, Detail::default());
        if mode == DeleteMode::Hard || !before.active {
            leave_groups(&self.context, self.organization, self.id, transaction).await?;
        } else {
            lifecycle::follow(&self.context, (&before, &after), None, transaction).await?;
        }
        let write = match mode {
            DeleteMode::Hard => Write::EraseUser(self.organization, self.id, after.updated_at),
            DeleteMode::Soft | DeleteMode::Deactivate => {
                let extensions = &after.profile.extensions;
                let schemas = schemas_of(transaction.reader, self.organization, extensions).await?;
                Write::UpdateUser {
                    keys: search::of_user(&after, &schemas),
                    before: Box::new(before),
                    after: Box::new(after),
                }
            }
        };
        transaction.writes.push(write);
        transaction.entries.push(entry);
        Ok(Ok(()))
    }

    fn deleted(&self, before: &User) -> User {
        let updated_at = self.context.at_or_after(before.updated_at);
        let mut after = User {
            version: before.version + 1,
            updated_at,
            deleted_at: Some(updated_at),
            active: false,
            ..before.clone()
        };
        (after.profile.active_unassigned, after.profile.staged) = (false, false);
        after
    }
}

#[async_trait]
impl Unit for DeleteUser {
    /// The inner result is a refusal that leaves something behind.
    type Output = Result<()>;

    async fn run(&self, transaction: &mut Transaction<'_>) -> Result<Self::Output> {
        self.context.authorize(transaction.organization()?)?;
        let before = rules::live(transaction.reader, self.organization, self.id).await?;
        rules::refuse_break_glass(&self.context, &before)?;
        let policy = transaction.organization()?.policy.clone();
        rules::manager_after(&self.context, &before, &policy, transaction.reader).await?;
        version::check(&self.etag, before.version)?;
        match policy.delete_mode {
            DeleteMode::Deactivate => self.deactivate(before, transaction).await,
            mode => self.remove(before, mode, transaction).await,
        }
    }
}
