use identity_proto::v1::{self, filter::Condition, filter_value::Kind};

use crate::{
    attributes::{ENTERPRISE, Tables, USER},
    error::ScimType,
    filter::*,
};

/// The core's filter in a compact form: `user_name 1 "x"`, operators by their number.
fn rendered(filter: &v1::Filter) -> String {
    let list = |word: &str, list: &v1::FilterList| {
        format!(
            "{word}({})",
            list.filters.iter().map(rendered).collect::<Vec<_>>().join(", ")
        )
    };
    match filter.condition.as_ref().expect("a condition") {
        Condition::AllOf(parts) => list("all", parts),
        Condition::AnyOf(parts) => list("any", parts),
        Condition::Not(inner) => format!("not({})", rendered(inner)),
        Condition::Present(name) => format!("{name}?"),
        Condition::Element(element) => {
            format!(
                "{}[{}]",
                element.attribute,
                rendered(element.filter.as_ref().expect("a filter"))
            )
        }
        Condition::Comparison(comparison) => {
            let value = match comparison
                .value
                .as_ref()
                .and_then(|value| value.kind.clone())
                .expect("a value")
            {
                Kind::StringValue(text) => format!("{text:?}"),
                Kind::BoolValue(value) => value.to_string(),
                Kind::IntValue(number) => number.to_string(),
                Kind::DoubleValue(number) => format!("{number:?}"),
                Kind::TimeValue(time) => format!("@{}.{}", time.seconds, time.nanos),
            };
            format!("{} {} {value}", comparison.attribute, comparison.operator)
        }
    }
}

fn user(text: &str) -> String {
    rendered(
        &translate(text, &Tables::builtin().user).unwrap_or_else(|error| panic!("{text}: {}", error.detail)),
    )
}

fn group(text: &str) -> String {
    rendered(
        &translate(text, &Tables::builtin().group).unwrap_or_else(|error| panic!("{text}: {}", error.detail)),
    )
}

fn refused(text: &str) -> String {
    let error = translate(text, &Tables::builtin().user).expect_err(text);
    assert_eq!(error.scim_type, Some(ScimType::InvalidFilter));
    error.detail.to_string()
}

#[test]
fn names_become_the_cores() {
    assert_eq!(user("userName eq \"x\""), "user_name 1 \"x\"");
    assert_eq!(user("name.familyName sw \"x\""), "name.family_name 4 \"x\"");
    assert_eq!(
        user(&format!("{ENTERPRISE}:manager.value eq \"m\"")),
        "enterprise.manager.value 1 \"m\""
    );
    assert_eq!(user("externalId pr"), "external_id?");
    assert_eq!(group("displayName co \"x\""), "display_name 3 \"x\"");
}

#[test]
fn q15_a_part_behind_brackets_is_one_more_condition_on_the_element() {
    assert_eq!(
        user("emails[type eq \"work\"].value eq \"a@x\""),
        "emails[all(type 1 \"work\", value 1 \"a@x\")]"
    );
    assert_eq!(
        user("emails[type eq \"work\"].value ne \"a@x\""),
        "not(emails[all(type 1 \"work\", value 1 \"a@x\")])"
    );
    assert_eq!(
        user("emails[type eq \"work\"].value eq null"),
        "not(emails[all(type 1 \"work\", value?)])"
    );
}

#[test]
fn q17_references_are_filtered_by_their_value() {
    assert_eq!(
        group("id eq \"g\" and members eq \"u\""),
        "all(id 1 \"g\", members.value 1 \"u\")"
    );
    assert_eq!(group("members[value eq \"u\"]"), "members.value 1 \"u\"");
    assert_eq!(
        user(&format!("{ENTERPRISE}:manager eq \"m\"")),
        "enterprise.manager.value 1 \"m\""
    );
    assert_eq!(user("groups eq \"g\""), "groups.value 1 \"g\"");
}

#[test]
fn ne_is_not_eq_and_null_asks_for_presence() {
    assert_eq!(user("title ne \"x\""), "not(title 1 \"x\")");
    assert_eq!(user("emails.type ne \"work\""), "not(emails.type 1 \"work\")");
    assert_eq!(user("title eq null or title ne null"), "any(not(title?), title?)");
    assert_eq!(user("emails eq null"), "not(emails.value?)");
    assert_eq!(user("emails[type ne \"work\"]"), "emails[not(type 1 \"work\")]");
}

#[test]
fn the_presence_of_an_object_is_that_of_its_parts() {
    assert_eq!(user("emails pr"), "emails.value?");
    assert!(user("name pr").starts_with("any(name.formatted?, name.family_name?"));
    assert!(user("addresses pr").starts_with("addresses[any(formatted?, street_address?"));
    assert_eq!(user("name[familyName eq \"x\"]"), "name.family_name 1 \"x\"");
}

