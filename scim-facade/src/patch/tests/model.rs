//! Random sequences against a model that is too small to be wrong: named slots that are set and cleared.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::json;

use super::*;

/// A slot, and the paths under which clients know it.
struct Slot {
    paths: &'static [&'static str],
    /// Where its value stands in the answer.
    read: fn(&Value) -> Value,
}

const SLOTS: [Slot; 7] = [
    Slot {
        paths: &[
            "title",
            "Title",
            "urn:ietf:params:scim:schemas:core:2.0:User:title",
        ],
        read: |user| user["title"].clone(),
    },
    Slot {
        paths: &["name.givenName", "NAME.givenname"],
        read: |user| user["name"]["givenName"].clone(),
    },
    Slot {
        paths: &["name.familyName"],
        read: |user| user["name"]["familyName"].clone(),
    },
    Slot {
        paths: &["urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department"],
        read: |user| user[ENTERPRISE]["department"].clone(),
    },
    Slot {
        paths: &[
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager",
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value",
        ],
        read: |user| user[ENTERPRISE]["manager"]["value"].clone(),
    },
    Slot {
        paths: &["emails[type eq \"work\"].value", "Emails[type EQ \"work\"].Value"],
        read: |user| element(user, "emails", "work", "value"),
    },
    Slot {
        paths: &["addresses[type eq \"home\"].country"],
        read: |user| element(user, "addresses", "home", "country"),
    },
];

fn element(user: &Value, list: &str, kind: &str, part: &str) -> Value {
    let elements = user[list].as_array().cloned().unwrap_or_default();
    let of_kind = |it: &&Value| {
        it["type"]
            .as_str()
            .is_some_and(|it| it.eq_ignore_ascii_case(kind))
    };
    elements
        .iter()
        .find(of_kind)
        .map_or(Value::Null, |it| it[part].clone())
}

/// One operation: a slot, one of its paths, how it is sent, and a value or none.
#[derive(Clone, Debug)]
struct Wish {
    slot: usize,
    path: usize,
    form: u8,
    value: Option<String>,
}

fn wish() -> impl Strategy<Value = Wish> {
    (
        0..SLOTS.len(),
        0..3_usize,
        0..5_u8,
        prop::option::of("[a-z]{1,3}"),
    )
        .prop_map(|(slot, path, form, value)| Wish {
            slot,
            path,
            form,
            value,
        })
}

impl Wish {
    fn operation(&self) -> Value {
        let paths = SLOTS[self.slot].paths;
        let path = paths[self.path % paths.len()];
        match (self.form, &self.value) {
            (0, None) => json!({"op": "Remove", "path": path}),
            (1, None) => json!({"op": "replace", "path": path, "value": ""}),
            (0, value) => json!({"op": "Add", "path": path, "value": value}),
            (1, value) => json!({"op": "replace", "path": path, "value": value}),
            (2, value) => json!({"op": "add", "value": {path: value}}),
            (_, value) => json!({"op": "Replace", "value": {path: value}}),
        }
    }
}

fn arbitrary_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        prop::sample::select(vec!["", "a", "True", "{\"value\":\"a\"}", "{"]).prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((name(), inner), 0..4)
                .prop_map(|parts| Value::Object(parts.into_iter().collect())),
        ]
    })
}

fn name() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "value",
        "type",
        "primary",
        "display",
        "$ref",
        "name",
        "name.givenName",
        "emails",
        "emails.value",
        "emails[type eq \"work\"]",
        "emails[primary eq true].value",
        "roles",
        "roles[value eq \"a\"]",
        "addresses",
        "addresses[type eq \"x\"].country",
        "active",
        "userName",
        "groups",
        "id",
        "meta",
        "schemas",
        "password",
        "members",
        "members[value eq \"a\"]",
        "members[type eq \"User\"]",
        ENTERPRISE,
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager",
        "urn:ietf:params:scim:schemas:core:2.0:User",
        "x509Certificates",
        "nonsense",
        "",
        "[",
        "emails[",
    ])
    .prop_map(str::to_owned)
}

