//! Manual changes of a managed user, and the effect of the identity provider's next values on them.
//!
//! A field that is changed manually on a user whom a connection manages is marked. Under `drift=overwrite` the connection's next value
//! takes its place and the mark goes; under `keep_manual` the value stays, and what was sent is recorded as ignored. One thing is never
//! kept: access. Who is deactivated by the identity provider is deactivated, whatever was set manually before.

use super::{emails, merge::copy};
use crate::{
    directory::{
        change_context::ChangeContext,
        input::{UserField, UserInput},
    },
    policy::{Drift, Policy},
    user::User,
    validate::Ignored,
};

/// Restores manual changes that the policy keeps. Answers what was sent in vain.
pub(super) fn keep_manual(
    context: &ChangeContext,
    policy: &Policy,
    before: &User,
    after: &mut User,
) -> Ignored {
    if policy.drift == Drift::Overwrite
        || context.connection_id().is_none()
        || before.profile.manually_set.is_empty()
    {
        return Ignored::new();
    }
    let kept = |field: &UserField| {
        let deactivates = *field == UserField::Active && !after.active;
        before.profile.manually_set.contains(field.name()) && !deactivates
    };
    let mut ignored = Ignored::new();
    let changed = changed(before, after);
    for field in changed.into_iter().filter(kept).collect::<Vec<_>>() {
        copy(field, &as_input(before), after);
        ignored.push(format!("{} was set by hand and stays", field.name()));
        if field == UserField::Emails {
            emails::follow_user_name(policy, Some(before), after);
        }
    }
    ignored
}

/// The fields that a change of a managed user is about, where that matters: what follows from it by the lifecycle is nobody's word.
pub(super) fn requested(context: &ChangeContext, before: &User, wanted: &User) -> Vec<UserField> {
    let is_manual = context.connection_id().is_none();
    // The values of an undo are nobody's own, so they get no mark.
    if context.is_revert()
        || before.managed_by.is_none()
        || (!is_manual && before.profile.manually_set.is_empty())
    {
        return Vec::new();
    }
    changed(before, wanted)
}

/// Marks the fields that were changed manually, and removes the marks of those that a connection changed.
pub(super) fn mark(context: &ChangeContext, requested: &[UserField], before: &User, after: &mut User) {
    if requested.is_empty() {
        return;
    }
    let is_manual = context.connection_id().is_none();
    for field in changed(before, after)
        .into_iter()
        .filter(|it| requested.contains(it))
    {
        if is_manual {
            after.profile.manually_set.insert(field.name().to_owned());
        } else {
            after.profile.manually_set.remove(field.name());
        }
    }
}

/// The fields that differ.
fn changed(before: &User, after: &User) -> Vec<UserField> {
    let input = as_input(after);
    let differs = |field: &UserField| {
        let mut with = before.clone();
        copy(*field, &input, &mut with);
        with != *before
    };
    UserField::all().filter(differs).collect()
}

/// A user as somebody would have given it.
pub(super) fn as_input(user: &User) -> UserInput {
    UserInput {
        user_name: user.user_name.clone(),
        external_id: user.external_id.clone().unwrap_or_default(),
        active: (!user.profile.active_unassigned).then_some(user.active),
        profile: user.profile.clone(),
        ..UserInput::default()
    }
}
