//! PATCH, RFC 7644, section 3.5.2.

use identity_proto::v1;
use serde_json::{Map, Value};

use crate::{
    attributes::Table,
    error::{Result, ScimError, ScimType},
    resource::UserBody,
};

/// Operations that one request may hold.
pub const MAX_OPERATIONS: usize = 20_000;

/// One operation, as sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Operation {
    /// What to do.
    pub op: Op,
    /// Where; absent: the value is an object of attributes.
    pub path: Option<String>,
    /// With what; absent for most removes.
    pub value: Option<Value>,
}

/// What an operation does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Op {
    /// Adds values.
    Add,
    /// Replaces values.
    Replace,
    /// Removes values.
    Remove,
}

/// What `replace` does where its path selects no element: the policy setting `patch.replace_missing`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ReplaceMissing {
    /// Makes the element from the path's filter.
    Create,
    /// Refuses with `noTarget`, as RFC 7644, section 3.5.2.3, says.
    NoTarget,
}

/// Reads the body of a PATCH.
pub fn read_operations(_body: Map<String, Value>) -> Result<Vec<Operation>> {
    Err(ScimError::new(ScimType::InvalidSyntax, "not yet"))
}

/// Applies operations to a user, all or none.
pub fn apply_to_user(
    _user: &v1::User,
    _operations: &[Operation],
    _table: &Table,
    _missing: ReplaceMissing,
) -> Result<UserBody> {
    Err(ScimError::new(ScimType::InvalidSyntax, "not yet"))
}

/// What is known of a group before a PATCH. Start with its id alone, and read more if the answer asks for it.
#[derive(Clone, Copy, Debug)]
pub struct KnownGroup<'a> {
    /// Its id, from the request's path.
    pub id: &'a str,
    /// The group.
    pub group: Option<&'a v1::Group>,
    /// All its members.
    pub members: Option<&'a [v1::Member]>,
}

/// What a PATCH does to a group.
#[derive(Clone, Debug, PartialEq)]
pub enum GroupPatch {
    /// These changes, in one `UpdateGroup`. With no fields and no member changes there is nothing to send.
    Changes {
        /// The new values of `fields`.
        group: v1::Group,
        /// The update mask.
        fields: Vec<String>,
        /// Steps on the members, in order.
        members: Vec<v1::MemberChange>,
        /// Attributes that nothing is known of, for the request log.
        ignored: Vec<String>,
    },
    /// The group must be known: operations change single attributes of an extension. Send its etag with the update.
    NeedsGroup,
    /// The members must be known: a filter selects them by something else than `value`. Send the group's etag with the update.
    NeedsMembers,
}

/// Translates operations into changes of a group, without its members wherever that is possible.
pub fn apply_to_group(
    _known: KnownGroup<'_>,
    _operations: &[Operation],
    _table: &Table,
    _missing: ReplaceMissing,
) -> Result<GroupPatch> {
    Err(ScimError::new(ScimType::InvalidSyntax, "not yet"))
}
