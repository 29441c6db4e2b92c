//! Effect of a change of a user on its license.
//!
//! On the wire the license is an attribute of an extension schema, as the policy's `license.attribute` names it. Here it is taken out
//! of the extensions and becomes the user's own; the view puts it back.

use serde_json::Value;

use crate::{
    directory::change_context::ChangeContext,
    error::{Error, Result, Rule},
    id::Id,
    license::{AssignedLicense, LicenseAttribute, LicenseOrigin},
    policy::{LicenseSource, Policy},
    store::Reader,
    user::User,
    validate::Ignored,
};

/// Statement of a change about the license.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum LicenseChange {
    /// Nothing.
    Unchanged,
    /// It is taken away.
    Removed,
    /// It is this one.
    Set(String),
}

/// Statement of a change about extensions that it does not name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Extensions {
    /// Nothing.
    AsGiven,
    /// That they are to go.
    Whole,
}

/// Takes the license out of the extensions of a user after a change.
pub(super) fn take(policy: &Policy, user: &mut User, extensions: Extensions) -> Result<LicenseChange> {
    let left_out = match extensions {
        Extensions::AsGiven => LicenseChange::Unchanged,
        Extensions::Whole => LicenseChange::Removed,
    };
    let Some(attribute) = LicenseAttribute::of(policy) else {
        return Ok(LicenseChange::Unchanged);
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
        Some(Value::String(text)) if text.is_empty() => Ok(LicenseChange::Removed),
        Some(Value::String(text)) => Ok(LicenseChange::Set(text)),
        Some(_) => Err(Error::invalid(attribute.path(), "must be a text")),
    }
}

/// Gives the user the license that a change speaks of, or says why that is in vain; refuses one that there is not.
pub(super) async fn apply_license(
    context: &ChangeContext,
    policy: &Policy,
    user: &mut User,
    license_change: LicenseChange,
    reader: &mut dyn Reader,
) -> Result<Ignored> {
    let origin = origin(context);
    let slot = &mut user.profile.license;
    let value = match license_change {
        LicenseChange::Unchanged => return Ok(Ignored::new()),
        // Who did not give it does not take it away by leaving it out.
        LicenseChange::Removed => {
            slot.take_if(|it| it.origin == origin);
            return Ok(Ignored::new());
        }
        LicenseChange::Set(value) if slot.as_ref().is_some_and(|it| it.value == value) => {
            return Ok(Ignored::new());
        }
        LicenseChange::Set(value) => value,
    };
    policy.require_licenses()?;
    if origin == LicenseOrigin::Scim
        && let Some(why) = in_vain(context, policy, user.organization_id, reader).await?
    {
        return Ok(vec![format!("the license {value:?} has no effect: {why}")]);
    }
    if origin == LicenseOrigin::Manual {
        reject_manual(policy)?;
    }
    let attribute = LicenseAttribute::of(policy).map(|it| it.path());
    policy.refuse_license(attribute.as_deref().unwrap_or("license"), &value)?;
    user.profile.license = Some(AssignedLicense { value, origin });
    Ok(Ignored::new())
}

/// Refuses licenses manually where another source is the only one (rule 117), or where there are none.
pub(in crate::directory) fn reject_manual(policy: &Policy) -> Result<()> {
    match policy.license_source {
        LicenseSource::Manual | LicenseSource::Mapping => Ok(()),
        LicenseSource::None | LicenseSource::Scim => {
            Err(Error::RuleBroken(Rule::PolicyForbids("license.source")))
        }
    }
}

fn origin(context: &ChangeContext) -> LicenseOrigin {
    match context.connection_id() {
        Some(_) => LicenseOrigin::Scim,
        None => LicenseOrigin::Manual,
    }
}

/// Why a license that a provisioning client sends is passed over, if it is.
async fn in_vain(
    context: &ChangeContext,
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
    let Some(connection) = context
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

/// The fields of a user with its license as the change log shows it.
pub(super) fn put_into(fields: &mut crate::directory::record::Record, user: &User) {
    fields.remove("license");
    let Some(license) = &user.profile.license else {
        return;
    };
    let shown = serde_json::json!({ "value": license.value, "source": license.origin.name() });
    fields.insert("license".to_owned(), shown);
}
