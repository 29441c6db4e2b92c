//! Users.

mod apply;
mod counters;
mod create;
mod deactivation_safeguard;
mod defaults;
mod delete;
mod drift;
mod emails;
mod identities;
mod licensing;
mod lifecycle;
mod lookup;
mod matching;
mod merge;
mod read;
mod record;
mod revert;
mod roles;
mod rules;
mod scope;
mod undelete;
mod update;
mod view;

pub(super) use apply::{changed, delete_for_good, insertion};
pub(super) use licensing::reject_manual;
pub(super) use matching::{has_email, is_trusted};
pub(super) use read::GetUser;
pub(super) use revert::RevertUser;
pub(super) use rules::{fit, live, manager_after};
pub(super) use scope::outside;
pub(super) use update::{deactivation, set_roles};

use std::sync::Arc;

use create::{CreateUser, Created};
use delete::DeleteUser;
use read::{BatchGetUsers, FindUsers, ListUsers};
use undelete::UndeleteUser;
use update::UpdateUser;
use view::{ViewRoles, assemble};

use super::{
    Directory, Inner,
    change_context::ChangeContext,
    id_of,
    input::{Deleted, ListRequest, Page, UserField, UserInput, UserUpdate},
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
    #[crate::boxed]
    pub async fn create_user(
        &self,
        call: &Call,
        organization: &str,
        input: UserInput,
        request_id: &str,
    ) -> Result<UserView> {
        let inner = &self.inner;
        let org = inner.organization(call, organization, Scope::UsersWrite).await?;
        let context = ChangeContext::new(call, &*inner.platform);
        let unit = CreateUser::new(
            context,
            org.id,
            (inner.new_id(), inner.new_id()),
            input,
            request_id,
        )?;
        match inner.write(&call.caller, org.id, unit).await? {
            Created::Now(user) if view::needs_no_lookup(&user) => {
                let view = assemble(user, Vec::new(), None, &ViewRoles::of_policy(&org));
                inner.licensed_one(&org, view).await
            }
            Created::Now(user) | Created::Joined(user) | Created::Earlier(user) => {
                inner.view(&org, user).await
            }
        }
    }

    /// Gets a user by id; `me` is the caller itself, where it is a person.
    #[crate::boxed]
    pub async fn get_user(&self, call: &Call, organization: &str, id: &str) -> Result<UserView> {
        self.get_user_among(call, organization, id, Deleted::Hidden).await
    }

    /// The same, also of a deleted user if asked for.
    #[crate::boxed]
    pub async fn get_user_among(
        &self,
        call: &Call,
        organization: &str,
        id: &str,
        deleted: Deleted,
    ) -> Result<UserView> {
        let id = &*Inner::named_user(call, id);
        let org = self.inner.organization_of_user(call, organization, id).await?;
        let query = GetUser {
            id: id_of(Resource::User, id)?,
            deleted: org.shows_deleted(call, deleted),
            at: self.inner.platform.now(),
            org: Arc::clone(&org),
        };
        let found = self.inner.store.read(query).await?;
        let view = found.ok_or_else(|| Error::not_found(Resource::User, id))?;
        org.refuse_user(call, &view.user)?;
        self.inner.licensed_one(&org, view).await
    }

    /// Gets those of these users that there are, in the order of their ids, each once. What is no id is the id of nobody.
    #[crate::boxed]
    pub async fn batch_get_users(
        &self,
        call: &Call,
        organization: &str,
        ids: &[String],
    ) -> Result<Vec<UserView>> {
        let inner = &self.inner;
        let org = inner.organization(call, organization, Scope::UsersRead).await?;
        if ids.len() > MAX_BATCH {
            return Err(Error::TooMany {
                limit: "users in one call",
                maximum: MAX_BATCH as u64,
                retry_after: None,
            });
        }
        let query = BatchGetUsers {
            org: Arc::clone(&org),
            ids: ids.iter().filter_map(|id| Id::parse(id)).collect(),
            at: inner.platform.now(),
        };
        let mut users = inner.store.read(query).await?;
        users.retain(|view| org.refuse_user(call, &view.user).is_ok());
        inner.licensed(&org, users).await
    }

    /// Lists users.
    #[crate::boxed]
    pub async fn list_users(
        &self,
        call: &Call,
        organization: &str,
        mut request: ListRequest,
    ) -> Result<Page<UserView>> {
        let inner = &self.inner;
        let org = inner.organization(call, organization, Scope::UsersRead).await?;
        request.filter = request.filter.map(|filter| org.licensing.rename(filter));
        let visibility = org.user_visibility(call, request.deleted);
        let of_connection = call.caller.connection_id().and(request.filter.clone());
        let (listing, pager) = inner.listing::<User>(org.id, request, org.default_role(), visibility)?;
        let query = ListUsers {
            listing,
            at: inner.platform.now(),
            org: Arc::clone(&org),
        };
        let found = if query.listing.is_point_query() {
            inner.store.read(FindUsers(query)).await?
        } else {
            inner.store.read(query).await?
        };
        let mut page = inner.page(&pager, found.rows)?;
        let found_in_all = page.items.len();
        if let Some(filter) = of_connection {
            page.items.retain(|view| lookup::means(&filter, &view.user));
        }
        let passed_over = i64::try_from(found_in_all - page.items.len()).unwrap_or(i64::MAX);
        Ok(Page {
            items: inner.licensed(&org, page.items).await?,
            total: found.total.map(|total| total - passed_over),
            ..page
        })
    }

    /// Changes a user.
    #[crate::boxed]
    pub async fn update_user(&self, call: &Call, organization: &str, update: UserUpdate) -> Result<UserView> {
        let inner = &self.inner;
        let org = inner.organization(call, organization, Scope::UsersWrite).await?;
        let sets_break_glass = update.fields.contains(&UserField::BreakGlass);
        if sets_break_glass && call.caller.connection_id().is_some() {
            let field = "break_glass".to_owned();
            return Err(Error::ReadOnly { field });
        }
        let unit = UpdateUser {
            context: ChangeContext::new(call, &*inner.platform),
            organization: org.id,
            id: id_of(Resource::User, &update.id)?,
            update,
        };
        let user = inner.write(&call.caller, org.id, unit).await?;
        inner.view(&org, user).await
    }

    /// Brings a deleted user back.
    #[crate::boxed]
    pub async fn undelete_user(
        &self,
        call: &Call,
        organization: &str,
        id: &str,
        etag: &str,
    ) -> Result<UserView> {
        let inner = &self.inner;
        let org = inner.organization(call, organization, Scope::UsersWrite).await?;
        if call.caller.connection_id().is_some() {
            return Err(Error::Forbidden(Scope::UsersWrite.name()));
        }
        let unit = UndeleteUser {
            context: ChangeContext::new(call, &*inner.platform),
            organization: org.id,
            id: id_of(Resource::User, id)?,
            etag: etag.to_owned(),
        };
        let user = inner.write(&call.caller, org.id, unit).await?;
        inner.view(&org, user).await
    }

    /// Deletes a user.
    #[crate::boxed]
    pub async fn delete_user(&self, call: &Call, organization: &str, id: &str, etag: &str) -> Result<()> {
        let inner = &self.inner;
        let org = inner.organization(call, organization, Scope::UsersWrite).await?;
        let unit = DeleteUser {
            context: ChangeContext::new(call, &*inner.platform),
            organization: org.id,
            id: id_of(Resource::User, id)?,
            etag: etag.to_owned(),
        };
        inner.write(&call.caller, org.id, unit).await
    }
}
