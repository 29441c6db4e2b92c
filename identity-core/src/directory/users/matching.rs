//! Search for the existing user that a provisioning client may mean when it creates one.

use super::{create::Active, emails, merge::with_given};
use crate::{
    connection::{Connection, IdpKind},
    directory::management::takes_over,
    error::{Error, Resource, Result},
    id::Id,
    organization::Organization,
    policy::{EmailTrust, MatchKey, Policy, Revive},
    same_account::{domain_of, is_same_account},
    store::Reader,
    text::fold,
    user::{TypedValue, User},
};

/// Two are enough to know that a value is not one user's alone.
const ENOUGH: i64 = 2;

/// Existing user that is meant.
pub(super) enum Match {
    /// Nobody.
    Nobody,
    /// Somebody who comes back, or comes under the connection.
    Returns(Box<User>),
}

/// By which values somebody is looked for, and on whose behalf.
pub(super) struct Search<'a> {
    pub(super) organization: &'a Organization,
    /// The connection that creates.
    pub(super) connection: &'a Connection,
    /// The user that it wants.
    pub(super) new: &'a User,
    /// Statement about `active`.
    pub(super) active: Active,
}

/// Tells whether creating can mean anything but a new user.
pub(super) fn is_needed(policy: &Policy) -> bool {
    takes_over(policy) || policy.create_revive != Revive::Never
}

