//! Access that users lose when they are deactivated and get back when they return, as the policy says.

use crate::{
    change::{Action, Detail},
    directory::{change_context::ChangeContext, groups::leave_groups, roles::Roles},
    error::{Resource, Result},
    group::MemberKind,
    policy::{DeactivationEffect, Policy, Restore},
    role::{GrantKey, RoleValue},
    store::{FormerAccess, FormerMembership, Reader, Transaction, Write},
    user::User,
    validate::Ignored,
};

/// Effect of a change of a user on its access.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AccessTransition {
    /// Nothing.
    None,
    /// It ends.
    Lost,
    /// It begins again.
    Restored,
}

/// Tells whether a user may use anything.
pub(super) fn has_access(user: &User) -> bool {
    user.active && user.deleted_at.is_none()
}

/// Returns the effect of a change from one state to the next.
pub(super) fn transition(before: &User, after: &User) -> AccessTransition {
    match (has_access(before), has_access(after)) {
        (true, false) => AccessTransition::Lost,
        (false, true) => AccessTransition::Restored,
        _ => AccessTransition::None,
    }
}

/// Takes the roles that an inactive user cannot hold. Answers what of the change has no effect by it.
///
/// A user whom a less strict policy left its roles keeps them until they are changed.
pub(super) fn remove_roles(before: Option<&User>, after: &mut User, policy: &Policy) -> Ignored {
    let keeps = after.active || policy.deactivation_effect == DeactivationEffect::Suspend;
    let is_left_alone =
        before.is_some_and(|before| !before.active && before.profile.roles == after.profile.roles);
    if keeps || is_left_alone || after.profile.roles.is_empty() {
        return Vec::new();
    }
    let held = |value: &str| before.is_some_and(|user| user.profile.roles.iter().any(|it| it.value == value));
    let sentence = |value: &str| format!("role {value:?}: an inactive user holds none");
    let given = after.profile.roles.iter().map(|role| role.value.as_str());
    let ignored = given.filter(|value| !held(value)).map(sentence).collect();
    after.profile.roles.clear();
    ignored
}

/// Restores the roles of a user whose access begins again. Roles that the change itself gives are not touched, and an undo knows them
/// from the change log.
pub(super) async fn restore_roles(
    context: &ChangeContext,
    before: &User,
    after: &mut User,
    roles: Roles,
    policy: &Policy,
    reader: &mut dyn Reader,
) -> Result<Option<FormerAccess>> {
    if transition(before, after) != AccessTransition::Restored || context.is_revert() {
        return Ok(None);
    }
    let former = match policy.reactivation_restore {
        Restore::Previous => reader.former_access(after.organization_id, after.id).await?,
        Restore::None => None,
    };
    let gives_roles = roles == Roles::Given && !after.profile.roles.is_empty();
    match (policy.reactivation_restore, gives_roles, &former) {
        (_, true, _) | (Restore::Previous, _, None) => {}
        (Restore::Previous, _, Some(former)) => after.profile.roles.clone_from(&former.roles),
        // What a deactivation took is gone, and what it left goes now.
        (Restore::None, ..) => after.profile.roles.clear(),
    }
    Ok(former)
}

/// Lets groups follow what the change does, and remembers what was taken.
pub(super) async fn follow(
    context: &ChangeContext,
    (before, after): (&User, &User),
    former: Option<FormerAccess>,
    transaction: &mut Transaction<'_>,
) -> Result<()> {
    let policy = transaction.organization()?.policy.clone();
    let key = after.key();
    match transition(before, after) {
        AccessTransition::None => Ok(()),
        AccessTransition::Lost => {
            let strips = policy.deactivation_effect == DeactivationEffect::Strip;
            if strips || after.deleted_at.is_some() {
                remember(before, after, &policy, transaction).await?;
                leave_groups(context, key.organization, key.id, transaction).await?;
                take_grants(context, (before, after), transaction).await?;
            }
            Ok(())
        }
        AccessTransition::Restored => {
            let was_left_alone = before.deleted_at.is_none()
                && !context.is_revert()
                && policy.deactivation_effect == DeactivationEffect::Suspend
                && policy.reactivation_restore == Restore::None;
            if was_left_alone {
                leave_groups(context, key.organization, key.id, transaction).await?;
                take_grants(context, (before, after), transaction).await?;
            }
            if policy.reactivation_restore == Restore::Previous {
                rejoin(context, after, former.unwrap_or_default().groups, transaction).await?;
            }
            transaction.writes.push(Write::ForgetFormerAccess(key));
            Ok(())
        }
    }
}

