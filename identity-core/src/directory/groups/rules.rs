//! The rules of groups that look beyond one group. All are asked under the organization's lock.

use crate::{
    directory::{
        change_context::ChangeContext,
        management::{self, Managed},
    },
    error::{Error, Resource, Result},
    group::Group,
    id::Id,
    policy::Policy,
    store::{Reader, Transaction, UniqueName},
    text::fold,
};

/// The users whose memberships the caller must not touch.
pub(super) async fn protected_users(
    context: &ChangeContext,
    transaction: &mut Transaction<'_>,
) -> Result<Vec<Id>> {
    let organization = transaction.organization()?;
    let (id, count) = (organization.id, organization.break_glass_count);
    if count == 0 || context.connection_id().is_none() {
        return Ok(Vec::new());
    }
    transaction.reader.break_glass_users(id).await
}

/// Returns the manager of a group after the caller's change; refuses a caller who may not make it. Where
/// groups are out of sync, the manager stays and no caller is refused.
pub(super) async fn manager_after(
    context: &ChangeContext,
    group: &Group,
    policy: &Policy,
    reader: &mut dyn Reader,
) -> Result<Option<Id>> {
    if context.is_out_of_sync(policy) {
        return Ok(group.managed_by);
    }
    let managed = Managed {
        resource: Resource::Group,
        organization: group.organization_id,
        by: group.managed_by,
    };
    management::manager_after_change(context, policy, managed, reader).await
}

/// A group that a caller can change: one that is not deleted or, while groups are out of sync, one that its connection made meanwhile.
pub(super) async fn org(
    context: &ChangeContext,
    (organization, id): (Id, Id),
    transaction: &mut Transaction<'_>,
) -> Result<Group> {
    let is_out_of_sync = context.is_out_of_sync(&transaction.organization()?.policy);
    let connection = context.connection_id().filter(|_| is_out_of_sync);
    let reader = &mut *transaction.reader;
    let group = match (reader.group(organization, id).await?, connection) {
        (None, Some(connection)) => reader.group_out_of_sync(organization, connection, id).await?,
        (group, _) => group,
    };
    group.ok_or_else(|| Error::not_found(Resource::Group, id))
}

/// Refuses a name that another live group has, while names are unique.
pub(super) async fn refuse_taken_name(
    reader: &mut dyn Reader,
    group: &Group,
    unique: UniqueName,
) -> Result<()> {
    if unique == UniqueName::Free {
        return Ok(());
    }
    let key = fold(&group.display_name);
    let holder = reader.group_id_by_name(group.organization_id, &key).await?;
    refuse(holder, group, "display_name")
}

/// Refuses an external id that another live group of the same connection has, where the policy wants them unique.
pub(super) async fn refuse_taken_external_id(
    reader: &mut dyn Reader,
    group: &Group,
    policy: &Policy,
) -> Result<()> {
    let Some(external_id) = group
        .external_id
        .as_ref()
        .filter(|_| policy.external_id_unique.is_on())
    else {
        return Ok(());
    };
    let holder = reader
        .other_group_by_external_id(group.organization_id, group.managed_by, external_id, group.id)
        .await?;
    refuse(holder, group, "external_id")
}

fn refuse(holder: Option<Id>, group: &Group, field: &'static str) -> Result<()> {
    match holder {
        Some(holder) if holder != group.id => Err(Error::AlreadyExists {
            resource: Resource::Group,
            field,
        }),
        _ => Ok(()),
    }
}
