//! Changing a group and its members in one step.

use std::borrow::Cow;

use async_trait::async_trait;

use super::{
    members::{Delta, RequestedMembers, Target},
    memberships,
    plan::Plan,
    record, rules, unique_names,
    write::{entries, member_writes, out_of_sync},
};
use crate::{
    change::{Action, Detail},
    directory::{
        change_context::ChangeContext,
        id_of,
        input::{GroupField, GroupInput, GroupUpdate, MemberChange, UpdateMode},
        mappings::remap_group,
        record::updated,
        roles::{follow_group, keep_an_admin},
        schemas::schemas_of,
        version,
    },
    error::{Resource, Result},
    group::Group,
    id::Id,
    policy::{Omitted, Policy},
    search::{self, SearchKeys},
    store::{Transaction, UniqueName, Unit, Without, Write},
    text::fold,
    validate,
};

/// Changes a group; a change that changes nothing writes nothing.
pub(super) struct UpdateGroup {
    context: ChangeContext,
    organization: Id,
    id: Id,
    etag: String,
    /// The fields that `input` gives.
    fields: Vec<GroupField>,
    input: GroupInput,
    mode: UpdateMode,
    /// The change of members; `None`: none was sent.
    plan: Option<Plan>,
    /// The steps of that change as they were sent.
    steps: Vec<MemberChange>,
}

impl UpdateGroup {
    pub(super) fn new(context: ChangeContext, organization: Id, update: GroupUpdate) -> Result<Self> {
        let steps = &update.member_changes;
        let plan = if steps.is_empty() {
            None
        } else {
            Some(Plan::new(steps)?)
        };
        Ok(Self {
            context,
            organization,
            id: id_of(Resource::Group, &update.id)?,
            etag: update.etag,
            fields: update.fields,
            input: update.input,
            mode: update.mode,
            plan,
            steps: update.member_changes,
        })
    }

    fn merge(&self, before: &Group, policy: &Policy) -> Group {
        let clears = self.mode == UpdateMode::Replace && policy.put_omitted == Omitted::Clear;
        let nothing = GroupInput::default();
        let mut after = before.clone();
        for field in GroupField::ALL {
            if self.fields.contains(&field) {
                copy(field, &self.input, &mut after);
            } else if clears {
                copy(field, &nothing, &mut after);
            }
        }
        after
    }

    /// Returns the change of members, if any. An update that does not mention them keeps them, unless it
    /// stands for the whole group and the policy clears what is omitted.
    fn plan(&self, policy: &Policy) -> Option<Cow<'_, Plan>> {
        match (&self.plan, self.mode, policy.put_omitted) {
            (Some(plan), ..) => Some(Cow::Borrowed(plan)),
            (None, UpdateMode::Replace, Omitted::Clear) => Some(Cow::Owned(Plan::empty_the_group())),
            (None, ..) => None,
        }
    }

    /// A group that was made while groups are out of sync answers to the name and id that its client last gave it; it has no members.
    async fn change_out_of_sync(&self, before: Group, transaction: &mut Transaction<'_>) -> Result<Group> {
        let policy = transaction.organization()?.policy.clone();
        let mut after = self.merge(&before, &policy);
        let schemas = schemas_of(transaction.reader, self.organization, &after.extensions).await?;
        validate::group(
            &mut after,
            &schemas,
            Some(&before),
            self.context.input_rules(&policy),
        )?;
        if after != before || self.mode == UpdateMode::Partial {
            transaction.entries = vec![out_of_sync(&self.context, &before, "the change has")];
        }
        if after != before {
            after.version += 1;
            after.updated_at = self.context.at_or_after(before.updated_at);
            let keys = search::of_group(&after, &schemas);
            let write = Write::UpdateGroup(Box::new(after.clone()), keys, UniqueName::Free);
            transaction.writes.push(write);
        }
        Ok(after)
    }

    /// The group as the update makes it, fit to be stored, and what becomes of its members.
    async fn merged(&self, before: &Group, transaction: &mut Transaction<'_>) -> Result<Merged> {
        let organization = transaction.organization()?.clone();
        let policy = &organization.policy;
        let protected = rules::protected_users(&self.context, transaction).await?;
        let reader = &mut *transaction.reader;
        let mut group = self.merge(before, policy);
        group.managed_by = rules::manager_after(&self.context, before, policy, reader).await?;
        let schemas = schemas_of(reader, self.organization, &group.extensions).await?;
        let dropped = validate::group(
            &mut group,
            &schemas,
            Some(before),
            self.context.input_rules(policy),
        )?;
        let unique = unique_names(policy);
        if fold(&before.display_name) != fold(&group.display_name) {
            rules::refuse_taken_name(reader, &group, unique).await?;
        }
        if (&before.external_id, before.managed_by) != (&group.external_id, group.managed_by) {
            rules::refuse_taken_external_id(reader, &group, policy).await?;
        }
        let mut delta = Delta::default();
        if let Some(plan) = self.plan(policy) {
            let asked = RequestedMembers {
                context: &self.context,
                target: Target::Existing(self.id),
                steps: &self.steps,
                unknown_members: policy.groups_unknown_members,
            };
            delta = Delta::of(&plan, asked, self.organization, reader).await?;
            memberships::keep_manual(&self.context, before, policy, &mut delta, reader).await?;
        }
        delta.spare(&protected);
        delta.ignored.extend(dropped);
        if organization.has_other_grants && !delta.removed.is_empty() {
            let loss = Without {
                leaving: (self.id, delta.removed.clone()),
                ..Without::default()
            };
            keep_an_admin(reader, &organization, &loss).await?;
        }
        Ok(Merged {
            keys: search::of_group(&group, &schemas),
            group,
            delta,
            unique,
        })
    }
}

