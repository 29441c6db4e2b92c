//! State of a user after an update: the fields that the update gives, and the treatment of the others.

use super::{emails, licensing::Extensions};
use crate::{
    directory::input::{UpdateMode, UserField, UserInput, UserUpdate},
    policy::{EmptyRoles, Omitted, Policy},
    user::{User, UserColumn},
};

/// `before` with the update applied; version and times are as before.
pub(super) fn merge(before: &User, update: &UserUpdate, policy: &Policy) -> User {
    let nothing = UserInput::default();
    let mut after = before.clone();
    for field in UserField::all() {
        match effect(field, update, policy) {
            FieldEffect::Set => copy(field, &update.input, &mut after),
            FieldEffect::Cleared => copy(field, &nothing, &mut after),
            FieldEffect::Kept => {}
        }
    }
    for part in &update.parts {
        after.profile.copy_part(*part, &update.input.profile);
    }
    if !update.fields.contains(&UserField::Emails) || update.input.profile.emails.is_empty() {
        emails::follow_user_name(policy, Some(before), &mut after);
    }
    after
}

/// `before` with everything that a new user has a value of; version and times are as before.
pub(super) fn with_given(before: &User, new: &User) -> User {
    let input = UserInput {
        user_name: new.user_name.clone(),
        external_id: new.external_id.clone().unwrap_or_default(),
        profile: new.profile.clone(),
        ..UserInput::default()
    };
    let mut after = before.clone();
    for field in UserField::all() {
        if input.gives(field) {
            copy(field, &input, &mut after);
        }
    }
    after
}

/// Returns the statement of the update about extensions that it does not name.
pub(super) fn extensions(update: &UserUpdate, policy: &Policy) -> Extensions {
    match effect(UserField::Extensions, update, policy) {
        FieldEffect::Set | FieldEffect::Cleared => Extensions::Whole,
        FieldEffect::Kept => Extensions::AsGiven,
    }
}

/// Treatment of a field.
#[derive(Clone, Copy)]
enum FieldEffect {
    Set,
    Cleared,
    Kept,
}

fn effect(field: UserField, update: &UserUpdate, policy: &Policy) -> FieldEffect {
    let is_given = update.fields.contains(&field);
    match (update.mode, field) {
        (UpdateMode::Replace, UserField::Roles) if is_given && update.input.profile.roles.is_empty() => {
            empty_roles(policy)
        }
        (UpdateMode::Partial | UpdateMode::Replace, _) if is_given => FieldEffect::Set,
        (UpdateMode::Partial, _) | (UpdateMode::Replace, UserField::Active | UserField::BreakGlass) => {
            FieldEffect::Kept
        }
        (UpdateMode::Replace, UserField::Roles) => omitted(policy.roles_put_omitted),
        (UpdateMode::Replace, _) => omitted(policy.put_omitted),
    }
}

fn omitted(setting: Omitted) -> FieldEffect {
    match setting {
        Omitted::Clear => FieldEffect::Cleared,
        Omitted::Keep => FieldEffect::Kept,
    }
}

/// The default role is the one that nobody holds explicitly, so to reset is to clear.
fn empty_roles(policy: &Policy) -> FieldEffect {
    match policy.roles_put_empty {
        EmptyRoles::Keep => FieldEffect::Kept,
        EmptyRoles::ResetToDefault => FieldEffect::Cleared,
    }
}

/// Sets one field.
pub(super) fn copy(field: UserField, from: &UserInput, to: &mut User) {
    match field.column() {
        Some(UserColumn::UserName) => to.user_name.clone_from(&from.user_name),
        Some(UserColumn::ExternalId) => {
            to.external_id = Some(&from.external_id).filter(|it| !it.is_empty()).cloned();
        }
        Some(UserColumn::Active) => set_active(from, to),
        Some(UserColumn::BreakGlass) => to.break_glass = from.break_glass.unwrap_or(to.break_glass),
        None => to.profile.copy(field, &from.profile),
    }
}

/// Sets the value if it was sent. One that is taken away (RFC 7644 section 3.5.2.2) leaves the user on or off as it was: only an
/// explicit `true` switches somebody on, and who was switched off is shown so.
fn set_active(from: &UserInput, to: &mut User) {
    if let Some(active) = from.active {
        to.set_active(active);
    } else {
        let may_hide = to.active || to.profile.staged;
        to.profile.active_unassigned |= from.profile.active_unassigned && may_hide;
    }
}

#[cfg(test)]
mod tests {
    use super::merge;
    use crate::{
        directory::input::{
            UpdateMode::{self, Partial, Replace},
            UserField, UserInput, UserPart, UserUpdate,
        },
        id::Id,
        platform::Timestamp,
        policy::{EmptyRoles, Omitted, Policy},
        user::{Name, Profile, TypedValue, User},
    };

