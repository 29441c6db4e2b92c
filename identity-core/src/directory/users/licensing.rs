//! What a change of a user does to its licence.
//!
//! On the wire the licence is an attribute of an extension schema, as the policy's `license.attribute` names it. Here it is taken out
//! of the extensions and becomes the user's own; the view puts it back.

use serde_json::Value;

use crate::{
    directory::act::Act,
    error::{Error, Result, Rule},
    id::Id,
    license::{AssignedLicense, LicenseAttribute, LicenseOrigin},
    policy::{LicenseSource, Policy},
    store::Reader,
    user::User,
    validate::Ignored,
};

/// What a change says of the licence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Said {
    /// Nothing.
    Nothing,
    /// It is taken away.
    None,
    /// It is this one.
    This(String),
}

/// What a change says of extensions that it does not name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Extensions {
    /// Nothing.
    AsGiven,
    /// That they are to go.
    Whole,
}

/// Takes the licence out of the extensions of a user after a change.
pub(super) fn take(policy: &Policy, user: &mut User, extensions: Extensions) -> Result<Said> {
    let left_out = match extensions {
        Extensions::AsGiven => Said::Nothing,
        Extensions::Whole => Said::None,
    };
    let Some(attribute) = LicenseAttribute::of(policy) else {
        return Ok(Said::Nothing);
    };
    let extensions = &mut user.profile.extensions;
    let urn = extensions
        .keys()
        .find(|urn| urn.eq_ignore_ascii_case(&attribute.urn));
    let Some(urn) = urn.cloned() else {
        return Ok(left_out);
    };
    let mut value = None;
    if let Some(Value::Object(values)) = extensions.get_mut(&urn) {
        let name = values
            .keys()
            .find(|name| name.eq_ignore_ascii_case(&attribute.name));
        value = name.cloned().and_then(|name| values.remove(&name));
        if values.is_empty() {
            extensions.remove(&urn);
        }
    }
    match value {
        None | Some(Value::Null) => Ok(left_out),
        Some(Value::String(text)) if text.is_empty() => Ok(Said::None),
        Some(Value::String(text)) => Ok(Said::This(text)),
        Some(_) => Err(Error::invalid(attribute.path(), "must be a text")),
    }
}

/// Gives the user the licence that a change speaks of, or says why that is in vain; refuses one that there is not.
pub(super) async fn settle(
    act: &Act,
    policy: &Policy,
    user: &mut User,
    said: Said,
    reader: &mut dyn Reader,
) -> Result<Ignored> {
    let origin = origin(act);
    let slot = &mut user.profile.license;
    let value = match said {
        Said::Nothing => return Ok(Ignored::new()),
        // Who did not give it does not take it away by leaving it out.
        Said::None => {
            slot.take_if(|it| it.origin == origin);
            return Ok(Ignored::new());
        }
        Said::This(value) if slot.as_ref().is_some_and(|it| it.value == value) => return Ok(Ignored::new()),
        Said::This(value) => value,
    };
    policy.require_licenses()?;
    if origin == LicenseOrigin::Scim
        && let Some(why) = in_vain(act, policy, user.organization_id, reader).await?
    {
        return Ok(vec![format!("the license {value:?} has no effect: {why}")]);
    }
    if origin == LicenseOrigin::Manual {
        refuse_hands(policy)?;
    }
    let attribute = LicenseAttribute::of(policy).map(|it| it.path());
    policy.refuse_license(attribute.as_deref().unwrap_or("license"), &value)?;
    user.profile.license = Some(AssignedLicense { value, origin });
    Ok(Ignored::new())
}

/// Refuses licences by hand where another source is the only one (rule 117), or where there are none.
pub(in crate::directory) fn refuse_hands(policy: &Policy) -> Result<()> {
    match policy.license_source {
        LicenseSource::Manual | LicenseSource::Mapping => Ok(()),
        LicenseSource::None | LicenseSource::Scim => {
            Err(Error::RuleBroken(Rule::PolicyForbids("license.source")))
        }
    }
}

fn origin(act: &Act) -> LicenseOrigin {
    match act.connection_id() {
        Some(_) => LicenseOrigin::Scim,
        None => LicenseOrigin::Manual,
    }
}

/// Why a licence that a provisioning client sends is passed over, if it is.
async fn in_vain(
    act: &Act,
    policy: &Policy,
    organization: Id,
    reader: &mut dyn Reader,
) -> Result<Option<String>> {
    match policy.license_source {
        LicenseSource::None => return Ok(Some("license.source is none".into())),
        LicenseSource::Manual => return Ok(Some("license.source is manual".into())),
        LicenseSource::Mapping | LicenseSource::Scim => {}
    }
    // Rule 119.
    let Some(connection) = act
        .connection_id()
        .filter(|_| !policy.license_idp_kinds.is_empty())
    else {
        return Ok(None);
    };
    let connection = reader.connection(organization, connection).await?;
    let kind = connection.map(|it| it.idp_kind);
    if kind.is_some_and(|kind| policy.license_idp_kinds.contains(&kind)) {
        return Ok(None);
    }
    let kind = kind.map_or("unknown", |kind| kind.name());
    Ok(Some(format!("license.idp_kinds passes over what {kind} sends")))
}

/// The fields of a user with its licence as the change log shows it.
pub(super) fn put_into(fields: &mut crate::directory::record::Record, user: &User) {
    fields.remove("license");
    let Some(license) = &user.profile.license else {
        return;
    };
    let told = serde_json::json!({ "value": license.value, "source": license.origin.name() });
    fields.insert("license".to_owned(), told);
}
