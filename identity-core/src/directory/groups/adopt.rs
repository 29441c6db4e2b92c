//! Taking over a group by its name (rule 95).

use super::{
    create::CreateGroup,
    members::{Delta, RequestedMembers, Target},
    record, rules, unique_names,
    write::{entries, member_writes},
};
use crate::{
    change::Action,
    directory::{mappings::remap_group, record::updated, schemas::schemas_of},
    error::Result,
    group::Group,
    policy::Policy,
    search,
    store::{Reader, Transaction, Write},
    text::fold,
    validate::Ignored,
};

/// The group that a new one takes over instead of being made: under `groups.adopt_by_name`, an identity provider's new group is an
/// existing one of the same name that nobody manages, or that its connection manages without the provider having sent it an id yet: it was
/// adopted, and the provider does not know it. Of several, where names are not unique, it is the oldest.
pub(super) async fn namesake(
    wanted: &Group,
    policy: &Policy,
    reader: &mut dyn Reader,
) -> Result<Option<Group>> {
    if wanted.managed_by.is_none() || !policy.groups_adopt_by_name.is_on() {
        return Ok(None);
    }
    let key = fold(&wanted.display_name);
    let Some(id) = reader.group_id_by_name(wanted.organization_id, &key).await? else {
        return Ok(None);
    };
    let group = reader.group(wanted.organization_id, id).await?;
    let is_adopted = |group: &Group| {
        group.managed_by == wanted.managed_by && group.external_id.is_none() && wanted.external_id.is_some()
    };
    Ok(group.filter(|group| group.managed_by.is_none() || is_adopted(group)))
}

impl CreateGroup {
    /// Puts the group under the connection. Members that were added manually stay until the identity provider sends the whole list.
    pub(super) async fn adopt(
        &self,
        before: Group,
        wanted: Group,
        dropped: Ignored,
        transaction: &mut Transaction<'_>,
    ) -> Result<Group> {
        let policy = transaction.organization()?.policy.clone();
        let protected = rules::protected_users(&self.context, transaction).await?;
        let reader = &mut *transaction.reader;
        let mut group = Group {
            id: before.id,
            kind: before.kind,
            version: before.version + 1,
            member_count: before.member_count,
            created_at: before.created_at,
            updated_at: self.context.at_or_after(before.updated_at),
            ..wanted
        };
        rules::refuse_taken_external_id(reader, &group, &policy).await?;
        let asked = RequestedMembers {
            context: &self.context,
            target: Target::Existing(group.id),
            steps: &self.steps,
            unknown_members: policy.groups_unknown_members,
        };
        let mut delta = Delta::of(&self.plan, asked, group.organization_id, reader).await?;
        delta.spare(&protected);
        delta.ignored.extend(dropped);
        group.member_count += delta.growth();
        let schemas = schemas_of(reader, group.organization_id, &group.extensions).await?;
        let keys = search::of_group(&group, &schemas);
        let write = Write::UpdateGroup(Box::new(group.clone()), keys, unique_names(&policy));
        transaction.writes.push(write);
        transaction
            .writes
            .extend(member_writes(&self.context, &group, &delta));
        let fields = updated(&record::of(&before), &record::of(&group));
        transaction.entries = entries(&self.context, group.id, Action::Updated, fields, &delta);
        remap_group(&self.context, Some(&before), &group, transaction).await?;
        Ok(group)
    }
}
