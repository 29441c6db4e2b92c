//! Entries of the change log as lines of a table and as cards.

use identity_proto::v1::{Actor, ActorKind, Change, ChangeAction, EntityType, FieldChange};
use serde_json::Value;

use super::{
    output::{Cell, Kind, ROLES, Row, Table, cells, count, kind_of_field},
    rows::enum_label,
};

/// Largest number of changed fields, and of members, that a line names.
const SHOWN: usize = 4;

/// Length at which a value is cut.
#[derive(Clone, Copy)]
pub(super) struct Room {
    /// Largest number of elements of a list.
    items: usize,
    /// Largest number of characters of a text.
    characters: usize,
}

/// Length of a value in a line of a table.
pub(super) const LINE: Room = Room {
    items: SHOWN,
    characters: 40,
};
/// Length of a value in a card: as much as the log keeps.
const CARD: Room = Room {
    items: usize::MAX,
    characters: usize::MAX,
};

impl Row for Change {
    const COLUMNS: &'static [&'static str] = &["REVISION", "TIME", "ACTION", "KIND", "NAME", "BY", "CHANGED"];
    const MINOR: &'static [&'static str] = &["KIND", "REVISION"];

    fn cells(&self) -> Vec<Cell> {
        cells![
            format!("{}.{}", self.revision, self.sequence),
            self.time,
            enum_label(self.action().as_str_name(), "CHANGE_ACTION_").replace('_', " "),
            enum_label(self.entity_type().as_str_name(), "ENTITY_TYPE_").replace('_', " "),
            entity(self),
            self.actor.as_ref().map(actor).unwrap_or_default(),
            summary(self),
        ]
    }
}

/// The thing that the entry is about.
fn entity(change: &Change) -> Cell {
    let kind = match change.entity_type() {
        EntityType::Organization | EntityType::Policy => Kind::Organization,
        EntityType::User => Kind::User,
        EntityType::Group => Kind::Group,
        EntityType::Connection => Kind::Connection,
        EntityType::Token => Kind::Token,
        EntityType::ServiceAccount => Kind::ServiceAccount,
        EntityType::Project => Kind::Project,
        EntityType::Role => Kind::Role,
        EntityType::Grant => Kind::Holder,
        EntityType::MappingRule | EntityType::Schema | EntityType::Unspecified => {
            return (&change.entity_id).into();
        }
    };
    Cell::id(kind, &change.entity_id)
}

fn actor(actor: &Actor) -> Cell {
    let kind = enum_label(actor.kind().as_str_name(), "ACTOR_KIND_");
    let name = match actor.kind() {
        ActorKind::Scim => Cell::id(Kind::Connection, &actor.connection_id),
        ActorKind::User => Cell::id(Kind::User, &actor.user_id),
        _ => Cell::id(Kind::Token, &actor.token_id),
    };
    Cell::joined([kind.into(), name], " ")
}

/// The fields that changed, as many as a line has room for, and what else happened.
fn summary(change: &Change) -> Cell {
    // All fields of a new thing are new.
    let told = |field: &FieldChange| match change.action() {
        ChangeAction::Created => Cell::from(&field.field),
        _ => field_change(field),
    };
    let mut parts: Vec<Cell> = change.fields.iter().take(SHOWN).map(told).collect();
    let more = change.fields.len().saturating_sub(SHOWN);
    if more > 0 {
        parts.push(format!("{more} more").into());
    }
    parts.extend(members(&change.added_member_ids, "added", LINE));
    parts.extend(members(&change.removed_member_ids, "removed", LINE));
    parts.extend(
        change
            .ignored
            .iter()
            .take(SHOWN)
            .map(|it| format!("ignored: {it}").into()),
    );
    let more = change.ignored.len().saturating_sub(SHOWN);
    if more > 0 {
        parts.push(format!("{more} more ignored").into());
    }
    if change.reverts > 0 {
        parts.push(format!("reverts {}", change.reverts).into());
    }
    if !change.break_glass.is_empty() {
        parts.push(format!("break glass: {}", change.break_glass).into());
    }
    Cell::joined(parts, ", ")
}

pub(super) fn members(ids: &[String], what: &str, room: Room) -> Option<Cell> {
    if ids.is_empty() {
        return None;
    }
    let mut names: Vec<Cell> = ids
        .iter()
        .take(room.items)
        .map(|id| Cell::id(Kind::Holder, id))
        .collect();
    if ids.len() > room.items {
        names.push("…".into());
    }
    let told = format!("{} {what}: ", count(ids.len(), "member"));
    Some(Cell::joined([told.into(), Cell::joined(names, " ")], ""))
}

/// `title: Analyst → Head of Data`.
pub(super) fn field_change(change: &FieldChange) -> Cell {
    let FieldChange { field, before, after } = change;
    if before.is_empty() && after.is_empty() {
        return field.into();
    }
    let name = format!("{field}:").into();
    Cell::joined([name, from_to(change, LINE)], " ")
}

fn from_to(change: &FieldChange, room: Room) -> Cell {
    let FieldChange { field, before, after } = change;
    Cell::joined(
        [value(field, before, room), "→".into(), value(field, after, room)],
        " ",
    )
}

