//! Reading organizations and their extension schemas, by the statements of this folder.

use async_trait::async_trait;

use super::super::{Conn, organizations, schemas};
use crate::{
    error::Result, id::Id, organization::Organization, schema::ExtensionSchema, store::Deleted,
    store::OrganizationReader,
};

#[async_trait]
impl OrganizationReader for Conn {
    async fn organization(&mut self, id: Id) -> Result<Option<Organization>> {
        organizations::by_id(self, id).await
    }

    async fn organization_id(&mut self, slug: &str) -> Result<Option<Id>> {
        organizations::id_by_slug(self, slug).await
    }

    async fn organizations(
        &mut self,
        after: Option<Id>,
        limit: i64,
        deleted: Deleted,
    ) -> Result<Vec<Organization>> {
        organizations::page(self, after, limit, deleted).await
    }

    async fn revision(&mut self, organization: Id) -> Result<Option<i64>> {
        organizations::revision(self, organization).await
    }

    async fn revisions(&mut self, after: Option<Id>, limit: i64) -> Result<Vec<(Id, i64)>> {
        organizations::revisions(self, after, limit).await
    }

    async fn schemas(&mut self, organization: Id) -> Result<Vec<ExtensionSchema>> {
        schemas::list(self, organization).await
    }

    async fn schema_in_use(&mut self, organization: Id, urn: &str) -> Result<bool> {
        schemas::in_use(self, organization, urn).await
    }
}
