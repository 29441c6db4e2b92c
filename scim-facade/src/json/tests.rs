use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::{
    attributes::{MAX_ASSIGNED, MAX_ELEMENTS, Tables},
    error::{ScimError, ScimType},
    limits::MAX_VALUES,
};

fn refused(text: &str) -> ScimError {
    read_object(text.as_bytes()).expect_err(text)
}

fn user(name: &str, value: Value) -> Result<Option<Value>, String> {
    let tables = Tables::builtin();
    let attribute = tables
        .user
        .find(name)
        .or_else(|| tables.user.extensions[0].find(name))
        .expect(name);
    canonical(attribute, value).map_err(|fault| fault.into_error().detail.to_string())
}

#[test]
fn what_is_no_json_is_invalid_syntax() {
    for text in [
        "",
        "{",
        "{\"a\":1",
        "[]",
        "\"x\"",
        "{\"a\":\"\\ud800\"}",
        "{\"a\":1e999}",
        "{} x",
        "nul",
        "{\"a\":\"\u{1}\"}",
    ] {
        assert_eq!(refused(text).scim_type, Some(ScimType::InvalidSyntax), "{text}");
    }
    assert_eq!(
        read_object(b"{\"a\":\"\xff\"}").expect_err("bytes").scim_type,
        Some(ScimType::InvalidSyntax)
    );
}

#[test]
fn a_body_of_too_many_values_is_refused_by_name() {
    let members = |count: usize| format!("{{\"members\":[{}0]}}", "{\"value\":1},".repeat(count));
    let limit = MAX_VALUES / 2 - 2;
    assert!(read_object(members(limit).as_bytes()).is_ok());
    let error = refused(&members(limit + 1));
    assert_eq!(error.status, http::StatusCode::PAYLOAD_TOO_LARGE);
    assert!(error.detail.contains("500000 values"), "{}", error.detail);
}

#[test]
fn a_nul_is_no_character_of_a_value() {
    for text in [
        "{\"a\":\"x\\u0000\"}",
        "{\"\\u0000\":1}",
        "{\"a\":[{\"b\":\"\\u0000\"}]}",
    ] {
        let error = refused(text);
        assert_eq!(error.scim_type, Some(ScimType::InvalidValue), "{text}");
        assert!(error.detail.contains("NUL"));
    }
}

