//! Deleting a service account.

use async_trait::async_trait;

use super::rules;
use crate::{
    change::{Action, Detail},
    directory::{change_context::ChangeContext, tokens::revoke_tokens_of},
    error::{Resource, Result},
    id::{Id, Key},
    store::{Transaction, Unit, Write},
};

/// Deletes a service account with its keys, which stop at once.
pub(super) struct DeleteServiceAccount {
    pub(super) context: ChangeContext,
    pub(super) organization: Id,
    pub(super) id: Id,
}

#[async_trait]
impl Unit for DeleteServiceAccount {
    type Output = ();

    async fn run(&self, transaction: &mut Transaction<'_>) -> Result<()> {
        self.context.authorize(transaction.organization()?)?;
        rules::live(transaction.reader, self.organization, self.id).await?;
        let entry = self.context.entry(
            Resource::ServiceAccount,
            &self.id,
            Action::Deleted,
            Detail::default(),
        );
        transaction.entries.push(entry);
        revoke_tokens_of(&self.context, self.organization, self.id, transaction).await?;
        transaction.writes.push(Write::DeleteServiceAccount(Key {
            organization: self.organization,
            id: self.id,
        }));
        Ok(())
    }
}
