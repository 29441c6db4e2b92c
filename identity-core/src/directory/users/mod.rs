//! Users.

mod create;
mod defaults;
mod delete;
mod drift;
mod identities;
mod licensing;
mod lookup;
mod merge;
mod read;
mod record;
mod roles;
mod rules;
mod scope;
mod update;
mod view;

pub(super) use create::insertion;
pub(super) use licensing::refuse_hands;
pub(super) use rules::{fit, live};
pub(super) use scope::outside;
pub(super) use update::{changed, set_roles};

use std::sync::Arc;

use create::{CreateUser, Created};
use delete::DeleteUser;
use read::{BatchGetUsers, GetUser, ListUsers};
use update::UpdateUser;
use view::{ViewRoles, assemble};

use super::{
    Directory, Inner,
    act::Act,
    id_of,
    input::{ListRequest, Page, UserInput, UserUpdate},
    listing::LookUp,
};
use crate::{
    caller::{Call, Scope},
    error::{Error, Resource, Result},
    id::Id,
    user::{User, UserView},
};

/// Users that one call gets.
pub(super) const MAX_BATCH: usize = 1000;

impl Directory {
    /// Creates a user. `request_id` empty: none.
    pub async fn create_user(
        &self,
        call: &Call,
        organization: &str,
        input: UserInput,
        request_id: &str,
    ) -> Result<UserView> {
        let inner = &self.inner;
        let known = inner.organization(call, organization, Scope::UsersWrite).await?;
        let act = Act::new(call, &*inner.platform);
        let unit = CreateUser::new(act, known.id, inner.new_id(), input, request_id)?;
        match inner.store.write(known.id, unit).await? {
            Created::Now(user) if view::needs_no_look_up(&user) => {
                let view = assemble(user, Vec::new(), None, &ViewRoles::of_policy(&known));
                inner.licensed_one(&known, view).await
            }
            Created::Now(user) | Created::Joined(user) | Created::Earlier(user) => {
                inner.view(&known, user).await
            }
        }
    }

    /// Gets a user by id; `me` is the caller itself, where it is a person.
    pub async fn get_user(&self, call: &Call, organization: &str, id: &str) -> Result<UserView> {
        let id = &*Inner::named_user(call, id);
        let known = self.inner.organization_of_user(call, organization, id).await?;
        let query = GetUser {
            id: id_of(Resource::User, id)?,
            at: self.inner.platform.now(),
            known: Arc::clone(&known),
        };
        let user = self.inner.store.read(query).await?;
        let user = user.ok_or_else(|| Error::not_found(Resource::User, id))?;
        self.inner.licensed_one(&known, user).await
    }

    /// Gets those of these users that there are, in the order of their ids, each once. What is no id is the id of nobody.
    pub async fn batch_get_users(
        &self,
        call: &Call,
        organization: &str,
        ids: &[String],
    ) -> Result<Vec<UserView>> {
        let inner = &self.inner;
        let known = inner.organization(call, organization, Scope::UsersRead).await?;
        if ids.len() > MAX_BATCH {
            return Err(Error::TooMany {
                limit: "users in one call",
                maximum: MAX_BATCH as u64,
                retry_after: None,
            });
        }
        let query = BatchGetUsers {
            known: Arc::clone(&known),
            ids: ids.iter().filter_map(|id| Id::parse(id)).collect(),
            at: inner.platform.now(),
        };
        let users = inner.store.read(query).await?;
        inner.licensed(&known, users).await
    }

    /// Lists users.
    pub async fn list_users(
        &self,
        call: &Call,
        organization: &str,
        mut request: ListRequest,
    ) -> Result<Page<UserView>> {
        let inner = &self.inner;
        let known = inner.organization(call, organization, Scope::UsersRead).await?;
        request.filter = request.filter.map(|filter| known.licensing.rename(filter));
        let (listing, pager) = inner.listing::<User>(known.id, request, known.default_role())?;
        let query = ListUsers {
            listing,
            at: inner.platform.now(),
            known: Arc::clone(&known),
        };
        let found = if query.listing.is_look_up() {
            inner.store.read(LookUp(query)).await?
        } else {
            inner.store.read(query).await?
        };
        let page = inner.page(&pager, found.rows)?;
        Ok(Page {
            items: inner.licensed(&known, page.items).await?,
            total: found.total,
            ..page
        })
    }

    /// Changes a user.
    pub async fn update_user(&self, call: &Call, organization: &str, update: UserUpdate) -> Result<UserView> {
        let inner = &self.inner;
        let known = inner.organization(call, organization, Scope::UsersWrite).await?;
        let unit = UpdateUser {
            act: Act::new(call, &*inner.platform),
            organization: known.id,
            id: id_of(Resource::User, &update.id)?,
            update,
        };
        let user = inner.write(known.id, unit).await?;
        inner.view(&known, user).await
    }

    /// Deletes a user.
    pub async fn delete_user(&self, call: &Call, organization: &str, id: &str, etag: &str) -> Result<()> {
        let inner = &self.inner;
        let known = inner.organization(call, organization, Scope::UsersWrite).await?;
        let unit = DeleteUser {
            act: Act::new(call, &*inner.platform),
            organization: known.id,
            id: id_of(Resource::User, id)?,
            etag: etag.to_owned(),
        };
        inner.write(known.id, unit).await
    }
}
