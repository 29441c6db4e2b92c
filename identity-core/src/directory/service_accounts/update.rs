//! Changing a service account.

use async_trait::async_trait;

use super::{record, rules};
use crate::{
    change::Action,
    directory::{
        change_context::ChangeContext, input::ServiceAccountUpdate, record::updated, tokens, version,
    },
    error::{Resource, Result},
    id::Id,
    service_account::ServiceAccount,
    store::{Transaction, Unit, Write},
};

/// Changes a service account; a change that changes nothing writes nothing.
pub(super) struct UpdateServiceAccount {
    pub(super) context: ChangeContext,
    pub(super) organization: Id,
    pub(super) id: Id,
    pub(super) update: ServiceAccountUpdate,
}

#[async_trait]
impl Unit for UpdateServiceAccount {
    type Output = ServiceAccount;

    async fn run(&self, transaction: &mut Transaction<'_>) -> Result<ServiceAccount> {
        self.context.authorize(transaction.organization()?)?;
        let reader = &mut *transaction.reader;
        let before = rules::live(reader, self.organization, self.id).await?;
        version::check(&self.update.etag, before.version)?;
        let mut after = self.apply(before.clone())?;
        if after == before {
            return Ok(before);
        }
        rules::fit(&after)?;
        rules::refuse_taken_name(reader, &after).await?;
        after.version += 1;
        after.updated_at = self.context.at_or_after(before.updated_at);
        let detail = updated(&record::of(&before), &record::of(&after));
        let entry = self
            .context
            .entry(Resource::ServiceAccount, &self.id, Action::Updated, detail);
        transaction.entries.push(entry);
        transaction
            .writes
            .push(Write::UpdateServiceAccount(Box::new(after.clone())));
        Ok(after)
    }
}

impl UpdateServiceAccount {
    fn apply(&self, before: ServiceAccount) -> Result<ServiceAccount> {
        let update = &self.update;
        Ok(ServiceAccount {
            name: update.name.clone().unwrap_or(before.name),
            description: update.description.clone().unwrap_or(before.description),
            scopes: update.scopes.as_deref().map_or(before.scopes, rules::in_order),
            projects: match &update.projects {
                Some(projects) => tokens::projects(projects)?,
                None => before.projects,
            },
            ..before
        })
    }
}
