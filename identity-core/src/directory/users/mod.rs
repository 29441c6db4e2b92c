//! Users.

mod create;
mod delete;
mod merge;
mod read;
mod record;
mod rules;
mod update;
mod view;

pub(super) use create::insertion;
pub(super) use rules::fit;

use create::{CreateUser, Created};
use delete::DeleteUser;
use read::{FindUsers, GetUser, ListUsers};
use update::UpdateUser;
use view::assemble;

use super::{
    Directory, Inner,
    act::Act,
    id_of,
    input::{ListRequest, Page, UserInput, UserUpdate},
};
use crate::{
    caller::{Call, Scope},
    error::{Error, Resource, Result},
    user::{User, UserView},
};

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
            Created::Now(user) if view::manager_of(&user).is_none() => {
                Ok(assemble(user, Vec::new(), None, known.default_role))
            }
            Created::Now(user) | Created::Earlier(user) => inner.view(&known, user).await,
        }
    }

    /// Gets a user by id; `me` is the caller itself, where it is a person.
    pub async fn get_user(&self, call: &Call, organization: &str, id: &str) -> Result<UserView> {
        let id = &*Inner::named_user(call, id);
        let known = self.inner.organization_of_user(call, organization, id).await?;
        let query = GetUser {
            organization: known.id,
            id: id_of(Resource::User, id)?,
            default_role: known.default_role,
        };
        let user = self.inner.store.read(query).await?;
        user.ok_or_else(|| Error::not_found(Resource::User, id))
    }

    /// Lists users.
    pub async fn list_users(
        &self,
        call: &Call,
        organization: &str,
        request: ListRequest,
    ) -> Result<Page<UserView>> {
        let inner = &self.inner;
        let known = inner.organization(call, organization, Scope::UsersRead).await?;
        let default_role = known.default_role;
        let (listing, pager) = inner.listing::<User>(known.id, request, default_role)?;
        let query = ListUsers {
            listing,
            default_role,
        };
        let found = if query.listing.is_look_up() {
            inner.store.read(FindUsers(query)).await?
        } else {
            inner.store.read(query).await?
        };
        let page = inner.page(&pager, found.rows)?;
        Ok(Page {
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
