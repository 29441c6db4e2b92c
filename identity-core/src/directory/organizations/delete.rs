//! Deleting an organization, and bringing it back.

use async_trait::async_trait;

use super::purge::is_past;
use crate::{
    change::{Action, Detail},
    directory::{change_context::ChangeContext, version},
    error::{Error, Resource, Result},
    organization::Organization,
    store::{Subject, Transaction, Unit, Write},
};

/// Deletes an organization. All that is below it stays as it is, for the day on which it comes back; nobody reaches it any more, as
/// whoever asks for the organization finds none.
pub(super) struct DeleteOrganization {
    pub(super) context: ChangeContext,
    pub(super) etag: String,
}

#[async_trait]
impl Unit for DeleteOrganization {
    type Output = Organization;

    async fn run(&self, transaction: &mut Transaction<'_>) -> Result<Organization> {
        let organization = transaction.organization()?;
        version::check(&self.etag, organization.version)?;
        let at = self.context.at_or_after(organization.updated_at);
        organization.deleted_at = Some(at);
        let after = moved_on(organization, &self.context);
        transaction.writes.push(Write::DeleteOrganization(after.id, at));
        let detail = Detail::default();
        let entry = self
            .context
            .entry(Resource::Organization, &after.id, Action::Deleted, detail);
        transaction.entries.push(entry);
        Ok(after)
    }
}

/// Brings a deleted organization back as it was, unless that was too long ago: what is purged must not come back.
pub(super) struct UndeleteOrganization {
    pub(super) context: ChangeContext,
}

#[async_trait]
impl Unit for UndeleteOrganization {
    type Output = Organization;
    const SUBJECT: Subject = Subject::Any;

    async fn run(&self, transaction: &mut Transaction<'_>) -> Result<Organization> {
        let taken = |field| Error::AlreadyExists {
            resource: Resource::Organization,
            field,
        };
        let organization = transaction.organization()?;
        if organization.deleted_at.is_none() {
            return Err(taken("id"));
        }
        if is_past(organization, self.context.at) {
            return Err(Error::not_found(Resource::Organization, organization.id));
        }
        let slug = organization.slug.clone();
        if transaction.reader.organization_id(&slug).await?.is_some() {
            return Err(taken("slug"));
        }
        let organization = transaction.organization()?;
        organization.deleted_at = None;
        let after = moved_on(organization, &self.context);
        transaction.writes.push(Write::UndeleteOrganization(after.id));
        let detail = Detail::default();
        let entry = self
            .context
            .entry(Resource::Organization, &after.id, Action::Undeleted, detail);
        transaction.entries.push(entry);
        Ok(after)
    }
}

/// The organization in its next version, as it is told.
fn moved_on(organization: &mut Organization, context: &ChangeContext) -> Organization {
    organization.version += 1;
    organization.updated_at = context.at_or_after(organization.updated_at);
    // The store gives the unit its revision after it ran.
    Organization {
        revision: organization.revision + 1,
        ..organization.clone()
    }
}
