//! The primary e-mail address under `email.primary_rule=must_equal_user_name`, where the user name *is* the address (rule 37): who sends no
//! addresses has that one, and a change of the name alone moves it along. Addresses that are sent must agree with the name
//! ([`crate::validate`], rule 40).

use crate::{
    policy::{Policy, PrimaryEmail},
    text::fold,
    user::{TypedValue, User},
};

/// The type of an address that is made of a user name.
const WORK: &str = "work";

/// Gives a new or changed user, whose addresses were not sent, its user name as the primary one. What a stricter policy found in a user
/// stays until name or addresses change. `before` is the user before a change.
pub(super) fn follow_user_name(policy: &Policy, before: Option<&User>, after: &mut User) {
    if policy.email_primary_rule == PrimaryEmail::Independent {
        return;
    }
    let name = fold(&after.user_name);
    let is_renamed = before.is_none_or(|before| fold(&before.user_name) != name);
    let emails = &mut after.profile.emails;
    let stays = !is_renamed && before.is_some_and(|before| before.profile.emails == *emails);
    if stays && !emails.is_empty() {
        return;
    }
    if emails.is_empty() {
        emails.push(former_primary(before));
    }
    if let Some(at) = emails.iter().position(|email| fold(&email.value) == name) {
        for (index, email) in emails.iter_mut().enumerate() {
            email.primary = index == at;
        }
    } else {
        let at = emails.iter().position(|email| email.primary).unwrap_or(0);
        if let Some(email) = emails.get_mut(at) {
            email.value.clone_from(&after.user_name);
        }
    }
}

/// The primary address of a user before a change, or the first where none is marked; a work address without a value where there is none.
fn former_primary(before: Option<&User>) -> TypedValue {
    let emails = before
        .map(|before| before.profile.emails.as_slice())
        .unwrap_or_default();
    let former = emails.iter().find(|email| email.primary).or(emails.first());
    former.cloned().unwrap_or_else(|| TypedValue {
        kind: Some(WORK.into()),
        primary: true,
        ..TypedValue::default()
    })
}
