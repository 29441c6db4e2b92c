//! Changing a group and its members in one step.

use std::borrow::Cow;

use async_trait::async_trait;

use super::{
    members::{Delta, Target},
    memberships,
    plan::Plan,
    record, rules, unique_names,
    write::{entries, member_writes, out_of_sync},
};
use crate::{
    change::{Action, Detail},
    directory::{
        act::Act,
        id_of,
        input::{GroupField, GroupInput, GroupUpdate, UpdateMode},
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
    act: Act,
    organization: Id,
    id: Id,
    etag: String,
    /// The fields that `input` gives.
    fields: Vec<GroupField>,
    input: GroupInput,
    mode: UpdateMode,
    /// The change of members; `None`: none was sent.
    plan: Option<Plan>,
}

impl UpdateGroup {
    pub(super) fn new(act: Act, organization: Id, update: GroupUpdate) -> Result<Self> {
        let steps = &update.member_changes;
        let plan = if steps.is_empty() {
            None
        } else {
            Some(Plan::new(steps)?)
        };
        Ok(Self {
            act,
            organization,
            id: id_of(Resource::Group, &update.id)?,
            etag: update.etag,
            fields: update.fields,
            input: update.input,
            mode: update.mode,
            plan,
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

    /// What happens to the members; nothing was said of them: they stay, unless the update stands for the whole group.
    fn plan(&self, policy: &Policy) -> Option<Cow<'_, Plan>> {
        match (&self.plan, self.mode, policy.put_omitted) {
            (Some(plan), ..) => Some(Cow::Borrowed(plan)),
            (None, UpdateMode::Replace, Omitted::Clear) => Some(Cow::Owned(Plan::empty_the_group())),
            (None, ..) => None,
        }
    }

    /// The group as the update makes it, fit to be stored, and what becomes of its members.
    async fn merged(&self, before: &Group, transaction: &mut Transaction<'_>) -> Result<Merged> {
        let organization = transaction.organization()?.clone();
        let policy = &organization.policy;
        let protected = rules::protected_users(&self.act, transaction).await?;
        let reader = &mut *transaction.reader;
        let mut group = self.merge(before, policy);
        group.managed_by = rules::manager_after(&self.act, before, policy, reader).await?;
        let schemas = schemas_of(reader, self.organization, &group.extensions).await?;
        let dropped = validate::group(&mut group, &schemas, self.act.second_primary(policy))?;
        let unique = unique_names(policy);
        if fold(&before.display_name) != fold(&group.display_name) {
            rules::refuse_taken_name(reader, &group, unique).await?;
        }
        if (&before.external_id, before.managed_by) != (&group.external_id, group.managed_by) {
            rules::refuse_taken_external_id(reader, &group, policy).await?;
        }
        let mut delta = Delta::default();
        if let Some(plan) = self.plan(policy) {
            let target = Target::Existing(self.id);
            let unknown = policy.groups_unknown_members;
            delta = Delta::of(&plan, target, self.organization, unknown, reader).await?;
            memberships::keep_manual(&self.act, before, policy, &mut delta, reader).await?;
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

/// What an update comes to.
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
        self.act.admit_to_groups(transaction.organization()?)?;
        let before = rules::live(transaction.reader, self.organization, self.id).await?;
        version::check(&self.etag, before.version)?;
        let dropped = validate::ignored_attributes(&self.input.ignored_attributes)?;
        validate::refuse_unknown(&dropped, transaction.organization()?.policy.attributes_unknown)?;
        let merged = self.merged(&before, transaction).await?;
        let (mut after, mut delta) = (merged.group, merged.delta);
        let is_same = after == before && delta.is_empty();
        // A repeated update of the whole group says the same each time; the entry of the first shows what it dropped.
        if !is_same || self.mode == UpdateMode::Partial {
            delta.ignored.extend(dropped);
        }
        if is_same {
            if !delta.ignored.is_empty() {
                transaction.entries = entries(&self.act, self.id, Action::Ignored, Detail::default(), &delta);
            }
            return Ok(before);
        }
        if self.act.is_out_of_sync(&transaction.organization()?.policy) {
            transaction.entries = vec![out_of_sync(&self.act, &before, "the change has")];
            return Ok(before);
        }
        after.version += 1;
        after.updated_at = self.act.at_or_after(before.updated_at);
        after.member_count += delta.growth();
        let update = Write::UpdateGroup(Box::new(after.clone()), merged.keys, merged.unique);
        transaction.writes.push(update);
        transaction
            .writes
            .extend(member_writes(&self.act, &after, &delta));
        let fields = updated(&record::of(&before), &record::of(&after));
        transaction.entries = entries(&self.act, self.id, Action::Updated, fields, &delta);
        if after.display_name != before.display_name {
            follow_group(&self.act, &after, transaction).await?;
        }
        remap_group(&self.act, Some(&before), &after, transaction).await?;
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
