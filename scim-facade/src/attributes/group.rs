//! The Group of RFC 7643, section 4.2.

use super::{
    attribute::{Attribute, Mutability, Returned, complex, reference, text},
    schema::{GROUP, Schema},
};

/// The schema.
pub(super) fn schema() -> Schema {
    Schema {
        urn: GROUP.into(),
        aliases: &[
            "urn:ietf:params:scim:schemas:core:2.0Group",
            "urn:scim:schemas:core:2.0:Group",
            "urn:scim:schemas:core:2.0",
            "urn:scim:schemas:core:1.0",
            "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group",
        ],
        name: "Group".into(),
        description: "Users and other groups under one name".into(),
        core_prefix: "".into(),
        attributes: vec![
            text("displayName", "display_name")
                .required()
                .unique()
                .about("The name of the group"),
            complex("members", "members", member_parts())
                .list()
                .set_by_value()
                .about("The direct members of the group"),
        ],
    }
}

fn member_parts() -> Vec<Attribute> {
    vec![
        text("value", "value")
            .exact()
            .mutability(Mutability::Immutable)
            .about("The id of the user or group"),
        reference("$ref", "", &["User", "Group"])
            .mutability(Mutability::Immutable)
            .about("The URI of the user or group"),
        text("type", "type")
            .suggests(&["User", "Group"])
            .mutability(Mutability::Immutable)
            .about("Whether it is a user or a group"),
        text("display", "")
            .read_only()
            .returned(Returned::Request)
            .about("The member's name; only in answers to requests that ask for it"),
    ]
}
