//! Bodies of POST and PUT.

use identity_proto::v1::{Group, User};
use serde_json::{Map, Value};

use super::{canonical::Draft, ignored::bounded, to_core};
use crate::{
    attributes::Table,
    error::{Result, ScimError, ScimType},
};

/// User as a body, or a PATCH, describes it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct UserBody {
    /// The user, read-only attributes left out.
    pub user: User,
    /// The fields of `v1::User` that the body names, for the update mask; what is named without a value is to be cleared.
    /// Empty after a PATCH that changes nothing: then there is nothing to send.
    pub fields: Vec<String>,
    /// Attributes that nothing is known of, for the change log.
    pub ignored: Vec<String>,
    /// Values that were read in another form than they were sent, for the provisioning log.
    pub coerced: Vec<String>,
}

/// Group as a body describes it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GroupBody {
    /// The group, read-only attributes left out.
    pub group: Group,
    /// The fields of `v1::Group` that the body names, for the update mask; `members` is none of them.
    pub fields: Vec<String>,
    /// Ids of the members, if the body names members at all.
    pub members: Option<Vec<String>>,
    /// Attributes that nothing is known of, for the change log.
    pub ignored: Vec<String>,
}

/// Reads a user from the body of a POST or PUT.
pub fn read_user(body: Map<String, Value>, table: &Table) -> Result<UserBody> {
    let mut draft = draft(body, table)?;
    // What becomes of a user without a value of `active`, the core knows.
    let is_named = draft.fields.iter().any(|field| field == "active");
    let active_unassigned = is_named && !draft.resource.contains_key("active");
    if active_unassigned {
        draft.fields.retain(|field| field != "active");
    }
    let Draft {
        resource,
        fields,
        ignored,
        coerced,
        ..
    } = draft;
    Ok(UserBody {
        coerced,
        user: User {
            active_unassigned,
            ..to_core::user(resource, table)
        },
        fields,
        ignored: bounded(ignored),
    })
}

/// Reads a group from the body of a POST or PUT.
pub fn read_group(body: Map<String, Value>, table: &Table) -> Result<GroupBody> {
    let Draft {
        resource,
        fields,
        members,
        ignored,
        ..
    } = draft(body, table)?;
    Ok(GroupBody {
        group: to_core::group(resource, table),
        fields,
        members,
        ignored: bounded(ignored),
    })
}

fn draft(body: Map<String, Value>, table: &Table) -> Result<Draft<'_>> {
    let mut draft = Draft::new(table);
    for (name, value) in body {
        if name.eq_ignore_ascii_case("schemas") {
            check_schemas(&value, table)?;
        } else {
            draft.take(name, value)?;
        }
    }
    Ok(draft)
}

/// The endpoint says what the resource is, so `schemas` may be absent, and unknown URNs beside a known one do no harm (quirk
/// Q26). A list that names nothing known is a body of something else.
fn check_schemas(schemas: &Value, table: &Table) -> Result<()> {
    let alone = std::slice::from_ref(schemas);
    let named = match schemas {
        Value::Null => &[],
        Value::Array(list) => list.as_slice(),
        _ => alone,
    };
    let urns: Option<Vec<&str>> = named.iter().map(Value::as_str).collect();
    let Some(urns) = urns else {
        return Err(ScimError::new(
            ScimType::InvalidSyntax,
            "schemas: must be a list of URNs",
        ));
    };
    if urns.is_empty() || urns.iter().any(|urn| table.schema(urn).is_some()) {
        return Ok(());
    }
    let detail = format!("schemas: names nothing known here, expected {}", table.core.urn);
    Err(ScimError::new(ScimType::InvalidSyntax, detail))
}
