//! Creating a group.

use async_trait::async_trait;
use serde_json::json;

use super::{
    adopt::namesake,
    members::{Delta, Target},
    plan::Plan,
    record, rules, unique_names,
    write::{entries, member_writes, out_of_sync},
};
use crate::{
    change::Action,
    directory::{
        act::Act,
        input::{GroupInput, MemberChange},
        mappings::remap_group,
        record::{created, value},
        requests::Request,
        roles::{becomes_role, make_role},
        schemas::schemas_of,
    },
    error::{Error, Resource, Result},
    group::{Group, GroupKind},
    id::Id,
    policy::GroupTarget,
    search,
    store::{Reader, Transaction, Unit, Write},
    validate::{self, Ignored},
};

/// A group without members, as it begins.
pub(super) fn new_group(act: &Act, organization: Id, id: Id, input: GroupInput) -> Group {
    Group {
        id,
        organization_id: organization,
        version: 1,
        kind: input.kind,
        display_name: input.display_name,
        external_id: Some(input.external_id).filter(|it| !it.is_empty()),
        extensions: input.extensions,
        member_count: 0,
        managed_by: act.connection_id(),
        created_at: act.at,
        updated_at: act.at,
        deleted_at: None,
    }
}

/// Creates a group with its members, or finds the one that the first call of this request created.
pub(super) struct CreateGroup {
    pub(super) act: Act,
    /// Complete but for the number of its members.
    group: Group,
    pub(super) plan: Plan,
    request: Request,
    /// What the client dropped.
    ignored: Ignored,
}

impl CreateGroup {
    pub(super) fn new(act: Act, group: Group, members: Vec<String>, request_id: &str) -> Result<Self> {
        let request = Request::new(request_id, "create_group", &act.caller, || {
            let extensions = value(&group.extensions)?;
            Ok(json!([
                group.kind.name(),
                group.display_name,
                group.external_id,
                extensions,
                members
            ]))
        })?;
        Ok(Self {
            act,
            group,
            plan: Plan::new(&[MemberChange::Add(members)])?,
            request,
            ignored: Ignored::new(),
        })
    }

    /// The same create, telling which attributes the client dropped.
    pub(super) fn dropping(self, names: &[String]) -> Result<Self> {
        let ignored = validate::ignored_attributes(names)?;
        Ok(Self { ignored, ..self })
    }

    async fn earlier(&self, reader: &mut dyn Reader) -> Result<Option<Group>> {
        let organization = self.group.organization_id;
        let Some(id) = self.request.repeats(reader, organization, self.act.at).await? else {
            return Ok(None);
        };
        let id = Id::parse(&id).ok_or_else(|| Error::not_found(Resource::Group, id))?;
        rules::live(reader, organization, id).await.map(Some)
    }

    async fn insert(&self, transaction: &mut Transaction<'_>) -> Result<Group> {
        let mut group = self.group.clone();
        let policy = transaction.organization()?.policy.clone();
        let protected = rules::protected_users(&self.act, transaction).await?;
        validate::refuse_unknown(&self.ignored, policy.attributes_unknown)?;
        if self.act.connection_id().is_some() && policy.groups_project_to.contains(&GroupTarget::Pools) {
            group.kind = GroupKind::Pool;
        }
        let reader = &mut *transaction.reader;
        let schemas = schemas_of(reader, group.organization_id, &group.extensions).await?;
        let mut dropped = validate::group(&mut group, &schemas, self.act.second_primary(&policy))?;
        dropped.extend_from_slice(&self.ignored);
        if let Some(existing) = namesake(self, &group, &policy, reader).await? {
            return self.adopt(existing, group, dropped, transaction).await;
        }
        rules::refuse_taken_name(reader, &group, unique_names(&policy)).await?;
        rules::refuse_taken_external_id(reader, &group, &policy).await?;
        let target = Target::New;
        let unknown = policy.groups_unknown_members;
        let mut delta = Delta::of(&self.plan, target, group.organization_id, unknown, reader).await?;
        delta.spare(&protected);
        delta.ignored.extend(dropped);
        group.member_count = delta.growth();
        if self.act.is_out_of_sync(&policy) {
            transaction.entries = vec![out_of_sync(&self.act, &group, "the new group has")];
            return Ok(group);
        }
        transaction.organization()?.group_count += 1;
        let keys = search::of_group(&group, &schemas);
        let insert = Write::InsertGroup(Box::new(group.clone()), keys, unique_names(&policy));
        transaction.writes.push(insert);
        transaction
            .writes
            .extend(member_writes(&self.act, &group, &delta));
        let fields = created(&record::of(&group));
        transaction.entries = entries(&self.act, group.id, Action::Created, fields, &delta);
        if becomes_role(&self.act, &policy) {
            make_role(&self.act, &group, transaction)?;
        }
        remap_group(&self.act, None, &group, transaction).await?;
        Ok(group)
    }
}

#[async_trait]
impl Unit for CreateGroup {
    type Output = Group;

    async fn run(&self, transaction: &mut Transaction<'_>) -> Result<Group> {
        self.act.admit_to_groups(transaction.organization()?)?;
        if let Some(group) = self.earlier(transaction.reader).await? {
            return Ok(group);
        }
        let group = self.insert(transaction).await?;
        self.request.remember(
            &mut transaction.writes,
            group.organization_id,
            &group.id,
            self.act.at,
        );
        Ok(group)
    }
}
