//! Undoing what others did to a group and its members.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use async_trait::async_trait;

use super::{delete::DeleteGroup, record, rules, unique_names, update::UpdateGroup};
use crate::{
    change::Action,
    directory::{
        change_context::ChangeContext,
        input::{GroupUpdate, MemberChange},
        mappings::remap_group,
        quotas,
        record::{changes, created, updated},
        revert::{
            Conflict, Done, Existence, History, ReleasedName, RevertedResource, Selection, groups_left,
        },
        roles::follow_group,
        schemas::schemas_of,
    },
    error::{Error, Resource, Result},
    group::{Group, Source},
    id::Id,
    search,
    store::{Cost, Query, Reader, Transaction, Unit, Write},
    text::fold,
    validate::{self, InputRules},
};

/// Gives a group back what the selected changes took or changed, except for its members.
pub(in crate::directory) struct RevertGroup {
    pub(in crate::directory) context: ChangeContext,
    pub(in crate::directory) organization: Id,
    pub(in crate::directory) id: Id,
    pub(in crate::directory) selection: Arc<Selection>,
    /// Names that a preview has made free so far.
    pub(in crate::directory) released: Arc<HashSet<ReleasedName>>,
}

#[async_trait]
impl Unit for RevertGroup {
    type Output = Option<Done>;

    async fn run(&self, transaction: &mut Transaction<'_>) -> Result<Option<Done>> {
        self.context.authorize_groups(transaction.organization()?)?;
        let reader = &mut *transaction.reader;
        let about = (Resource::Group, self.id);
        let history = History::read(&self.selection, reader, self.organization, about).await?;
        let stored = match reader.group(self.organization, self.id).await? {
            Some(group) => Some(group),
            None => reader.deleted_group(self.organization, self.id).await?,
        };
        let Some(before) = stored else {
            return Ok(None);
        };
        let mut item = RevertedResource::new(Resource::Group, &self.id);
        item.name.clone_from(&before.display_name);
        let context = self.context.reverting(history.last_selected);
        let after = match history.existence(before.deleted_at.is_none()) {
            Existence::Conflict(revision) => {
                item.conflicts.push(Conflict::of_existence(revision));
                return Ok(Done::unless_empty(item));
            }
            Existence::AsItIs if before.deleted_at.is_some() => return Ok(None),
            Existence::Deleted => return self.delete(context, &before, item, transaction).await,
            Existence::AsItIs | Existence::Restored => {
                let mut fields = record::of(&before);
                item.conflicts = history.restore(&mut fields);
                Group {
                    deleted_at: None,
                    ..record::with_fields(&before, fields)
                }
            }
        };
        if after == before {
            return Ok(Done::unless_empty(item));
        }
        let wanted = after.clone();
        match store(&context, &before, after, transaction).await {
            // A preview leaves it to whom the undo itself takes it from.
            Err(Error::AlreadyExists { field, .. }) if self.is_released(field, &wanted) => {}
            stored => stored?,
        }
        let is_back = before.deleted_at.is_some();
        item.action = Some(if is_back {
            Action::Undeleted
        } else {
            Action::Updated
        });
        item.fields = changes(&record::of(&before), &record::of(&wanted));
        if is_back && transaction.organization()?.has_other_grants {
            item.lost = Some("roles that were given to the group do not come back".to_owned());
        }
        let released = released(&before, &wanted);
        Ok(Some(Done {
            is_back,
            released,
            ..Done::of(item)
        }))
    }
}

impl RevertGroup {
    async fn delete(
        &self,
        context: ChangeContext,
        before: &Group,
        mut item: RevertedResource,
        transaction: &mut Transaction<'_>,
    ) -> Result<Option<Done>> {
        let unit = DeleteGroup {
            context,
            organization: self.organization,
            id: self.id,
            etag: String::new(),
        };
        unit.run(transaction).await?;
        item.action = Some(Action::Deleted);
        Ok(Some(Done {
            left: groups_left(self.id, &transaction.entries),
            released: names(before),
            ..Done::of(item)
        }))
    }

    fn is_released(&self, field: &'static str, wanted: &Group) -> bool {
        let is_it = |it: &ReleasedName| it.1 == field;
        let mut names = names(wanted).into_iter().filter(is_it);
        self.context.is_dry_run() && names.any(|name| self.released.contains(&name))
    }
}

/// Stores a group with other fields, or one that comes back without its members.
async fn store(
    context: &ChangeContext,
    before: &Group,
    mut after: Group,
    transaction: &mut Transaction<'_>,
) -> Result<()> {
    let policy = transaction.organization()?.policy.clone();
    let returns = before.deleted_at.is_some();
    let reader = &mut *transaction.reader;
    let schemas = schemas_of(reader, after.organization_id, &after.extensions).await?;
    validate::group(&mut after, &schemas, Some(before), InputRules::STRICT)?;
    let unique = unique_names(&policy);
    let is_renamed = before.display_name != after.display_name;
    if returns || is_renamed {
        rules::refuse_taken_name(reader, &after, unique).await?;
    }
    if returns || (&before.external_id, before.managed_by) != (&after.external_id, after.managed_by) {
        rules::refuse_taken_external_id(reader, &after, &policy).await?;
    }
    after.version += 1;
    after.updated_at = context.at_or_after(before.updated_at);
    let fields = record::of(&after);
    let (action, fields) = if returns {
        quotas::count_group(transaction.organization()?)?;
        // Who follows the log has dropped the group, so it gets all of it.
        (Action::Undeleted, created(&fields))
    } else {
        (Action::Updated, updated(&record::of(before), &fields))
    };
    let entry = context.entry(Resource::Group, &after.id, action, fields);
    transaction.entries.push(entry);
    let keys = search::of_group(&after, &schemas);
    let write = Write::UpdateGroup(Box::new(after.clone()), keys, unique);
    transaction.writes.push(write);
    if is_renamed {
        follow_group(context, &after, transaction).await?;
    }
    let mapped = Some(before).filter(|_| !returns);
    remap_group(context, mapped, &after, transaction).await
}

