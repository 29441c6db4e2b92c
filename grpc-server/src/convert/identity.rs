//! Identities and look-up keys of users.

use identity_core::{directory::input::UserKey, identity::Identity};
use identity_proto::v1::{UserIdentity, lookup_user_request::Key};

pub(crate) fn to_message(identity: Identity) -> UserIdentity {
    UserIdentity {
        issuer: identity.issuer,
        subject: identity.subject,
    }
}

pub(crate) fn key(key: Key) -> UserKey {
    match key {
        Key::UserName(name) => UserKey::UserName(name),
        Key::Email(address) => UserKey::Email(address),
        Key::ExternalId(id) => UserKey::ExternalId(id),
        Key::Identity(UserIdentity { issuer, subject }) => UserKey::Identity { issuer, subject },
    }
}
