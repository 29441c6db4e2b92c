use serde_json::{Value, json};

use crate::{attributes::Tables, filter::*, work::Work};

fn filter(attribute: &str, text: &str) -> ElementFilter {
    let tables = Tables::builtin();
    let attribute = tables.user.find(attribute).expect(attribute);
    let expression = parse_filter(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    ElementFilter::compile(&expression, attribute).unwrap_or_else(|why| panic!("{text}: {why}"))
}

fn matches(text: &str, element: &Value) -> bool {
    filter("emails", text).matches(element, &Work::default())
}

#[test]
fn elements_are_compared_by_type_and_case() {
    let work = json!({"value": "Ada@X", "type": "work", "primary": true});
    for text in [
        "type eq \"WORK\"",
        "value co \"@x\" and value sw \"ada\"",
        "primary eq \"True\"",
        "not (type eq \"home\")",
        "type ne \"home\"",
        "display ne \"x\"",
        "display eq null",
        "value pr",
        "value gt \"ACA\"",
        "type eq \"home\" or value ew \"X\"",
    ] {
        assert!(matches(text, &work), "{text}");
    }
    for text in [
        "type eq \"home\"",
        "display eq \"x\"",
        "display pr",
        "primary ne true",
        "value lt \"aca\"",
    ] {
        assert!(!matches(text, &work), "{text}");
    }
}

#[test]
fn texts_that_differ_in_spelling_alone_are_equal() {
    assert!(matches("type eq \"STRASSE\"", &json!({"type": "Straße"})));
    assert!(matches("value eq \"\\u00e9\"", &json!({"value": "E\u{301}"})));
}

#[test]
fn what_is_exact_stays_so() {
    let groups = filter("groups", "value eq \"a\"");
    assert!(
        groups.matches(&json!({"value": "a"}), &Work::default())
            && !groups.matches(&json!({"value": "A"}), &Work::default())
    );
}

#[test]
fn an_element_without_primary_is_not_primary() {
    assert!(matches("primary eq false", &json!({"value": "a"})));
    assert!(!matches("primary ne false", &json!({"value": "a"})));
}

#[test]
fn a_filter_tells_what_a_new_element_has() {
    let assigned = filter("emails", "type eq \"Work\" and primary eq \"TRUE\"");
    assert_eq!(
        assigned.assignments(),
        Some(&[("type".into(), json!("Work")), ("primary".into(), json!(true))][..])
    );
    for text in [
        "type eq \"a\" or type eq \"b\"",
        "type ne \"a\"",
        "type pr",
        "value sw \"x\"",
        "not (type eq \"x\")",
        "type eq null",
    ] {
        assert_eq!(filter("emails", text).assignments(), None, "{text}");
    }
}

#[test]
fn a_filter_tells_which_values_it_selects() {
    let selected = |text| filter("emails", text).values().map(<[String]>::to_vec);
    assert_eq!(
        selected("Value eq \"a\" or value eq \"b\""),
        Some(vec!["a".into(), "b".into()])
    );
    assert_eq!(selected("value sw \"a\""), None);
    assert_eq!(selected("value eq \"a\" and type eq \"b\""), None);
}
