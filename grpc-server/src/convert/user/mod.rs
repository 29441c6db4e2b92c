//! Users.

use std::mem::take;

use identity_core::{
    directory::input::{UpdateMode, UserField, UserInput, UserPart, UserUpdate},
    error::{Error, Result},
    policy::FirstLogin,
    user::{GroupReference, Membership, Profile, UserView},
};
use identity_proto::v1::{self, MembershipKind};
use prost_types::FieldMask;

use super::{etag, filled, json, license, mask::Fields, profile, snake_case, text, time};

const FIELDS: Fields<UserField> = Fields {
    settable: UserField::NAMED,
    read_only: &[
        "id",
        "organization_id",
        "groups",
        "organization_role",
        "managed_by",
        "license",
        "etag",
        "create_time",
        "update_time",
        "delete_time",
        "credential",
    ],
};

macro_rules! fields {
    ($($field:ident: $message:path, $value:path;)+) => {
        /// Adds the fields of the table to a message.
        fn show(profile: &mut Profile, rest: v1::User) -> v1::User {
            v1::User { $($field: $message(take(&mut profile.$field)),)+ ..rest }
        }

        /// Reads the fields of the table from a message.
        fn read(user: &mut v1::User, rest: Profile) -> Profile {
            Profile { $($field: $value(take(&mut user.$field)),)+ ..rest }
        }
    };
}

// The fields that have the same name in the message and in the profile, and their conversions in
// both directions.
fields! {
    name: profile::name_message, profile::name;
    display_name: Option::unwrap_or_default, text;
    nick_name: Option::unwrap_or_default, text;
    profile_url: Option::unwrap_or_default, text;
    title: Option::unwrap_or_default, text;
    user_type: Option::unwrap_or_default, text;
    preferred_language: Option::unwrap_or_default, text;
    locale: Option::unwrap_or_default, text;
    timezone: Option::unwrap_or_default, text;
    emails: profile::values_message, profile::values;
    phone_numbers: profile::values_message, profile::values;
    ims: profile::values_message, profile::values;
    photos: profile::values_message, profile::values;
    addresses: profile::addresses_message, profile::addresses;
    entitlements: profile::values_message, profile::values;
    roles: profile::values_message, profile::values;
    x509_certificates: profile::values_message, profile::values;
}

pub(crate) fn to_message(view: UserView) -> v1::User {
    let user = view.user;
    let mut profile = user.profile;
    license::show(
        &mut profile.extensions,
        profile.license.take(),
        view.license_attribute,
    );
    let rest = v1::User {
        id: user.id.to_string(),
        organization_id: user.organization_id.to_string(),
        external_id: user.external_id.unwrap_or_default(),
        user_name: user.user_name,
        active: Some(user.active),
        active_unassigned: profile.active_unassigned,
        enterprise: profile
            .enterprise
            .take()
            .map(|enterprise| profile::enterprise_message(enterprise, view.manager_display_name)),
        extensions: json::to_message(take(&mut profile.extensions)),
        groups: view.groups.into_iter().map(group_message).collect(),
        organization_role: view.organization_role,
        managed_by: user.managed_by.map(|id| id.to_string()).unwrap_or_default(),
        etag: etag(user.version),
        create_time: Some(time::to_message(user.created_at)),
        update_time: Some(time::to_message(user.updated_at)),
        delete_time: user.deleted_at.map(time::to_message),
        break_glass: Some(user.break_glass),
        credential: profile.first_login.map(credential),
        license: view.license.map(license::of_user),
        ..Default::default()
    };
    show(&mut profile, rest)
}

/// A user that a provisioning client made has none yet.
fn credential(first_login: FirstLogin) -> v1::Credential {
    v1::Credential {
        kind: "none".to_owned(),
        first_login: first_login.text(),
        password_reset_allowed: first_login == FirstLogin::PasswordReset,
    }
}

fn group_message(group: GroupReference) -> v1::GroupReference {
    let kind = match group.membership {
        Membership::Direct => MembershipKind::Direct,
        Membership::Indirect => MembershipKind::Indirect,
    };
    v1::GroupReference {
        id: group.id.to_string(),
        display_name: group.display_name,
        kind: kind.into(),
    }
}

/// Reads the fields of a message that can be set; the server sets the others.
pub(crate) fn from_message(mut user: v1::User) -> Result<UserInput> {
    let rest = Profile {
        active_unassigned: user.active_unassigned && user.active.is_none(),
        enterprise: user.enterprise.take().and_then(profile::enterprise),
        extensions: json::from_message(take(&mut user.extensions))?,
        ..Profile::default()
    };
    Ok(UserInput {
        profile: read(&mut user, rest),
        user_name: user.user_name,
        external_id: user.external_id,
        active: user.active,
        break_glass: user.break_glass,
        ignored_attributes: Vec::new(),
    })
}

pub(crate) fn update(mut user: v1::User, mask: Option<FieldMask>, mode: i32) -> Result<UserUpdate> {
    filled(&user.id, "user.id")?;
    let mode = self::mode(mode)?;
    let (id, etag) = (take(&mut user.id), take(&mut user.etag));
    let input = from_message(user)?;
    let paths = mask.unwrap_or_default().paths;
    let (parts, whole): (Vec<_>, Vec<_>) = paths.into_iter().partition(|path| part(path).is_some());
    let parts: Vec<_> = parts.iter().filter_map(|path| part(path)).collect();
    let mut fields = if whole.is_empty() && parts.is_empty() {
        with_values(&input)
    } else {
        FIELDS.named(&whole)?
    };
    // A value that is not there is none to set, unless the client says that it takes it away.
    let says_active = input.active.is_some() || input.profile.active_unassigned;
    let says_break_glass = input.break_glass.is_some();
    fields.retain(|field| match field {
        UserField::Active => says_active,
        UserField::BreakGlass => says_break_glass,
        _ => true,
    });
    Ok(UserUpdate {
        id,
        etag,
        fields,
        parts,
        input,
        mode,
    })
}

/// The part of a field that a path of a mask names by itself (AIP-161).
fn part(path: &str) -> Option<UserPart> {
    UserPart::named(&snake_case(path))
}

/// Reads the mode that decides on fields outside of the mask; groups have the same modes.
pub(super) fn mode(mode: i32) -> Result<UpdateMode> {
    match v1::UpdateMode::try_from(mode) {
        Ok(v1::UpdateMode::Unspecified | v1::UpdateMode::Partial) => Ok(UpdateMode::Partial),
        Ok(v1::UpdateMode::Replace) => Ok(UpdateMode::Replace),
        Err(_) => Err(Error::invalid("mode", "must be a known mode")),
    }
}

fn with_values(input: &UserInput) -> Vec<UserField> {
    UserField::all().filter(|field| input.gives(*field)).collect()
}

#[cfg(test)]
mod tests;
