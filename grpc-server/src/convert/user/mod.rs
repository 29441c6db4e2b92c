//! Users.

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
    settable: &[
        ("user_name", UserField::UserName),
        ("external_id", UserField::ExternalId),
        ("active", UserField::Active),
        ("break_glass", UserField::BreakGlass),
        ("name", UserField::Name),
        ("display_name", UserField::DisplayName),
        ("nick_name", UserField::NickName),
        ("profile_url", UserField::ProfileUrl),
        ("title", UserField::Title),
        ("user_type", UserField::UserType),
        ("preferred_language", UserField::PreferredLanguage),
        ("locale", UserField::Locale),
        ("timezone", UserField::Timezone),
        ("emails", UserField::Emails),
        ("phone_numbers", UserField::PhoneNumbers),
        ("ims", UserField::Ims),
        ("photos", UserField::Photos),
        ("addresses", UserField::Addresses),
        ("entitlements", UserField::Entitlements),
        ("roles", UserField::Roles),
        ("x509_certificates", UserField::X509Certificates),
        ("enterprise", UserField::Enterprise),
        ("extensions", UserField::Extensions),
    ],
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

pub(crate) fn to_message(view: UserView) -> v1::User {
    let user = view.user;
    let mut profile = user.profile;
    license::show(&mut profile.extensions, profile.license, view.license_attribute);
    v1::User {
        id: user.id.to_string(),
        organization_id: user.organization_id.to_string(),
        external_id: user.external_id.unwrap_or_default(),
        user_name: user.user_name,
        active: Some(user.active),
        active_unassigned: profile.active_unassigned,
        name: profile.name.map(profile::name_message),
        display_name: profile.display_name.unwrap_or_default(),
        nick_name: profile.nick_name.unwrap_or_default(),
        profile_url: profile.profile_url.unwrap_or_default(),
        title: profile.title.unwrap_or_default(),
        user_type: profile.user_type.unwrap_or_default(),
        preferred_language: profile.preferred_language.unwrap_or_default(),
        locale: profile.locale.unwrap_or_default(),
        timezone: profile.timezone.unwrap_or_default(),
        emails: profile::values_message(profile.emails),
        phone_numbers: profile::values_message(profile.phone_numbers),
        ims: profile::values_message(profile.ims),
        photos: profile::values_message(profile.photos),
        addresses: profile::addresses_message(profile.addresses),
        entitlements: profile::values_message(profile.entitlements),
        roles: profile::values_message(profile.roles),
        x509_certificates: profile::values_message(profile.x509_certificates),
        enterprise: profile
            .enterprise
            .map(|enterprise| profile::enterprise_message(enterprise, view.manager_display_name)),
        extensions: json::to_message(profile.extensions),
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
    }
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
pub(crate) fn from_message(user: v1::User) -> Result<UserInput> {
    Ok(UserInput {
        user_name: user.user_name,
        external_id: user.external_id,
        active: user.active,
        break_glass: user.break_glass,
        profile: Profile {
            first_login: None,
            active_unassigned: user.active_unassigned && user.active.is_none(),
            name: user.name.and_then(profile::name),
            display_name: text(user.display_name),
            nick_name: text(user.nick_name),
            profile_url: text(user.profile_url),
            title: text(user.title),
            user_type: text(user.user_type),
            preferred_language: text(user.preferred_language),
            locale: text(user.locale),
            timezone: text(user.timezone),
            emails: profile::values(user.emails),
            phone_numbers: profile::values(user.phone_numbers),
            ims: profile::values(user.ims),
            photos: profile::values(user.photos),
            addresses: profile::addresses(user.addresses),
            entitlements: profile::values(user.entitlements),
            roles: profile::values(user.roles),
            x509_certificates: profile::values(user.x509_certificates),
            enterprise: user.enterprise.and_then(profile::enterprise),
            extensions: json::from_message(user.extensions)?,
            ..Profile::default()
        },
        ignored_attributes: Vec::new(),
    })
}

pub(crate) fn update(mut user: v1::User, mask: Option<FieldMask>, mode: i32) -> Result<UserUpdate> {
    filled(&user.id, "user.id")?;
    let mode = self::mode(mode)?;
    let (id, etag) = (std::mem::take(&mut user.id), std::mem::take(&mut user.etag));
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
    let path = snake_case(path);
    UserPart::ALL.into_iter().find(|part| part.name() == path)
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
    let settable = FIELDS.settable.iter().map(|(_, field)| *field);
    settable.filter(|field| input.gives(*field)).collect()
}

#[cfg(test)]
mod tests;
