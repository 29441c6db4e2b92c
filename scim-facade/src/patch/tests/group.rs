use identity_proto::v1::{Group, Member, MemberType, member_change::Change};
use serde_json::json;

use super::*;
use crate::attributes::GROUP;

fn apply(known: CurrentGroup<'_>, sent: Value) -> Result<GroupPatch, ScimError> {
    apply_to_group(
        known,
        &operations(sent),
        &Tables::builtin().group,
        ReplaceMissing::Create,
        &Work::default(),
    )
}

fn known(members: Option<&[Member]>) -> CurrentGroup<'_> {
    CurrentGroup {
        id: "g1",
        group: None,
        members,
    }
}

/// The steps on members in a compact form: `+` adds, `-` removes, `=` replaces.
fn steps(known: CurrentGroup<'_>, sent: Value) -> Vec<String> {
    match apply(known, sent) {
        Ok(GroupPatch::Changes(GroupChanges { members, .. })) => members
            .into_iter()
            .map(|step| match step.change.expect("a change") {
                Change::Add(add) => format!("+{}", add.ids.join(",")),
                Change::Remove(remove) => format!("-{}", remove.ids.join(",")),
                Change::Replace(replace) => format!("={}", replace.ids.join(",")),
            })
            .collect(),
        other => panic!("{other:?}"),
    }
}

fn blind(sent: Value) -> Vec<String> {
    steps(known(None), sent)
}

fn people() -> Vec<Member> {
    let member = |id: &str, kind: MemberType, name: &str| Member {
        id: id.into(),
        r#type: kind.into(),
        display_name: name.into(),
        ..Default::default()
    };
    vec![
        member("a", MemberType::User, "Ada"),
        member("b", MemberType::User, "Bob"),
        member("h", MemberType::Group, "Heads"),
    ]
}

#[test]
fn q55_a_rename_may_carry_the_groups_own_id() {
    let sent = json!([{"op": "replace", "value": {"id": "g1", "schemas": [GROUP], "externalId": "x", "displayName": "New"}}]);
    let Ok(GroupPatch::Changes(GroupChanges {
        group,
        fields,
        members,
        ..
    })) = apply(known(None), sent)
    else {
        panic!("no changes")
    };
    assert_eq!(
        (group.display_name.as_str(), group.external_id.as_str()),
        ("New", "x")
    );
    assert_eq!(fields, ["external_id", "display_name"]);
    assert!(members.is_empty());
    assert!(apply(known(None), op("replace", "id", json!("g1"))).is_ok());
    assert_eq!(
        apply(known(None), op("replace", "id", json!("g2")))
            .expect_err("refused")
            .scim_type,
        Some(ScimType::Mutability)
    );
}

#[test]
fn q56_members_are_added_in_any_form() {
    for value in [
        json!([{"value": "a", "display": "A"}]),
        json!([{"$ref": null, "value": "a"}]),
        json!({"value": "a"}),
        json!("a"),
    ] {
        assert_eq!(blind(op("Add", "members", value.clone())), ["+a"]);
        assert_eq!(blind(json!([{"op": "add", "value": {"members": value}}])), ["+a"]);
    }
    assert_eq!(
        blind(op("add", "members[value eq \"a\"]", json!([{"value": "a"}]))),
        ["+a"]
    );
}

#[test]
fn q57_members_are_removed_in_three_forms() {
    assert_eq!(
        blind(op(
            "Remove",
            "members",
            json!([{"value": "a"}, {"$ref": null, "value": "b"}])
        )),
        ["-a,b"]
    );
    assert_eq!(
        blind(json!([{"op": "remove", "path": "members[value eq \"a\"]"}])),
        ["-a"]
    );
    assert_eq!(
        blind(json!([{"op": "remove", "path": "members[value eq \"a\" or value eq \"b\"]"}])),
        ["-a,b"]
    );
    assert_eq!(blind(json!([{"op": "remove", "path": "members"}])), ["="]);
    assert!(blind(op("remove", "members", json!([]))).is_empty());
}

#[test]
fn q58_a_replace_is_exactly_that_set() {
    assert_eq!(
        blind(op("replace", "members", json!([{"value": "a"}, {"value": "b"}]))),
        ["=a,b"]
    );
    assert_eq!(blind(op("replace", "members", json!([]))), ["="]);
    assert_eq!(blind(op("replace", "members", json!(null))), ["="]);
    assert_eq!(
        blind(json!([{"op": "replace", "value": {GROUP: {"members": [{"value": "a"}]}}}])),
        ["=a"]
    );
}