/// Names that others cannot have while a group has them.
fn names(group: &Group) -> Vec<ReleasedName> {
    let name = (Resource::Group, "display_name", fold(&group.display_name));
    let external_id = group
        .external_id
        .clone()
        .map(|id| (Resource::Group, "external_id", id));
    std::iter::once(name).chain(external_id).collect()
}

fn released(before: &Group, after: &Group) -> Vec<ReleasedName> {
    let kept = names(after);
    let mut released = names(before);
    released.retain(|name| before.deleted_at.is_none() && !kept.contains(name));
    released
}

/// Finds the members that a group is to get back and to lose.
pub(in crate::directory) struct PlanMembers {
    pub(in crate::directory) organization: Id,
    pub(in crate::directory) group: Id,
    pub(in crate::directory) selection: Arc<Selection>,
}

/// Members of a group as they are and as they should be.
#[derive(Debug, Default)]
pub(in crate::directory) struct MemberPlan {
    /// The group; `None`: it is deleted.
    pub(in crate::directory) group: Option<Group>,
    pub(in crate::directory) history: History,
    /// Users and groups of the history that are members.
    pub(in crate::directory) members: HashSet<Id>,
    /// Users and groups of the history that exist.
    pub(in crate::directory) existing: HashSet<Id>,
}

/// Ids that are looked up in one statement.
const IDS: usize = 1_000;

#[async_trait]
impl Query for PlanMembers {
    type Output = MemberPlan;
    const COST: Cost = Cost::Scan;

    async fn run(&self, reader: &mut dyn Reader) -> Result<MemberPlan> {
        let about = (Resource::Group, self.group);
        let mut plan = MemberPlan {
            group: reader.group(self.organization, self.group).await?,
            history: History::read(&self.selection, reader, self.organization, about).await?,
            ..MemberPlan::default()
        };
        let ids: Vec<Id> = plan.history.members.keys().copied().collect();
        for ids in ids.chunks(IDS) {
            let members = reader.members_among(self.organization, self.group, ids).await?;
            plan.members.extend(members);
            let kinds = reader.kinds_of(self.organization, ids).await?;
            plan.existing.extend(kinds.into_iter().map(|(id, _)| id));
        }
        Ok(plan)
    }
}

/// Gives a group members back, and takes others; answers its new version.
pub(in crate::directory) struct RevertMembers {
    update: UpdateGroup,
    manager: Option<Id>,
    /// Where memberships came from before, as far as that is known.
    origins: HashMap<Id, (Source, Option<Id>)>,
    context: ChangeContext,
}

impl RevertMembers {
    /// Changes the group as it was read.
    pub(in crate::directory) fn new(
        context: ChangeContext,
        (group, version): (&Group, i64),
        (added, removed): (&[Id], &[Id]),
        origins: HashMap<Id, (Source, Option<Id>)>,
    ) -> Result<Self> {
        let texts = |ids: &[Id]| ids.iter().map(ToString::to_string).collect();
        let update = GroupUpdate {
            id: group.id.to_string(),
            etag: version.to_string(),
            member_changes: vec![
                MemberChange::Add(texts(added)),
                MemberChange::Remove(texts(removed)),
            ],
            ..GroupUpdate::default()
        };
        Ok(Self {
            update: UpdateGroup::new(context.clone(), group.organization_id, update)?,
            manager: group.managed_by,
            origins,
            context,
        })
    }

    /// Splits new memberships by where they came from.
    fn trace(&self, write: Write) -> Vec<Write> {
        let Write::InsertMembers {
            organization,
            group,
            members,
            at,
            ..
        } = write
        else {
            return vec![write];
        };
        let default = self.context.origin(self.manager);
        let mut of: Vec<((Source, Option<Id>), Vec<_>)> = Vec::new();
        for member in members {
            let origin = self.origins.get(&member.0).copied().unwrap_or(default);
            match of.iter_mut().find(|(it, _)| *it == origin) {
                Some((_, members)) => members.push(member),
                None => of.push((origin, vec![member])),
            }
        }
        let write = |((source, connection), members)| Write::InsertMembers {
            organization,
            group,
            members,
            source,
            connection,
            at,
        };
        of.into_iter().map(write).collect()
    }
}

#[async_trait]
impl Unit for RevertMembers {
    type Output = i64;

    async fn run(&self, transaction: &mut Transaction<'_>) -> Result<i64> {
        let group = self.update.run(transaction).await?;
        let writes = std::mem::take(&mut transaction.writes);
        transaction.writes = writes.into_iter().flat_map(|it| self.trace(it)).collect();
        Ok(group.version)
    }
}
