//! Cards: all that is known of one thing, in people's words.

use prost::{Message, Name};
use prost_reflect::{DynamicMessage, FieldDescriptor, Kind as FieldKind, ReflectMessage, Value};
use prost_types::{Duration, Timestamp};

use super::{
    Cell,
    cell::Kind,
    json::{descriptor, leaves},
    time,
};
use crate::failure::Failure;

/// Fields that programs need and people do not.
const LEFT_OUT: [&str; 2] = ["organization_id", "etag"];

/// Fields that hold a role.
pub(crate) const ROLES: [&str; 4] = ["role", "roles", "organization_role", "max_role"];

/// The lines of the card of a message: each field that has a value, in the order of the API.
pub(crate) fn lines<M: Message + Name>(message: &M) -> Result<Vec<(String, Cell)>, Failure> {
    let dynamic = DynamicMessage::decode(descriptor::<M>()?, message.encode_to_vec().as_slice())
        .map_err(|cause| Failure::while_doing("the answer cannot be shown", cause))?;
    let mut lines = Vec::new();
    collect(&dynamic, "", &mut lines);
    Ok(lines)
}

/// Adds the fields of a message; `of` is the name of the field that holds it, with a blank, or nothing.
fn collect(message: &DynamicMessage, of: &str, lines: &mut Vec<(String, Cell)>) {
    for (field, value) in message.fields() {
        if LEFT_OUT.contains(&field.name()) {
            continue;
        }
        let own = field.name().replace('_', " ");
        // The given name of a name.
        let name = if own.contains(of.trim_end()) {
            own
        } else {
            format!("{of}{own}")
        };
        match value {
            Value::Message(inner) if atom(inner).is_none() && !is_free(inner) => {
                collect(inner, &format!("{name} "), lines);
            }
            Value::List(items) => {
                let cells = items.iter().map(|item| match item {
                    Value::Message(inner) if field.name() == "roles" => role(inner),
                    item => cell(&field, item),
                });
                let separator = if matches!(field.kind(), FieldKind::Message(_)) {
                    "; "
                } else {
                    ", "
                };
                lines.push((name, Cell::joined(cells, separator)));
            }
            Value::Map(_) => lines.push((name, free(value, &field))),
            value => lines.push((name, cell(&field, value))),
        }
    }
}

/// A value in a line.
fn cell(field: &FieldDescriptor, value: &Value) -> Cell {
    match value {
        Value::Bool(true) => "yes".into(),
        Value::Bool(false) => "no".into(),
        Value::EnumNumber(number) => label(field, *number).into(),
        Value::String(text) if ROLES.contains(&field.name()) => Cell::role(text),
        Value::String(text) => match kind_of_field(field.name()) {
            Some(kind) => Cell::id(kind, text),
            None => text.into(),
        },
        Value::Message(inner) => atom(inner).unwrap_or_else(|| in_line(inner)),
        value => free(value, field),
    }
}

/// A role of a user, without what its value says already.
fn role(message: &DynamicMessage) -> Cell {
    let value = message.get_field_by_name("value");
    value
        .and_then(|value| value.as_str().map(Cell::role))
        .unwrap_or_default()
}

/// A message in a line: its first value, and the others in parentheses.
fn in_line(message: &DynamicMessage) -> Cell {
    if is_free(message) {
        let value = serde_json::to_value(message).unwrap_or_default();
        let texts = leaves(&value)
            .into_iter()
            .map(|(path, text)| format!("{path} {text}").into());
        return Cell::joined(texts, ", ");
    }
    let mut fields: Vec<_> = message.fields().collect();
    if fields.iter().any(|(field, _)| field.name() == "display_name") {
        fields.retain(|(field, _)| field.name() != "id");
    }
    let mut cells = fields.iter().map(|(field, value)| match value {
        Value::Bool(true) => field.name().replace('_', " ").into(),
        value => cell(field, value),
    });
    let first = cells.next().unwrap_or_default();
    let others = Cell::joined(cells, ", ");
    if others == Cell::default() {
        return first;
    }
    Cell::joined([first, Cell::joined(["(".into(), others, ")".into()], "")], " ")
}

/// A time or a span, which are messages of their own.
fn atom(message: &DynamicMessage) -> Option<Cell> {
    match message.descriptor().full_name() {
        "google.protobuf.Timestamp" => message.transcode_to::<Timestamp>().ok().map(Cell::from),
        "google.protobuf.Duration" => {
            let span = message.transcode_to::<Duration>().ok();
            span.map(|span| time::span(span).into())
        }
        _ => None,
    }
}

