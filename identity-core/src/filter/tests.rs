//! Meaning of filters by example; `store::condition` and `tests/store` prove that the databases agree.

use serde_json::json;
use uuid::Uuid;

use super::*;
use crate::{
    error::{Error, Result},
    id::Id,
    schema::ExtendedType,
    search::Resource,
    user::{Address, GroupReference, Membership, Name, Profile, TypedValue, User},
};

fn email(value: &str, kind: &str) -> TypedValue {
    TypedValue {
        value: value.to_owned(),
        kind: Some(kind.to_owned()),
        primary: kind == "work",
        ..TypedValue::default()
    }
}

fn ada() -> Resource {
    let id = Id(Uuid::nil());
    let user = User {
        id,
        organization_id: id,
        version: 3,
        user_name: "Ada@Example.com".to_owned(),
        external_id: Some("Ext-1".to_owned()),
        active: true,
        organization_role: None,
        managed_by: None,
        break_glass: false,
        predecessor_id: None,
        created_at: Timestamp(1_769_902_200_000_000),
        updated_at: Timestamp(1_769_902_200_000_001),
        deleted_at: None,
        profile: Profile {
            title: Some("Clerk".to_owned()),
            name: Some(Name {
                family_name: Some("Straße".to_owned()),
                ..Name::default()
            }),
            emails: vec![
                email("ada@work.example", "work"),
                email("ada@home.example", "home"),
            ],
            addresses: vec![Address {
                locality: Some("Bern".to_owned()),
                ..Address::default()
            }],
            ..Profile::default()
        },
    };
    let group = GroupReference {
        id,
        display_name: "Staff".to_owned(),
        membership: Membership::Direct,
    };
    Resource::of_user(&user, &[group], &[])
}

fn is(attribute: &str, operator: Operator, value: Value) -> Filter {
    Filter::Comparison {
        attribute: attribute.to_owned(),
        operator,
        value,
    }
}

fn text(value: &str) -> Value {
    Value::Text(value.to_owned())
}

fn equal(attribute: &str, value: &str) -> Filter {
    is(attribute, Operator::Equal, text(value))
}

fn one_of(attribute: &str, conditions: Vec<Filter>) -> Filter {
    Filter::Element {
        attribute: attribute.to_owned(),
        filter: Box::new(Filter::All(conditions)),
    }
}

fn asked(filter: &Filter) -> Result<bool> {
    matches(filter, ExtendedType::User, &ada(), &[])
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "filters are made where they are asked"
)]
fn holds(filter: Filter) -> bool {
    asked(&filter).unwrap()
}

