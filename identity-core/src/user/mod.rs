//! Users.

mod fields;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::Map;

use crate::{
    id::{Id, Key},
    license::{AssignedLicense, LicenseAttribute},
    platform::Timestamp,
    policy::FirstLogin,
};

pub(crate) use fields::{FieldValue, Form, KeptFrom, PARTS, Text, UserColumn, VALUES, lists, texts};
pub use fields::{UserField, UserPart};

/// A person or account in one organization.
#[derive(Clone, Debug, PartialEq)]
pub struct User {
    /// Never changes.
    pub id: Id,
    /// The organization.
    pub organization_id: Id,
    /// Goes up by one with each change of this user.
    pub version: i64,
    /// Name that the user signs in with; unique among live users without case.
    pub user_name: String,
    /// The provisioning client's id; unique, with case, among the live users of one connection.
    pub external_id: Option<String>,
    /// Set if the user may use anything.
    pub active: bool,
    /// The strongest role of the catalog among its own `roles`. Follows from them, and lies beside them for lookups.
    pub organization_role: Option<String>,
    /// The connection that manages it.
    pub managed_by: Option<Id>,
    /// Set for an account for emergencies, which no connection may see or touch.
    pub break_glass: bool,
    /// The deleted record of the same person, if this one was made after a deletion.
    pub predecessor_id: Option<Id>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// When it was deleted.
    pub deleted_at: Option<Timestamp>,
    /// All other attributes.
    pub profile: Profile,
}

impl User {
    /// Returns its key.
    pub(crate) const fn key(&self) -> Key {
        Key {
            organization: self.organization_id,
            id: self.id,
        }
    }

    /// Switches the user on or off, with a word for it.
    pub(crate) fn set_active(&mut self, active: bool) {
        self.active = active;
        self.profile.active_unassigned = false;
        self.profile.staged &= !active;
    }
}

/// The attributes that no rule of the core but length and form looks at. Stored as one JSON document.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Profile {
    /// The license that was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub license: Option<AssignedLicense>,
    /// The fields that were set manually while a connection managed the user, by their names in the API. Kept for the policy's `drift`, and
    /// shown to nobody.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    #[serde(rename = "set_by_hand")]
    pub manually_set: BTreeSet<String>,
    /// The connection that managed the user before it became a break-glass account. Shown to nobody.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub former_manager: Option<FormerManager>,
    /// Set if a client took `active` away. The user counts as active, and SCIM clients see no value.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub active_unassigned: bool,
    /// Set if the user was created inactive and was never active since: nobody was switched off, so a client that takes `active` away
    /// may see it without a value. Shown to nobody.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub staged: bool,
    /// How a user that a provisioning client made signs in for the first time: it has no credential yet. Set by the server, and not
    /// changed with the policy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_login: Option<FirstLogin>,
    /// Set if it was made with the organization, so that somebody administers it whatever a connection does: a sweep over all that is
    /// unmanaged passes it over. Set by the server.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub bootstrap: bool,
    /// The parts of the name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<Name>,
    /// The name that people see.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// Nickname of the person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nick_name: Option<String>,
    /// A page about the person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile_url: Option<String>,
    /// The position.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The relation to the organization.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_type: Option<String>,
    /// The preferred language.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preferred_language: Option<String>,
    /// For dates and numbers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
    /// An IANA time zone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timezone: Option<String>,
    /// E-mail addresses.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub emails: Vec<TypedValue>,
    /// Phone numbers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub phone_numbers: Vec<TypedValue>,
    /// Instant messaging addresses.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ims: Vec<TypedValue>,
    /// Addresses of pictures.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub photos: Vec<TypedValue>,
    /// Postal addresses.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub addresses: Vec<Address>,
    /// Entitlements, without effect.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub entitlements: Vec<TypedValue>,
    /// Roles as given.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<TypedValue>,
    /// Certificates.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub x509_certificates: Vec<TypedValue>,
    /// The enterprise attributes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enterprise: Option<Enterprise>,
    /// Values of declared extension schemas, by URN.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub extensions: Map<String, serde_json::Value>,
}

/// The parts of a name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Name {
    /// The whole name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub formatted: Option<String>,
    /// The family name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub family_name: Option<String>,
    /// The given name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub given_name: Option<String>,
    /// Middle names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub middle_name: Option<String>,
    /// Before the name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub honorific_prefix: Option<String>,
    /// After the name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub honorific_suffix: Option<String>,
}

/// One element of a multi-valued attribute.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TypedValue {
    /// The value; never empty.
    pub value: String,
    /// For people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub display: Option<String>,
    /// Purpose of the value.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Set if it is the preferred one of its list.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub primary: bool,
}

/// A connection that managed a user, and what it called the user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormerManager {
    /// The connection.
    pub connection_id: Id,
    /// Its id of the user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
}

/// A postal address.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Address {
    /// The whole address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub formatted: Option<String>,
    /// Street and house number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub street_address: Option<String>,
    /// City.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub locality: Option<String>,
    /// State.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// Postal code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub postal_code: Option<String>,
    /// Country.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// Purpose of the address.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Set if it is the preferred one.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub primary: bool,
}

/// The attributes of RFC 7643, section 4.3.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Enterprise {
    /// A number or text that the organization gave.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub employee_number: Option<String>,
    /// A cost center.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost_center: Option<String>,
    /// The name of an organization.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organization: Option<String>,
    /// A division.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub division: Option<String>,
    /// A department.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub department: Option<String>,
    /// The manager's id, as sent; it need not exist yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub manager_id: Option<String>,
}

/// A user as a reader sees it: with what other records say about it.
#[derive(Clone, Debug, PartialEq)]
pub struct UserView {
    /// The record.
    pub user: User,
    /// Direct and indirect groups, in order of their ids.
    pub groups: Vec<GroupReference>,
    /// The effective organization role, as text: the explicit one, else the policy's default.
    pub organization_role: String,
    /// The display name of the manager, while that user exists.
    pub manager_display_name: Option<String>,
    /// The license that counts.
    pub license: Option<AssignedLicense>,
    /// The attribute under which the license that was given is shown among the extensions.
    pub license_attribute: Option<LicenseAttribute>,
}

/// A group that a user belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupReference {
    /// The group.
    pub id: Id,
    /// Its name.
    pub display_name: String,
    /// Kind of membership: direct, or only through another group.
    pub membership: Membership,
}

/// How somebody belongs to a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Membership {
    /// A member itself.
    Direct,
    /// Through a group that is a member.
    Indirect,
}
