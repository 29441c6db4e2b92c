//! Taking the tokens of somebody away.

use crate::{
    change::{Action, Detail},
    directory::change_context::ChangeContext,
    error::{Resource, Result},
    id::{Id, Key},
    store::{Transaction, Write},
};

/// Deletes all tokens of a user or service account, each with its entry. For every unit that deactivates or deletes a user: it asks
/// this in its own transaction, so a user that comes back later comes back without tokens (promise 3).
pub(in crate::directory) async fn revoke_tokens_of(
    context: &ChangeContext,
    organization: Id,
    owner: Id,
    transaction: &mut Transaction<'_>,
) -> Result<()> {
    for token in transaction.reader.tokens_of(organization, owner).await? {
        transaction.writes.push(Write::DeleteToken(Key {
            organization,
            id: token.id,
        }));
        let entry = context.entry(Resource::Token, &token.id, Action::Deleted, Detail::default());
        transaction.entries.push(entry);
    }
    Ok(())
}
