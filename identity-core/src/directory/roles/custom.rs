//! Custom roles: making, changing and deleting them.

use async_trait::async_trait;
use serde_json::json;

use crate::{
    change::{Action, Detail},
    directory::{
        change_context::ChangeContext,
        input::{NewRole, RoleUpdate},
        record::{Record, created, updated},
        requests::Request,
        version,
    },
    error::{Error, Resource, Result},
    id::Id,
    role::{CustomRole, Permissions, is_permission},
    store::{Reader, Transaction, Unit, Write},
    text::fold,
    validate,
};

/// Custom roles that an organization may make.
const MAX_ROLES: i64 = 1_000;
/// Permissions that a custom role may have.
const MAX_PERMISSIONS: usize = 200;

/// A custom role as it begins.
pub(super) fn new_role(
    context: &ChangeContext,
    organization: Id,
    id: Id,
    new: NewRole,
) -> Result<CustomRole> {
    validate::role_name(&new.name)?;
    Ok(CustomRole {
        id,
        organization_id: organization,
        version: 1,
        name: new.name,
        kind: new.kind,
        group_id: None,
        permissions: permissions(&new.permissions)?,
        created_at: context.at,
        updated_at: context.at,
        deleted_at: None,
    })
}

fn permissions(names: &[String]) -> Result<Permissions> {
    if names.len() > MAX_PERMISSIONS {
        return Err(Error::invalid(
            "permissions",
            format!("must have at most {MAX_PERMISSIONS} elements"),
        ));
    }
    match names.iter().position(|name| !is_permission(name)) {
        Some(at) => Err(Error::invalid(
            format!("permissions[{at}]"),
            "must be words of a-z, 0-9 and _ with dots between, such as project.view",
        )),
        None => Ok(names.iter().map(String::as_str).collect()),
    }
}

/// The fields of a custom role by their names in the API.
pub(in crate::directory) fn record(role: &CustomRole) -> Record {
    let permissions: Vec<_> = role.permissions.names().collect();
    let mut fields = Record::new();
    fields.insert("name".to_owned(), json!(role.name));
    fields.insert("scope".to_owned(), json!(role.kind.name()));
    fields.insert("permissions".to_owned(), json!(permissions));
    crate::directory::record::put(&mut fields, "group_id", role.group_id.as_ref());
    fields
}

async fn live(reader: &mut dyn Reader, organization: Id, id: Id) -> Result<CustomRole> {
    let role = reader.role(organization, id).await?;
    role.ok_or_else(|| Error::not_found(Resource::Role, id))
}

async fn refuse_taken_name(reader: &mut dyn Reader, role: &CustomRole) -> Result<()> {
    let holder = reader
        .role_id_by_name(role.organization_id, role.kind, &fold(&role.name))
        .await?;
    match holder {
        Some(holder) if holder != role.id => Err(Error::AlreadyExists {
            resource: Resource::Role,
            field: "name",
        }),
        _ => Ok(()),
    }
}

/// Creates a custom role, or finds the one that the first call of this request created.
pub(super) struct CreateRole {
    context: ChangeContext,
    role: CustomRole,
    request: Request,
}

impl CreateRole {
    pub(super) fn new(context: ChangeContext, role: CustomRole, request_id: &str) -> Result<Self> {
        let request = Request::new(request_id, "create_role", &context.caller, || {
            Ok(json!(record(&role)))
        })?;
        Ok(Self {
            context,
            role,
            request,
        })
    }
}

#[async_trait]
impl Unit for CreateRole {
    type Output = CustomRole;

    async fn run(&self, transaction: &mut Transaction<'_>) -> Result<CustomRole> {
        self.context.authorize(transaction.organization()?)?;
        let role = &self.role;
        let organization = role.organization_id;
        let reader = &mut *transaction.reader;
        if let Some(id) = self
            .request
            .repeats(reader, organization, self.context.at)
            .await?
        {
            let id = Id::parse(&id).ok_or_else(|| Error::not_found(Resource::Role, id))?;
            return live(reader, organization, id).await;
        }
        refuse_taken_name(reader, role).await?;
        if reader.count_roles(organization).await? >= MAX_ROLES {
            return Err(Error::TooMany {
                limit: "custom roles in one organization",
                maximum: MAX_ROLES.unsigned_abs(),
                retry_after: None,
            });
        }
        self.request
            .remember(&mut transaction.writes, organization, &role.id, self.context.at);
        transaction.writes.push(Write::InsertRole(Box::new(role.clone())));
        let detail = created(&record(role));
        let entry = self
            .context
            .entry(Resource::Role, &role.id, Action::Created, detail);
        transaction.entries.push(entry);
        Ok(role.clone())
    }
}

/// Changes a custom role; a change that changes nothing writes nothing.
pub(super) struct UpdateRole {
    pub(super) context: ChangeContext,
    pub(super) organization: Id,
    pub(super) id: Id,
    pub(super) update: RoleUpdate,
}

#[async_trait]
impl Unit for UpdateRole {
    type Output = CustomRole;

    async fn run(&self, transaction: &mut Transaction<'_>) -> Result<CustomRole> {
        self.context.authorize(transaction.organization()?)?;
        let reader = &mut *transaction.reader;
        let before = live(reader, self.organization, self.id).await?;
        version::check(&self.update.etag, before.version)?;
        let mut after = before.clone();
        if let Some(names) = &self.update.permissions {
            after.permissions = permissions(names)?;
        }
        if let Some(name) = &self.update.name {
            after.name.clone_from(name);
        }
        if after == before {
            return Ok(before);
        }
        if after.name != before.name {
            rename(&after, reader).await?;
        }
        after.version += 1;
        after.updated_at = self.context.at_or_after(before.updated_at);
        let detail = updated(&record(&before), &record(&after));
        let entry = self
            .context
            .entry(Resource::Role, &self.id, Action::Updated, detail);
        transaction.entries.push(entry);
        transaction
            .writes
            .push(Write::UpdateRole(Box::new(after.clone())));
        Ok(after)
    }
}

async fn rename(role: &CustomRole, reader: &mut dyn Reader) -> Result<()> {
    if role.group_id.is_some() {
        return Err(Error::ReadOnly { field: "name".into() });
    }
    validate::role_name(&role.name)?;
    refuse_taken_name(reader, role).await
}

/// Deletes a custom role: nobody holds it any more, and its name is free again.
pub(super) struct DeleteRole {
    pub(super) context: ChangeContext,
    pub(super) organization: Id,
    pub(super) id: Id,
    pub(super) etag: String,
}

#[async_trait]
impl Unit for DeleteRole {
    type Output = ();

    async fn run(&self, transaction: &mut Transaction<'_>) -> Result<()> {
        self.context.authorize(transaction.organization()?)?;
        let mut role = live(transaction.reader, self.organization, self.id).await?;
        version::check(&self.etag, role.version)?;
        if role.group_id.is_some() {
            // It goes with its group.
            return Err(Error::ReadOnly {
                field: "group_id".into(),
            });
        }
        role.version += 1;
        role.updated_at = self.context.at_or_after(role.updated_at);
        role.deleted_at = Some(role.updated_at);
        transaction.writes.push(Write::UpdateRole(Box::new(role)));
        let entry = self
            .context
            .entry(Resource::Role, &self.id, Action::Deleted, Detail::default());
        transaction.entries.push(entry);
        Ok(())
    }
}
