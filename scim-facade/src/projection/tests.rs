use serde_json::{Value, json};

use super::*;
use crate::{
    attributes::{ENTERPRISE, Tables, USER},
    work::Work,
};

fn user() -> Value {
    json!({
        "schemas": [USER, ENTERPRISE], "id": "u", "userName": "ada", "name": {"givenName": "A", "familyName": "L"},
        "emails": [{"value": "w", "type": "work"}, {"value": "h", "type": "home"}],
        ENTERPRISE: {"department": "d", "manager": {"value": "m", "displayName": "M"}},
        "meta": {"resourceType": "User", "version": "1"},
    })
}

fn rendered(mut resource: Value, attributes: Option<&str>, excluded: Option<&str>) -> Value {
    let tables = Tables::builtin();
    let table = if resource.get("members").is_some() {
        &tables.group
    } else {
        &tables.user
    };
    let projection = Projection::parse(attributes, excluded, table).expect("a projection");
    projection.apply(
        resource.as_object_mut().expect("an object"),
        table,
        &Work::default(),
    );
    resource
}

/// Returns the attributes that are left beside those that are always there.
fn only(attributes: &str) -> Value {
    let mut rendered = rendered(user(), Some(attributes), None);
    let left = rendered.as_object_mut().expect("an object");
    assert_eq!(
        (left.remove("id"), left.remove("schemas").is_some()),
        (Some(json!("u")), true)
    );
    rendered
}

#[test]
fn q22_the_id_always_stays() {
    assert_eq!(only("id"), json!({}));
    assert_eq!(only("nothing,password"), json!({}));
    assert_eq!(rendered(user(), None, Some("id,schemas"))["id"], "u");
}

#[test]
fn q22_names_are_found_in_any_case_and_with_urns() {
    assert_eq!(only("USERNAME"), json!({"userName": "ada"}));
    assert_eq!(
        only(" userName , name.FamilyName"),
        json!({"userName": "ada", "name": {"familyName": "L"}})
    );
    assert_eq!(
        only(&format!("{USER}:emails.value")),
        json!({"emails": [{"value": "w"}, {"value": "h"}]})
    );
    assert_eq!(
        only(&format!("{ENTERPRISE}:department")),
        json!({ENTERPRISE: {"department": "d"}})
    );
    assert_eq!(
        only(&format!("{ENTERPRISE}:manager.value")),
        json!({ENTERPRISE: {"manager": {"value": "m"}}})
    );
    assert_eq!(
        only(ENTERPRISE),
        json!({ENTERPRISE: {"department": "d", "manager": {"value": "m"}}})
    );
    assert_eq!(only("meta.version"), json!({"meta": {"version": "1"}}));
    assert_eq!(only(USER)["name"], user()["name"]);
    assert_eq!(only("name.middleName"), json!({}));
}

#[test]
fn a_name_may_select_elements() {
    assert_eq!(
        only("emails[type eq \"WORK\"].value"),
        json!({"emails": [{"value": "w"}]})
    );
    assert_eq!(
        only("emails[type eq \"work,x\"],emails[type eq \"home\"],emails.type"),
        json!({"emails": [{"type": "work"}, {"value": "h", "type": "home"}]})
    );
    assert_eq!(
        rendered(user(), None, Some("emails[type eq \"work\"]"))["emails"],
        json!([{"value": "h", "type": "home"}])
    );
}

#[test]
fn what_is_excluded_goes_and_the_rest_stays() {
    let left = rendered(user(), None, Some("Name,emails.type,meta"));
    assert_eq!(left["emails"], json!([{"value": "w"}, {"value": "h"}]));
    assert_eq!(
        (left.get("name"), left.get("meta"), &left["userName"]),
        (None, None, &json!("ada"))
    );
    assert_eq!(
        rendered(user(), None, Some(&format!("{ENTERPRISE}:manager")))[ENTERPRISE],
        json!({"department": "d"})
    );
    assert_eq!(rendered(user(), None, Some(ENTERPRISE)).get(ENTERPRISE), None);
    assert_eq!(
        rendered(user(), Some("name"), Some("name.givenName"))["name"],
        json!({"familyName": "L"})
    );
}

#[test]
fn q65_members_are_read_only_if_the_answer_has_them() {
    let tables = Tables::builtin();
    let includes = |attributes, excluded| {
        Projection::parse(attributes, excluded, &tables.group)
            .expect("a projection")
            .includes("members")
    };
    assert!(
        includes(None, None) && includes(Some("members.value"), None) && includes(None, Some("members.type"))
    );
    assert!(
        !includes(None, Some("Members"))
            && !includes(Some("id"), None)
            && !includes(Some("members"), Some("members"))
    );
    let urn = "urn:ietf:params:scim:schemas:core:2.0:Group:members";
    assert!(!includes(None, Some(urn)) && includes(Some(urn), None));
}

#[test]
fn what_is_returned_on_request_must_be_requested_itself() {
    let group = json!({"id": "g", "members": [{"value": "a", "display": "A"}]});
    let members = |attributes, excluded| rendered(group.clone(), attributes, excluded)["members"].take();
    assert_eq!(members(Some("members"), None), json!([{"value": "a"}]));
    assert_eq!(members(None, Some("displayName")), json!([{"value": "a"}]));
    assert_eq!(
        members(Some("members,members.display"), None),
        json!([{"value": "a", "display": "A"}])
    );
    assert_eq!(members(Some("members.display"), None), json!([{"display": "A"}]));
    let manager = format!("{ENTERPRISE}:manager");
    assert_eq!(only(&manager), json!({ENTERPRISE: {"manager": {"value": "m"}}}));
    let name = format!("{manager},{manager}.displayName");
    assert_eq!(
        only(&name),
        json!({ENTERPRISE: {"manager": {"value": "m", "displayName": "M"}}})
    );
    assert_eq!(only(ENTERPRISE)[ENTERPRISE]["manager"], json!({"value": "m"}));
}

#[test]
fn without_the_parameters_nothing_is_left_out() {
    let tables = Tables::builtin();
    for empty in [None, Some(""), Some(" ")] {
        assert!(
            Projection::parse(empty, empty, &tables.group)
                .expect("a projection")
                .is_everything()
        );
    }
    assert!(
        !Projection::parse(Some("x"), None, &tables.user)
            .expect("a projection")
            .is_everything()
    );
    assert!(Projection::parse(Some(&"a,".repeat(MAX_NAMES)), None, &tables.user).is_err());
}
