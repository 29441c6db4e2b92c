use identity_proto::v1::{
    AttributeType, EnterpriseUser, ExtendedType, ExtensionSchema, ExtensionValues, Group, GroupReference,
    Manager, Member, MemberType, MembershipKind, Name, SchemaAttribute, TypedValue, User,
};
use prost_types::Timestamp;
use serde_json::{Map, Value, json};

use super::*;
use crate::{
    attributes::{ENTERPRISE, GROUP, Tables, USER, USER_TEXTS},
    error::{ScimError, ScimType},
};

const BADGE: &str = "urn:example:params:scim:schemas:extension:2.0:User";

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(object) => object,
        other => panic!("{other} is no object"),
    }
}

fn read(body: Value) -> UserBody {
    read_user(object(body), &tables().user).unwrap_or_else(|error| panic!("{}", error.detail))
}

fn refused(body: Value) -> ScimError {
    read_user(object(body), &tables().user).expect_err("refused")
}

fn tables() -> Tables {
    let attribute = |name: &str, kind: AttributeType| SchemaAttribute {
        name: name.into(),
        r#type: kind.into(),
        ..Default::default()
    };
    Tables::with_declared(&[ExtensionSchema {
        id: BADGE.into(),
        extends: ExtendedType::User.into(),
        attributes: vec![
            attribute("number", AttributeType::Integer),
            attribute("color", AttributeType::String),
        ],
        ..Default::default()
    }])
}

fn typed(value: &str, kind: &str, primary: bool) -> TypedValue {
    TypedValue {
        value: value.into(),
        r#type: kind.into(),
        primary,
        ..Default::default()
    }
}

fn full_user() -> User {
    let mut user = read(full_body()).user;
    user.id = "u1".into();
    user.etag = "3".into();
    user.create_time = Some(Timestamp {
        seconds: 1_700_000_000,
        nanos: 0,
    });
    user.update_time = Some(Timestamp {
        seconds: 1_700_000_000,
        nanos: 123_456_000,
    });
    user.groups = vec![GroupReference {
        id: "g1".into(),
        display_name: "All".into(),
        kind: MembershipKind::Indirect.into(),
    }];
    user
}

fn full_body() -> Value {
    json!({
        "schemas": [USER, ENTERPRISE, BADGE],
        "externalId": "x-1",
        "userName": "ada@x",
        "name": {"formatted": "Ada L", "familyName": "L", "givenName": "Ada", "middleName": "M", "honorificPrefix": "Ms.", "honorificSuffix": "III"},
        "displayName": "Ada", "nickName": "A", "profileUrl": "https://x/a", "title": "t", "userType": "e",
        "preferredLanguage": "en", "locale": "en-US", "timezone": "Europe/Berlin", "active": true,
        "emails": [{"value": "ada@x", "display": "Ada", "type": "work", "primary": true}, {"value": "b@x"}],
        "phoneNumbers": [{"value": "+1", "type": "mobile"}], "ims": [{"value": "i"}], "photos": [{"value": "https://x/p"}],
        "addresses": [{"formatted": "f", "streetAddress": "s", "locality": "l", "region": "r", "postalCode": "p", "country": "c", "type": "work", "primary": true}],
        "entitlements": [{"value": "e"}], "roles": [{"value": "admin"}], "x509Certificates": [{"value": "AA=="}],
        ENTERPRISE: {"employeeNumber": "1", "costCenter": "c", "organization": "o", "division": "d", "department": "dep", "manager": {"value": "m1"}},
        BADGE: {"number": 7, "color": "red"},
    })
}

#[test]
fn every_attribute_survives_the_way_in_and_out() {
    let user = full_user();
    let mut shown = object(
        serde_json::to_value(UserJson {
            user: &user,
            base: "https://h/scim/v2",
            names: DisplayNames::Shown,
        })
        .expect("JSON"),
    );
    let meta = shown.remove("meta").expect("meta");
    assert_eq!(shown.remove("id"), Some(json!("u1")));
    assert_eq!(
        shown.remove("groups"),
        Some(
            json!([{"value": "g1", "$ref": "https://h/scim/v2/Groups/g1", "display": "All", "type": "indirect"}])
        )
    );
    let mut expected = full_body();
    let lists = expected.as_object_mut().expect("an object").values_mut();
    for element in lists
        .filter_map(Value::as_array_mut)
        .flatten()
        .filter_map(Value::as_object_mut)
    {
        element.entry("primary").or_insert(json!(false));
    }
    assert_eq!(Value::Object(shown), expected);
    assert_eq!(
        meta,
        json!({
            "resourceType": "User", "created": "2023-11-14T22:13:20Z", "lastModified": "2023-11-14T22:13:20.123456Z",
            "location": "https://h/scim/v2/Users/u1", "version": "W/\"3\"",
        })
    );
}

