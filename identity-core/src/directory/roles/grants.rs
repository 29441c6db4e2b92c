//! Giving and taking roles.

use async_trait::async_trait;
use serde_json::json;

use super::{RoleResolver, keep_an_admin};
use crate::{
    change::{Action, Detail},
    directory::{
        change_context::ChangeContext,
        input::{GrantRevocation, NewGrant},
        management::Managed,
        manual_changes, projects,
        record::{self, Record, created, updated},
        users,
    },
    error::{Error, Resource, Result},
    group::{MemberKind, Source},
    id::Id,
    organization::Organization,
    policy::{Limit, RolesSource},
    project::{Project, ProjectKind},
    role::{Grant, GrantKey, RoleScope, RoleValue},
    search::key,
    store::{Reader, Transaction, Unit, Without, Write},
    user::{TypedValue, User},
};

/// Gives a role to a user or group; answers the grant.
pub(super) struct GrantRole {
    pub(super) context: ChangeContext,
    pub(super) organization: Id,
    pub(super) new: NewGrant,
}

/// Takes a role from a user or group.
pub(super) struct RevokeRole {
    pub(super) context: ChangeContext,
    pub(super) organization: Id,
    pub(super) revocation: GrantRevocation,
}

/// User or group that is to hold a role, and the place of that role.
struct GrantTarget {
    principal: Id,
    kind: MemberKind,
    project: Option<Project>,
}

impl GrantTarget {
    /// Finds them, if the caller may have to do with the project.
    async fn find(
        context: &ChangeContext,
        organization: Id,
        principal: &str,
        project: &str,
        reader: &mut dyn Reader,
    ) -> Result<Self> {
        let nobody = || Error::not_found(Resource::User, principal);
        let id = Id::parse(principal).ok_or_else(nobody)?;
        let kinds = reader.kinds_of(organization, &[id]).await?;
        let (_, kind) = kinds.first().copied().ok_or_else(nobody)?;
        let found = if project.is_empty() {
            None
        } else {
            let found = projects::find(reader, organization, project).await?;
            Some(found.ok_or_else(|| Error::not_found(Resource::Project, project))?)
        };
        context
            .caller
            .require_project(found.as_ref().map(|it| it.id), project)?;
        Ok(Self {
            principal: id,
            kind,
            project: found,
        })
    }

    fn scope(&self) -> RoleScope {
        self.project
            .as_ref()
            .map_or(RoleScope::Organization, |project| RoleScope::Project(project.id))
    }

    /// Tells whether a lasting role there is shown in the user's own `roles`.
    fn is_own(&self) -> bool {
        let is_preview = |project: &Project| project.kind == ProjectKind::Preview;
        self.kind == MemberKind::User && !self.project.as_ref().is_some_and(is_preview)
    }

    fn value(&self, role: &str) -> RoleValue {
        RoleValue {
            scope: self.scope(),
            role: role.to_owned(),
        }
    }
}

#[async_trait]
impl Unit for GrantRole {
    type Output = Grant;

    async fn run(&self, transaction: &mut Transaction<'_>) -> Result<Grant> {
        let organization = transaction.organization()?.clone();
        self.context.authorize(&organization)?;
        let new = &self.new;
        if new.expires_at.is_some_and(|end| end <= self.context.at) {
            return Err(Error::invalid("expire_time", "must be in the future"));
        }
        let reader = &mut *transaction.reader;
        let target = GrantTarget::find(
            &self.context,
            self.organization,
            &new.principal,
            &new.project,
            reader,
        )
        .await?;
        let value = target.value(&new.role);
        let catalog = organization.policy.catalog();
        let resolver =
            RoleResolver::of_values(catalog, std::slice::from_ref(&value), self.organization, reader).await?;
        if !resolver.has_effect(&value) || resolver.is_of_group(&value.role) {
            let rule = format!("{:?} is no role that can be given there", new.role);
            return Err(Error::invalid("role", rule));
        }
        let grant = self.grant(&target);
        let held = grants_of_target(&target, self.organization, reader).await?;
        let is_permanent = grant.expires_at.is_none();
        if target.is_own() && grant.key.source == Source::Manual {
            let own = |it: &&Grant| it.key.role == new.role && is_permanent_and_manual(it);
            match held.iter().find(own) {
                Some(permanent) if is_permanent => return Ok(permanent.clone()),
                Some(_) => {
                    return Err(Error::AlreadyExists {
                        resource: Resource::Grant,
                        field: "role",
                    });
                }
                None => {}
            }
            if is_permanent {
                self.grant_permanently(&organization, &target, &resolver, transaction)
                    .await?;
                return Ok(grant);
            }
        }
        permit_manual(&self.context, &organization, &target, transaction.reader).await?;
        self.give(&organization, grant, &held, transaction).await
    }
}

