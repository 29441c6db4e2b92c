use serde_json::json;

use super::*;

#[test]
fn a_new_primary_is_the_only_one() {
    let before = json!({"emails": [{"value": "a", "primary": true}, {"value": "b", "type": "home"}]});
    let expected = json!([{"value": "a"}, {"value": "b", "type": "home", "primary": true}]);
    for sent in [
        op("replace", "emails[type eq \"home\"].primary", json!(true)),
        op(
            "add",
            "emails",
            json!([{"value": "b", "type": "home", "primary": true}]),
        ),
        op("add", "emails[value eq \"b\"]", json!({"primary": "True"})),
    ] {
        assert_eq!(patched(before.clone(), sent)["emails"], expected);
    }
}

#[test]
fn an_element_is_replaced_but_still_meets_the_filter() {
    let before = json!({"addresses": [{"type": "work", "country": "c", "region": "r"}, {"type": "home", "country": "h"}]});
    let sent = op("replace", "addresses[type eq \"work\"]", json!({"country": "d"}));
    assert_eq!(
        patched(before.clone(), sent)["addresses"],
        json!([{"country": "d", "type": "work"}, {"country": "h", "type": "home"}])
    );
    let gone = op("replace", "addresses[type eq \"work\"]", json!(null));
    assert_eq!(
        patched(before, gone)["addresses"],
        json!([{"country": "h", "type": "home"}])
    );
}

#[test]
fn a_part_without_a_filter_means_the_only_element() {
    let path = "emails.value";
    assert_eq!(
        patched(json!({}), op("add", path, json!("a")))["emails"],
        json!([{"value": "a"}])
    );
    assert_eq!(
        patched(
            json!({"emails": [{"value": "b", "type": "work"}]}),
            op("replace", path, json!("a"))
        )["emails"],
        json!([{"value": "a", "type": "work"}])
    );
    let refusal = refused(json!({"emails": ["a", "b"]}), op("replace", path, json!("c")));
    assert_eq!(refusal.1, Some(ScimType::InvalidPath));
    assert_eq!(
        refused(json!({}), op("add", path, json!({}))).0,
        "Operations[0]: emails.value: must be a text"
    );
}

#[test]
fn what_is_required_or_read_only_is_guarded() {
    let cases = [
        (
            json!([{"op": "remove", "path": "userName"}]),
            "userName: is required",
        ),
        (op("replace", "userName", json!("")), "userName: is required"),
        (
            json!([{"op": "replace", "value": {"userName": null}}]),
            "userName: is required",
        ),
        (op("replace", "id", json!("other")), "id: is read-only"),
        (
            op("add", "groups", json!([{"value": "g"}])),
            "groups: is read-only",
        ),
        (
            json!([{"op": "remove", "path": "groups[value eq \"g\"]"}]),
            "groups: is read-only",
        ),
        (
            op("replace", "meta.created", json!("2020-01-01T00:00:00Z")),
            "meta.created: is read-only",
        ),
        (
            op(
                "replace",
                &format!("{ENTERPRISE}:manager.displayName"),
                json!("x"),
            ),
            "manager.displayName: is read-only",
        ),
    ];
    for (sent, wanted) in cases {
        let (detail, scim_type) = refused(json!({}), sent);
        assert!(detail.contains(wanted), "{detail}");
        assert_eq!(scim_type, Some(ScimType::Mutability));
    }
}

#[test]
fn what_is_read_only_may_be_given_as_it_is() {
    let sent = json!([
        {"op": "replace", "path": "id", "value": "u1"}, {"op": "replace", "path": "meta.resourceType", "value": "User"},
        {"op": "add", "path": "schemas", "value": ["urn:x"]}, {"op": "replace", "path": "meta", "value": {"location": "x", "version": "W/\"7\""}},
    ]);
    assert_eq!(
        try_patch(&user(json!({})), sent).map(|changed| changed.fields),
        Ok(Vec::new())
    );
}

#[test]
fn what_changes_nothing_names_no_field() {
    let before =
        json!({"title": "t", "emails": [{"value": "a", "type": "work"}], ENTERPRISE: {"department": "d"}});
    let sent = json!([
        {"op": "replace", "path": "title", "value": "t"}, {"op": "add", "path": "emails", "value": [{"type": "work", "value": "a"}]},
        {"op": "add", "value": {ENTERPRISE: {"department": "d"}}}, {"op": "remove", "path": "nickName"},
    ]);
    assert_eq!(
        try_patch(&user(before), sent).map(|changed| changed.fields),
        Ok(Vec::new())
    );
}

#[test]
fn a_list_that_is_sent_again_does_not_change() {
    let before =
        json!({"emails": [{"value": "a", "primary": true}, {"value": "b", "type": "work"}], "roles": ["r"]});
    let user = user(before.clone());
    let lists = json!([{"op": "replace", "value": before}]);
    assert_eq!(
        try_patch(&user, lists).map(|changed| changed.fields),
        Ok(Vec::new())
    );
    let with_false = op("replace", "emails[type eq \"work\"].primary", json!("False"));
    assert_eq!(
        try_patch(&user, with_false).map(|changed| changed.fields),
        Ok(Vec::new())
    );
}

#[test]
fn active_can_be_left_to_the_core() {
    let changed = try_patch(
        &user(json!({"active": true})),
        json!([{"op": "remove", "path": "active"}]),
    )
    .expect("patched");
    assert_eq!(
        (changed.fields, changed.user.active),
        (vec!["active".to_owned()], None)
    );
}

#[test]
fn a_path_that_makes_no_sense_is_refused_with_its_reason() {
    let cases = [
        ("title[value eq \"x\"]", ScimType::InvalidPath, "no list"),
        ("emails[type eq]", ScimType::InvalidFilter, "character 15"),
        (
            "emails[shoe eq \"x\"].value",
            ScimType::InvalidFilter,
            "`shoe` is no part",
        ),
        (
            "emails[type eq \"x\"].shoe",
            ScimType::InvalidPath,
            "`shoe` is no part",
        ),
        (
            "emails[type eq \"x\"] x",
            ScimType::InvalidPath,
            "expected the end",
        ),
        ("urn:nobody:x", ScimType::InvalidPath, "no attribute"),
        ("name.x", ScimType::InvalidPath, "no attribute"),
    ];
    for (path, scim_type, wanted) in cases {
        let (detail, found) = refused(json!({}), op("replace", path, json!("v")));
        assert!(
            found == Some(scim_type) && detail.contains(wanted),
            "{path}: {found:?} {detail}"
        );
    }
    assert_eq!(
        refused(json!({}), json!([{"op": "remove"}])).1,
        Some(ScimType::NoTarget)
    );
    assert_eq!(
        refused(json!({}), json!([{"op": "add", "value": "x"}])).1,
        Some(ScimType::InvalidValue)
    );
}
