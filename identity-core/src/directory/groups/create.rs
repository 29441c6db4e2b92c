//! Creating a group.

use async_trait::async_trait;
use serde_json::json;

use super::{
    adopt::namesake,
    members::{Delta, RequestedMembers, Target},
    plan::Plan,
    record, rules, unique_names,
    write::{entries, member_writes, out_of_sync},
};
use crate::{
    change::Action,
    directory::{
        change_context::ChangeContext,
        input::{GroupInput, MemberChange},
        mappings::remap_group,
        quotas,
        record::{created, value},
        requests::Request,
        roles::{becomes_role, make_role},
        schemas::schemas_of,
    },
    error::{Error, Resource, Result},
    group::{Group, GroupKind},
    id::Id,
    policy::{GroupTarget, ListScope},
    schema::ExtensionSchema,
    search,
    store::{Transaction, UniqueName, Unit, Write},
    text::fold,
    validate::{self, Ignored},
};

/// A group without members, as it begins.
pub(super) fn new_group(context: &ChangeContext, organization: Id, id: Id, input: GroupInput) -> Group {
    Group {
        id,
        organization_id: organization,
        version: 1,
        kind: input.kind,
        display_name: input.display_name,
        external_id: Some(input.external_id).filter(|it| !it.is_empty()),
        extensions: input.extensions,
        member_count: 0,
        managed_by: context.connection_id(),
        created_at: context.at,
        updated_at: context.at,
        deleted_at: None,
    }
}

/// Creates a group with its members, or finds the one that the first call of this request created.
pub(super) struct CreateGroup {
    pub(super) context: ChangeContext,
    /// Complete but for the number of its members.
    group: Group,
    pub(super) plan: Plan,
    /// The members as they were sent.
    pub(super) steps: [MemberChange; 1],
    request: Request,
    /// Statements about attributes that the client dropped.
    ignored: Ignored,
}

impl CreateGroup {
    pub(super) fn new(
        context: ChangeContext,
        group: Group,
        members: Vec<String>,
        request_id: &str,
    ) -> Result<Self> {
        let request = Request::new(request_id, "create_group", &context.caller, || {
            let extensions = value(&group.extensions)?;
            Ok(json!([
                group.kind.name(),
                group.display_name,
                group.external_id,
                extensions,
                members
            ]))
        })?;
        let steps = [MemberChange::Add(members)];
        Ok(Self {
            context,
            group,
            plan: Plan::new(&steps)?,
            steps,
            request,
            ignored: Ignored::new(),
        })
    }

    /// The same create, telling which attributes the client dropped.
    pub(super) fn dropping(self, names: &[String]) -> Result<Self> {
        let ignored = validate::ignored_attributes(names)?;
        Ok(Self { ignored, ..self })
    }

    async fn earlier(&self, transaction: &mut Transaction<'_>) -> Result<Option<Group>> {
        let organization = self.group.organization_id;
        let reader = &mut *transaction.reader;
        let Some(id) = self
            .request
            .repeats(reader, organization, self.context.at)
            .await?
        else {
            return Ok(None);
        };
        let id = Id::parse(&id).ok_or_else(|| Error::not_found(Resource::Group, id))?;
        rules::org(&self.context, (organization, id), transaction)
            .await
            .map(Some)
    }

    /// A new group while groups are out of sync: nobody has it but its client, which finds it by id and name afterwards, so that it
    /// does not make it again and again (rule 96). The row is deleted since it began. A name that is in use means that group.
    async fn keep_out_of_sync(
        &self,
        mut group: Group,
        schemas: &[ExtensionSchema],
        transaction: &mut Transaction<'_>,
    ) -> Result<Group> {
        let scope = transaction.organization()?.policy.list_scope;
        let reader = &mut *transaction.reader;
        let (organization, key) = (group.organization_id, fold(&group.display_name));
        let mut namesake = match reader.group_id_by_name(organization, &key).await? {
            Some(id) => reader.group(organization, id).await?,
            None => None,
        };
        namesake = namesake.filter(|it| scope == ListScope::All || it.managed_by == group.managed_by);
        if let (None, Some(connection)) = (&namesake, group.managed_by) {
            namesake = reader
                .group_out_of_sync_by_name(organization, connection, &key)
                .await?;
        }
        if let Some(namesake) = namesake {
            transaction.entries = vec![out_of_sync(&self.context, &namesake, "the new group has")];
            return Ok(namesake);
        }
        transaction.entries = vec![out_of_sync(&self.context, &group, "the new group has")];
        group.deleted_at = Some(group.created_at);
        let keys = search::of_group(&group, schemas);
        let insert = Write::InsertGroup(Box::new(group.clone()), keys, UniqueName::Free);
        transaction.writes.push(insert);
        Ok(group)
    }

    async fn insert(&self, transaction: &mut Transaction<'_>) -> Result<Group> {
        let mut group = self.group.clone();
        let policy = transaction.organization()?.policy.clone();
        let protected = rules::protected_users(&self.context, transaction).await?;
        validate::refuse_unknown(&self.ignored, policy.attributes_unknown)?;
        if self.context.connection_id().is_some() && policy.groups_project_to.contains(&GroupTarget::Pools) {
            group.kind = GroupKind::Pool;
        }
        let reader = &mut *transaction.reader;
        let schemas = schemas_of(reader, group.organization_id, &group.extensions).await?;
        let mut dropped = validate::group(&mut group, &schemas, None, self.context.input_rules(&policy))?;
        dropped.extend_from_slice(&self.ignored);
        if self.context.is_out_of_sync(&policy) {
            return self.keep_out_of_sync(group, &schemas, transaction).await;
        }
        if let Some(existing) = namesake(&group, &policy, reader).await? {
            return self.adopt(existing, group, dropped, transaction).await;
        }
        rules::refuse_taken_name(reader, &group, unique_names(&policy)).await?;
        rules::refuse_taken_external_id(reader, &group, &policy).await?;
        let asked = RequestedMembers {
            context: &self.context,
            target: Target::New,
            steps: &self.steps,
            unknown_members: policy.groups_unknown_members,
        };
        let mut delta = Delta::of(&self.plan, asked, group.organization_id, reader).await?;
        delta.spare(&protected);
        delta.ignored.extend(dropped);
        group.member_count = delta.growth();
        quotas::count_group(transaction.organization()?)?;
        let keys = search::of_group(&group, &schemas);
        let insert = Write::InsertGroup(Box::new(group.clone()), keys, unique_names(&policy));
        transaction.writes.push(insert);
        transaction
            .writes
            .extend(member_writes(&self.context, &group, &delta));
        let fields = created(&record::of(&group));
        transaction.entries = entries(&self.context, group.id, Action::Created, fields, &delta);
        if becomes_role(&self.context, &policy) {
            make_role(&self.context, &group, transaction)?;
        }
        remap_group(&self.context, None, &group, transaction).await?;
        Ok(group)
    }
}

#[async_trait]
impl Unit for CreateGroup {
    type Output = Group;

    async fn run(&self, transaction: &mut Transaction<'_>) -> Result<Group> {
        self.context.authorize_groups(transaction.organization()?)?;
        if let Some(group) = self.earlier(transaction).await? {
            return Ok(group);
        }
        let group = self.insert(transaction).await?;
        self.request.remember(
            &mut transaction.writes,
            group.organization_id,
            &group.id,
            self.context.at,
        );
        Ok(group)
    }
}
