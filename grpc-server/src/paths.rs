//! Field paths of refusals. The core names a field as its resource does; a client looks for it in the request that it sent (AIP-193).

use std::{collections::HashMap, sync::LazyLock};

use identity_core::error::Error;
use identity_proto::FILE_DESCRIPTOR_SET;
use prost::{
    Message, Name,
    encoding::{DecodeContext, decode_key, skip_field},
};
use prost_types::FileDescriptorSet;

use crate::methods::PACKAGE;

/// A field of a message.
struct Field {
    name: String,
    number: u32,
    /// The name of its message, where that is one of the package.
    message: Option<String>,
}

/// The fields of every message of the package.
static MESSAGES: LazyLock<HashMap<String, Vec<Field>>> = LazyLock::new(|| {
    let set = FileDescriptorSet::decode(FILE_DESCRIPTOR_SET).unwrap_or_default();
    let files = set.file.into_iter().filter(|file| file.package() == PACKAGE);
    files
        .flat_map(|file| file.message_type)
        .map(|message| {
            let fields = message.field.iter().map(|field| {
                let own = field.type_name().strip_prefix('.');
                let own = own.and_then(|name| name.strip_prefix(PACKAGE)?.strip_prefix('.'));
                Field {
                    name: field.name().to_owned(),
                    number: field.number().unsigned_abs(),
                    message: own.map(str::to_owned),
                }
            });
            (message.name().to_owned(), fields.collect())
        })
        .collect()
});

/// The same refusal with its field named by its path in a request of this type.
pub(crate) fn locate(error: Error, request: &str) -> Error {
    match error {
        Error::Invalid { field, rule } => Error::Invalid {
            field: in_request(request, field),
            rule,
        },
        Error::ReadOnly { field } => Error::ReadOnly {
            field: in_request(request, field),
        },
        error => error,
    }
}

/// Names the fields of a message that have a value: what an update without a mask gives (AIP-134).
pub(crate) fn populated<M: Message + Name>(message: &M) -> Vec<&'static str> {
    let bytes = message.encode_to_vec();
    let mut rest = bytes.as_slice();
    let mut names = Vec::new();
    while let Ok((number, wire_type)) = decode_key(&mut rest) {
        let field = fields(M::NAME).iter().find(|it| it.number == number);
        names.extend(field.map(|it| it.name.as_str()));
        if skip_field(wire_type, number, &mut rest, DecodeContext::default()).is_err() {
            break;
        }
    }
    names
}

fn fields(message: &str) -> &'static [Field] {
    MESSAGES.get(message).map(Vec::as_slice).unwrap_or_default()
}

fn in_request(request: &str, field: String) -> String {
    let head = field.split(['.', '[']).next().unwrap_or_default();
    let has = |message: &str| fields(message).iter().any(|it| it.name == head);
    if has(request) {
        return field;
    }
    let resource = fields(request)
        .iter()
        .find(|it| it.message.as_deref().is_some_and(has));
    match resource {
        Some(resource) => format!("{}.{field}", resource.name),
        None => field,
    }
}

#[cfg(test)]
mod tests {
    use identity_proto::v1::{Federation, MappingRule, User, mapping_rule::Group};

    use super::{in_request, populated};

    #[test]
    fn the_fields_that_have_a_value_are_named() {
        let user = User {
            user_name: "ada".into(),
            active: Some(false),
            ..Default::default()
        };
        assert_eq!(populated(&user), ["user_name", "active"]);
        let rule = MappingRule {
            group: Some(Group::GroupName(String::new())),
            ..Default::default()
        };
        assert_eq!(populated(&rule), ["group_name"]);
        assert!(populated(&Federation::default()).is_empty());
    }

    #[test]
    fn a_field_of_the_resource_is_named_within_it() {
        for (request, field, path) in [
            ("CreateUserRequest", "user_name", "user.user_name"),
            ("UpdateUserRequest", "emails[2].value", "user.emails[2].value"),
            ("CreateRoleRequest", "permissions[1]", "role.permissions[1]"),
            ("CheckAccessRequest", "permission", "check.permission"),
        ] {
            assert_eq!(in_request(request, field.to_owned()), path);
        }
    }

    #[test]
    fn a_field_of_the_request_and_what_is_no_field_stay() {
        for (request, field) in [
            ("CreateUserRequest", "request_id"),
            ("UpdateUserRequest", "update_mask"),
            ("GrantRoleRequest", "role"),
            ("CreateUserRequest", "urn:example:User:badge"),
            ("BatchCheckAccessRequest", "checks[2].permission"),
            ("Nothing", "name"),
        ] {
            assert_eq!(in_request(request, field.to_owned()), field);
        }
    }
}
