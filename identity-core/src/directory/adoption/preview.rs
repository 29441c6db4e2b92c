//! Preview of an adoption.

use async_trait::async_trait;

use super::planner::AdoptionPlanner;
use crate::{
    directory::{
        input::{AdoptionItem, Candidate, Reach},
        paging::Rows,
    },
    error::{Error, Resource, Result},
    group::MemberKind,
    id::Id,
    store::{Cost, Query, Reader},
};

/// Query for the outcomes for unmanaged users and then groups, a page of them.
pub(super) struct PreviewAll {
    pub(super) organization: Id,
    pub(super) connection: Id,
    pub(super) reach: Reach,
    pub(super) after: Option<Id>,
    pub(super) size: i64,
}

/// Query for the outcomes for candidates that an identity provider is about to send.
pub(super) struct PreviewCandidates {
    pub(super) organization: Id,
    pub(super) connection: Id,
    pub(super) candidates: Vec<Candidate>,
}

#[async_trait]
impl Query for PreviewAll {
    type Output = Rows<AdoptionItem, Id>;
    const COST: Cost = Cost::Scan;

    async fn run(&self, reader: &mut dyn Reader) -> Result<Self::Output> {
        let (organization, connection) = parties(self.organization, self.connection, reader).await?;
        let planner = AdoptionPlanner {
            organization: &organization,
            connection: &connection,
        };
        let wanted = self.size + 1;
        // Users come first. A group that the page before ended with tells that there are none left.
        let is_group = match self.after {
            Some(after) => reader.group(self.organization, after).await?.is_some(),
            None => false,
        };
        let mut items = Vec::new();
        if !is_group {
            items = planner.page(MemberKind::User, self.after, wanted, reader).await?;
        }
        let missing = wanted - i64::try_from(items.len()).unwrap_or(wanted);
        if missing > 0 && self.reach == Reach::UsersAndGroups {
            let after = self.after.filter(|_| is_group);
            items.extend(planner.page(MemberKind::Group, after, missing, reader).await?);
        }
        Rows::cut(items, self.size, |item| {
            item.id
                .ok_or_else(|| Error::Internal("an item without an id".into()))
        })
    }
}

#[async_trait]
impl Query for PreviewCandidates {
    type Output = Vec<AdoptionItem>;
    const COST: Cost = Cost::Scan;

    async fn run(&self, reader: &mut dyn Reader) -> Result<Self::Output> {
        let (organization, connection) = parties(self.organization, self.connection, reader).await?;
        let planner = AdoptionPlanner {
            organization: &organization,
            connection: &connection,
        };
        planner.candidates(&self.candidates, reader).await
    }
}

async fn parties(
    organization: Id,
    connection: Id,
    reader: &mut dyn Reader,
) -> Result<(crate::organization::Organization, crate::connection::Connection)> {
    let missing = || Error::not_found(Resource::Organization, organization);
    let found = reader.organization(organization).await?.ok_or_else(missing)?;
    let missing = || Error::not_found(Resource::Connection, connection);
    let connection = reader
        .connection(organization, connection)
        .await?
        .ok_or_else(missing)?;
    Ok((found, connection))
}
