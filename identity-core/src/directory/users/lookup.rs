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
    same_account::{is_found_by, is_same_account},
    user::{User, UserView},
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
        if let Some(field) = empty_part(&key) {
            return Err(Error::invalid(field, "is required"));
        }
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

/// Part of a key that is empty. An empty text is no key: as a filter's value it would find the users without one.
fn empty_part(key: &UserKey) -> Option<&'static str> {
    match key {
        UserKey::UserName(name) => name.is_empty().then_some("user_name"),
        UserKey::Email(address) => address.is_empty().then_some("email"),
        UserKey::ExternalId(id) => id.is_empty().then_some("external_id"),
        UserKey::Identity { issuer, .. } if issuer.is_empty() => Some("identity.issuer"),
        UserKey::Identity { subject, .. } => subject.is_empty().then_some("identity.subject"),
    }
}

/// Tells whether a connection's filter means a user that it finds. The store compares names as they are unique, by NFKC, and finds those
/// that only look alike; whom an identity provider finds by a name it takes for its own.
pub(super) fn means(filter: &Filter, user: &User) -> bool {
    match filter {
        Filter::All(parts) => parts.iter().all(|part| means(part, user)),
        Filter::Any(parts) => parts.iter().any(|part| means(part, user)),
        Filter::Comparison {
            attribute,
            operator: Operator::Equal,
            value: Value::Text(text),
        } => {
            let mut emails = user.profile.emails.iter();
            match &*attribute.replace('_', "").to_ascii_lowercase() {
                "username" => is_found_by(&user.user_name, text),
                "emails" | "emails.value" => emails.any(|email| is_found_by(&email.value, text)),
                _ => true,
            }
        }
        Filter::Comparison { .. } | Filter::Not(_) | Filter::Present(_) | Filter::Element { .. } => true,
    }
}
