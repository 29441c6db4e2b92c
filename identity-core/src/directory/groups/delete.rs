//! Deleting a group, and leaving groups for good.

use async_trait::async_trait;

use super::{
    rules,
    write::{deletion_entries, out_of_sync},
};
use crate::{
    change::{Action, Detail},
    directory::{
        change_context::ChangeContext,
        mappings::remap_group,
        roles::{follow_group, keep_an_admin},
        schemas::schemas_of,
        version,
    },
    error::{Resource, Result},
    id::Id,
    platform::Timestamp,
    search,
    store::{Transaction, UniqueName, Unit, Without, Write},
};

/// Deletes a group; its members stay, and its name is free again.
pub(super) struct DeleteGroup {
    pub(super) context: ChangeContext,
    pub(super) organization: Id,
    pub(super) id: Id,
    pub(super) etag: String,
}

#[async_trait]
impl Unit for DeleteGroup {
    type Output = ();

    async fn run(&self, transaction: &mut Transaction<'_>) -> Result<()> {
        self.context.authorize_groups(transaction.organization()?)?;
        let mut group = rules::org(&self.context, (self.organization, self.id), transaction).await?;
        let policy = transaction.organization()?.policy.clone();
        rules::manager_after(&self.context, &group, &policy, transaction.reader).await?;
        version::check(&self.etag, group.version)?;
        let organization = transaction.organization()?.clone();
        if self.context.is_out_of_sync(&organization.policy) {
            transaction.entries = vec![out_of_sync(&self.context, &group, "the deletion has")];
            if group.deleted_at.is_some() {
                group.version += 1;
                // From now on it is not deleted since it began, but deleted.
                group.deleted_at = Some(Timestamp(self.context.at.0.max(group.created_at.0 + 1)));
                let schemas = schemas_of(transaction.reader, self.organization, &group.extensions).await?;
                let keys = search::of_group(&group, &schemas);
                let write = Write::UpdateGroup(Box::new(group), keys, UniqueName::Free);
                transaction.writes.push(write);
            }
            return Ok(());
        }
        if organization.has_other_grants {
            let loss = Without {
                gone: vec![self.id],
                ..Without::default()
            };
            keep_an_admin(transaction.reader, &organization, &loss).await?;
        }
        group.version += 1;
        group.updated_at = self.context.at_or_after(group.updated_at);
        group.deleted_at = Some(group.updated_at);
        group.member_count = 0;
        leave_groups(&self.context, self.organization, self.id, transaction).await?;
        follow_group(&self.context, &group, transaction).await?;
        let schemas = schemas_of(transaction.reader, self.organization, &group.extensions).await?;
        let keys = search::of_group(&group, &schemas);
        transaction.organization()?.group_count -= 1;
        remap_group(&self.context, None, &group, transaction).await?;
        let write = Write::UpdateGroup(Box::new(group), keys, UniqueName::Free);
        transaction.writes.push(write);
        let members = transaction.reader.member_ids(self.organization, self.id).await?;
        let entries = deletion_entries(&self.context, self.id, &members);
        transaction.entries.extend(entries);
        Ok(())
    }
}

/// Takes a user or group that is about to be deleted out of all groups. They change by it, so each gets an entry.
pub(in crate::directory) async fn leave_groups(
    context: &ChangeContext,
    organization: Id,
    member: Id,
    transaction: &mut Transaction<'_>,
) -> Result<()> {
    let groups = transaction.reader.direct_parents(organization, member).await?;
    if groups.is_empty() {
        return Ok(());
    }
    transaction.writes.push(Write::LeaveGroups {
        organization,
        member,
        at: context.at,
    });
    let left = Detail {
        removed_members: vec![member],
        ..Detail::default()
    };
    let entry = |group| context.entry(Resource::Group, &group, Action::Updated, left.clone());
    transaction.entries.extend(groups.into_iter().map(entry));
    Ok(())
}
