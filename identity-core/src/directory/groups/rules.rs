//! The rules of groups that look beyond one group. All are asked under the organization's lock.

use crate::{
    directory::{
        act::Act,
        ownership::{self, Managed},
    },
    error::{Error, Resource, Result},
    group::Group,
    id::Id,
    policy::Policy,
    store::{Reader, Transaction, UniqueName},
    text::fold,
};

/// The users whose memberships the caller must not touch.
pub(super) async fn protected_users(act: &Act, transaction: &mut Transaction<'_>) -> Result<Vec<Id>> {
    let organization = transaction.organization()?;
    let (id, count) = (organization.id, organization.break_glass_count);
    if count == 0 || act.connection_id().is_none() {
        return Ok(Vec::new());
    }
    transaction.reader.break_glass_users(id).await
}

/// Who manages a group once the caller has changed it; refuses a caller who may not. Where groups are out of sync nothing is changed,
/// and nobody is refused.
pub(super) async fn manager_after(
    act: &Act,
    group: &Group,
    policy: &Policy,
    reader: &mut dyn Reader,
) -> Result<Option<Id>> {
    if act.is_out_of_sync(policy) {
        return Ok(group.managed_by);
    }
    let managed = Managed {
        resource: Resource::Group,
        organization: group.organization_id,
        by: group.managed_by,
    };
    ownership::after_change(act, policy, managed, reader).await
}

/// A group that is not deleted.
pub(super) async fn live(reader: &mut dyn Reader, organization: Id, id: Id) -> Result<Group> {
    let group = reader.group(organization, id).await?;
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
