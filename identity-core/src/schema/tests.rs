use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::*;
use crate::validate::{Ignored, InputRules, Meaningless};

const URN: &str = "urn:example:2.0:User";

fn attribute(name: &str, kind: AttributeType) -> SchemaAttribute {
    SchemaAttribute {
        name: name.to_owned(),
        kind,
        multi_valued: false,
        description: String::new(),
        required: false,
        canonical_values: Vec::new(),
        case_exact: false,
        sub_attributes: Vec::new(),
    }
}

fn list(attribute: SchemaAttribute) -> SchemaAttribute {
    SchemaAttribute {
        multi_valued: true,
        ..attribute
    }
}

fn object(name: &str, sub_attributes: Vec<SchemaAttribute>) -> SchemaAttribute {
    SchemaAttribute {
        sub_attributes,
        ..attribute(name, AttributeType::Complex)
    }
}

fn schema(attributes: Vec<SchemaAttribute>) -> ExtensionSchema {
    ExtensionSchema {
        urn: URN.to_owned(),
        organization_id: Id(Uuid::nil()),
        name: "Example".to_owned(),
        description: String::new(),
        extends: ExtendedType::User,
        attributes,
        version: 1,
        created_at: Timestamp(0),
        updated_at: Timestamp(0),
    }
}

const LENIENT: InputRules = InputRules {
    meaningless: Meaningless::Dropped,
    ..InputRules::STRICT
};

/// The stored form of these values, and what was dropped.
fn checked(attributes: Vec<SchemaAttribute>, values: Value) -> Result<(Value, Ignored), String> {
    let mut values = Map::from_iter([(URN.to_uppercase(), values)]);
    let outcome = check_values(
        ExtendedType::User,
        &mut values,
        &[schema(attributes)],
        None,
        LENIENT,
    );
    let ignored = outcome.map_err(|error| error.to_string())?;
    Ok((values.remove(URN).unwrap_or_default(), ignored))
}

#[test]
fn values_are_stored_under_the_names_that_are_declared() {
    let attributes = vec![attribute("Badge", AttributeType::String)];
    let (values, ignored) = checked(attributes, json!({ "bADGE": "7" })).unwrap();
    assert_eq!(values, json!({ "Badge": "7" }));
    assert!(ignored.is_empty());
}

#[test]
fn what_no_schema_declares_is_dropped_and_told() {
    let (values, ignored) = checked(vec![attribute("a", AttributeType::String)], json!({ "b": 1 })).unwrap();
    assert_eq!(values, Value::Null);
    assert_eq!(
        ignored,
        ["extensions[URN:EXAMPLE:2.0:USER].b is declared by no schema"]
    );
    let mut other = Map::from_iter([("urn:other".to_owned(), json!({}))]);
    let ignored = check_values(ExtendedType::User, &mut other, &[], None, LENIENT).unwrap();
    assert_eq!((other.len(), ignored.len()), (0, 1));
}

#[test]
fn a_service_hears_of_what_no_schema_declares_unless_it_was_stored_before() {
    let values = Map::from_iter([("urn:other".to_owned(), json!({ "a": 1 }))]);
    let check = |before| {
        let mut given = values.clone();
        check_values(ExtendedType::User, &mut given, &[], before, InputRules::STRICT)
    };
    let refusal = check(None).unwrap_err().to_string();
    assert_eq!(refusal, "extensions[urn:other]: is declared by no schema");
    let changed = Map::from_iter([("urn:other".to_owned(), json!({ "a": 2 }))]);
    assert!(check(Some(&changed)).is_err());
    assert_eq!(check(Some(&values)).unwrap().len(), 1);
}

#[test]
fn every_type_takes_its_values_and_no_others() {
    use AttributeType as T;
    for (kind, good, bad) in [
        (T::String, json!("x"), json!(1)),
        (T::Boolean, json!(true), json!("yes")),
        (T::Boolean, json!("False"), json!(0)),
        (T::Decimal, json!(1.5), json!("1.5")),
        (T::Integer, json!(3.0), json!(3.5)),
        (
            T::Integer,
            json!(-9_007_199_254_740_991_i64),
            json!(9_007_199_254_740_992_i64),
        ),
        (
            T::DateTime,
            json!("2026-01-31T10:00:00+01:00"),
            json!("2026-01-31"),
        ),
        (T::Binary, json!("AAECAw=="), json!("no base64!")),
        (T::Reference, json!("https://example.com"), json!({})),
    ] {
        let under = |value| checked(vec![attribute("it", kind)], json!({ "it": value }));
        assert!(under(good.clone()).is_ok(), "{kind:?} {good}");
        assert!(under(bad.clone()).is_err(), "{kind:?} {bad}");
    }
}

