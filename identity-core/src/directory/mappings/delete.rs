//! Deleting a mapping rule.

use async_trait::async_trait;

use super::{follow::follow_rules, read::find};
use crate::{
    change::{Action, Detail},
    directory::change_context::ChangeContext,
    error::{Resource, Result},
    id::{Id, Key},
    store::{Transaction, Unit, Write},
};

/// Deletes a rule.
pub(super) struct DeleteRule {
    pub(super) context: ChangeContext,
    pub(super) organization: Id,
    pub(super) id: Id,
}

#[async_trait]
impl Unit for DeleteRule {
    type Output = ();

    async fn run(&self, transaction: &mut Transaction<'_>) -> Result<()> {
        self.context.authorize(transaction.organization()?)?;
        let mut rules = transaction.reader.mapping_rules(self.organization).await?;
        let rule = find(rules.clone(), self.id)?;
        rules.retain(|rule| rule.id != self.id);
        let detail = Detail::default();
        let entry = self
            .context
            .entry(Resource::MappingRule, &self.id, Action::Deleted, detail);
        transaction.entries.push(entry);
        transaction.writes.push(Write::DeleteMapping(Key {
            organization: self.organization,
            id: self.id,
        }));
        follow_rules(&self.context, self.organization, &[&rule], rules, transaction).await
    }
}
