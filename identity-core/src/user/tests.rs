use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::*;
use crate::{
    attributes::{Target, resolve},
    schema::ExtendedType,
};

/// A profile with an object for every part to stand in.
fn with_objects() -> Profile {
    Profile {
        name: Some(Name::default()),
        enterprise: Some(Enterprise::default()),
        ..Profile::default()
    }
}

/// A profile with a value of every field of the table.
fn full() -> Profile {
    let mut profile = with_objects();
    for text in texts().chain(PARTS) {
        *(text.get_mut)(&mut profile).unwrap() = Some(text.name.to_owned());
    }
    for list in lists() {
        (list.get_mut)(&mut profile).push(TypedValue {
            value: list.name.to_owned(),
            ..TypedValue::default()
        });
    }
    profile.addresses.push(Address::default());
    profile.extensions.insert("urn:x".to_owned(), Value::Null);
    profile
}

fn json(profile: &Profile) -> Map<String, Value> {
    serde_json::from_value(serde_json::to_value(profile).unwrap()).unwrap()
}

/// The names of the fields that differ.
fn changed(before: &Profile, after: &Profile) -> Vec<String> {
    let (before, after) = (json(before), json(after));
    let names: BTreeSet<_> = before.keys().chain(after.keys()).collect();
    let differs = names
        .into_iter()
        .filter(|name| before.get(*name) != after.get(*name));
    differs.cloned().collect()
}

/// The value at a path of the table; the core keeps a manager as its id.
fn at<'p>(profile: &'p Map<String, Value>, path: &str) -> Option<&'p Value> {
    match path.replace("manager.value", "manager_id").split_once('.') {
        Some((object, part)) => profile.get(object)?.get(part),
        None => profile.get(path),
    }
}

#[test]
fn every_attribute_has_a_name_of_its_own() {
    let fields = UserField::all().map(UserField::name);
    let names: Vec<_> = fields.chain(PARTS.iter().map(|part| part.name)).collect();
    assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len());
}

#[test]
fn a_text_reads_and_writes_only_its_own_place() {
    for text in texts().chain(PARTS) {
        let mut profile = with_objects();
        assert_eq!((text.get)(&profile), None, "{}", text.name);
        *(text.get_mut)(&mut profile).unwrap() = Some("x".to_owned());
        assert_eq!(
            (text.get)(&profile).map(String::as_str),
            Some("x"),
            "{}",
            text.name
        );
        assert_eq!(
            at(&json(&profile), text.name),
            Some(&Value::from("x")),
            "{}",
            text.name
        );
        let object = text.name.split('.').next().unwrap();
        assert_eq!(changed(&with_objects(), &profile), [object]);
        let set = texts().chain(PARTS).filter(|it| (it.get)(&profile).is_some());
        assert_eq!(set.count(), 1, "{}", text.name);
    }
}

#[test]
fn a_list_reads_and_writes_only_its_own_place() {
    for list in lists() {
        let mut profile = Profile::default();
        (list.get_mut)(&mut profile).push(TypedValue::default());
        assert_eq!((list.get)(&profile).len(), 1, "{}", list.name);
        assert_eq!(changed(&Profile::default(), &profile), [list.name]);
    }
}

#[test]
fn copying_a_field_changes_no_other() {
    for field in UserField::all().filter(|field| field.column().is_none()) {
        let mut profile = Profile::default();
        assert!(!profile.has(field) && full().has(field), "{field:?}");
        profile.copy(field, &full());
        assert!(profile.has(field), "{field:?}");
        assert_eq!(changed(&Profile::default(), &profile), [field.name()]);
        profile.copy(field, &Profile::default());
        assert_eq!(profile, Profile::default());
    }
}

#[test]
fn copying_a_part_changes_no_other() {
    for text in PARTS {
        let path = text.name.trim_end_matches(".value");
        let part = UserPart::named(path).unwrap();
        let mut profile = Profile::default();
        profile.copy_part(part, &full());
        assert_eq!((text.get)(&profile).map(String::as_str), Some(text.name));
        let set = PARTS.iter().filter(|it| (it.get)(&profile).is_some());
        assert_eq!(set.count(), 1, "{path}");
        profile.copy_part(part, &Profile::default());
        assert_eq!(profile, Profile::default(), "{path}");
    }
}

#[test]
fn every_attribute_of_the_table_can_be_filtered_by() {
    for text in texts().chain(PARTS) {
        let target = resolve(ExtendedType::User, text.name, &[]).unwrap();
        assert!(
            matches!(target, Target::Value(it) if it.name == text.name && it.data == text.form.into()),
            "{}",
            text.name
        );
    }
    // The attributes of declared schemas are named by their URNs.
    for field in UserField::all().filter(|field| *field != UserField::Extensions) {
        assert!(
            resolve(ExtendedType::User, field.name(), &[]).is_ok(),
            "{field:?}"
        );
    }
}

#[test]
fn every_text_without_a_column_has_a_search_key() {
    let user = User {
        id: Id(uuid::Uuid::from_u128(1)),
        organization_id: Id(uuid::Uuid::from_u128(2)),
        version: 1,
        user_name: "ada".into(),
        external_id: None,
        active: true,
        organization_role: None,
        managed_by: None,
        break_glass: false,
        predecessor_id: None,
        created_at: Timestamp(0),
        updated_at: Timestamp(0),
        deleted_at: None,
        profile: full(),
    };
    let keys = crate::search::of_user(&user, &[]).0;
    for text in texts().chain(PARTS) {
        assert_eq!(
            keys.contains_key(text.name),
            text.form != Form::Column,
            "{}",
            text.name
        );
    }
}
