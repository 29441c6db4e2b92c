//! Finding a user by something else than its id.

use crate::{
    caller::{Call, Scope},
    directory::{
        Directory,
        input::{ListRequest, PageRequest, UserKey},
        users::has_email,
    },
    error::{Error, Resource, Result, Rule},
    filter::{Filter, Operator, Value},
    same_account::is_same_account,
    user::UserView,
};

/// Two are enough to know that a key is not one user's alone.
const ENOUGH: i32 = 2;

impl Directory {
    /// The one user with this key. Several are refused: whoever asks wants one, and none of them is the right one.
    #[crate::boxed]
    pub async fn look_up_user(&self, call: &Call, organization: &str, key: UserKey) -> Result<UserView> {
        // Whoever looks somebody up lets that account in: what only looks alike is nobody's.
        let is_meant = |user: &UserView| match &key {
            UserKey::UserName(name) => is_same_account(&user.user.user_name, name),
            UserKey::Email(address) => has_email(&user.user, address),
            UserKey::ExternalId(_) | UserKey::Identity { .. } => true,
        };
        let (name, attribute, value) = match key.clone() {
            UserKey::UserName(name) => ("user_name", "user_name", name),
            UserKey::Email(address) => ("email", "emails.value", address),
            UserKey::ExternalId(id) => ("external_id", "external_id", id),
            UserKey::Identity { issuer, subject } => {
                let inner = &self.inner;
                let org = inner.organization(call, organization, Scope::UsersRead).await?;
                let found = self.user_by_identity(org.id, &issuer, &subject).await?;
                let id = found.ok_or_else(|| Error::not_found(Resource::User, &subject))?;
                return self.get_user(call, organization, &id.to_string()).await;
            }
        };
        let request = ListRequest {
            page: PageRequest {
                size: ENOUGH,
                token: String::new(),
            },
            filter: Some(Filter::Comparison {
                attribute: attribute.to_owned(),
                operator: Operator::Equal,
                value: Value::Text(value.clone()),
            }),
            ..ListRequest::default()
        };
        let mut found = self.list_users(call, organization, request).await?.items;
        match (found.pop(), found.is_empty()) {
            (Some(user), true) if is_meant(&user) => Ok(user),
            (_, true) => Err(Error::not_found(Resource::User, value)),
            (_, false) => Err(Error::RuleBroken(Rule::SeveralUsers(name))),
        }
    }
}
