//! What a user is after an update: the fields that it gives, and what becomes of the others.

use super::licensing::Extensions;
use crate::{
    directory::input::{UpdateMode, UserField, UserInput, UserUpdate},
    policy::{EmptyRoles, Omitted, Policy},
    user::User,
};

/// `before` with the update applied; version and times are as before.
pub(super) fn merge(before: &User, update: &UserUpdate, policy: &Policy) -> User {
    let nothing = UserInput::default();
    let mut after = before.clone();
    for field in UserField::ALL {
        match fate(field, update, policy) {
            Fate::Given => copy(field, &update.input, &mut after),
            Fate::Cleared => copy(field, &nothing, &mut after),
            Fate::Kept => {}
        }
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
    for field in UserField::ALL {
        if input.gives(field) {
            copy(field, &input, &mut after);
        }
    }
    after
}

/// What the update says of extensions that it does not name.
pub(super) fn extensions(update: &UserUpdate, policy: &Policy) -> Extensions {
    match fate(UserField::Extensions, update, policy) {
        Fate::Given | Fate::Cleared => Extensions::Whole,
        Fate::Kept => Extensions::AsGiven,
    }
}

/// What becomes of a field.
#[derive(Clone, Copy)]
enum Fate {
    Given,
    Cleared,
    Kept,
}

fn fate(field: UserField, update: &UserUpdate, policy: &Policy) -> Fate {
    let is_given = update.fields.contains(&field);
    match (update.mode, field) {
        (UpdateMode::Replace, UserField::Roles) if is_given && update.input.profile.roles.is_empty() => {
            empty_roles(policy)
        }
        (UpdateMode::Partial | UpdateMode::Replace, _) if is_given => Fate::Given,
        (UpdateMode::Partial, _) | (UpdateMode::Replace, UserField::Active | UserField::BreakGlass) => {
            Fate::Kept
        }
        (UpdateMode::Replace, UserField::Roles) => omitted(policy.roles_put_omitted),
        (UpdateMode::Replace, _) => omitted(policy.put_omitted),
    }
}

fn omitted(setting: Omitted) -> Fate {
    match setting {
        Omitted::Clear => Fate::Cleared,
        Omitted::Keep => Fate::Kept,
    }
}

/// The default role is the one that nobody holds explicitly, so to reset is to clear.
fn empty_roles(policy: &Policy) -> Fate {
    match policy.roles_put_empty {
        EmptyRoles::Keep => Fate::Kept,
        EmptyRoles::ResetToDefault => Fate::Cleared,
    }
}

/// Sets one field.
pub(super) fn copy(field: UserField, from: &UserInput, to: &mut User) {
    let (profile, new) = (&mut to.profile, &from.profile);
    match field {
        UserField::UserName => to.user_name.clone_from(&from.user_name),
        UserField::ExternalId => {
            to.external_id = Some(&from.external_id).filter(|it| !it.is_empty()).cloned();
        }
        UserField::Active => set_active(from, to),
        UserField::BreakGlass => to.break_glass = from.break_glass.unwrap_or(to.break_glass),
        UserField::Name => profile.name.clone_from(&new.name),
        UserField::DisplayName => profile.display_name.clone_from(&new.display_name),
        UserField::NickName => profile.nick_name.clone_from(&new.nick_name),
        UserField::ProfileUrl => profile.profile_url.clone_from(&new.profile_url),
        UserField::Title => profile.title.clone_from(&new.title),
        UserField::UserType => profile.user_type.clone_from(&new.user_type),
        UserField::PreferredLanguage => profile.preferred_language.clone_from(&new.preferred_language),
        UserField::Locale => profile.locale.clone_from(&new.locale),
        UserField::Timezone => profile.timezone.clone_from(&new.timezone),
        UserField::Emails => profile.emails.clone_from(&new.emails),
        UserField::PhoneNumbers => profile.phone_numbers.clone_from(&new.phone_numbers),
        UserField::Ims => profile.ims.clone_from(&new.ims),
        UserField::Photos => profile.photos.clone_from(&new.photos),
        UserField::Addresses => profile.addresses.clone_from(&new.addresses),
        UserField::Entitlements => profile.entitlements.clone_from(&new.entitlements),
        UserField::Roles => profile.roles.clone_from(&new.roles),
        UserField::X509Certificates => profile.x509_certificates.clone_from(&new.x509_certificates),
        UserField::Enterprise => profile.enterprise.clone_from(&new.enterprise),
        UserField::Extensions => profile.extensions.clone_from(&new.extensions),
    }
}

/// A value that was not sent is none to set. One that is taken away leaves the user as it was: without a value it counts as active, but
/// only an explicit `true` switches somebody on.
fn set_active(from: &UserInput, to: &mut User) {
    if let Some(active) = from.active {
        (to.active, to.profile.active_unassigned) = (active, false);
    } else {
        to.profile.active_unassigned |= from.profile.active_unassigned && to.active;
    }
}

#[cfg(test)]
mod tests {
    use super::merge;
    use crate::{
        directory::input::{
            UpdateMode::{self, Partial, Replace},
            UserField, UserInput, UserUpdate,
        },
        id::Id,
        platform::Timestamp,
        policy::{EmptyRoles, Omitted, Policy},
        user::{Profile, TypedValue, User},
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
