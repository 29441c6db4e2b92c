//! An older way to say the organization role: the attribute `role` of an extension schema (rule 82). It is no attribute of its own: what is
//! given goes into `roles`, and what is shown comes from there.

use serde_json::{Map, Value, json};

use super::RoleResolver;
use crate::{
    error::{Error, Result},
    policy::Policy,
    role::{RoleScope, RoleValue},
    schema::{AttributeType, ExtendedType, ExtensionSchema, SchemaAttribute},
    text::fold,
    user::{TypedValue, User},
};

/// The attribute's name.
const ROLE: &str = "role";

/// Presence of `roles` themselves in a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::directory) enum Roles {
    /// They are given, and win.
    Given,
    /// They are as they were, but for what the older way says.
    NotGiven,
}

/// Moves a role that was given in the older way into `roles`. Where both are given, the one that differs from the user before counts, as
/// a client sends back what it read and changes one of them; where both differ they must not contradict each other.
pub(in crate::directory) fn take_legacy_role(
    before: Option<&User>,
    user: &mut User,
    policy: &Policy,
    mut roles: Roles,
) -> Result<()> {
    let Some((path, role)) = taken(&mut user.profile.extensions, policy)? else {
        return Ok(());
    };
    if let Some(before) = before.filter(|_| roles == Roles::Given) {
        let default = policy.roles_default_org.as_deref();
        if before.organization_role.as_deref().or(default) == Some(&role) {
            return Ok(());
        }
        if before.profile.roles == user.profile.roles {
            roles = Roles::NotGiven;
        }
    }
    let catalog = policy.catalog();
    let resolver = RoleResolver::of_catalog(catalog);
    let is_in_organization = |it: &TypedValue| {
        let value = RoleValue::parse(&it.value);
        value.scope == RoleScope::Organization && resolver.has_effect(&value)
    };
    let held = &mut user.profile.roles;
    if roles == Roles::Given {
        let mut others = held.iter().filter(|it| is_in_organization(it)).peekable();
        if others.peek().is_none() || others.any(|it| it.value == role) {
            return Ok(());
        }
        let why = format!("is {role:?}, which contradicts roles");
        return Err(Error::invalid(path, why));
    }
    if held.iter().any(|it| it.value == role) {
        held.retain(|it| it.value == role || !is_in_organization(it));
        return Ok(());
    }
    held.retain(|it| !is_in_organization(it));
    held.insert(
        0,
        TypedValue {
            value: role,
            ..TypedValue::default()
        },
    );
    Ok(())
}

/// Takes the values of the older schemas out of the extensions; the attribute and the role that it names, if one does.
fn taken(extensions: &mut Map<String, Value>, policy: &Policy) -> Result<Option<(String, String)>> {
    let mut found = None;
    for urn in &policy.extensions_legacy_role_urn.0 {
        let key = extensions.keys().find(|key| fold(key) == fold(urn)).cloned();
        let Some(Value::Object(values)) = key.and_then(|key| extensions.remove(&key)) else {
            continue;
        };
        let role = values
            .into_iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(ROLE));
        match role {
            None | Some((_, Value::Null)) => {}
            Some((_, Value::String(text))) if text.is_empty() => {}
            Some((_, Value::String(text))) => found = Some((format!("{urn}:{ROLE}"), text)),
            Some(_) => return Err(Error::invalid(format!("{urn}:{ROLE}"), "must be a text")),
        }
    }
    Ok(found)
}

/// Shows the organization role in the older way too.
pub(in crate::directory) fn show_legacy_role(user: &mut User, role: &str, policy: &Policy) {
    for urn in &policy.extensions_legacy_role_urn.0 {
        if !role.is_empty() {
            user.profile.extensions.insert(urn.clone(), json!({ ROLE: role }));
        }
    }
}

/// The schemas of the older way that the organization has not declared itself, as if it had.
pub(in crate::directory) fn legacy_schemas(
    policy: &Policy,
    declared: &[ExtensionSchema],
    organization: crate::id::Id,
) -> Vec<ExtensionSchema> {
    let is_new = |urn: &&String| declared.iter().all(|schema| fold(&schema.urn) != fold(urn));
    let urns = policy.extensions_legacy_role_urn.0.iter().filter(is_new);
    let schema = |urn: &String| ExtensionSchema {
        urn: urn.clone(),
        organization_id: organization,
        name: "Role".to_owned(),
        description: "An older way to say the role in the organization; `roles` wins".to_owned(),
        extends: ExtendedType::User,
        attributes: vec![SchemaAttribute {
            name: ROLE.to_owned(),
            kind: AttributeType::String,
            multi_valued: false,
            description: "The role in the organization".to_owned(),
            required: false,
            canonical_values: policy.catalog().names().to_vec(),
            case_exact: true,
            sub_attributes: Vec::new(),
        }],
        version: 1,
        created_at: crate::platform::Timestamp(0),
        updated_at: crate::platform::Timestamp(0),
    };
    urns.map(schema).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Roles, show_legacy_role, take_legacy_role};
    use crate::{
        id::Id,
        platform::Timestamp,
        policy::{Policy, Preset},
        user::{Profile, TypedValue, User},
    };

    const URN: &str = "urn:lightdash:params:scim:schemas:extension:2.0:User";

    fn user(legacy: &str, roles: &[&str]) -> User {
        let role = |value: &&str| TypedValue {
            value: (*value).into(),
            ..TypedValue::default()
        };
        let nobody = Id(uuid::Uuid::nil());
        let mut user = User {
            id: nobody,
            organization_id: nobody,
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
            profile: Profile {
                roles: roles.iter().map(role).collect(),
                ..Profile::default()
            },
        };
        let upper = URN.to_uppercase();
        user.profile.extensions.insert(upper, json!({ "Role": legacy }));
        user
    }

    fn after(legacy: &str, roles: &[&str], given: Roles) -> Option<Vec<String>> {
        let mut user = user(legacy, roles);
        take_legacy_role(None, &mut user, &Policy::of(Preset::Lightdash), given).ok()?;
        assert!(user.profile.extensions.is_empty());
        Some(user.profile.roles.into_iter().map(|role| role.value).collect())
    }

    #[test]
    fn a_role_in_the_older_way_takes_the_place_of_the_organization_role() {
        let project = "00000000-0000-7000-8000-000000000001:viewer";
        let roles = after("editor", &["member", project], Roles::NotGiven);
        assert_eq!(roles.unwrap(), ["editor", project]);
    }

    #[test]
    fn roles_win_and_must_not_be_contradicted() {
        assert_eq!(after("editor", &["editor"], Roles::Given).unwrap(), ["editor"]);
        assert_eq!(after("editor", &["admin"], Roles::Given), None);
        assert_eq!(after("", &["admin"], Roles::Given).unwrap(), ["admin"]);
    }

    #[test]
    fn the_older_way_is_shown_under_its_urn() {
        let mut user = user("x", &[]);
        user.profile.extensions.clear();
        show_legacy_role(&mut user, "member", &Policy::of(Preset::Lightdash));
        assert_eq!(user.profile.extensions[URN], json!({ "role": "member" }));
    }
}
