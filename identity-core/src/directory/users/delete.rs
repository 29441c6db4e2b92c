//! Deleting a user.

use async_trait::async_trait;

use super::{
    apply::{Change, apply_change},
    rules,
};
use crate::{
    directory::{change_context::ChangeContext, version},
    error::Result,
    id::Id,
    platform::Timestamp,
    policy::DeleteMode,
    store::{Transaction, Unit},
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

/// The user as a deletion leaves it.
pub(super) fn deleted(before: &User, mode: DeleteMode, at: Timestamp) -> User {
    let mut after = before.clone();
    after.set_active(false);
    after.profile.staged = false;
    if mode != DeleteMode::Deactivate {
        after.deleted_at = Some(at);
    }
    after
}

#[async_trait]
impl Unit for DeleteUser {
    type Output = ();

    async fn run(&self, transaction: &mut Transaction<'_>) -> Result<()> {
        self.context.authorize(transaction.organization()?)?;
        let before = rules::live(transaction.reader, self.organization, self.id).await?;
        rules::refuse_break_glass(&self.context, &before)?;
        let policy = transaction.organization()?.policy.clone();
        rules::manager_after(&self.context, &before, &policy, transaction.reader).await?;
        version::check(&self.etag, before.version)?;
        let after = deleted(&before, policy.delete_mode, self.context.at);
        apply_change(&self.context, Change::new(before, after), transaction).await?;
        Ok(())
    }
}
