//! Deleting a token.

use async_trait::async_trait;

use super::rules;
use crate::{
    change::{Action, Detail},
    directory::change_context::ChangeContext,
    error::{Resource, Result},
    id::{Id, Key},
    store::{Transaction, Unit, Write},
};

/// Deletes a token; its secret stops at once.
pub(in crate::directory) struct DeleteToken {
    pub(in crate::directory) context: ChangeContext,
    pub(in crate::directory) organization: Id,
    pub(in crate::directory) id: Id,
}

#[async_trait]
impl Unit for DeleteToken {
    type Output = ();

    async fn run(&self, transaction: &mut Transaction<'_>) -> Result<()> {
        self.context.authorize(transaction.organization()?)?;
        rules::live(transaction.reader, self.organization, self.id).await?;
        transaction.writes.push(Write::DeleteToken(Key {
            organization: self.organization,
            id: self.id,
        }));
        let entry = self
            .context
            .entry(Resource::Token, &self.id, Action::Deleted, Detail::default());
        transaction.entries.push(entry);
        Ok(())
    }
}
