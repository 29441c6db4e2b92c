//! Deleting a user.

use async_trait::async_trait;

use super::rules;
use crate::{
    change::{Action, Detail},
    directory::{
        act::Act,
        groups::leave_groups,
        roles::{keep_an_admin, loss},
        schemas::schemas_of,
        tokens::revoke_tokens_of,
        version,
    },
    error::{Resource, Result},
    id::Id,
    search,
    store::{Transaction, Unit, Write},
};

/// Deletes a user: it leaves every group, and its names are free again. The record stays, for the log and for a successor.
pub(super) struct DeleteUser {
    pub(super) act: Act,
    pub(super) organization: Id,
    pub(super) id: Id,
    pub(super) etag: String,
}

#[async_trait]
impl Unit for DeleteUser {
    type Output = ();

    async fn run(&self, transaction: &mut Transaction<'_>) -> Result<()> {
        self.act.admit(transaction.organization()?)?;
        let before = rules::live(transaction.reader, self.organization, self.id).await?;
        version::check(&self.etag, before.version)?;
        rules::subject(&before).permit(&self.act, transaction).await?;
        let mut after = before.clone();
        after.version += 1;
        after.updated_at = self.act.at_or_after(before.updated_at);
        after.deleted_at = Some(after.updated_at);
        let organization = transaction.organization()?.clone();
        if let Some(loss) = loss(&organization, &before, &after) {
            keep_an_admin(transaction.reader, &organization, &loss).await?;
        }
        revoke_tokens_of(&self.act, self.organization, self.id, transaction).await?;
        leave_groups(&self.act, self.organization, self.id, transaction).await?;
        let schemas = schemas_of(transaction.reader, self.organization, &after.profile.extensions).await?;
        transaction.organization()?.user_count -= 1;
        transaction.writes.push(Write::UpdateUser {
            keys: search::of_user(&after, &schemas),
            before: Box::new(before),
            after: Box::new(after),
        });
        let entry = self
            .act
            .entry(Resource::User, &self.id, Action::Deleted, Detail::default());
        transaction.entries.push(entry);
        Ok(())
    }
}