#[test]
fn whole_numbers_and_booleans_are_stored_in_one_form() {
    let attributes = vec![
        attribute("n", AttributeType::Integer),
        attribute("b", AttributeType::Boolean),
    ];
    let (values, _) = checked(attributes, json!({ "n": 3.0, "b": "TRUE" })).unwrap();
    assert_eq!(values, json!({ "n": 3, "b": true }));
}

#[test]
fn absent_values_are_left_out() {
    let attributes = vec![
        attribute("a", AttributeType::String),
        attribute("n", AttributeType::Integer),
        list(attribute("l", AttributeType::String)),
        object("o", vec![attribute("p", AttributeType::String)]),
    ];
    let values = json!({ "a": "", "n": null, "l": ["", null], "o": { "p": null } });
    assert_eq!(checked(attributes, values).unwrap().0, Value::Null);
}

#[test]
fn one_value_is_a_list_of_one() {
    let attributes = vec![list(attribute("l", AttributeType::String))];
    assert_eq!(
        checked(attributes, json!({ "l": "x" })).unwrap().0,
        json!({ "l": ["x"] })
    );
}

#[test]
fn refusals_of_values_name_them() {
    let required = SchemaAttribute {
        required: true,
        ..attribute("must", AttributeType::String)
    };
    let lists = list(object(
        "cards",
        vec![
            attribute("value", AttributeType::String),
            attribute("primary", AttributeType::Boolean),
        ],
    ));
    let attributes = vec![required, lists];
    let at = "extensions[URN:EXAMPLE:2.0:USER]";
    for (values, message) in [
        (
            json!({ "cards": { "value": "1" } }),
            format!("{at}.must: is required"),
        ),
        (
            json!({ "must": "x", "MUST": "y" }),
            format!("{at}.MUST: is given twice"),
        ),
        (
            json!({ "cards": [{ "value": 1 }] }),
            format!("{at}.cards[0].value: must be a text"),
        ),
        (
            json!({ "cards": vec!["x"; 101] }),
            format!("{at}.cards: must have at most 100 elements"),
        ),
        (
            json!({ "cards": [{ "primary": true }, { "primary": true }] }),
            format!("{at}.cards[1].primary: only one element of a list can be primary"),
        ),
        (json!(3), format!("{at}: must be an object")),
    ] {
        assert_eq!(checked(attributes.clone(), values).unwrap_err(), message);
    }
}

#[test]
fn a_declaration_is_refused_that_filters_could_not_look_into() {
    let inner = object("inner", vec![attribute("x", AttributeType::String)]);
    let cases = [
        vec![],
        vec![
            attribute("a", AttributeType::String),
            attribute("A", AttributeType::String),
        ],
        vec![attribute("a.b", AttributeType::String)],
        vec![attribute("1a", AttributeType::String)],
        vec![object("o", vec![])],
        vec![object("o", vec![inner])],
        vec![object("o", vec![list(attribute("l", AttributeType::String))])],
        vec![SchemaAttribute {
            sub_attributes: vec![attribute("x", AttributeType::String)],
            ..attribute("a", AttributeType::String)
        }],
    ];
    for attributes in cases {
        assert!(schema(attributes.clone()).validate().is_err(), "{attributes:?}");
    }
    assert!(
        schema(vec![list(object(
            "o",
            vec![attribute("x", AttributeType::String)]
        ))])
        .validate()
        .is_ok()
    );
}

#[test]
fn a_urn_is_one_and_not_one_of_scim() {
    let with = |urn: &str| ExtensionSchema {
        urn: urn.to_owned(),
        ..schema(vec![attribute("a", AttributeType::String)])
    };
    for urn in [
        URN,
        "urn:x:y",
        "URN:ietf:params:scim:schemas:extension:dbtLabs:2.0:User",
    ] {
        assert!(with(urn).validate().is_ok(), "{urn}");
    }
    for urn in [
        "",
        "urn:x",
        "x:y:z",
        "urn:x:",
        "urn:x:a b",
        "urn:ietf:params:scim:schemas:Core:2.0:User",
    ] {
        assert!(with(urn).validate().is_err(), "{urn}");
    }
}
