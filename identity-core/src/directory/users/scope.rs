//! Attributes of users that are kept: the policy's `attributes.profile` and `attributes.custom`.
//!
//! Values of other attributes are not stored, and the change is made all the same (rules 47 and 51). A value
//! that a wider policy let in stays until it is taken away: else a narrower one would make every change of
//! such a user lose something unseen.

use super::{drift::as_input, merge::copy};
use crate::{
    directory::input::{UserField, UserInput},
    policy::{AttributeProfile, CustomAttributes, Policy},
    user::{KeptFrom, User},
    validate::Ignored,
};

const WORK: &str = "work";
const MOBILE: &str = "mobile";

/// Puts back what is outside of the policy's attributes. Answers what was sent in vain.
pub(super) fn narrow(policy: &Policy, before: Option<&User>, after: &mut User) -> Ignored {
    let mut ignored = Ignored::new();
    if is_everything(policy) {
        return ignored;
    }
    let nothing = User {
        profile: crate::user::Profile::default(),
        ..after.clone()
    };
    let before = before.unwrap_or(&nothing);
    let (old, new) = (as_input(before), as_input(after));
    for field in UserField::all().filter(|field| !keeps(policy, *field)) {
        let mut with = before.clone();
        copy(field, &new, &mut with);
        let mut without = before.clone();
        copy(field, &UserInput::default(), &mut without);
        // Taking away is never in vain.
        if with != *before && with != without {
            copy(field, &old, after);
            ignored.push(format!("{} is outside of the policy's attributes", field.name()));
        }
    }
    if policy.attributes_profile == AttributeProfile::Standard {
        ignored.extend(narrow_types(before, after));
    }
    ignored
}

/// Tells whether a user has attributes outside of the policy's.
pub(in crate::directory) fn outside(policy: &Policy, user: &User) -> bool {
    !narrow(policy, None, &mut user.clone()).is_empty()
}

fn is_everything(policy: &Policy) -> bool {
    policy.attributes_profile == AttributeProfile::Extended
        && policy.attributes_custom == CustomAttributes::Declared
}

fn keeps(policy: &Policy, field: UserField) -> bool {
    match field.kept_from() {
        KeptFrom::Minimal => true,
        KeptFrom::Standard => policy.attributes_profile != AttributeProfile::Minimal,
        KeptFrom::Extended => policy.attributes_profile == AttributeProfile::Extended,
        KeptFrom::Declared => policy.attributes_custom == CustomAttributes::Declared,
    }
}

/// Rule 48: of phone numbers, those for work and mobile ones; of addresses, those of work.
fn narrow_types(before: &User, after: &mut User) -> Ignored {
    let is = |kind: &Option<String>, word: &str| {
        kind.as_deref()
            .is_some_and(|kind| kind.eq_ignore_ascii_case(word))
    };
    let mut ignored = Ignored::new();
    let (profile, old) = (&mut after.profile, &before.profile);
    let count = profile.phone_numbers.len();
    profile.phone_numbers.retain(|phone| {
        is(&phone.kind, WORK) || is(&phone.kind, MOBILE) || old.phone_numbers.contains(phone)
    });
    if profile.phone_numbers.len() < count {
        ignored
            .push("phone_numbers other than work and mobile are outside of the policy's attributes".into());
    }
    let count = profile.addresses.len();
    profile
        .addresses
        .retain(|address| is(&address.kind, WORK) || old.addresses.contains(address));
    if profile.addresses.len() < count {
        ignored.push("addresses other than work are outside of the policy's attributes".into());
    }
    ignored
}
