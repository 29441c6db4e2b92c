//! Roles that are made from groups (policy setting `groups.project_to`, rules 93 and 94): a group that an identity provider makes is a
//! role of the same name that permits nothing until somebody says what, and its members hold it.

use super::{custom, grants};
use crate::{
    change::{Action, Detail},
    directory::{
        change_context::ChangeContext,
        record::{created, updated},
    },
    error::{Resource, Result},
    group::{Group, MemberKind, Source},
    policy::{GroupTarget, Policy},
    role::{CustomRole, Grant, GrantKey, Permissions, RoleKind, RoleScope},
    store::{Transaction, Write},
};

/// Tells whether a new group becomes a role.
pub(in crate::directory) fn becomes_role(context: &ChangeContext, policy: &Policy) -> bool {
    context.connection_id().is_some() && policy.groups_project_to.contains(&GroupTarget::Roles)
}

/// Makes the role of a new group, and gives it to the group. The role has the group's id.
pub(in crate::directory) fn make_role(
    context: &ChangeContext,
    group: &Group,
    transaction: &mut Transaction<'_>,
) -> Result<()> {
    let role = CustomRole {
        id: group.id,
        organization_id: group.organization_id,
        version: 1,
        name: group.display_name.clone(),
        kind: RoleKind::Organization,
        group_id: Some(group.id),
        permissions: Permissions::default(),
        created_at: group.created_at,
        updated_at: group.created_at,
        deleted_at: None,
    };
    let grant = Grant {
        key: GrantKey {
            organization_id: group.organization_id,
            principal_id: group.id,
            scope: RoleScope::Organization,
            role: role.id.to_string(),
            source: Source::Group,
        },
        principal_kind: MemberKind::Group,
        connection_id: context.connection_id(),
        expires_at: None,
        created_at: group.created_at,
    };
    let made = created(&custom::record(&role));
    let given = created(&grants::record_of(&grant));
    transaction
        .entries
        .push(context.entry(Resource::Role, &role.id, Action::Created, made));
    transaction
        .entries
        .push(context.entry(Resource::Grant, &group.id, Action::Created, given));
    transaction.writes.push(Write::InsertRole(Box::new(role)));
    grants::insert(vec![grant], transaction)
}

/// Lets the role of a group follow it: to a new name, or out of the world. Groups without a role have none to follow.
pub(in crate::directory) async fn follow_group(
    context: &ChangeContext,
    group: &Group,
    transaction: &mut Transaction<'_>,
) -> Result<()> {
    if !transaction.organization()?.has_other_grants {
        return Ok(());
    }
    let found = transaction
        .reader
        .role_of_group(group.organization_id, group.id)
        .await?;
    let Some(before) = found else {
        return Ok(());
    };
    let mut after = before.clone();
    after.name.clone_from(&group.display_name);
    after.deleted_at = group.deleted_at;
    if after == before {
        return Ok(());
    }
    after.version += 1;
    after.updated_at = context.at_or_after(before.updated_at);
    let (action, detail) = if after.deleted_at.is_some() {
        (Action::Deleted, Detail::default())
    } else {
        let detail = updated(&custom::record(&before), &custom::record(&after));
        (Action::Updated, detail)
    };
    let entry = context.entry(Resource::Role, &after.id, action, detail);
    transaction.entries.push(entry);
    transaction.writes.push(Write::UpdateRole(Box::new(after)));
    Ok(())
}