#[test]
fn q59_steps_keep_their_order_and_equal_neighbours_join() {
    let add = |id: &str| json!({"op": "add", "path": "members", "value": [{"value": id}]});
    let remove = |id: &str| json!({"op": "remove", "path": format!("members[value eq \"{id}\"]")});
    assert_eq!(
        blind(json!([add("a"), add("b"), remove("a"), remove("c"), add("a")])),
        ["+a,b", "-a,c", "+a"]
    );
}

#[test]
fn other_filters_ask_for_the_members() {
    let sent = json!([{"op": "add", "path": "members", "value": "c"}, {"op": "remove", "path": "members[type eq \"User\"]"}]);
    assert_eq!(apply(known(None), sent.clone()), Ok(GroupPatch::NeedsMembers));
    let people = people();
    assert_eq!(steps(known(Some(&people)), sent), ["+c", "-a,b"]);
    let named = json!([{"op": "remove", "path": "members[display sw \"BO\"]"}]);
    assert_eq!(steps(known(Some(&people)), named), ["-b"]);
    let replaced = op("replace", "members[value eq \"a\"]", json!({"value": "z"}));
    assert_eq!(apply(known(None), replaced.clone()), Ok(GroupPatch::NeedsMembers));
    assert_eq!(steps(known(Some(&people)), replaced), ["-a", "+z"]);
}

#[test]
fn the_filter_sees_what_the_steps_before_did() {
    let people = people();
    let sent = json!([{"op": "replace", "path": "members", "value": ["a", "h"]}, {"op": "remove", "path": "members[not (type eq \"Group\")]"}]);
    assert_eq!(steps(known(Some(&people)), sent), ["=a,h", "-a"]);
}

#[test]
fn extensions_ask_for_the_group() {
    use identity_proto::v1::{AttributeType, ExtendedType, ExtensionSchema, SchemaAttribute};
    let urn = "urn:example:2.0:Group";
    let attribute = |name: &str| SchemaAttribute {
        name: name.into(),
        r#type: AttributeType::String.into(),
        ..Default::default()
    };
    let tables = Tables::with_declared(&[ExtensionSchema {
        id: urn.into(),
        extends: ExtendedType::Group.into(),
        attributes: vec![attribute("floor"), attribute("wing")],
        ..Default::default()
    }]);
    let apply = |group: Option<&Group>, sent: Value| {
        let known = CurrentGroup {
            id: "g1",
            group,
            members: None,
        };
        apply_to_group(
            known,
            &operations(sent),
            &tables.group,
            ReplaceMissing::Create,
            &Work::default(),
        )
        .expect("patched")
    };
    let first = apply(
        Some(&Group::default()),
        op("add", &format!("{urn}:floor"), json!("1")),
    );
    let GroupPatch::Changes(GroupChanges { group, .. }) = first else {
        panic!("no changes")
    };
    let sent = op("add", &format!("{urn}:wing"), json!("w"));
    assert_eq!(apply(None, sent.clone()), GroupPatch::NeedsGroup);
    let GroupPatch::Changes(GroupChanges { group, fields, .. }) = apply(Some(&group), sent) else {
        panic!("no changes")
    };
    assert_eq!(fields, ["extensions"]);
    assert_eq!(
        group.extensions[0]
            .attributes
            .as_ref()
            .map(|values| values.fields.len()),
        Some(2)
    );
}

#[test]
fn what_a_group_must_keep_is_guarded() {
    let cases = [
        (
            json!([{"op": "remove", "path": "displayName"}]),
            ScimType::Mutability,
        ),
        (
            op("replace", "members[value eq \"a\"].value", json!("b")),
            ScimType::Mutability,
        ),
        (op("add", "members.value", json!("b")), ScimType::Mutability),
        (
            op("replace", "members[value eq \"a\"].display", json!("b")),
            ScimType::Mutability,
        ),
        (
            op("add", "members", json!([{"display": "x"}])),
            ScimType::InvalidValue,
        ),
        (op("add", "members", json!(5)), ScimType::InvalidValue),
        (op("add", "userName", json!("x")), ScimType::InvalidPath),
        (
            op("replace", "displayName", json!(["a", "b"])),
            ScimType::InvalidValue,
        ),
    ];
    for (sent, wanted) in cases {
        let error = apply(known(None), sent.clone()).expect_err("refused");
        assert!(
            error.scim_type == Some(wanted) && error.detail.starts_with("Operations[0]: "),
            "{sent}: {}",
            error.detail
        );
    }
}

#[test]
fn what_is_known_to_be_the_same_names_no_field() {
    let group = Group {
        id: "g1".into(),
        display_name: "G".into(),
        ..Default::default()
    };
    let known = CurrentGroup {
        id: "g1",
        group: Some(&group),
        members: None,
    };
    let Ok(GroupPatch::Changes(GroupChanges { fields, .. })) =
        apply(known, op("replace", "displayName", json!("G")))
    else {
        panic!("no changes")
    };
    assert!(fields.is_empty());
}