/// Result of an update.
struct Merged {
    group: Group,
    keys: SearchKeys,
    delta: Delta,
    unique: UniqueName,
}

#[async_trait]
impl Unit for UpdateGroup {
    type Output = Group;

    async fn run(&self, transaction: &mut Transaction<'_>) -> Result<Group> {
        self.context.authorize_groups(transaction.organization()?)?;
        let before = rules::org(&self.context, (self.organization, self.id), transaction).await?;
        version::check(&self.etag, before.version)?;
        let dropped = validate::ignored_attributes(&self.input.ignored_attributes)?;
        validate::refuse_unknown(&dropped, transaction.organization()?.policy.attributes_unknown)?;
        if before.deleted_at.is_some() {
            return self.change_out_of_sync(before, transaction).await;
        }
        let merged = self.merged(&before, transaction).await?;
        let (mut after, mut delta) = (merged.group, merged.delta);
        let is_same = after == before && delta.is_empty();
        // A repeated update of the whole group says the same each time; the entry of the first shows what it dropped.
        if !is_same || self.mode == UpdateMode::Partial {
            delta.ignored.extend(dropped);
        }
        if is_same {
            if !delta.ignored.is_empty() {
                transaction.entries =
                    entries(&self.context, self.id, Action::Ignored, Detail::default(), &delta);
            }
            return Ok(before);
        }
        if self.context.is_out_of_sync(&transaction.organization()?.policy) {
            transaction.entries = vec![out_of_sync(&self.context, &before, "the change has")];
            return Ok(before);
        }
        after.version += 1;
        after.updated_at = self.context.at_or_after(before.updated_at);
        after.member_count += delta.growth();
        let update = Write::UpdateGroup(Box::new(after.clone()), merged.keys, merged.unique);
        transaction.writes.push(update);
        transaction
            .writes
            .extend(member_writes(&self.context, &after, &delta));
        let fields = updated(&record::of(&before), &record::of(&after));
        transaction.entries = entries(&self.context, self.id, Action::Updated, fields, &delta);
        if after.display_name != before.display_name {
            follow_group(&self.context, &after, transaction).await?;
        }
        remap_group(&self.context, Some(&before), &after, transaction).await?;
        Ok(after)
    }
}

fn copy(field: GroupField, from: &GroupInput, to: &mut Group) {
    match field {
        GroupField::DisplayName => to.display_name.clone_from(&from.display_name),
        GroupField::ExternalId => {
            to.external_id = Some(&from.external_id).filter(|it| !it.is_empty()).cloned();
        }
        GroupField::Extensions => to.extensions.clone_from(&from.extensions),
    }
}
