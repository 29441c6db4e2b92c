use identity_core::{
    directory::input::{UpdateMode, UserField, UserInput},
    error::Error,
    id::Id,
    platform::Timestamp,
    user::{GroupReference, Membership, User, UserView},
};
use identity_proto::v1::{self, Address, EnterpriseUser, ExtensionValues, Manager, Name, TypedValue};
use prost_types::{FieldMask, Struct, Value, value::Kind};
use uuid::Uuid;

use super::{FIELDS, from_message, to_message, update};

fn value(value: &str) -> Vec<TypedValue> {
    vec![TypedValue {
        value: value.into(),
        display: "shown".into(),
        r#type: "work".into(),
        primary: true,
    }]
}

/// A user with every field that can be set.
fn full() -> v1::User {
    let badge = Value {
        kind: Some(Kind::NumberValue(7.0)),
    };
    v1::User {
        external_id: "e-1".into(),
        user_name: "ada".into(),
        active: Some(false),
        break_glass: Some(true),
        name: Some(Name {
            formatted: "Ms. Ada King Lovelace III".into(),
            family_name: "Lovelace".into(),
            given_name: "Ada".into(),
            middle_name: "King".into(),
            honorific_prefix: "Ms.".into(),
            honorific_suffix: "III".into(),
        }),
        display_name: "Ada".into(),
        nick_name: "A".into(),
        profile_url: "https://example.com/ada".into(),
        title: "Countess".into(),
        user_type: "Employee".into(),
        preferred_language: "en".into(),
        locale: "en-GB".into(),
        timezone: "Europe/London".into(),
        emails: value("ada@example.com"),
        phone_numbers: value("+44 1"),
        ims: value("ada.im"),
        photos: value("https://example.com/ada.png"),
        addresses: vec![Address {
            formatted: "12 St James's Square".into(),
            street_address: "12".into(),
            locality: "London".into(),
            region: "London".into(),
            postal_code: "SW1".into(),
            country: "UK".into(),
            r#type: "home".into(),
            primary: true,
        }],
        entitlements: value("engine"),
        roles: value("admin"),
        x509_certificates: value("TUlJ"),
        enterprise: Some(EnterpriseUser {
            employee_number: "1".into(),
            cost_center: "2".into(),
            organization: "Analytical".into(),
            division: "Engines".into(),
            department: "Notes".into(),
            manager: Some(Manager {
                value: "m-1".into(),
                display_name: "Charles".into(),
            }),
        }),
        extensions: vec![ExtensionValues {
            schema: "urn:example:2.0:User".into(),
            attributes: Some(Struct {
                fields: [("badge".to_owned(), badge)].into(),
            }),
        }],
        ..Default::default()
    }
}

fn stored(input: UserInput) -> UserView {
    let id = Id(Uuid::from_u128(1));
    let user = User {
        id,
        organization_id: Id(Uuid::from_u128(2)),
        version: 3,
        user_name: input.user_name,
        external_id: Some(input.external_id),
        active: input.active.unwrap_or(true),
        break_glass: input.break_glass.unwrap_or_default(),
        managed_by: Some(Id(Uuid::from_u128(4))),
        predecessor_id: None,
        created_at: Timestamp(5),
        updated_at: Timestamp(6),
        deleted_at: None,
        organization_role: None,
        profile: input.profile,
    };
    UserView {
        user,
        groups: vec![GroupReference {
            id,
            display_name: "Engineers".into(),
            membership: Membership::Indirect,
        }],
        organization_role: "admin".into(),
        manager_display_name: Some("Charles".into()),
        license: None,
        license_attribute: None,
    }
}

/// A message without what the server sets.
fn settable(user: v1::User) -> v1::User {
    v1::User {
        id: String::new(),
        organization_id: String::new(),
        groups: Vec::new(),
        organization_role: String::new(),
        managed_by: String::new(),
        etag: String::new(),
        create_time: None,
        update_time: None,
        delete_time: None,
        credential: None,
        ..user
    }
}

fn mask(paths: &[&str]) -> FieldMask {
    let paths = paths.iter().map(ToString::to_string).collect();
    FieldMask { paths }
}

#[test]
fn what_was_set_comes_back() {
    let shown = to_message(stored(from_message(full()).unwrap()));
    assert_eq!(shown.etag, "3");
    assert_eq!(shown.managed_by, Uuid::from_u128(4).to_string());
    assert_eq!(shown.groups[0].kind, i32::from(v1::MembershipKind::Indirect));
    assert_eq!(settable(shown), full());
}

#[test]
fn what_is_empty_is_not_there() {
    let user = v1::User {
        name: Some(Name::default()),
        enterprise: Some(EnterpriseUser {
            manager: Some(Manager::default()),
            ..Default::default()
        }),
        emails: vec![TypedValue {
            r#type: "work".into(),
            ..Default::default()
        }],
        addresses: vec![Address {
            r#type: "work".into(),
            primary: true,
            ..Default::default()
        }],
        ..Default::default()
    };
    assert_eq!(from_message(user).unwrap().profile, UserInput::default().profile);
}

#[test]
fn without_a_mask_the_fields_with_a_value_are_given() {
    let all = update(whole(), None, 0).unwrap();
    assert_eq!(all.fields.len(), FIELDS.settable.len());
    let title = v1::User {
        id: "7".into(),
        etag: "2".into(),
        title: "Countess".into(),
        ..Default::default()
    };
    let one = update(title, Some(mask(&[])), 2).unwrap();
    assert_eq!((one.id.as_str(), one.etag.as_str()), ("7", "2"));
    assert_eq!(
        (one.fields, one.mode),
        (vec![UserField::Title], UpdateMode::Replace)
    );
}

fn whole() -> v1::User {
    v1::User {
        id: "7".into(),
        ..full()
    }
}

fn of_id() -> v1::User {
    v1::User {
        id: "7".into(),
        ..Default::default()
    }
}

#[test]
fn a_named_field_without_a_value_is_cleared_but_flags_stay() {
    let one = update(of_id(), Some(mask(&["title", "active"])), 1).unwrap();
    assert_eq!(one.fields, vec![UserField::Title]);
    let all = update(of_id(), Some(mask(&["*"])), 1).unwrap();
    assert_eq!(all.fields.len(), FIELDS.settable.len() - 2);
}

#[test]
fn what_the_server_sets_cannot_be_named() {
    for path in FIELDS.read_only {
        let refused = update(whole(), Some(mask(&[path])), 0);
        assert!(matches!(refused, Err(Error::ReadOnly { .. })), "{path}");
    }
}

#[test]
fn an_unknown_mode_is_refused() {
    assert!(update(whole(), None, 9).is_err());
}