fn arbitrary_operations() -> impl Strategy<Value = Vec<Value>> {
    let op = prop::sample::select(vec!["add", "replace", "remove"]);
    let operation = (op, prop::option::of(name()), arbitrary_json())
        .prop_map(|(op, path, value)| json!({"op": op, "path": path, "value": value}));
    prop::collection::vec(operation, 1..6)
}

proptest! {
    #[test]
    fn slots_hold_what_was_last_put_into_them(wishes in prop::collection::vec(wish(), 1..20)) {
        let mut model = BTreeMap::new();
        for wish in &wishes {
            model.insert(wish.slot, wish.value.clone());
        }
        let sent = Value::Array(wishes.iter().map(Wish::operation).collect());
        let rendered = patched(json!({"displayName": "kept", "emails": [{"value": "h@x", "type": "home"}]}), sent);
        for (index, slot) in SLOTS.iter().enumerate() {
            let expected = model.get(&index).cloned().flatten().map_or(Value::Null, Value::from);
            prop_assert_eq!((slot.read)(&rendered), expected, "{:?} in {}", slot.paths, rendered);
        }
        prop_assert_eq!(&rendered["displayName"], "kept");
        prop_assert_eq!(element(&rendered, "emails", "home", "value"), "h@x");
    }

    #[test]
    fn a_sequence_in_one_request_is_the_sequence_in_many(wishes in prop::collection::vec(wish(), 1..8)) {
        let sent = Value::Array(wishes.iter().map(Wish::operation).collect());
        let at_once = patched(json!({}), sent);
        let one_by_one = wishes.iter().fold(user(json!({})), |user, wish| {
            let changed = try_patch(&user, json!([wish.operation()])).expect("patched").user;
            User { id: user.id, ..changed }
        });
        prop_assert_eq!(at_once, rendered(&one_by_one));
    }

    #[test]
    fn roles_are_the_set_that_the_operations_say(steps in prop::collection::vec((0..4_u8, prop::collection::vec("[a-e]", 0..4)), 1..10)) {
        let mut model: Vec<String> = Vec::new();
        let mut sent = Vec::new();
        for (kind, roles) in &steps {
            let list: Vec<Value> = roles.iter().map(|role| json!({ "value": role })).collect();
            match kind {
                0 => {
                    model.retain(|role| !roles.contains(role));
                    sent.push(json!({"op": "remove", "path": "roles", "value": list}));
                    continue;
                }
                1 => {
                    model.clear();
                    sent.push(json!({"op": "replace", "path": "roles", "value": list}));
                }
                2 => sent.push(json!({"op": "add", "value": {"roles": roles}})),
                _ => sent.push(json!({"op": "Add", "path": "roles", "value": list})),
            }
            for role in roles {
                if !model.contains(role) {
                    model.push(role.clone());
                }
            }
        }
        let rendered = patched(json!({}), Value::Array(sent));
        let found: Vec<_> = rendered["roles"].as_array().into_iter().flatten().map(|role| role["value"].as_str().unwrap_or("")).collect();
        prop_assert_eq!(found, model);
    }

    #[test]
    fn no_operations_make_it_panic_or_break_the_form(sent in arbitrary_operations()) {
        let user = user(json!({"emails": [{"value": "a", "type": "work", "primary": true}], "roles": ["a"], "active": true}));
        let Ok(read) = read_operations(object(json!({ "Operations": sent }))) else { return Ok(()) };
        let tables = Tables::builtin();
        let known = CurrentGroup { id: "g", group: None, members: Some(&[]) };
        let _ = apply_to_group(known, &read, &tables.group, ReplaceMissing::Create, &Work::default());
        if let Ok(changed) = apply_to_user(&user, &read, &tables.user, ReplaceMissing::Create, &Work::default()) {
            for list in [&changed.user.emails, &changed.user.roles] {
                prop_assert!(list.iter().all(|element| !element.value.is_empty()));
            }
            // What was patched once is in canonical form, so the same user patched with nothing new does not change.
            let again = operations(json!([{"op": "remove", "path": "nickName"}]));
            let same = User { nick_name: String::new(), ..changed.user.clone() };
            let twice = apply_to_user(&same, &again, &tables.user, ReplaceMissing::Create, &Work::default()).expect("patched");
            prop_assert_eq!(twice.user, same);
        }
    }
}
