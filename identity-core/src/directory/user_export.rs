//! All that is known of a person, for who asks for it.

use std::sync::Arc;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::{
    Directory, Inner,
    changes::{ListChanges, LogPosition},
    erasure, id_of,
    input::PageRequest,
    organization_context::OrganizationContext,
    paging::{List, Pager, RESOURCES, Rows},
    provisioning_log::ListRequests,
    users::GetUser,
};
use crate::{
    caller::{Call, Scope},
    change::{Change, ChangeQuery},
    error::{Error, Resource, Result},
    id::Id,
    identity::Identity,
    provisioning_log::{ProvisioningQuery, ProvisioningRequest, TargetKey},
    role::Grant,
    store::{Cost, Deleted, FormerAccess, Query, Reader},
    text::fold,
    token::Token,
    user::UserView,
};

/// A page of an export. The first one holds all but the logs.
#[derive(Debug, Default)]
pub struct UserExport {
    /// The user, also a deleted one; `None`: only the logs know the user any more, or it is not the first page.
    pub user: Option<UserView>,
    /// Its identities.
    pub identities: Vec<Identity>,
    /// Its tokens, without their secrets.
    pub tokens: Vec<Token>,
    /// Its own grants of roles.
    pub grants: Vec<Grant>,
    /// Access that a return gives back.
    pub former_access: FormerAccess,
    /// Entries of the change log about the user and its roles.
    pub changes: Vec<Change>,
    /// Requests of identity providers about the user.
    pub requests: Vec<ProvisioningRequest>,
    /// For the next page; empty on the last.
    pub next_page_token: String,
}

/// Place in an export: its parts come one after the other, each in pages of its own.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
enum Place {
    Changes(Option<LogPosition>),
    Grants(Option<LogPosition>),
    Requests(Option<Id>),
}

impl Directory {
    /// Exports all that is known of a user, deleted or not, page by page.
    #[crate::boxed]
    pub async fn export_user(
        &self,
        call: &Call,
        organization: &str,
        id: &str,
        page: PageRequest,
    ) -> Result<UserExport> {
        let inner = &self.inner;
        let org = inner.organization(call, organization, Scope::UsersExport).await?;
        let id = id_of(Resource::User, id)?;
        let list = List {
            name: "user_export",
            organization: Some(org.id),
            query: &id,
            sizes: RESOURCES,
        };
        let pager: Pager<Place> = inner.pager(&list, &page)?;
        let mut export = UserExport::default();
        if pager.after.is_none() {
            export = inner.exported_user(&org, id).await?;
        }
        let place = pager.after.unwrap_or(Place::Changes(None));
        let next = match place {
            Place::Changes(after) => {
                let about = (Resource::User, id);
                let rows = inner.exported_changes(org.id, about, after, pager.size).await?;
                if export.user.is_none() && after.is_none() && rows.items.is_empty() {
                    return Err(Error::not_found(Resource::User, id));
                }
                export.changes = rows.items;
                let next = rows.next.map(|next| Place::Changes(Some(next)));
                Some(next.unwrap_or(Place::Grants(None)))
            }
            Place::Grants(after) => {
                let about = (Resource::Grant, id);
                let rows = inner.exported_changes(org.id, about, after, pager.size).await?;
                export.changes = rows.items;
                let next = rows.next.map(|next| Place::Grants(Some(next)));
                Some(next.unwrap_or(Place::Requests(None)))
            }
            Place::Requests(before) => {
                let user = inner.known_user(&org, id).await?;
                let requests = ListRequests {
                    organization: org.id,
                    queries: target_keys(id, user.as_ref()),
                    before,
                    limit: pager.limit(),
                    size: pager.size,
                };
                let rows = inner.store.read(requests).await?;
                export.requests = rows.items;
                export
                    .requests
                    .retain(|request| erasure::is_about(request, &id.to_string()));
                rows.next.map(|next| Place::Requests(Some(next)))
            }
        };
        let rows = Rows {
            items: Vec::<()>::new(),
            next,
        };
        export.next_page_token = inner.page(&pager, rows)?.next_page_token;
        Ok(export)
    }
}

impl Inner {
    /// The user, deleted or not, unless it was deleted for good.
    async fn known_user(&self, org: &Arc<OrganizationContext>, id: Id) -> Result<Option<UserView>> {
        let query = GetUser {
            id,
            deleted: Deleted::Included,
            at: self.platform.now(),
            org: Arc::clone(org),
        };
        self.store.read(query).await
    }

    /// The parts of an export that are no log.
    async fn exported_user(&self, org: &Arc<OrganizationContext>, id: Id) -> Result<UserExport> {
        let user = match self.known_user(org, id).await? {
            Some(view) => Some(self.licensed_one(org, view).await?),
            None => None,
        };
        let mut export = self
            .store
            .read(ExportBesides {
                organization: org.id,
                id,
            })
            .await?;
        export.user = user;
        Ok(export)
    }

    async fn exported_changes(
        &self,
        organization: Id,
        (resource, id): (Resource, Id),
        after: Option<LogPosition>,
        size: i64,
    ) -> Result<Rows<Change, LogPosition>> {
        let query = ListChanges {
            organization,
            query: ChangeQuery {
                resource: Some(resource),
                resource_id: Some(id.to_string()),
                ..ChangeQuery::default()
            },
            after,
            size,
        };
        Ok(self.store.read(query).await?.0)
    }
}

/// The queries that together find the requests about a user: by its id, and by the names that it has.
fn target_keys(id: Id, user: Option<&UserView>) -> Vec<ProvisioningQuery> {
    let mut keys = vec![TargetKey::Id(id.to_string())];
    for name in user.map(|view| erasure::names_of(&view.user)).unwrap_or_default() {
        let name = fold(&name);
        keys.extend([TargetKey::Name(name.clone()), TargetKey::ExternalId(name)]);
    }
    let about = |key| ProvisioningQuery {
        target: Some(key),
        ..ProvisioningQuery::default()
    };
    keys.into_iter().map(about).collect()
}

struct ExportBesides {
    organization: Id,
    id: Id,
}

#[async_trait]
impl Query for ExportBesides {
    type Output = UserExport;
    const COST: Cost = Cost::Scan;

    async fn run(&self, reader: &mut dyn Reader) -> Result<Self::Output> {
        let Self { organization, id } = *self;
        Ok(UserExport {
            identities: reader.identities(organization, id).await?,
            tokens: reader.tokens_of(organization, id).await?,
            grants: reader.grants_of(organization, &[id]).await?,
            former_access: reader.former_access(organization, id).await?.unwrap_or_default(),
            ..UserExport::default()
        })
    }
}