/// The card of an entry: all that the log has of it.
pub(super) fn card(change: &Change) -> Table {
    let mut pairs: Vec<(String, Cell)> = Change::COLUMNS
        .iter()
        .zip(change.cells())
        .filter(|(column, _)| **column != "CHANGED")
        .map(|(column, cell)| (column.to_lowercase(), cell))
        .collect();
    pairs.push(("request id".to_owned(), (&change.request_id).into()));
    pairs.push(("break glass".to_owned(), (&change.break_glass).into()));
    let reverts = (change.reverts > 0).then(|| change.reverts.to_string());
    pairs.push(("reverts".to_owned(), reverts.unwrap_or_default().into()));
    for field in &change.fields {
        pairs.push((field.field.clone(), from_to(field, CARD)));
    }
    for (ids, what) in [
        (&change.added_member_ids, "added"),
        (&change.removed_member_ids, "removed"),
    ] {
        pairs.extend(members(ids, what, CARD).map(|told| (what.to_owned(), told)));
    }
    pairs.extend(change.ignored.iter().map(|it| ("ignored".to_owned(), it.into())));
    pairs.retain(|(_, cell)| *cell != Cell::default());
    Table::of_pairs(pairs)
}

/// A value of the log: text without quotes, of a list the values of its elements, and of everything as much as
/// there is room for.
pub(super) fn value(field: &str, json: &str, room: Room) -> Cell {
    let is_role = ROLES.contains(&field);
    let named = |text: &str| match kind_of_field(field) {
        _ if is_role => Cell::role(text),
        Some(kind) => Cell::id(kind, text),
        None => short(text, room),
    };
    let told = |value: &Value| match value {
        Value::String(text) => named(text),
        Value::Object(fields) if is_role => {
            let value = fields.get("value").and_then(Value::as_str);
            named(value.unwrap_or_default())
        }
        other => short(&other.to_string(), room),
    };
    let cell = match serde_json::from_str(json) {
        Ok(Value::Array(items)) => Cell::joined(items.iter().take(room.items).map(told), " + "),
        Ok(value) => told(&value),
        Err(_) => json.into(),
    };
    if cell == Cell::default() { "-".into() } else { cell }
}

fn short(text: &str, room: Room) -> Cell {
    let mut shown: String = text.chars().take(room.characters).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    if shown.is_empty() {
        "-".into()
    } else {
        shown.into()
    }
}

#[cfg(test)]
mod tests {
    use prost_types::Timestamp;

    use super::*;
    use crate::cli::output::{Look, Wording};

    fn texts(change: &Change) -> Vec<String> {
        let cells = change.cells();
        assert_eq!(cells.len(), Change::COLUMNS.len());
        cells.iter().map(|cell| cell.text(Wording::default())).collect()
    }

    fn field(name: &str, before: &str, after: &str) -> FieldChange {
        FieldChange {
            field: name.into(),
            before: before.into(),
            after: after.into(),
        }
    }

    #[test]
    fn a_change_says_who_and_what_in_a_line() {
        let change = Change {
            revision: 7,
            fields: vec![
                field("title", "\"Analyst\"", "\"Head\""),
                field(
                    "roles",
                    "[{\"value\":\"viewer\"}]",
                    "[{\"value\":\"admin\"},{\"value\":\"editor\"}]",
                ),
                field("active", "true", "false"),
            ],
            added_member_ids: vec!["1".into()],
            action: ChangeAction::Updated.into(),
            actor: Some(Actor {
                kind: ActorKind::Scim.into(),
                connection_id: "okta".into(),
                ..Actor::default()
            }),
            entity_type: EntityType::ServiceAccount.into(),
            entity_id: "x".into(),
            ignored: vec!["\"nobody\" is no user".into()],
            time: Some(Timestamp {
                seconds: 0,
                nanos: 5_000,
            }),
            ..Change::default()
        };
        let expected = [
            "7.0",
            "1970-01-01T00:00:00Z",
            "updated",
            "service account",
            "x",
            "scim okta",
            "title: Analyst → Head, roles: viewer → admin + editor, active: true → false, 1 member added: 1, ignored: \"nobody\" is no user",
        ];
        assert_eq!(texts(&change), expected);
    }

    #[test]
    fn a_change_of_many_fields_still_fits_a_line() {
        let number = |n: usize| field(&n.to_string(), "1", &"9".repeat(100));
        let change = Change {
            fields: (0..100).map(number).collect(),
            removed_member_ids: (0..100).map(|n| n.to_string()).collect(),
            ..Change::default()
        };
        let shown = texts(&change).pop().unwrap();
        assert!(
            shown.contains("96 more, 100 members removed: 0 1 2 3 …"),
            "{shown}"
        );
        assert!(shown.len() < 400, "{shown}");
    }

    #[test]
    fn a_card_has_all_of_an_entry() {
        let long = "9".repeat(100);
        let change = Change {
            fields: vec![field("title", "", &format!("\"{long}\""))],
            added_member_ids: (0..100).map(|n| n.to_string()).collect(),
            ignored: vec!["one".into(), "two".into()],
            ..Change::default()
        };
        let shown = card(&change).text(Look::default());
        for part in [
            format!("title     - → {long}"),
            "100 members added: 0 1".into(),
            " 98 99\n".into(),
        ] {
            assert!(shown.contains(&part), "{part:?}: {shown}");
        }
        assert!(shown.ends_with("ignored   one\nignored   two\n"), "{shown}");
        assert!(!shown.contains("break glass"), "{shown}");
    }

    #[test]
    fn a_new_thing_names_its_fields() {
        let change = Change {
            action: ChangeAction::Created.into(),
            fields: vec![field("title", "", "\"x\"")],
            ..Change::default()
        };
        assert_eq!(texts(&change).pop().unwrap(), "title");
    }
}