    fn role(value: &str) -> TypedValue {
        TypedValue {
            value: value.into(),
            ..TypedValue::default()
        }
    }

    fn ada() -> User {
        User {
            id: Id(uuid::Uuid::from_u128(1)),
            organization_id: Id(uuid::Uuid::from_u128(2)),
            version: 1,
            user_name: "ada".into(),
            external_id: Some("x".into()),
            active: false,
            organization_role: None,
            managed_by: None,
            break_glass: false,
            predecessor_id: None,
            created_at: Timestamp(0),
            updated_at: Timestamp(0),
            deleted_at: None,
            profile: Profile {
                title: Some("Countess".into()),
                roles: vec![role("editor")],
                ..Profile::default()
            },
        }
    }

    fn update(mode: UpdateMode, fields: &[UserField]) -> UserUpdate {
        UserUpdate {
            fields: fields.to_vec(),
            mode,
            input: UserInput {
                user_name: "ada.l".into(),
                ..UserInput::default()
            },
            ..UserUpdate::default()
        }
    }

    #[test]
    fn a_partial_update_leaves_what_it_does_not_name() {
        let after = merge(
            &ada(),
            &update(Partial, &[UserField::UserName]),
            &Policy::default(),
        );
        assert_eq!(after.user_name, "ada.l");
        assert_eq!(
            (after.external_id, after.profile),
            (ada().external_id, ada().profile)
        );
    }

    #[test]
    fn a_named_part_is_set_and_the_rest_of_its_field_stays() {
        let mut before = ada();
        before.profile.name = Some(Name {
            family_name: Some("King".into()),
            given_name: Some("Augusta".into()),
            ..Name::default()
        });
        let mut given = UserUpdate {
            parts: vec![UserPart::GivenName, UserPart::Department],
            ..UserUpdate::default()
        };
        given.input.profile.name = Some(Name {
            given_name: Some("Ada".into()),
            ..Name::default()
        });
        let after = merge(&before, &given, &Policy::default());
        let name = after.profile.name.expect("a name");
        assert_eq!(
            (name.given_name.as_deref(), name.family_name.as_deref()),
            (Some("Ada"), Some("King"))
        );
        assert_eq!(after.profile.enterprise, None);
    }

    #[test]
    fn a_named_field_without_a_value_is_cleared() {
        let fields = [UserField::Title, UserField::ExternalId, UserField::Roles];
        let after = merge(&ada(), &update(Partial, &fields), &Policy::default());
        assert_eq!((after.external_id, after.profile), (None, Profile::default()));
    }

    #[test]
    fn a_replacement_clears_what_it_leaves_out_but_roles_and_active() {
        let after = merge(
            &ada(),
            &update(Replace, &[UserField::UserName]),
            &Policy::default(),
        );
        assert_eq!((after.external_id, after.profile.title), (None, None));
        assert_eq!((after.active, after.profile.roles), (false, vec![role("editor")]));
    }

    #[test]
    fn active_that_is_taken_away_changes_nobody_and_leaves_an_inactive_user_inactive() {
        let mut taken = update(Partial, &[UserField::Active]);
        taken.input.profile.active_unassigned = true;
        let user = merge(&ada(), &taken, &Policy::default());
        assert!(!user.active && !user.profile.active_unassigned);
        let active = User {
            active: true,
            ..ada()
        };
        let user = merge(&active, &taken, &Policy::default());
        assert!(user.active && user.profile.active_unassigned);
        let mut set = update(Partial, &[UserField::Active]);
        set.input.active = Some(false);
        let user = merge(&user, &set, &Policy::default());
        assert!(!user.active && !user.profile.active_unassigned);
    }

    #[test]
    fn the_policy_decides_on_what_a_replacement_leaves_out() {
        let policy = Policy {
            put_omitted: Omitted::Keep,
            roles_put_omitted: Omitted::Clear,
            ..Policy::default()
        };
        let after = merge(&ada(), &update(Replace, &[UserField::UserName]), &policy);
        assert_eq!(after.profile.title.as_deref(), Some("Countess"));
        assert!(after.profile.roles.is_empty());
    }

    #[test]
    fn the_policy_decides_what_an_empty_list_of_roles_means_in_a_replacement() {
        let mut policy = Policy::default();
        let empty = update(Replace, &[UserField::UserName, UserField::Roles]);
        assert_eq!(merge(&ada(), &empty, &policy).profile.roles, [role("editor")]);
        policy.roles_put_empty = EmptyRoles::ResetToDefault;
        assert!(merge(&ada(), &empty, &policy).profile.roles.is_empty());
    }
}