fn refused(filter: &Filter) -> String {
    match asked(filter) {
        Err(error @ Error::InvalidFilter { .. }) => error.to_string(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn texts_compare_without_case_but_ids_and_references_do_not() {
    assert!(holds(equal("user_name", "ADA@example.COM")));
    assert!(holds(equal("name.family_name", "STRASSE")));
    assert!(holds(equal("external_id", "Ext-1")));
    assert!(!holds(equal("external_id", "ext-1")));
    assert!(!holds(equal("id", "not-a-uuid")));
}

#[test]
fn an_absent_value_meets_unequal_and_nothing_else() {
    use Operator as O;
    assert!(holds(is("nick_name", O::NotEqual, text("x"))));
    for operator in [
        O::Equal,
        O::Contains,
        O::StartsWith,
        O::EndsWith,
        O::Greater,
        O::LessOrEqual,
    ] {
        assert!(!holds(is("nick_name", operator, text("x"))), "{operator:?}");
    }
    assert!(holds(Filter::Not(Box::new(equal("nick_name", "x")))));
}

#[test]
fn null_and_the_empty_text_mean_absent() {
    for nothing in [Value::Null, text("")] {
        assert!(holds(is("nick_name", Operator::Equal, nothing.clone())));
        assert!(!holds(is("title", Operator::Equal, nothing.clone())));
        assert!(holds(is("title", Operator::NotEqual, nothing)));
    }
    assert!(holds(is("title", Operator::Contains, text(""))));
    assert!(!holds(is("nick_name", Operator::StartsWith, text(""))));
    assert!(refused(&is("title", Operator::Greater, Value::Null)).contains("title"));
}

#[test]
fn a_list_meets_a_condition_when_one_element_does() {
    assert!(holds(equal("emails", "ada@home.example")));
    assert!(holds(equal("emails.type", "HOME")));
    assert!(!holds(is("emails.type", Operator::NotEqual, text("home"))));
    assert!(holds(is("emails.type", Operator::NotEqual, text("other"))));
    assert!(holds(equal("groups.display", "STAFF")));
}

#[test]
fn a_value_path_is_about_a_single_element() {
    let home = || equal("type", "home");
    assert!(holds(one_of(
        "emails",
        vec![home(), equal("value", "ada@home.example")]
    )));
    assert!(!holds(one_of(
        "emails",
        vec![home(), equal("value", "ada@work.example")]
    )));
    assert!(holds(one_of(
        "emails",
        vec![is("type", Operator::NotEqual, text("work"))]
    )));
    assert!(!holds(one_of("phone_numbers", vec![])));
}

#[test]
fn presence_looks_into_objects_and_lists() {
    let present = |name: &str| holds(Filter::Present(name.to_owned()));
    for name in [
        "name",
        "emails",
        "emails.type",
        "addresses",
        "addresses.locality",
        "groups",
        "create_time",
    ] {
        assert!(present(name), "{name}");
    }
    for name in [
        "enterprise",
        "phone_numbers",
        "addresses.country",
        "managed_by",
        "delete_time",
    ] {
        assert!(!present(name), "{name}");
    }
}

#[test]
fn times_compare_in_any_zone_and_precision() {
    let same = "2026-02-01T01:00:00.000000+01:30";
    assert!(holds(equal("create_time", same)));
    assert!(holds(is("update_time", Operator::Greater, text(same))));
    assert!(holds(is(
        "create_time",
        Operator::LessOrEqual,
        Value::Time(Timestamp(1_769_902_200_000_000))
    )));
    assert!(refused(&equal("create_time", "yesterday")).contains("create_time"));
}

#[test]
fn booleans_are_also_texts_and_have_no_order() {
    assert!(holds(equal("active", "True")));
    assert!(holds(is(
        "emails.primary",
        Operator::Equal,
        Value::Boolean(false)
    )));
    assert!(refused(&equal("active", "yes")).contains("active"));
    assert!(refused(&is("active", Operator::Greater, Value::Boolean(true))).contains("active"));
}

#[test]
fn what_makes_no_sense_is_refused_by_the_attributes_name() {
    for (filter, name) in [
        (equal("userName", "x"), "userName"),
        (is("title", Operator::Equal, Value::Integer(5)), "title"),
        (is("title", Operator::Equal, Value::Boolean(true)), "title"),
        (is("create_time", Operator::Contains, text("2026")), "create_time"),
        (
            is("x509_certificates", Operator::Less, text("A")),
            "x509_certificates.value",
        ),
        (equal("name", "x"), "name"),
        (equal("addresses", "x"), "addresses"),
        (one_of("name", vec![]), "name"),
        (
            one_of("emails", vec![equal("user_name", "x")]),
            "emails.user_name",
        ),
        (one_of("emails", vec![one_of("emails", vec![])]), "emails.emails"),
        (equal("members", "x"), "members"),
    ] {
        assert!(
            refused(&filter).starts_with(&format!("filter: {name}: ")),
            "{}",
            refused(&filter)
        );
    }
}

#[test]
fn empty_lists_of_conditions_hold_and_do_not() {
    assert!(holds(Filter::All(vec![])));
    assert!(!holds(Filter::Any(vec![])));
}

#[test]
fn a_filter_has_limits() {
    let nested = |levels| (1..levels).fold(equal("title", "x"), |inner, _| Filter::Not(Box::new(inner)));
    assert!(prepare(nested(MAX_DEPTH), None).is_ok());
    assert!(prepare(nested(MAX_DEPTH + 1), None).is_err());
    let wide = |terms| Filter::Any(vec![equal("title", "x"); terms]);
    assert!(prepare(wide(MAX_TERMS), None).is_ok());
    assert!(prepare(wide(MAX_TERMS + 1), None).is_err());
    assert!(prepare(Filter::All(vec![Filter::All(vec![]); MAX_TERMS + 1]), None).is_err());
    assert!(prepare(equal("title", &"ä".repeat(MAX_TEXT)), None).is_ok());
    assert!(prepare(equal("title", &"ä".repeat(MAX_TEXT + 1)), None).is_err());
    assert!(prepare(equal("title", "a\0"), None).is_err());
}

#[test]
fn who_holds_no_role_explicitly_has_the_default_one() {
    let effective = |operator, value: &str| {
        let filter = is("organization_role", operator, text(value));
        holds(prepare(filter, Some("member")).unwrap())
    };
    assert!(effective(Operator::Equal, "Member"));
    assert!(!effective(Operator::NotEqual, "member"));
    assert!(effective(Operator::NotEqual, "admin"));
    assert!(effective(Operator::StartsWith, "mem"));
    assert!(!effective(Operator::Equal, ""));
    assert!(!holds(
        prepare(equal("organization_role", "member"), None).unwrap()
    ));
    let present = Filter::Present("organization_role".to_owned());
    assert!(holds(prepare(present, Some("member")).unwrap()));
}

#[test]
fn keys_have_the_form_that_is_documented() {
    let profile = Profile {
        title: Some("Clerk".to_owned()),
        emails: vec![email("A@x", "home"), email("B@x", "work")],
        ..Profile::default()
    };
    let id = Id(Uuid::nil());
    let user = User {
        id,
        organization_id: id,
        version: 1,
        user_name: "a".to_owned(),
        external_id: None,
        active: true,
        organization_role: None,
        managed_by: None,
        break_glass: false,
        predecessor_id: None,
        created_at: Timestamp(0),
        updated_at: Timestamp(0),
        deleted_at: None,
        profile,
    };
    let emails = json!([
        { "value": "b@x", "type": "work", "primary": "true" },
        { "value": "a@x", "type": "home", "primary": "false" },
    ]);
    let keys = crate::search::of_user(&user, &[]);
    assert_eq!(
        serde_json::Value::Object(keys.0),
        json!({ "title": "clerk", "emails": emails })
    );
}
