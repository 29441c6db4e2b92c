//! Users and groups between SCIM's JSON and identity.v1.

use identity_proto::v1;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use crate::{
    attributes::Table,
    error::{Result, ScimError, ScimType},
};

/// What a body, or a PATCH, says about a user.
#[derive(Clone, Debug, PartialEq)]
pub struct UserBody {
    /// The user, read-only attributes left out.
    pub user: v1::User,
    /// The fields of `v1::User` that the body names, for the update mask; what is named without a value is to be cleared.
    /// Empty after a PATCH that changes nothing: then there is nothing to send.
    pub fields: Vec<String>,
    /// Attributes that nothing is known of, for the request log.
    pub ignored: Vec<String>,
}

/// What a body, or a PATCH, says about a group.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupBody {
    /// The group, read-only attributes left out.
    pub group: v1::Group,
    /// The fields of `v1::Group` that the body names, for the update mask.
    pub fields: Vec<String>,
    /// Ids of the members, if the body names members at all.
    pub members: Option<Vec<String>>,
    /// Attributes that nothing is known of, for the request log.
    pub ignored: Vec<String>,
}

/// Reads a user from the body of a POST or PUT.
pub fn read_user(_body: Map<String, Value>, _table: &Table) -> Result<UserBody> {
    Err(ScimError::new(ScimType::InvalidSyntax, "not yet"))
}

/// Reads a group from the body of a POST or PUT.
pub fn read_group(_body: Map<String, Value>, _table: &Table) -> Result<GroupBody> {
    Err(ScimError::new(ScimType::InvalidSyntax, "not yet"))
}

/// A user as SCIM JSON: serialize it, or make it a `Value` first if a projection applies.
#[derive(Clone, Copy, Debug)]
pub struct UserJson<'a> {
    /// The user.
    pub user: &'a v1::User,
    /// The base URL, without a slash at its end: `https://host/scim/v2`.
    pub base: &'a str,
}

/// A group as SCIM JSON.
#[derive(Clone, Copy, Debug)]
pub struct GroupJson<'a> {
    /// The group.
    pub group: &'a v1::Group,
    /// All its members, or nothing if they are not asked for.
    pub members: Option<&'a [v1::Member]>,
    /// The base URL, without a slash at its end: `https://host/scim/v2`.
    pub base: &'a str,
}

impl Serialize for UserJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.serialize_unit()
    }
}

impl Serialize for GroupJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.serialize_unit()
    }
}
