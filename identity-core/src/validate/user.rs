//! Rules of one user.

use super::{
    Ignored, InputRules, profile,
    text::{indexed, name},
};
use crate::{
    error::{Error, Result},
    policy::{Policy, PrimaryEmail, UserNameFormat},
    schema::ExtensionSchema,
    text::{fold, is_deceptive},
    user::{Profile, User},
};

/// Characters that an e-mail address may have (RFC 5321, section 4.5.3.1.3).
const MAX_EMAIL: usize = 254;
/// Characters that the part before the `@` may have (RFC 5321, section 4.5.3.1.1).
const MAX_LOCAL_PART: usize = 64;

/// Brings a user into the form that is stored, and refuses what breaks a rule of its values or its organization's policy.
/// `before` is the user before a change. Answers what was dropped.
pub fn user(
    user: &mut User,
    policy: &Policy,
    schemas: &[ExtensionSchema],
    before: Option<&User>,
    rules: InputRules,
) -> Result<Ignored> {
    user_name(&user.user_name, policy.user_name_format)?;
    external_id(&mut user.external_id)?;
    let ignored = profile::profile(&mut user.profile, schemas, before.map(|it| &it.profile), rules)?;
    primary_email(&user.profile, &user.user_name, policy.email_primary_rule)?;
    Ok(ignored)
}

/// The name that a user signs in with: not blank, nothing in it that is not seen or looks like a blank, no blanks at its ends, and an e-mail address if the
/// policy says so. It is kept as sent.
pub fn user_name(value: &str, format: UserNameFormat) -> Result<()> {
    const FIELD: &str = "user_name";
    name(FIELD, value, super::text::MAX_CHARACTERS)?;
    indexed(FIELD, value)?;
    if value.trim() != value {
        return Err(Error::invalid(FIELD, "must not begin or end with a blank"));
    }
    if value.contains(is_deceptive) {
        let rule = "must not contain invisible characters or marks of the direction of writing";
        return Err(Error::invalid(FIELD, rule));
    }
    if format == UserNameFormat::Email && !is_email(value) {
        return Err(Error::invalid(FIELD, "must be an e-mail address"));
    }
    Ok(())
}

/// The provisioning client's id; an empty one is none.
pub(super) fn external_id(value: &mut Option<String>) -> Result<()> {
    match value.as_deref() {
        None => Ok(()),
        Some("") => {
            *value = None;
            Ok(())
        }
        Some(text) => indexed("external_id", text),
    }
}

/// Tells whether a text has the form of an e-mail address: something, one `@`, a domain; no blanks. Only
/// sending mail can tell whether it arrives.
pub fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else {
        return false;
    };
    let dots_between = |part: &str| part.split('.').all(|label| !label.is_empty());
    let one_at = !domain.contains('@');
    let clean = !text.contains(|it: char| it.is_whitespace() || it.is_control());
    let short = text.chars().count() <= MAX_EMAIL && local.chars().count() <= MAX_LOCAL_PART;
    one_at && clean && short && dots_between(local) && dots_between(domain)
}

/// Under `email.primary_rule`: a user with e-mail addresses has its user name as the primary one, or as the first if none is
/// marked.
pub fn primary_email(profile: &Profile, user_name: &str, rule: PrimaryEmail) -> Result<()> {
    if rule == PrimaryEmail::Independent {
        return Ok(());
    }
    let emails = &profile.emails;
    let at = emails.iter().position(|email| email.primary).unwrap_or(0);
    match emails.get(at) {
        Some(email) if fold(&email.value) != fold(user_name) => Err(Error::invalid(
            format!("emails[{at}].value"),
            "must be the user name, as the primary address",
        )),
        _ => Ok(()),
    }
}
