//! Deleting a connection.

use async_trait::async_trait;

use super::rules;
use crate::{
    change::{Action, Detail},
    directory::{act::Act, input::Released, tokens},
    error::{Resource, Result},
    id::Id,
    store::{Transaction, Unit, Write},
};

/// Deletes a connection and its tokens; what it managed stays and is managed by nobody.
pub(super) struct DeleteConnection {
    pub(super) act: Act,
    pub(super) organization: Id,
    pub(super) id: Id,
}

#[async_trait]
impl Unit for DeleteConnection {
    type Output = Released;

    async fn run(&self, transaction: &mut Transaction<'_>) -> Result<Released> {
        self.act.admit(transaction.organization()?)?;
        let reader = &mut *transaction.reader;
        rules::live(reader, self.organization, self.id).await?;
        let (users, groups) = reader.managed_counts(self.organization, self.id).await?;
        let tokens = tokens::of_connection(reader, self.organization, self.id).await?;
        let deleted = |resource, id: Id| self.act.entry(resource, &id, Action::Deleted, Detail::default());
        transaction.entries.push(deleted(Resource::Connection, self.id));
        let tokens = tokens.iter().map(|token| deleted(Resource::Token, token.id));
        transaction.entries.extend(tokens);
        transaction
            .writes
            .push(Write::DeleteConnection(self.organization, self.id));
        Ok(Released { users, groups })
    }
}
