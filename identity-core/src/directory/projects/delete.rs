//! Deleting a project.

use async_trait::async_trait;

use super::rules;
use crate::{
    change::{Action, Detail},
    directory::{change_context::ChangeContext, version},
    error::{Resource, Result},
    id::Id,
    store::{Transaction, Unit, Write},
};

/// Deletes a project with all roles that are held in it; its name is free again.
pub(super) struct DeleteProject {
    pub(super) context: ChangeContext,
    pub(super) organization: Id,
    pub(super) id: Id,
    pub(super) etag: String,
}

#[async_trait]
impl Unit for DeleteProject {
    type Output = ();

    async fn run(&self, transaction: &mut Transaction<'_>) -> Result<()> {
        self.context.authorize(transaction.organization()?)?;
        let mut project = rules::live(transaction.reader, self.organization, self.id).await?;
        version::check(&self.etag, project.version)?;
        project.version += 1;
        project.updated_at = self.context.at_or_after(project.updated_at);
        project.deleted_at = Some(project.updated_at);
        transaction.writes.push(Write::UpdateProject(Box::new(project)));
        let entry = self
            .context
            .entry(Resource::Project, &self.id, Action::Deleted, Detail::default());
        transaction.entries.push(entry);
        Ok(())
    }
}
