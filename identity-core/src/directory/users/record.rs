//! A user as the change log shows it, and back.

use serde_json::{Map, Value, json};

use super::licensing;
use crate::{
    directory::record::{self, DELETE_TIME, Record},
    error::{Error, Result},
    search::key,
    user::{Profile, User},
};

/// The fields of a user by their names in the API.
pub(super) fn of(user: &User) -> Result<Record> {
    let Value::Object(mut fields) = record::value(&user.profile)? else {
        return Ok(Record::new());
    };
    fields.remove("set_by_hand");
    fields.remove("former_manager");
    fields.remove("bootstrap");
    licensing::put_into(&mut fields, user);
    if let Some(Value::Object(enterprise)) = fields.get_mut("enterprise")
        && let Some(manager) = enterprise.remove("manager_id")
    {
        enterprise.insert("manager".to_owned(), json!({ "value": manager }));
    }
    if !user.profile.extensions.is_empty() {
        let extensions = record::extensions(&user.profile.extensions);
        fields.insert("extensions".to_owned(), extensions);
    }
    fields.insert("user_name".to_owned(), json!(user.user_name));
    fields.insert("active".to_owned(), json!(user.active));
    if user.break_glass {
        fields.insert("break_glass".to_owned(), json!(true));
    }
    record::put(&mut fields, "external_id", user.external_id.as_ref());
    record::put(&mut fields, "managed_by", user.managed_by.as_ref());
    record::put(&mut fields, "predecessor_id", user.predecessor_id.as_ref());
    record::put(&mut fields, DELETE_TIME, user.deleted_at.map(key::time).as_ref());
    Ok(fields)
}

/// The user with these fields instead of its own. What the change log does not show stays, the time of a deletion included.
pub(super) fn with_fields(user: &User, mut fields: Record) -> Result<User> {
    let is_set = |value: Option<Value>| value == Some(Value::Bool(true));
    let mut after = user.clone();
    after.user_name = record::text(fields.remove("user_name")).unwrap_or_default();
    after.active = is_set(fields.remove("active"));
    after.break_glass = is_set(fields.remove("break_glass"));
    after.external_id = record::text(fields.remove("external_id"));
    after.managed_by = record::id(fields.remove("managed_by"));
    after.predecessor_id = record::id(fields.remove("predecessor_id"));
    fields.remove(DELETE_TIME);
    rename(fields.get_mut("license"), "source", "origin");
    let enterprise = fields.get_mut("enterprise").and_then(Value::as_object_mut);
    if let Some((enterprise, manager)) =
        enterprise.and_then(|it| it.remove("manager").map(|value| (it, value)))
    {
        enterprise.insert("manager_id".to_owned(), manager["value"].clone());
    }
    let extensions = record::extension_values(fields.remove("extensions"));
    let profile = serde_json::from_value(Value::Object(fields));
    after.profile = Profile {
        extensions,
        manually_set: user.profile.manually_set.clone(),
        former_manager: user.profile.former_manager.clone(),
        bootstrap: user.profile.bootstrap,
        ..profile.map_err(|error| Error::Internal(error.into()))?
    };
    Ok(after)
}

fn rename(object: Option<&mut Value>, from: &str, to: &str) {
    let object: Option<&mut Map<String, Value>> = object.and_then(Value::as_object_mut);
    if let Some((object, value)) = object.and_then(|it| it.remove(from).map(|value| (it, value))) {
        object.insert(to.to_owned(), value);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{of, with_fields};
    use crate::{
        id::Id,
        license::{AssignedLicense, LicenseOrigin},
        platform::Timestamp,
        user::{Enterprise, Profile, TypedValue, User},
    };

    fn user() -> User {
        let profile = Profile {
            title: Some("Countess".into()),
            staged: true,
            emails: vec![TypedValue {
                value: "ada@acme.example".into(),
                primary: true,
                ..TypedValue::default()
            }],
            license: Some(AssignedLicense {
                value: "pro".into(),
                origin: LicenseOrigin::Scim,
            }),
            enterprise: Some(Enterprise {
                department: Some("Engines".into()),
                manager_id: Some("7".into()),
                ..Enterprise::default()
            }),
            extensions: json!({ "urn:x": { "a": 1 } }).as_object().cloned().unwrap(),
            manually_set: ["title".to_owned()].into(),
            ..Profile::default()
        };
        User {
            id: Id(uuid::Uuid::from_u128(1)),
            organization_id: Id(uuid::Uuid::from_u128(2)),
            version: 3,
            user_name: "ada".into(),
            external_id: Some("x".into()),
            active: true,
            organization_role: None,
            managed_by: Some(Id(uuid::Uuid::from_u128(4))),
            break_glass: false,
            predecessor_id: None,
            created_at: Timestamp(1),
            updated_at: Timestamp(2),
            deleted_at: Some(Timestamp(2)),
            profile,
        }
    }

    #[test]
    fn the_fields_of_a_user_make_the_same_user_again() {
        let user = user();
        assert_eq!(with_fields(&user, of(&user).unwrap()).unwrap(), user);
    }

    #[test]
    fn a_field_that_is_absent_is_taken_away() {
        let mut fields = of(&user()).unwrap();
        for field in ["title", "license", "enterprise", "extensions", "managed_by"] {
            fields.remove(field);
        }
        let after = with_fields(&user(), fields).unwrap();
        let profile = &after.profile;
        assert!(profile.title.is_none() && profile.license.is_none() && profile.enterprise.is_none());
        assert!(profile.extensions.is_empty() && after.managed_by.is_none());
    }
}