/// Answers whether a message holds what the API does not name: values of extensions.
fn is_free(message: &DynamicMessage) -> bool {
    message.descriptor().full_name() == "google.protobuf.Struct"
}

/// A value without a form of its own, as JSON has it.
fn free(value: &Value, field: &FieldDescriptor) -> Cell {
    match value {
        Value::I32(number) => number.to_string().into(),
        Value::I64(number) => number.to_string().into(),
        Value::F64(number) => number.to_string().into(),
        Value::Map(entries) => {
            let mut texts: Vec<_> = entries.keys().map(|key| format!("{key:?}")).collect();
            texts.sort_unstable();
            texts.join(", ").into()
        }
        _ => field.name().into(),
    }
}

/// The word for a value of an enum: without the enum's name, in small letters.
fn label(field: &FieldDescriptor, number: i32) -> String {
    let FieldKind::Enum(kind) = field.kind() else {
        return number.to_string();
    };
    let Some(value) = kind.get_value(number) else {
        return number.to_string();
    };
    // ORGANIZATION_STATUS_ACTIVE of OrganizationStatus.
    let prefix = kind.name().chars().filter(char::is_ascii_uppercase).count();
    let words = value.name().splitn(prefix + 1, '_').last().unwrap_or_default();
    words.to_lowercase().replace('_', " ")
}

/// The kind of thing that a field holds the id of.
pub(crate) fn kind_of_field(field: &str) -> Option<Kind> {
    Some(match field {
        "managed_by" | "connection_id" => Kind::Connection,
        "user_id" => Kind::User,
        "group_id" => Kind::Group,
        "principal_id" => Kind::Holder,
        "project_id" | "project_ids" => Kind::Project,
        "token_id" => Kind::Token,
        "service_account_id" => Kind::ServiceAccount,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use identity_proto::v1::{Connection, Organization, OrganizationStatus, TypedValue, User};

    use super::*;
    use crate::cli::output::cell::Wording;

    fn texts<M: Message + Name>(message: &M) -> Vec<(String, String)> {
        let lines = lines(message).unwrap();
        let text = |(name, cell): (String, Cell)| (name, cell.text(Wording::default()));
        lines.into_iter().map(text).collect()
    }

    fn expect(found: &[(String, String)], name: &str, value: &str) {
        assert!(
            found.contains(&(name.to_owned(), value.to_owned())),
            "{name}: {found:?}"
        );
    }

    #[test]
    fn a_card_has_words_for_people() {
        let card = texts(&Organization {
            slug: "acme".into(),
            status: OrganizationStatus::Active.into(),
            sso_enabled: true,
            seats: 5,
            etag: "W/1".into(),
            verified_domains: vec!["a.example".into(), "b.example".into()],
            create_time: Some(Timestamp::default()),
            ..Organization::default()
        });
        expect(&card, "status", "active");
        expect(&card, "sso enabled", "yes");
        expect(&card, "seats", "5");
        expect(&card, "verified domains", "a.example, b.example");
        expect(&card, "create time", "1970-01-01T00:00:00Z");
        assert!(!card.iter().any(|(name, _)| name == "etag"));
    }

    #[test]
    fn lists_of_values_and_parts_of_a_field_have_a_line() {
        let email = |value: &str, primary| TypedValue {
            value: value.into(),
            r#type: "work".into(),
            primary,
            ..TypedValue::default()
        };
        let card = texts(&User {
            emails: vec![email("a@x.example", true), email("b@x.example", false)],
            name: Some(identity_proto::v1::Name {
                given_name: "Ada".into(),
                ..Default::default()
            }),
            active: Some(false),
            roles: ["admin", "Apollo:editor"]
                .map(|value| TypedValue {
                    value: value.into(),
                    display: value.into(),
                    ..TypedValue::default()
                })
                .into(),
            ..User::default()
        });
        expect(&card, "emails", "a@x.example (work, primary); b@x.example (work)");
        expect(&card, "given name", "Ada");
        expect(&card, "roles", "admin; editor in Apollo");
        expect(&card, "active", "no");
    }

    #[test]
    fn a_span_is_told_as_it_is_given() {
        let card = texts(&Connection {
            brake_window: Some(Duration {
                seconds: 3_600,
                nanos: 0,
            }),
            ..Connection::default()
        });
        expect(&card, "brake window", "1h");
    }
}