#[test]
fn a_text_of_the_table_is_read_and_written_only_under_its_name() {
    for text in USER_TEXTS {
        let user = read(json!({(text.name): "x"})).user;
        let mut expected = User::default();
        *(text.get_mut)(&mut expected) = "x".into();
        assert_eq!((&user, (text.get)(&user)), (&expected, "x"), "{}", text.name);
        let names = DisplayNames::Hidden;
        let shown = UserJson {
            user: &user,
            base: "",
            names,
        };
        let shown = object(serde_json::to_value(shown).expect("JSON"));
        let names: Vec<_> = shown.keys().map(String::as_str).collect();
        assert_eq!(names, ["schemas", text.name, "meta"]);
    }
}

#[test]
fn q26_an_extension_is_answered_only_with_an_attribute() {
    let user = User {
        user_name: "a".into(),
        name: Some(Name::default()),
        enterprise: Some(EnterpriseUser {
            manager: Some(Manager::default()),
            ..Default::default()
        }),
        extensions: vec![ExtensionValues {
            schema: BADGE.into(),
            attributes: None,
        }],
        ..Default::default()
    };
    let shown = serde_json::to_value(UserJson {
        user: &user,
        base: "",
        names: DisplayNames::Hidden,
    })
    .expect("JSON");
    assert_eq!(shown["schemas"], json!([USER]));
    assert_eq!(
        shown
            .as_object()
            .map(|shown| shown.keys().map(String::as_str).collect::<Vec<_>>()),
        Some(vec!["schemas", "userName", "meta"])
    );
}

#[test]
fn a_group_is_written_with_its_members_if_they_were_read() {
    let group = Group {
        id: "g".into(),
        display_name: "G".into(),
        etag: "1".into(),
        ..Default::default()
    };
    let members = [
        Member {
            id: "u".into(),
            display_name: "U".into(),
            r#type: MemberType::User.into(),
            ..Default::default()
        },
        Member {
            id: "h".into(),
            display_name: "H".into(),
            r#type: MemberType::Group.into(),
            ..Default::default()
        },
    ];
    let names = DisplayNames::Hidden;
    let with = serde_json::to_value(GroupJson {
        group: &group,
        members: Some(&members),
        base: "b",
        names,
    })
    .expect("JSON");
    assert_eq!(with["schemas"], json!([GROUP]));
    assert_eq!(
        with["members"],
        json!([{"value": "u", "$ref": "b/Users/u", "type": "User"}, {"value": "h", "$ref": "b/Groups/h", "type": "Group"}])
    );
    let without = serde_json::to_value(GroupJson {
        group: &group,
        members: None,
        base: "b",
        names,
    })
    .expect("JSON");
    assert_eq!(without.get("members"), None);
}

#[test]
fn the_fields_of_a_body_are_those_it_names() {
    let body = read(
        json!({"userName": "a", "title": null, "emails": [], "roles": [], ENTERPRISE: {}, "active": null}),
    );
    assert_eq!(
        body.fields,
        ["user_name", "title", "emails", "roles", "enterprise"]
    );
    assert_eq!(read(json!({BADGE: {"number": 1}})).fields, ["extensions"]);
}

#[test]
fn q25_read_only_and_unknown_attributes_are_ignored() {
    let body = read(json!({
        "id": "x", "meta": {"resourceType": "User"}, "groups": [{"value": "g"}], "userName": "a", "shoeSize": 41,
        "department": "d", ENTERPRISE: {"manager": {"value": "m", "displayName": "M"}, "hat": 1},
    }));
    assert_eq!(body.fields, ["user_name", "enterprise"]);
    assert_eq!(
        body.ignored,
        [
            "shoeSize".to_owned(),
            "department".into(),
            format!("{ENTERPRISE}:hat")
        ]
    );
    assert_eq!((body.user.id, body.user.groups), (String::new(), Vec::new()));
}

#[test]
fn q28_a_password_is_accepted_and_dropped() {
    let body = read(json!({"userName": "a", "password": "secret", "PASSWORD": 5}));
    assert!(!format!("{body:?}").contains("secret"));
    assert_eq!(body.fields, ["user_name"]);
}

#[test]
fn q18_names_are_read_in_any_case() {
    let body = read(
        json!({"UserName": "a", "displayname": "D", "Name": {"FamilyName": "F"}, "emails": [{"Primary": true, "value": "e"}]}),
    );
    assert_eq!(body.user.name.map(|name| name.family_name).as_deref(), Some("F"));
    assert_eq!(body.user.emails, [typed("e", "", true)]);
}

