use serde_json::json;

use super::*;

#[test]
fn q34_texts_are_booleans() {
    for value in [json!("False"), json!("false"), json!(false)] {
        for sent in [
            op("Replace", "active", value.clone()),
            op("Add", "active", value.clone()),
            json!([{"op": "replace", "value": {"active": value}}]),
        ] {
            assert_eq!(patched(json!({"active": true}), sent), json!({"active": false}));
        }
    }
    let refusal = refused(json!({"active": true}), op("Replace", "active", json!("off")));
    assert_eq!(
        refusal,
        (
            "Operations[0]: active: must be a boolean".into(),
            Some(ScimType::InvalidValue)
        )
    );
}

#[test]
fn q35_without_a_path_each_key_is_an_operation() {
    let sent = json!([{"op": "replace", "value": {"id": "other", "schemas": ["urn:x"], "groups": [], "title": "t", "nickName": "n", "shoe": 1}}]);
    let changed = try_patch(&user(json!({})), sent).expect("patched");
    assert_eq!(changed.fields, ["title", "nick_name"]);
    assert_eq!(changed.ignored, ["shoe"]);
}

#[test]
fn q36_dotted_and_qualified_keys_are_expanded() {
    let sent = json!([{"op": "replace", "value": {
        "name.givenName": "G", (format!("{ENTERPRISE}:employeeNumber")): "1", "emails[type eq \"work\"].value": "w@x",
    }}]);
    assert_eq!(
        patched(json!({"name": {"familyName": "F"}}), sent),
        json!({"name": {"familyName": "F", "givenName": "G"}, "emails": [{"value": "w@x", "type": "work"}], ENTERPRISE: {"employeeNumber": "1"}})
    );
}

#[test]
fn q37_objects_and_extensions_are_merged() {
    let before = json!({"name": {"familyName": "F", "givenName": "G"}, ENTERPRISE: {"department": "d", "division": "v"}});
    let sent = json!([{"op": "replace", "value": {"name": {"familyName": "X", "middleName": "M"}, ENTERPRISE: {"department": "y"}}}]);
    assert_eq!(
        patched(before.clone(), sent),
        json!({"name": {"familyName": "X", "givenName": "G", "middleName": "M"}, ENTERPRISE: {"department": "y", "division": "v"}})
    );
    let nulls = json!([{"op": "replace", "path": "name", "value": {"givenName": null}}, {"op": "add", "path": ENTERPRISE, "value": {"division": ""}}]);
    assert_eq!(
        patched(before, nulls),
        json!({"name": {"familyName": "F"}, ENTERPRISE: {"department": "d"}})
    );
}

#[test]
fn q38_a_missing_element_is_made_from_the_filter() {
    for op in ["Add", "Replace"] {
        let sent = json!([
            {"op": op, "path": "phoneNumbers[type eq \"mobile\"].value", "value": "+1"},
            {"op": op, "path": "addresses[type eq \"work\" and primary eq true].streetAddress", "value": "s"},
            {"op": op, "path": "emails[type eq \"home\"]", "value": {"value": "h@x"}},
        ]);
        assert_eq!(
            patched(json!({"phoneNumbers": [{"value": "+2", "type": "work"}]}), sent),
            json!({
                "emails": [{"value": "h@x", "type": "home"}],
                "phoneNumbers": [{"value": "+2", "type": "work"}, {"value": "+1", "type": "mobile"}],
                "addresses": [{"streetAddress": "s", "type": "work", "primary": true}],
            })
        );
    }
    let refusal = refused(
        json!({}),
        op(
            "replace",
            "emails[type eq \"a\" or type eq \"b\"].value",
            json!("x"),
        ),
    );
    assert_eq!(refusal.1, Some(ScimType::NoTarget));
}

#[test]
fn q38_strict_policy_refuses_a_replace_without_a_target() {
    let table = &Tables::builtin().user;
    let strict = |op_name: &str| {
        let sent = operations(op(op_name, "emails[type eq \"work\"].value", json!("x")));
        apply_to_user(
            &user(json!({})),
            &sent,
            table,
            ReplaceMissing::NoTarget,
            &Work::default(),
        )
        .map(|changed| changed.fields)
    };
    assert_eq!(
        strict("replace").expect_err("refused").scim_type,
        Some(ScimType::NoTarget)
    );
    assert_eq!(strict("add"), Ok(vec!["emails".to_owned()]));
}

