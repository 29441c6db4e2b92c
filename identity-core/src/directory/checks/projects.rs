//! Projects of a user, and users of a project.

use async_trait::async_trait;

use super::batch_check::{abilities_of, fresh, value_of};
use crate::{
    access::Consistency,
    directory::{paging::Rows, roles::RoleResolver},
    error::{Error, Resource, Result},
    id::Id,
    platform::Timestamp,
    project::ProjectStatus,
    role::RoleScope,
    store::{Cost, Query, Reader},
};

/// Projects looked at in one statement.
const SCAN_PAGE: i64 = 1000;

/// The projects in which a user may do something.
pub(super) struct Projects {
    pub(super) organization: Id,
    pub(super) user: Id,
    pub(super) permission: String,
    pub(super) after: Option<Id>,
    pub(super) size: i64,
    pub(super) at: Timestamp,
}

#[async_trait]
impl Query for Projects {
    type Output = (Rows<Id, Id>, i64);
    const COST: Cost = Cost::Scan;

    async fn run(&self, reader: &mut dyn Reader) -> Result<Self::Output> {
        let organization = fresh(reader, self.organization, Consistency::FullyConsistent).await?;
        let activity = reader.activity(self.organization, &[self.user]).await?;
        let (_, active) = activity
            .first()
            .ok_or_else(|| Error::not_found(Resource::User, self.user))?;
        let wanted = usize::try_from(self.size).unwrap_or(usize::MAX).saturating_add(1);
        let mut found = Vec::new();
        if *active {
            let abilities = abilities_of(reader, &organization, self.user, self.at).await?;
            if abilities.organization.has(&self.permission) {
                found = self.all_active(reader, wanted).await?;
            } else {
                let permitted = abilities.projects.iter();
                let permitted = permitted.filter(|(id, it)| {
                    it.has(&self.permission) && self.after.is_none_or(|after| **id > after)
                });
                found.extend(permitted.map(|(id, _)| *id).take(wanted));
            }
        }
        Ok((Rows::cut(found, self.size, |id| Ok(*id))?, organization.revision))
    }
}

impl Projects {
    async fn all_active(&self, reader: &mut dyn Reader, wanted: usize) -> Result<Vec<Id>> {
        let (mut found, mut after) = (Vec::new(), self.after);
        while found.len() < wanted {
            let page = reader.projects(self.organization, after, SCAN_PAGE).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.id);
            let active = page.iter().filter(|it| it.status == ProjectStatus::Active);
            found.extend(active.map(|project| project.id).take(wanted - found.len()));
        }
        Ok(found)
    }
}

/// The last member of a page.
pub(super) type MemberCursor = Id;

/// The active users who hold a role in a project.
pub(super) struct Members {
    pub(super) organization: Id,
    pub(super) project: Id,
    pub(super) after: Option<MemberCursor>,
    pub(super) size: i64,
    pub(super) at: Timestamp,
}

#[async_trait]
impl Query for Members {
    type Output = (Rows<(Id, String), MemberCursor>, i64);
    const COST: Cost = Cost::Scan;

    async fn run(&self, reader: &mut dyn Reader) -> Result<Self::Output> {
        let organization = fresh(reader, self.organization, Consistency::FullyConsistent).await?;
        let project = reader.project(self.organization, self.project).await?;
        let project = project.ok_or_else(|| Error::not_found(Resource::Project, self.project))?;
        let scope = RoleScope::Project(self.project);
        let users = if project.status == ProjectStatus::Active {
            let page = (self.after, self.size + 1);
            reader.holders(self.organization, scope, self.at, page).await?
        } else {
            Vec::new()
        };
        let mut members = Vec::new();
        if !users.is_empty() {
            let grants = reader
                .effective_grants(self.organization, &users, self.at)
                .await?;
            let values: Vec<_> = grants.iter().map(value_of).collect();
            let catalog = organization.policy.catalog();
            let resolver = RoleResolver::of_values(catalog, &values, self.organization, reader).await?;
            members.extend(users.into_iter().map(|user| {
                let here = grants
                    .iter()
                    .filter(|it| it.user_id == user && it.grant.key.scope == scope)
                    .filter(|it| resolver.has_effect(&value_of(it)))
                    .map(|it| it.grant.key.role.as_str());
                (user, resolver.strongest(&here).unwrap_or_default())
            }));
        }
        let rows = Rows::cut(members, self.size, |(user, _)| Ok(*user))?;
        Ok((rows, organization.revision))
    }
}