impl Search<'_> {
    /// Looks among live users by each value of `match.order`, then among deleted ones. A match that is active and the connection's
    /// own is refused: the client has to find it and change it.
    pub(super) async fn find(&self, reader: &mut dyn Reader) -> Result<Match> {
        for key in &self.policy().match_order {
            if let Some(user) = self.live(*key, reader).await?
                && self.is_same(*key, &user)
                && let Some(user) = self.plan_match(*key, user, reader).await?
            {
                return Ok(Match::Returns(Box::new(user)));
            }
        }
        if self.policy().create_revive == Revive::Never {
            return Ok(Match::Nobody);
        }
        for key in &self.policy().match_order {
            if let Some(user) = self.deleted(*key, reader).await?
                && self.is_same(*key, &user)
            {
                return Ok(Match::Returns(Box::new(user)));
            }
        }
        Ok(Match::Nobody)
    }

    fn policy(&self) -> &Policy {
        &self.organization.policy
    }

    /// Tells whether a user who was found by a folded value has the value itself. One that only looks alike is somebody else.
    fn is_same(&self, key: MatchKey, found: &User) -> bool {
        match key {
            MatchKey::ExternalId => true,
            MatchKey::UserName => is_same_account(&found.user_name, &self.new.user_name),
            MatchKey::Email => {
                let email = self.email();
                email.is_some_and(|email| has_email(found, &email.value))
            }
        }
    }

    /// The address by which the new user is looked for.
    fn email(&self) -> Option<&TypedValue> {
        let emails = &self.new.profile.emails;
        emails.iter().find(|email| email.primary).or(emails.first())
    }

    async fn live(&self, key: MatchKey, reader: &mut dyn Reader) -> Result<Option<User>> {
        let organization = self.organization.id;
        let id = match key {
            MatchKey::ExternalId => self.by_external_id(reader).await?,
            MatchKey::UserName => {
                let name = fold(&self.new.user_name);
                reader.user_id_by_name(organization, &name).await?
            }
            MatchKey::Email => self.by_email(reader).await?,
        };
        match id {
            Some(id) => reader.user(organization, id).await,
            None => Ok(None),
        }
    }

    /// An external id that several users have is nobody's.
    async fn by_external_id(&self, reader: &mut dyn Reader) -> Result<Option<Id>> {
        let Some(external_id) = &self.new.external_id else {
            return Ok(None);
        };
        for connection in [Some(self.connection.id), None] {
            let organization = self.organization.id;
            let found = reader.user_ids_by_external_id(organization, connection, external_id, ENOUGH);
            match found.await?[..] {
                [] => {}
                [id] => return Ok(Some(id)),
                _ => return Ok(None),
            }
        }
        Ok(None)
    }

    /// An address that several users have is nobody's.
    async fn by_email(&self, reader: &mut dyn Reader) -> Result<Option<Id>> {
        let Some(email) = self.email() else {
            return Ok(None);
        };
        if !is_trusted(&email.value, self.organization, self.connection.idp_kind) {
            return Ok(None);
        }
        let key = fold(&email.value);
        match reader
            .user_ids_by_email(self.organization.id, &key, ENOUGH)
            .await?[..]
        {
            [id] => Ok(Some(id)),
            _ => Ok(None),
        }
    }

    /// Decides whether a live user that was found is the one that is meant. `None`: it is not, or that is for
    /// the uniqueness of names to decide.
    async fn plan_match(&self, key: MatchKey, user: User, reader: &mut dyn Reader) -> Result<Option<User>> {
        let policy = self.policy();
        if user.break_glass {
            return Ok(None);
        }
        if user.managed_by == Some(self.connection.id) {
            return if !user.active && policy.create_revive == Revive::InactiveAndDeleted {
                Ok(Some(user))
            } else if key == MatchKey::ExternalId && !policy.external_id_unique.is_on() {
                // Another user may have the same.
                Ok(None)
            } else {
                Err(taken(key))
            };
        }
        let by_other = match user.managed_by {
            Some(other) => reader.connection(self.organization.id, other).await?.is_some(),
            None => false,
        };
        Ok(Some(user).filter(|_| !by_other && takes_over(policy)))
    }

    async fn deleted(&self, key: MatchKey, reader: &mut dyn Reader) -> Result<Option<User>> {
        let organization = self.organization.id;
        let id = match (key, &self.new.external_id) {
            (MatchKey::ExternalId, Some(external_id)) => self.former_holder(external_id, reader).await?,
            (MatchKey::UserName, _) => {
                let name = fold(&self.new.user_name);
                reader.deleted_user_by_name(organization, &name).await?
            }
            // Addresses of deleted users are kept in no index: whose they are now is not known.
            (MatchKey::ExternalId, None) | (MatchKey::Email, _) => None,
        };
        let Some(id) = id else { return Ok(None) };
        let user = reader.deleted_user(organization, id).await?;
        let mine = |user: &User| !user.break_glass && user.managed_by == Some(self.connection.id);
        Ok(user.filter(mine))
    }

    /// The newest deleted user with an external id; where external ids need not be unique, the only one who has or had it.
    async fn former_holder(&self, external_id: &str, reader: &mut dyn Reader) -> Result<Option<Id>> {
        let (organization, own) = (self.organization.id, self.connection.id);
        let former = reader.deleted_users_by_external_id(organization, own, external_id, ENOUGH);
        let former = former.await?;
        if self.policy().external_id_unique.is_on() {
            return Ok(former.first().copied());
        }
        let live = reader.user_ids_by_external_id(organization, Some(own), external_id, 1);
        match former[..] {
            [id] if live.await?.is_empty() => Ok(Some(id)),
            _ => Ok(None),
        }
    }

    /// Returns the matched user as it becomes: what the client gives is set, all else stays.
    pub(super) fn returning(&self, matched: &User) -> User {
        let mut user = with_given(matched, self.new);
        if self.new.profile.emails.is_empty() {
            emails::follow_user_name(self.policy(), Some(matched), &mut user);
        }
        // A deleted user has no state to stay in.
        if self.active != Active::Unassigned || matched.deleted_at.is_some() {
            user.set_active(self.new.active);
        }
        user.deleted_at = None;
        user.managed_by = Some(self.connection.id);
        user
    }
}

/// Answers whether a user has this e-mail address.
pub(in crate::directory) fn has_email(user: &User, address: &str) -> bool {
    let emails = &user.profile.emails;
    emails.iter().any(|email| is_same_account(&email.value, address))
}

/// Tells whether an e-mail address may tie accounts together.
pub(in crate::directory) fn is_trusted(email: &str, organization: &Organization, kind: IdpKind) -> bool {
    match organization.policy.email_trust {
        EmailTrust::Trusted => true,
        EmailTrust::Untrusted => false,
        // Entra's e-mail claim can be edited by its user; the user principal name cannot.
        EmailTrust::ByIdpKind => kind != IdpKind::Entra,
        EmailTrust::VerifiedDomains => {
            let verified = &organization.facts.verified_domains;
            domain_of(email).is_some_and(|domain| verified.contains(&domain))
        }
    }
}

fn taken(key: MatchKey) -> Error {
    Error::AlreadyExists {
        resource: Resource::User,
        field: match key {
            MatchKey::ExternalId => "external_id",
            MatchKey::UserName => "user_name",
            MatchKey::Email => "emails",
        },
    }
}
