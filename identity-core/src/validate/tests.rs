use uuid::Uuid;

use super::*;
use crate::{
    error::Error,
    id::Id,
    platform::Timestamp,
    policy::{Policy, Preset, UserNameFormat},
    user::{Address, Name, Profile, TypedValue, User},
};

fn somebody(user_name: &str, profile: Profile) -> User {
    User {
        id: Id(Uuid::nil()),
        organization_id: Id(Uuid::nil()),
        version: 1,
        user_name: user_name.to_owned(),
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
    }
}

fn value(value: &str) -> TypedValue {
    TypedValue {
        value: value.to_owned(),
        ..TypedValue::default()
    }
}

fn primary(text: &str) -> TypedValue {
    TypedValue {
        primary: true,
        ..value(text)
    }
}

const LENIENT: InputRules = InputRules {
    second_primary: SecondPrimary::Refused,
    meaningless: Meaningless::Dropped,
};

/// Checks the profile of a user under the default policy, and returns the result.
fn checked(profile: Profile) -> Result<Profile, String> {
    checked_under(&Policy::default(), "ada", profile)
}

fn checked_under(policy: &Policy, user_name: &str, profile: Profile) -> Result<Profile, String> {
    let mut somebody = somebody(user_name, profile);
    let outcome = user(&mut somebody, policy, &[], None, LENIENT);
    outcome
        .map(|_| somebody.profile)
        .map_err(|error| error.to_string())
}

#[test]
fn a_user_name_is_any_text_that_is_not_blank() {
    for name in ["ada", "ada.l", "Ada Lovelace", "Ädä", "a@b@c"] {
        assert!(user_name(name, UserNameFormat::Any).is_ok(), "{name}");
    }
    for name in [
        "",
        " ",
        "\u{3000}",
        "\u{200b}",
        "a\nb",
        "a\0b",
        " ada",
        "ada ",
        "a\u{200b}da",
        "\u{202e}ada",
        "ada\u{2800}",
        "a\u{fffb}da",
        "\u{fffc}",
        &"a".repeat(1025),
    ] {
        assert!(user_name(name, UserNameFormat::Any).is_err(), "{name}");
    }
}

#[test]
fn an_e_mail_address_has_something_on_both_sides_of_one_at() {
    for text in [
        "a@b",
        "ada.l+x@example.com",
        "o'neil@sub.example.org",
        "ädä@exämple.de",
    ] {
        assert!(is_email(text), "{text}");
    }
    let long = format!("{}@example.com", "a".repeat(65));
    for text in [
        "", "ada", "@b", "a@", "a@b@c", "a b@c", "a@b..c", ".a@b", "a@b.", "a@b\n", &long,
    ] {
        assert!(!is_email(text), "{text}");
    }
    assert!(user_name("ada", UserNameFormat::Email).is_err());
}

#[test]
fn what_an_index_holds_is_limited_in_bytes_too() {
    assert!(user_name(&"ä".repeat(1024), UserNameFormat::Any).is_ok());
    let error = user_name(&"語".repeat(1024), UserNameFormat::Any).unwrap_err();
    assert_eq!(
        error.to_string(),
        "user_name: must have at most 2048 bytes without case"
    );
    // One character of three bytes that becomes eighteen.
    assert!(user_name(&"\u{fdfa}".repeat(100), UserNameFormat::Any).is_err());
}

#[test]
fn empty_texts_and_objects_are_no_values() {
    let empty = Some(String::new());
    let profile = Profile {
        title: empty.clone(),
        name: Some(Name {
            family_name: empty.clone(),
            ..Name::default()
        }),
        emails: vec![value("")],
        addresses: vec![Address {
            kind: Some("work".into()),
            locality: empty,
            ..Address::default()
        }],
        ..Profile::default()
    };
    assert_eq!(checked(profile).unwrap(), Profile::default());
}

#[test]
fn refusals_name_the_element() {
    let long = "a".repeat(1025);
    let emails = |emails| Profile {
        emails,
        ..Profile::default()
    };
    for (profile, message) in [
        (
            emails(vec![value("a"), value("b\0")]),
            "emails[1].value: must not contain NUL",
        ),
        (
            emails(vec![value(&long)]),
            "emails[0].value: must have at most 1024 characters",
        ),
        (
            emails(vec![value("a"); 101]),
            "emails: must have at most 100 elements",
        ),
        (
            emails(vec![primary("a"), value("b"), primary("c")]),
            "emails[2].primary: only one element of a list can be primary",
        ),
        (
            Profile {
                title: Some(long.clone()),
                ..Profile::default()
            },
            "title: must have at most 1024 characters",
        ),
    ] {
        assert_eq!(checked(profile).unwrap_err(), message);
    }
}