#[test]
fn q39_several_operations_build_one_element() {
    let part = |part: &str, value: &str| json!({"op": "Add", "path": format!("addresses[type eq \"work\"].{part}"), "value": value});
    let sent = json!([
        part("country", "GB"),
        part("locality", "l"),
        part("postalCode", "p"),
        part("region", "r"),
        part("streetAddress", "s")
    ]);
    assert_eq!(
        patched(json!({}), sent),
        json!({"addresses": [{"streetAddress": "s", "locality": "l", "region": "r", "postalCode": "p", "country": "GB", "type": "work"}]})
    );
}

#[test]
fn rule_41_primary_may_come_before_the_value() {
    let before = json!({"emails": [{"value": "h@x", "type": "home", "primary": true}]});
    let primary = json!({"op": "Add", "path": "emails[type eq \"work\"].primary", "value": "True"});
    let value = json!({"op": "Add", "path": "emails[type eq \"work\"].value", "value": "w@x"});
    let expected = json!({"emails": [{"value": "h@x", "type": "home"}, {"value": "w@x", "type": "work", "primary": true}]});
    assert_eq!(patched(before.clone(), json!([primary, value])), expected);
    assert_eq!(patched(before.clone(), json!([value, primary])), expected);
    assert_eq!(patched(before.clone(), json!([primary])), before);
}

#[test]
fn q40_paths_may_be_urns() {
    let sent = json!([
        {"op": "Add", "path": format!("{ENTERPRISE}:department"), "value": "d"},
        {"op": "Replace", "path": "urn:ietf:params:scim:schemas:core:2.0:User:displayName", "value": "D"},
        {"op": "Add", "path": "urn:ietf:params:scim:schemas:core:2.0:User:name.middleName", "value": "M"},
        {"op": "Add", "path": "urn:ietf:params:scim:schemas:core:2.0:User:emails[type eq \"work\"].value", "value": "w"},
        {"op": "Replace", "path": ENTERPRISE, "value": {"division": "v", "manager": "m"}},
    ]);
    assert_eq!(
        patched(json!({}), sent),
        json!({
            "name": {"middleName": "M"}, "displayName": "D", "emails": [{"value": "w", "type": "work"}],
            ENTERPRISE: {"division": "v", "department": "d", "manager": {"value": "m"}},
        })
    );
    assert_eq!(
        patched(
            json!({ENTERPRISE: {"division": "v"}}),
            json!([{"op": "remove", "path": ENTERPRISE}])
        ),
        json!({})
    );
}

#[test]
fn q41_a_manager_comes_in_any_form() {
    let path = format!("{ENTERPRISE}:manager");
    let before = json!({ENTERPRISE: {"manager": {"value": "m0"}, "division": "v"}});
    let forms = [
        (path.clone(), json!("m1")),
        (path.clone(), json!({"value": "m1"})),
        (path.clone(), json!([{"$ref": "../Users/m1", "value": "m1"}])),
        (format!("{path}.value"), json!("m1")),
        (format!("{path}.$ref"), json!("https://h/Users/m1")),
        (path.clone(), json!({"$ref": "https://h/Users/m1"})),
    ];
    for (path, value) in forms {
        assert_eq!(
            patched(before.clone(), op("Replace", &path, value.clone()))[ENTERPRISE]["manager"],
            json!({"value": "m1"}),
            "{value}"
        );
    }
    for value in [
        json!(""),
        json!(null),
        json!([]),
        json!({"value": null}),
        json!({"value": ""}),
    ] {
        assert_eq!(
            patched(before.clone(), op("Replace", &path, value)),
            json!({ENTERPRISE: {"division": "v"}})
        );
    }
}

#[test]
fn q42_the_primary_role_is_replaced_and_never_doubled() {
    let before = json!({"roles": [{"value": "viewer", "primary": "True", "type": "t"}]});
    for name in ["Add", "Replace"] {
        let sent = op(name, "roles[primary eq \"True\"].value", json!("editor"));
        assert_eq!(
            patched(before.clone(), sent.clone()),
            json!({"roles": [{"value": "editor", "type": "t", "primary": true}]})
        );
        assert_eq!(
            patched(json!({}), sent),
            json!({"roles": [{"value": "editor", "primary": true}]})
        );
    }
    let held = json!({"roles": [{"value": "viewer", "primary": true}, {"value": "editor"}]});
    let sent = op("Replace", "roles[primary eq \"True\"].value", json!("editor"));
    assert_eq!(
        patched(held, sent),
        json!({"roles": [{"value": "editor", "primary": true}]})
    );
}