impl GrantRole {
    fn grant(&self, target: &GrantTarget) -> Grant {
        Grant {
            key: GrantKey {
                organization_id: self.organization,
                principal_id: target.principal,
                scope: target.scope(),
                role: self.new.role.clone(),
                source: self.new.source,
            },
            principal_kind: target.kind,
            connection_id: None,
            expires_at: self.new.expires_at,
            created_at: self.context.at,
        }
    }

    /// As one of the user's own `roles`. Where one may be held, it takes the place of the one that is.
    async fn grant_permanently(
        &self,
        organization: &Organization,
        target: &GrantTarget,
        resolver: &RoleResolver,
        transaction: &mut Transaction<'_>,
    ) -> Result<()> {
        let user = users::live(transaction.reader, self.organization, target.principal).await?;
        let mut roles = user.profile.roles.clone();
        if organization.policy.roles_max_per_scope == Limit::AtMost(1) {
            let is_unknown = |role: &TypedValue| !resolver.has_effect(&RoleValue::parse(&role.value));
            roles.retain(|role| RoleValue::parse(&role.value).scope != target.scope() || is_unknown(role));
        }
        roles.push(plain(target.value(&self.new.role).write()));
        users::set_roles(&self.context, &user, roles, transaction).await
    }

    /// Beside the user's own `roles`, or to a group.
    async fn give(
        &self,
        organization: &Organization,
        grant: Grant,
        held: &[Grant],
        transaction: &mut Transaction<'_>,
    ) -> Result<Grant> {
        let before = held.iter().find(|it| it.key == grant.key);
        if let Some(before) = before.filter(|before| before.expires_at == grant.expires_at) {
            return Ok(before.clone());
        }
        if before.is_some_and(|before| before.expires_at.is_none()) {
            keep_the_holders(organization, &grant.key, &[grant.key.source], transaction.reader).await?;
        }
        let (action, detail) = match before {
            Some(before) => (Action::Updated, updated(&record_of(before), &record_of(&grant))),
            None => (Action::Created, created(&record_of(&grant))),
        };
        let entry = self
            .context
            .entry(Resource::Grant, &grant.key.principal_id, action, detail);
        transaction.entries.push(entry);
        if before.is_some() {
            let key = grant.key.clone();
            transaction.writes.push(Write::DeleteGrants(vec![key]));
        }
        insert(vec![grant.clone()], transaction)?;
        Ok(grant)
    }
}

#[async_trait]
impl Unit for RevokeRole {
    type Output = ();

    async fn run(&self, transaction: &mut Transaction<'_>) -> Result<()> {
        let organization = transaction.organization()?.clone();
        self.context.authorize(&organization)?;
        let revocation = &self.revocation;
        let reader = &mut *transaction.reader;
        let target = GrantTarget::find(
            &self.context,
            self.organization,
            &revocation.principal,
            &revocation.project,
            reader,
        )
        .await?;
        let sources = match revocation.source {
            Some(Source::Group) => return Err(Error::invalid("source", "is the membership of a group")),
            Some(Source::Mapping) => return Err(Error::invalid("source", "is a mapping rule")),
            Some(source) => vec![source],
            None => vec![Source::Scim, Source::Manual],
        };
        let held = grants_of_target(&target, self.organization, reader).await?;
        let is_meant = |it: &&Grant| it.key.role == revocation.role && sources.contains(&it.key.source);
        let meant: Vec<_> = held.iter().filter(is_meant).collect();
        let Some(first) = meant.first() else {
            let value = target.value(&revocation.role).write();
            return Err(Error::not_found(Resource::Grant, value));
        };
        if target.is_own() && meant.iter().any(|it| is_permanent_and_manual(it)) {
            return self.take_own(&organization, &target, transaction).await;
        }
        permit_manual(&self.context, &organization, &target, reader).await?;
        if meant.iter().any(|it| it.expires_at.is_none()) {
            keep_the_holders(&organization, &first.key, &sources, reader).await?;
        }
        for grant in meant {
            let detail = Detail {
                fields: record::changes(&record_of(grant), &Record::new()),
                ..Detail::default()
            };
            let entry = self
                .context
                .entry(Resource::Grant, &target.principal, Action::Deleted, detail);
            transaction.entries.push(entry);
            let key = grant.key.clone();
            transaction.writes.push(Write::DeleteGrants(vec![key]));
        }
        Ok(())
    }
}

