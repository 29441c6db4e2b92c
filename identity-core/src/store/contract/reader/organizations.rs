//! Reading organizations and their extension schemas.

use async_trait::async_trait;

use crate::{error::Result, id::Id, organization::Organization, schema::ExtensionSchema, store::Deleted};

/// Reads organizations and their extension schemas.
#[async_trait]
pub trait OrganizationReader: Send {
    /// An organization by id.
    async fn organization(&mut self, id: Id) -> Result<Option<Organization>>;
    /// The id of the organization with this slug.
    async fn organization_id(&mut self, slug: &str) -> Result<Option<Id>>;
    /// Organizations in order of their ids, after the given one; deleted ones among them if they are asked for.
    async fn organizations(
        &mut self,
        after: Option<Id>,
        limit: i64,
        deleted: Deleted,
    ) -> Result<Vec<Organization>>;
    /// The revision of an organization, a deleted one too: its log goes on to be told.
    async fn revision(&mut self, organization: Id) -> Result<Option<i64>>;
    /// All organizations, deleted ones too, with their revisions in order of their ids, after the given one.
    async fn revisions(&mut self, after: Option<Id>, limit: i64) -> Result<Vec<(Id, i64)>>;
    /// Extension schemas in order of their folded URNs.
    async fn schemas(&mut self, organization: Id) -> Result<Vec<ExtensionSchema>>;
    /// Tells whether a user or group, deleted ones included, has values of this schema.
    async fn schema_in_use(&mut self, organization: Id, urn: &str) -> Result<bool>;
}
