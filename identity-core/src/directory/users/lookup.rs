//! Finding a user by something else than its id.

use crate::{
    caller::{Call, Scope},
    directory::{
        Directory,
        input::{ListRequest, PageRequest, UserKey},
    },
    error::{Error, Resource, Result, Rule},
    filter::{Filter, Operator, Value},
    user::UserView,
};

/// Two are enough to know that a key is not one user's alone.
const ENOUGH: i32 = 2;

impl Directory {
    /// The one user with this key. Several are refused: whoever asks wants one, and none of them is the right one.
    #[crate::boxed]
    pub async fn look_up_user(&self, call: &Call, organization: &str, key: UserKey) -> Result<UserView> {
        let (key, attribute, value) = match key {
            UserKey::UserName(name) => ("user_name", "user_name", name),
            UserKey::Email(address) => ("email", "emails.value", address),
            UserKey::ExternalId(id) => ("external_id", "external_id", id),
            UserKey::Identity { issuer, subject } => {
                let inner = &self.inner;
                let known = inner.organization(call, organization, Scope::UsersRead).await?;
                let found = self.user_by_identity(known.id, &issuer, &subject).await?;
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
            (Some(user), true) => Ok(user),
            (None, _) => Err(Error::not_found(Resource::User, value)),
            (Some(_), false) => Err(Error::RuleBroken(Rule::SeveralUsers(key))),
        }
    }
}
