//! Changing a project.

use async_trait::async_trait;

use super::rules;
use crate::{
    change::Action,
    directory::{change_context::ChangeContext, input::ProjectUpdate, record::updated, version},
    error::{Resource, Result},
    id::Id,
    project::Project,
    store::{Transaction, Unit, Write},
    validate,
};

/// Changes a project; a change that changes nothing writes nothing.
pub(super) struct UpdateProject {
    pub(super) context: ChangeContext,
    pub(super) organization: Id,
    pub(super) id: Id,
    pub(super) update: ProjectUpdate,
}

#[async_trait]
impl Unit for UpdateProject {
    type Output = Project;

    async fn run(&self, transaction: &mut Transaction<'_>) -> Result<Project> {
        self.context.authorize(transaction.organization()?)?;
        let reader = &mut *transaction.reader;
        let before = rules::live(reader, self.organization, self.id).await?;
        version::check(&self.update.etag, before.version)?;
        let mut after = Project {
            name: self.update.name.clone().unwrap_or_else(|| before.name.clone()),
            status: self.update.status.unwrap_or(before.status),
            ..before.clone()
        };
        if after == before {
            return Ok(before);
        }
        if after.name != before.name {
            validate::project_name(&after.name)?;
            rules::refuse_taken_name(reader, &after).await?;
        }
        after.version += 1;
        after.updated_at = self.context.at_or_after(before.updated_at);
        let detail = updated(&rules::record(&before), &rules::record(&after));
        let entry = self
            .context
            .entry(Resource::Project, &self.id, Action::Updated, detail);
        transaction.entries.push(entry);
        transaction
            .writes
            .push(Write::UpdateProject(Box::new(after.clone())));
        Ok(after)
    }
}