impl RevokeRole {
    /// Takes the role out of the user's own `roles`. Where exactly one must be held, the default takes its place.
    async fn take_own(
        &self,
        organization: &Organization,
        target: &GrantTarget,
        transaction: &mut Transaction<'_>,
    ) -> Result<()> {
        let user: User = users::live(transaction.reader, self.organization, target.principal).await?;
        let value = target.value(&self.revocation.role).write();
        let mut roles = user.profile.roles.clone();
        roles.retain(|role| role.value != value);
        let policy = &organization.policy;
        if policy.roles_max_per_scope == Limit::AtMost(1) && target.project.is_none() {
            let default = policy.roles_default_org.iter();
            roles.splice(..0, default.map(|role| plain(role.clone())));
        }
        users::set_roles(&self.context, &user, roles, transaction).await
    }
}

/// Grants of others than the users themselves: from now on users must be asked for them.
pub(in crate::directory) fn insert(grants: Vec<Grant>, transaction: &mut Transaction<'_>) -> Result<()> {
    transaction.organization()?.has_other_grants = true;
    transaction.writes.push(Write::InsertGrants(grants));
    Ok(())
}

/// Refuses manual changes where users have their roles from the identity provider alone: with an end or without one, what stands in
/// `roles`, or could, is part of a managed user. Elsewhere, in preview projects, and for groups, roles are beside the provider.
async fn permit_manual(
    context: &ChangeContext,
    organization: &Organization,
    target: &GrantTarget,
    reader: &mut dyn Reader,
) -> Result<()> {
    let policy = &organization.policy;
    if !target.is_own() || policy.roles_source != RolesSource::ScimRoles {
        return Ok(());
    }
    let user = users::live(reader, organization.id, target.principal).await?;
    let managed = Managed {
        resource: Resource::User,
        organization: organization.id,
        by: user.managed_by,
    };
    manual_changes::permit(context, policy, managed, reader).await
}

async fn grants_of_target(
    target: &GrantTarget,
    organization: Id,
    reader: &mut dyn Reader,
) -> Result<Vec<Grant>> {
    let mut held = reader.grants_of(organization, &[target.principal]).await?;
    held.retain(|grant| grant.key.scope == target.scope());
    Ok(held)
}

fn is_permanent_and_manual(grant: &Grant) -> bool {
    matches!(grant.key.source, Source::Scim | Source::Manual) && grant.expires_at.is_none()
}

/// Asks for the last admin before somebody loses a grant that lasts.
async fn keep_the_holders(
    organization: &Organization,
    key: &GrantKey,
    sources: &[Source],
    reader: &mut dyn Reader,
) -> Result<()> {
    let catalog = organization.policy.catalog();
    if key.scope != RoleScope::Organization || key.role != catalog.admin() {
        return Ok(());
    }
    let loss = Without {
        revoked_from: vec![key.principal_id],
        sources: sources.to_vec(),
        ..Without::default()
    };
    keep_an_admin(reader, organization, &loss).await
}

/// A grant as the change log shows it.
pub(in crate::directory) fn record_of(grant: &Grant) -> Record {
    let kind = match grant.principal_kind {
        MemberKind::User => "user",
        MemberKind::Group => "group",
    };
    let mut fields = Record::new();
    fields.insert("principal_type".to_owned(), json!(kind));
    if let RoleScope::Project(id) = grant.key.scope {
        fields.insert("project_id".to_owned(), json!(id.to_string()));
    }
    fields.insert("role".to_owned(), json!(grant.key.role));
    fields.insert("source".to_owned(), json!(grant.key.source.name()));
    if let Some(end) = grant.expires_at {
        fields.insert("expire_time".to_owned(), json!(key::time(end)));
    }
    fields
}

fn plain(value: String) -> TypedValue {
    TypedValue {
        value,
        ..TypedValue::default()
    }
}
