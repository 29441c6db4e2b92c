//! Reading projects.

use async_trait::async_trait;

use super::rules;
use crate::{
    directory::paging::Rows,
    error::Result,
    id::Id,
    project::Project,
    store::{Cost, Query, Reader},
};

/// One project, by id or name.
pub(super) struct GetProject {
    pub(super) organization: Id,
    pub(super) name: String,
}

#[async_trait]
impl Query for GetProject {
    type Output = Option<Project>;
    const COST: Cost = Cost::Point;

    async fn run(&self, reader: &mut dyn Reader) -> Result<Self::Output> {
        rules::find(reader, self.organization, &self.name).await
    }
}

/// A page of projects.
pub(super) struct ListProjects {
    pub(super) organization: Id,
    pub(super) after: Option<Id>,
    pub(super) size: i64,
}

#[async_trait]
impl Query for ListProjects {
    type Output = Rows<Project, Id>;
    const COST: Cost = Cost::Scan;

    async fn run(&self, reader: &mut dyn Reader) -> Result<Self::Output> {
        let projects = reader
            .projects(self.organization, self.after, self.size + 1)
            .await?;
        Rows::cut(projects, self.size, |project| Ok(project.id))
    }
}