#[test]
fn q26_old_and_misspelled_urns_are_taken_as_meant() {
    let misspelled = "urn:ietf:params:scim:schemas:extension:enterprise:2.0User";
    let body = read(
        json!({"schemas": ["urn:scim:schemas:core:2.0", misspelled], "userName": "a", misspelled: {"department": "d"}}),
    );
    assert_eq!(body.user.enterprise.map(|it| it.department).as_deref(), Some("d"));
    for schemas in [
        json!(null),
        json!([]),
        json!([USER, "urn:who:knows"]),
        json!(USER),
        json!(["urn:scim:schemas:core:1.0"]),
    ] {
        read(json!({"schemas": schemas, "userName": "a"}));
    }
    for schemas in [json!(["urn:who:knows"]), json!([GROUP]), json!([5]), json!({})] {
        assert_eq!(
            refused(json!({"schemas": schemas, "userName": "a"})).scim_type,
            Some(ScimType::InvalidSyntax)
        );
    }
}

#[test]
fn q36_dotted_and_qualified_keys_are_expanded() {
    let core = format!("{USER}:userName");
    let department = format!("{ENTERPRISE}:department");
    let manager = format!("{ENTERPRISE}:manager.value");
    let body = read(
        json!({core: "a", "name.givenName": "G", "name": {"familyName": "F"}, department: "d", manager: "m", ENTERPRISE: {"division": "v"}}),
    );
    let name = body.user.name.expect("a name");
    assert_eq!((name.given_name.as_str(), name.family_name.as_str()), ("G", "F"));
    let enterprise = body.user.enterprise.expect("enterprise");
    assert_eq!(
        (enterprise.department.as_str(), enterprise.division.as_str()),
        ("d", "v")
    );
    assert_eq!(
        enterprise.manager.map(|manager| manager.value).as_deref(),
        Some("m")
    );
    assert_eq!(body.user.user_name, "a");
}

#[test]
fn what_is_given_twice_is_refused() {
    let error = refused(json!({"userName": "a", "USERNAME": "b"}));
    assert_eq!(error.detail, "userName: is given twice");
    assert_eq!(
        refused(json!({"name": {"givenName": "a"}, "name.givenName": "b"})).detail,
        "givenName: is given twice"
    );
}

#[test]
fn a_value_of_another_type_is_refused_with_its_whole_path() {
    let cases = [
        (json!({"active": "yes"}), "active: must be a boolean"),
        (
            json!({"name": {"givenName": {}}, "title": {}}),
            "name.givenName: must be a text",
        ),
        (json!({"name.givenName": {}}), "name.givenName: must be a text"),
        (json!({ENTERPRISE: {"manager": {"value": 5.5, "x": 1}}}), ""),
        (
            json!({ENTERPRISE: "x"}),
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User: must be an object",
        ),
        (
            json!({BADGE: {"number": 1.5}}),
            "urn:example:params:scim:schemas:extension:2.0:User: number: must be a whole number",
        ),
    ];
    for (body, wanted) in cases {
        match read_user(object(body.clone()), &tables().user) {
            Err(error) => assert_eq!(
                (error.detail.as_ref(), error.scim_type),
                (wanted, Some(ScimType::InvalidValue))
            ),
            Ok(_) => assert_eq!(wanted, "", "{body}"),
        }
    }
}

#[test]
fn q53_a_group_may_have_no_members_and_q56_any_form_of_them() {
    let group = |body: Value| read_group(object(body), &tables().group).map(|group| group.members);
    assert_eq!(group(json!({"displayName": "g"})), Ok(None));
    assert_eq!(
        group(json!({"displayName": "g", "members": []})),
        Ok(Some(Vec::new()))
    );
    assert_eq!(group(json!({"members": null})), Ok(Some(Vec::new())));
    let ids = Ok(Some(vec!["a".to_owned()]));
    for members in [
        json!([{"value": "a", "display": "A", "$ref": null}]),
        json!({"Value": "a"}),
        json!("a"),
        json!(["a"]),
        json!([{"$ref": "https://h/scim/v2/Users/a"}]),
    ] {
        assert_eq!(group(json!({"members": members.clone()})), ids, "{members}");
        assert_eq!(group(json!({GROUP: {"members": members}})), ids);
    }
    let error = group(json!({"members": [{"value": "a"}, {"display": "b"}]})).expect_err("no id");
    assert!(error.detail.starts_with("members[1]: must have the id"));
}

#[test]
fn q32_texts_are_kept_as_sent() {
    let login = " Ådä  (x) +49 ";
    assert_eq!(read(json!({"userName": login})).user.user_name, login);
}