/// Takes the grants that are not among the user's own `roles`, with which those go and stay: those for a time, and those in preview
/// projects. They are not given back.
async fn take_grants(
    context: &ChangeContext,
    (before, user): (&User, &User),
    transaction: &mut Transaction<'_>,
) -> Result<()> {
    let granted = transaction
        .reader
        .grants_of(user.organization_id, &[user.id])
        .await?;
    let roles = before.profile.roles.iter().chain(&user.profile.roles);
    let own: Vec<RoleValue> = roles.map(|role| RoleValue::parse(&role.value)).collect();
    let is_own = |key: &GrantKey| own.iter().any(|it| it.scope == key.scope && it.role == key.role);
    let taken: Vec<GrantKey> = granted
        .into_iter()
        .map(|grant| grant.key)
        .filter(|key| !is_own(key))
        .collect();
    if taken.is_empty() {
        return Ok(());
    }
    let entry = context.entry(Resource::Grant, &user.id, Action::Deleted, Detail::default());
    transaction.entries.push(entry);
    transaction.writes.push(Write::DeleteGrants(taken));
    Ok(())
}

/// Keeps what is taken for a return that gives it back, beside what was taken before. A deleted user can return, too.
pub(super) async fn remember(
    before: &User,
    after: &User,
    policy: &Policy,
    transaction: &mut Transaction<'_>,
) -> Result<()> {
    if policy.reactivation_restore == Restore::None {
        return Ok(());
    }
    let key = after.key();
    let mut former = FormerAccess {
        roles: before.profile.roles.clone(),
        groups: transaction
            .reader
            .memberships_of(key.organization, key.id)
            .await?,
    };
    if former == FormerAccess::default() {
        return Ok(());
    }
    if let Some(earlier) = transaction.reader.former_access(key.organization, key.id).await? {
        let is_new = |it: &FormerMembership| former.groups.iter().all(|known| known.group != it.group);
        let groups: Vec<_> = earlier.groups.into_iter().filter(is_new).collect();
        former.groups.extend(groups);
        if former.roles.is_empty() {
            former.roles = earlier.roles;
        }
    }
    transaction.writes.push(Write::KeepFormerAccess(key, former));
    Ok(())
}

/// Puts a user back into the groups that are still there and that it has not joined meanwhile.
async fn rejoin(
    context: &ChangeContext,
    user: &User,
    mut former: Vec<FormerMembership>,
    transaction: &mut Transaction<'_>,
) -> Result<()> {
    if former.is_empty() {
        return Ok(());
    }
    let reader = &mut *transaction.reader;
    let ids: Vec<_> = former.iter().map(|membership| membership.group).collect();
    let kinds = reader.kinds_of(user.organization_id, &ids).await?;
    let joined = reader.direct_parents(user.organization_id, user.id).await?;
    former.retain(|it| kinds.contains(&(it.group, MemberKind::Group)) && !joined.contains(&it.group));
    if former.is_empty() {
        return Ok(());
    }
    let joined = Detail {
        added_members: vec![user.id],
        ..Detail::default()
    };
    let entry =
        |it: &FormerMembership| context.entry(Resource::Group, &it.group, Action::Updated, joined.clone());
    transaction.entries.extend(former.iter().map(entry));
    transaction.writes.push(Write::JoinGroups {
        organization: user.organization_id,
        user: user.id,
        groups: former,
        at: context.at,
    });
    Ok(())
}