#[test]
fn q43_roles_in_json_text_are_unwrapped() {
    let wrapped =
        |role: &str| json!({"value": format!("{{\"id\":\"1\",\"value\":\"{role}\",\"displayName\":\"R\"}}")});
    let sent = op("Add", "roles", json!([wrapped("viewer"), wrapped("editor")]));
    let expected =
        json!({"roles": [{"value": "viewer", "display": "R"}, {"value": "editor", "display": "R"}]});
    assert_eq!(patched(json!({}), sent.clone()), expected);
    assert_eq!(patched(expected.clone(), sent), expected);
    let one = op(
        "Replace",
        "roles[primary eq \"True\"].value",
        wrapped("admin")["value"].clone(),
    );
    assert_eq!(
        patched(json!({}), one)["roles"],
        json!([{"value": "admin", "display": "R", "primary": true}])
    );
}

#[test]
fn q44_roles_are_a_set_by_value() {
    let before = json!({"roles": [{"value": "viewer"}, {"value": "editor"}]});
    let roles = |sent: Value| {
        let roles = patched(before.clone(), sent)["roles"].take();
        roles.as_array().map_or(Vec::new(), |it| {
            it.iter()
                .map(|role| role["value"].as_str().unwrap_or("").to_owned())
                .collect()
        })
    };
    assert_eq!(
        roles(op(
            "add",
            "roles",
            json!([{"value": "editor"}, {"value": "admin"}])
        )),
        ["viewer", "editor", "admin"]
    );
    assert_eq!(
        roles(op(
            "replace",
            "roles",
            json!([{"value": "admin"}, {"value": "admin"}])
        )),
        ["admin"]
    );
    assert_eq!(
        roles(op(
            "remove",
            "roles",
            json!([{"value": "viewer", "display": "x"}, {"value": "none"}])
        )),
        ["editor"]
    );
    assert_eq!(
        roles(json!([{"op": "remove", "path": "roles[value eq \"viewer\"]"}])),
        ["editor"]
    );
    assert!(roles(json!([{"op": "remove", "path": "roles"}])).is_empty());
}

#[test]
fn q45_removing_what_is_not_there_succeeds() {
    let before = json!({"title": "t", "addresses": [{"country": "c", "locality": "l", "type": "work"}]});
    let sent = json!([
        {"op": "Remove", "path": "nickName"}, {"op": "Remove", "path": "name.givenName"},
        {"op": "Remove", "path": "phoneNumbers[type eq \"fax\"]"}, {"op": "Remove", "path": "emails[type eq \"x\"].display"},
        {"op": "Remove", "path": "addresses[type eq \"work\"].country"}, {"op": "Remove", "path": "title", "value": "other"},
    ]);
    assert_eq!(
        patched(before.clone(), sent),
        json!({"addresses": [{"locality": "l", "type": "work"}]})
    );
    let last = json!([{"op": "remove", "path": "addresses[type eq \"work\"].country"}, {"op": "remove", "path": "addresses.locality"}]);
    assert_eq!(patched(before, last), json!({"title": "t"}));
}

#[test]
fn q46_operations_go_in_order_and_all_or_none() {
    let sent = json!([{"op": "Remove", "path": "title"}, {"op": "Add", "path": "title", "value": "a"}, {"op": "Replace", "path": "title", "value": "b"}]);
    assert_eq!(patched(json!({"title": "x"}), sent), json!({"title": "b"}));
    let bad =
        json!([{"op": "add", "path": "title", "value": "a"}, {"op": "add", "path": "noSuch", "value": "b"}]);
    assert_eq!(
        refused(json!({}), bad),
        (
            "Operations[1]: path: `noSuch` is no attribute of a User".into(),
            Some(ScimType::InvalidPath)
        )
    );
}

#[test]
fn q28_a_password_is_dropped() {
    for sent in [
        op("replace", "password", json!("secret")),
        json!([{"op": "replace", "value": {"password": "secret"}}]),
        json!([{"op": "remove", "path": "password"}]),
    ] {
        let changed = try_patch(&user(json!({})), sent).expect("patched");
        assert!(changed.fields.is_empty() && !format!("{changed:?}").contains("secret"));
    }
}