#[test]
fn a_name_that_stands_twice_is_refused_by_name() {
    let error = refused(r#"{"active":true,"active":false}"#);
    assert_eq!(error.detail, "the body holds `active` twice in one object");
}

#[test]
fn nesting_has_a_limit() {
    let nested = |levels: usize| {
        format!(
            "{}{}",
            "{\"a\":".repeat(levels),
            "1".to_owned() + &"}".repeat(levels)
        )
    };
    assert!(read_object(nested(MAX_DEPTH).as_bytes()).is_ok());
    assert!(refused(&nested(MAX_DEPTH + 1)).detail.contains("deeper"));
    assert!(refused(&"[".repeat(100_000)).detail.contains("deeper"));
}

#[test]
fn a_byte_order_mark_is_passed_over() {
    assert!(read_object(b"\xef\xbb\xbf{}").is_ok());
}

#[test]
fn q27_null_and_what_is_empty_is_no_value() {
    for value in [
        json!(null),
        json!([]),
        json!([null]),
        json!([{}]),
        json!({"value": null}),
    ] {
        assert_eq!(user("emails", value.clone()), Ok(None), "{value}");
    }
    assert_eq!(user("title", json!("")), Ok(None));
    assert_eq!(
        user("name", json!({"givenName": "", "familyName": null})),
        Ok(None)
    );
    assert_eq!(user("manager", json!("")), Ok(None));
}

#[test]
fn q29_texts_are_booleans_where_booleans_are_wanted() {
    assert_eq!(user("active", json!("true")), Ok(Some(json!(true))));
    assert_eq!(user("active", json!("False")), Ok(Some(json!(false))));
    assert_eq!(
        user("emails", json!([{"value": "a", "primary": "True"}])),
        Ok(Some(json!([{"value": "a", "primary": true}])))
    );
    assert_eq!(
        user("active", json!("yes")),
        Err("active: must be a boolean".into())
    );
    assert_eq!(user("active", json!(1)), Err("active: must be a boolean".into()));
}

#[test]
fn q30_what_is_alone_is_a_list_of_one() {
    let wanted = Ok(Some(json!([{"value": "a@x"}])));
    assert_eq!(user("emails", json!({"value": "a@x"})), wanted);
    assert_eq!(user("emails", json!("a@x")), wanted);
    assert_eq!(user("emails", json!(["a@x"])), wanted);
}

#[test]
fn q41_a_manager_is_an_object_an_id_or_a_list_of_one() {
    let wanted = Ok(Some(json!({"value": "m1"})));
    for sent in [
        json!("m1"),
        json!({"value": "m1"}),
        json!([{"$ref": "../Users/x", "value": "m1"}]),
        json!({"Value": "m1", "displayName": "x", "managerId": "y"}),
        json!({"$ref": "https://host/scim/v2/Users/m1"}),
    ] {
        assert_eq!(user("manager", sent.clone()), wanted, "{sent}");
    }
    assert_eq!(
        user("manager", json!(["a", "b"])),
        Err("manager: must be one value, and no list of several".into())
    );
}

#[test]
fn q43_a_role_in_json_text_is_unwrapped() {
    let text = r#"{"id":"7","value":"admin","displayName":"Admins"}"#;
    let wanted = Ok(Some(json!([{"value": "admin", "display": "Admins"}])));
    assert_eq!(user("roles", json!([{"value": text}])), wanted);
    assert_eq!(user("roles", json!([text])), wanted);
    assert_eq!(
        user("roles", json!([{"value": text, "primary": true}])),
        Ok(Some(
            json!([{"value": "admin", "display": "Admins", "primary": true}])
        ))
    );
    assert_eq!(
        user("roles", json!([{"value": "{no json"}])),
        Ok(Some(json!([{"value": "{no json"}])))
    );
    assert_eq!(
        user("emails", json!([{"value": text, "type": "work"}])),
        Ok(Some(
            json!([{"value": "admin", "display": "Admins", "type": "work"}])
        ))
    );
}

#[test]
fn json_text_is_what_it_says_where_a_list_or_object_belongs() {
    let wanted = Ok(Some(json!([{"value": "a@x", "type": "work"}])));
    for sent in [
        json!(r#"[{"value":"a@x","type":"work"}]"#),
        json!(r#" {"value":"a@x","type":"work"}"#),
        json!([r#"{"value":"a@x","type":"work"}"#]),
        json!([[{"value": ["a@x"], "type": "work"}]]),
        json!([{"value": r#"[{"value":"a@x","type":"work"}]"#}]),
        json!(r#"["{\"value\":\"a@x\",\"type\":\"work\"}"]"#),
    ] {
        assert_eq!(user("emails", sent.clone()), wanted, "{sent}");
    }
    for (name, sent) in [
        ("emails", json!("[{")),
        ("emails", json!(["{\"value\":"])),
        ("roles", json!("{no json")),
        ("name", json!("[1,2]")),
        ("emails", json!([{"value": "{}"}])),
        ("emails", json!([{"value": "[\"a\",\"b\"]"}])),
    ] {
        assert!(user(name, sent.clone()).is_err(), "{sent}");
    }
    assert_eq!(user("title", json!("[sic]")), Ok(Some(json!("[sic]"))));
    assert_eq!(user("title", json!("{\"a\":1}")), Ok(Some(json!("{\"a\":1}"))));
}

#[test]
fn a_list_of_one_is_its_one_value_where_one_belongs() {
    assert_eq!(user("title", json!(["T"])), Ok(Some(json!("T"))));
    assert_eq!(user("active", json!(["False"])), Ok(Some(json!(false))));
    assert_eq!(user("title", json!([])), Ok(None));
    assert_eq!(user("userName", json!([["ada"]])), Ok(Some(json!("ada"))));
    assert_eq!(
        user("title", json!(["a", "b"])),
        Err("title: must be one value, and no list of several".into())
    );
}

#[test]
fn equal_values_of_one_type_are_one_and_keep_their_first_spelling() {
    let sent = json!([{"value": "A@x", "type": "work"}, {"value": "a@X", "type": "Work", "primary": true}]);
    let wanted = json!([{"value": "A@x", "type": "work", "primary": true}]);
    assert_eq!(user("emails", sent), Ok(Some(wanted)));
    let exact = json!([{"value": "QQ=="}, {"value": "qq=="}]);
    assert_eq!(user("x509Certificates", exact.clone()), Ok(Some(exact)));
}

#[test]
fn q44_roles_are_a_set() {
    let sent = json!([{"value": "admin", "type": "a"}, {"value": "admin"}, {"value": "viewer"}]);
    assert_eq!(
        user("roles", sent),
        Ok(Some(
            json!([{"value": "admin", "type": "a"}, {"value": "viewer"}])
        ))
    );
}

#[test]
fn q18_parts_get_their_canonical_names_and_unknown_ones_go() {
    let sent = json!([{"Value": "a", "PRIMARY": true, "shoe": 1, "display": "d"}]);
    assert_eq!(
        user("emails", sent),
        Ok(Some(json!([{"value": "a", "primary": true, "display": "d"}])))
    );
}

#[test]
fn a_value_of_another_type_is_refused_by_its_path() {
    let cases = [
        ("userName", json!(5), "userName: must be a text"),
        ("name", json!("x"), "name: must be an object"),
        ("title", json!({"value": "x"}), "title: must be a text"),
        ("title", json!(true), "title: must be a text"),
        (
            "emails",
            json!([{"value": ["x", "y"]}]),
            "emails.value: must be one value, and no list of several",
        ),
        ("emails", json!([5]), "emails: must be an object"),
        (
            "emails",
            json!([{"value": "a", "Value": "b"}]),
            "emails.value: is given twice",
        ),
        (
            "emails",
            json!(vec!["x"; MAX_ELEMENTS + 1]),
            "emails: must not have more than 100 elements",
        ),
        (
            "roles",
            json!(vec!["x"; MAX_ASSIGNED + 1]),
            "roles: must not have more than 1000 elements",
        ),
    ];
    for (name, value, wanted) in cases {
        assert_eq!(user(name, value), Err(wanted.into()));
    }
}

#[test]
fn a_number_may_stand_for_a_text_that_is_no_name() {
    assert_eq!(user("employeeNumber", json!(701_984)), Ok(Some(json!("701984"))));
    assert!(user("userName", json!(701_984)).is_err());
}

proptest! {
    #[test]
    fn no_bytes_make_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = read_object(&bytes);
    }

    #[test]
    fn whatever_is_read_is_what_serde_reads(text in "[\\{\\}\\[\\]\",:0-9a\\\\ue-]{0,40}") {
        if let Ok(object) = read_object(text.as_bytes()) {
            prop_assert_eq!(serde_json::from_str::<Value>(&text).ok(), Some(Value::Object(object)));
        }
    }
}
