//! Users.

use crate::user::{Profile, UserColumn};

pub use crate::user::{UserField, UserPart};

/// The attributes of a user, as given.
#[derive(Clone, Debug, Default)]
pub struct UserInput {
    /// The user name; empty: not given.
    pub user_name: String,
    /// The provisioning client's id; empty: none.
    pub external_id: String,
    /// `None`: not given.
    pub active: Option<bool>,
    /// `None`: not given.
    pub break_glass: Option<bool>,
    /// All other attributes.
    pub profile: Profile,
    /// Names of attributes that the client dropped, as no schema has them.
    pub ignored_attributes: Vec<String>,
}

impl UserInput {
    /// Tells whether it has a value of the field.
    pub fn gives(&self, field: UserField) -> bool {
        match field.column() {
            Some(UserColumn::UserName) => !self.user_name.is_empty(),
            Some(UserColumn::ExternalId) => !self.external_id.is_empty(),
            Some(UserColumn::Active) => self.active.is_some(),
            Some(UserColumn::BreakGlass) => self.break_glass.is_some(),
            None => self.profile.has(field),
        }
    }
}

/// Key that tells a user from all others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UserKey {
    /// The user name, without case.
    UserName(String),
    /// One of the e-mail addresses, without case.
    Email(String),
    /// The external id, of whatever connection.
    ExternalId(String),
    /// Identity that an issuer of tokens gives it.
    Identity {
        /// The issuer.
        issuer: String,
        /// The subject.
        subject: String,
    },
}

/// Treatment of fields that an update does not give.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UpdateMode {
    /// They stay.
    #[default]
    Partial,
    /// The policy decides: cleared or kept.
    Replace,
}

/// Changes of a user.
#[derive(Clone, Debug, Default)]
pub struct UserUpdate {
    /// User to change.
    pub id: String,
    /// The version it was made from; empty: any.
    pub etag: String,
    /// The fields that `input` gives; one without a value is cleared.
    pub fields: Vec<UserField>,
    /// The parts of other fields that `input` gives; the rest of those fields stays.
    pub parts: Vec<UserPart>,
    /// Their values.
    pub input: UserInput,
    /// Treatment of the other fields.
    pub mode: UpdateMode,
}