#[test]
fn the_last_primary_wins_where_the_caller_says_so() {
    let profile = Profile {
        emails: vec![primary("a"), value("b"), primary("c")],
        ..Profile::default()
    };
    let mut somebody = somebody("ada", profile);
    let rules = InputRules {
        second_primary: SecondPrimary::LastWins,
        ..LENIENT
    };
    user(&mut somebody, &Policy::default(), &[], None, rules).unwrap();
    let marks: Vec<_> = somebody.profile.emails.iter().map(|it| it.primary).collect();
    assert_eq!(marks, [false, false, true]);
}

#[test]
fn a_service_hears_of_elements_without_a_value() {
    let given = |profile| {
        let mut somebody = somebody("ada", profile);
        let outcome = user(&mut somebody, &Policy::default(), &[], None, InputRules::STRICT);
        outcome.map(drop).map_err(|error| error.to_string())
    };
    let roles = Profile {
        roles: vec![value("admin"), value("")],
        ..Profile::default()
    };
    assert_eq!(given(roles).unwrap_err(), "roles[1].value: must have a value");
    let addresses = Profile {
        addresses: vec![Address {
            kind: Some("work".into()),
            ..Address::default()
        }],
        ..Profile::default()
    };
    assert_eq!(given(addresses).unwrap_err(), "addresses[0]: must have a value");
}

#[test]
fn elements_of_one_type_and_value_are_one() {
    let profile = Profile {
        emails: vec![
            value("a@ex.example"),
            value("b@ex.example"),
            primary("A@ex.example"),
        ],
        phone_numbers: vec![value("+1"), value("+1")],
        photos: vec![value("https://ex.example/A"), value("https://ex.example/a")],
        addresses: vec![
            Address {
                country: Some("SE".into()),
                ..Address::default()
            };
            2
        ],
        ..Profile::default()
    };
    let profile = checked(profile).unwrap();
    assert_eq!(profile.emails, [primary("a@ex.example"), value("b@ex.example")]);
    let lengths = [
        profile.phone_numbers.len(),
        profile.photos.len(),
        profile.addresses.len(),
    ];
    assert_eq!(lengths, [1, 2, 1]);
}

#[test]
fn certificates_may_be_longer_than_texts() {
    let profile = |length| Profile {
        x509_certificates: vec![value(&"A".repeat(length))],
        ..Profile::default()
    };
    assert!(checked(profile(16 * 1024)).is_ok());
    assert!(checked(profile(16 * 1024 + 1)).is_err());
}

#[test]
fn a_user_has_64_kib_at_most() {
    let photo = |at| value(&format!("{at:02}{}", "a".repeat(1022)));
    let photos: Vec<_> = (0..64).map(photo).collect();
    assert!(
        checked(Profile {
            photos: photos.clone(),
            ..Profile::default()
        })
        .is_err()
    );
    assert!(
        checked(Profile {
            photos: photos[..50].to_vec(),
            ..Profile::default()
        })
        .is_ok()
    );
}

#[test]
fn under_lightdash_the_primary_address_is_the_user_name() {
    let policy = Policy::of(Preset::Lightdash);
    let under = |emails| {
        let profile = Profile {
            emails,
            ..Profile::default()
        };
        checked_under(&policy, "ada@example.com", profile)
    };
    assert!(under(vec![]).is_ok());
    assert!(under(vec![value("ADA@example.com")]).is_ok());
    assert!(under(vec![value("b@example.com"), primary("ada@example.com")]).is_ok());
    let message = under(vec![value("ada@example.com"), primary("b@example.com")]).unwrap_err();
    assert_eq!(
        message,
        "emails[1].value: must be the user name, as the primary address"
    );
}

#[test]
fn a_slug_is_short_plain_and_no_id() {
    let ok = ["a", "acme", "acme-2", &"a".repeat(63)];
    assert!(ok.iter().all(|it| slug(it).is_ok()));
    let id = "abcdef00-0000-7000-8000-000000000000";
    for text in ["", "2acme", "-a", "Acme", "a_b", "ä", &"a".repeat(64), id] {
        assert!(matches!(slug(text), Err(Error::Invalid { .. })), "{text}");
    }
    assert!(connection_name(id).is_err() && connection_name("Okta, main").is_ok());
}