#[test]
fn q42_text_against_a_boolean_is_read_as_one() {
    assert_eq!(user("roles[primary eq \"True\"]"), "roles.primary 1 true");
    assert_eq!(user("active eq \"false\""), "active 1 false");
    assert!(refused("active eq \"yes\"").contains("`active` is a boolean, and \"yes\" is not"));
}

#[test]
fn an_element_without_primary_is_not_primary() {
    assert_eq!(user("emails.primary eq false"), "emails[not(primary 1 true)]");
    assert_eq!(
        user("emails[primary ne false]"),
        "emails[not(not(primary 1 true))]"
    );
}

#[test]
fn times_compare_in_any_zone_and_precision() {
    let expected = "update_time 6 @1305261754.0";
    assert_eq!(user("meta.lastModified gt \"2011-05-13T04:42:34Z\""), expected);
    assert_eq!(
        user("meta.lastModified gt \"2011-05-13T06:42:34.000+02:00\""),
        expected
    );
    assert_eq!(
        user("meta.created le \"2011-05-13T04:42:34.1234567Z\""),
        "create_time 9 @1305261754.123456700"
    );
    assert!(refused("meta.created gt \"2011-05-13\"").contains("dateTime"));
}

#[test]
fn schemas_follow_from_the_attributes() {
    assert_eq!(user(&format!("schemas eq \"{USER}\"")), "all()");
    assert!(
        user(&format!("schemas eq \"{ENTERPRISE}\""))
            .contains("enterprise.department?, enterprise.manager.value?")
    );
    assert_eq!(user("schemas eq \"urn:x\""), "any()");
    assert_eq!(user("schemas ne \"urn:x\""), "not(any())");
    assert_eq!(user("schemas pr"), "all()");
}

#[test]
fn the_resource_type_is_known() {
    assert_eq!(user("meta.resourceType eq \"User\""), "all()");
    assert_eq!(user("meta.resourceType eq \"Group\""), "any()");
    assert_eq!(group("meta.resourceType sw \"Gr\""), "all()");
}

#[test]
fn what_cannot_be_answered_is_refused_with_its_name() {
    let cases = [
        ("password eq \"x\"", "`password` cannot be filtered by"),
        ("password pr", "`password` cannot be filtered by"),
        ("meta.version eq \"1\"", "`meta.version` cannot be filtered by"),
        ("meta.location eq \"x\"", "`meta.location` cannot be filtered by"),
        ("groups.$ref eq \"x\"", "`groups.$ref` cannot be filtered by"),
        ("shoeSize eq 41", "`shoeSize` is no attribute of a User"),
        ("emails[shoe eq \"x\"]", "`shoe` is no part of `emails`"),
        ("addresses eq \"x\"", "`addresses` has parts"),
        (
            "active gt true",
            "`active` is a boolean, which `gt` has no meaning for",
        ),
        ("x509Certificates.value lt \"x\"", "binary"),
        ("userName eq true", "`userName` is a text, and true is not"),
        ("title gt null", "null compares with eq and ne"),
        ("userName[value eq \"x\"]", "`value` is no part of `userName`"),
        ("emails.value[type eq \"x\"]", "brackets follow a whole attribute"),
        ("userName", "character 9: expected one of eq"),
    ];
    for (text, wanted) in cases {
        let detail = refused(text);
        assert!(detail.contains(wanted), "{text}: {detail}");
    }
}

#[test]
fn sorting_goes_by_the_same_names() {
    let tables = Tables::builtin();
    assert_eq!(
        sort_attribute("userName", &tables.user).as_deref(),
        Ok("user_name")
    );
    assert_eq!(
        sort_attribute("emails", &tables.user).as_deref(),
        Ok("emails.value")
    );
    assert_eq!(
        sort_attribute("meta.created", &tables.user).as_deref(),
        Ok("create_time")
    );
    for text in ["name", "password", "nothing", ""] {
        assert!(sort_attribute(text, &tables.user).is_err(), "{text}");
    }
}

#[test]
fn levels_of_and_and_or_count_too() {
    let nested = |levels: usize| {
        let open = "title pr and (active pr or ".repeat(levels);
        format!("{open}title pr{}", ")".repeat(levels))
    };
    assert!(translate(&nested(9), &Tables::builtin().user).is_ok());
    let error = translate(&nested(12), &Tables::builtin().user).expect_err("too deep");
    assert_eq!(error.detail, "filter: nested deeper than 20 levels");
}
