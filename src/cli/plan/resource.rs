//! The kinds of thing that a file lists: their names, and the calls that make, change and delete them.

use std::time::Duration;

use identity_core::text::fold;
use identity_proto::v1::{
    self, CreateConnectionRequest, CreateMappingRuleRequest, CreateOrganizationRequest, CreateProjectRequest,
    CreateRoleRequest, DeleteConnectionRequest, DeleteMappingRuleRequest, DeleteProjectRequest,
    DeleteRoleRequest, UpdateConnectionRequest, UpdateMappingRuleRequest, UpdateOrganizationRequest,
    UpdateProjectRequest, UpdateRoleRequest,
    mapping_rule::{Group, Target},
};
use prost_types::FieldMask;
use serde::Serialize;
use serde_json::{Map, Value};

use super::{
    call::Call,
    file::{
        Connection, ConnectionState, Federation, MappingRule, Organization, OrganizationState, Project,
        ProjectKind, ProjectState, Role, Scope, Span, fields,
    },
};

/// The kind of an organization itself.
pub(super) const ORGANIZATION: &str = "organization";
/// Keys of an organization in a file that are no facts.
const SECTIONS: [&str; 6] = [
    "slug",
    "policy",
    "roles",
    "projects",
    "connections",
    "mapping_rules",
];

/// A thing on the server.
#[derive(Default)]
pub(super) struct Stored<T> {
    /// Its id.
    pub(super) id: String,
    /// Its version.
    pub(super) etag: String,
    /// All that a file could say of it.
    pub(super) value: T,
}

/// A kind of thing that sections list.
pub(super) trait Resource: Serialize {
    /// Its name for people.
    const KIND: &'static str;
    /// Fields that a creation does not take, and the words that it gives them.
    const LATER: &'static [(&'static str, &'static str)] = &[];
    /// The thing's name for people.
    fn name(&self) -> String;
    /// The fields that it has.
    fn fields(&self) -> Map<String, Value> {
        fields(self)
    }
    /// The name by which the thing in the file and the one on the server are one.
    fn key(&self) -> String {
        fold(&self.name())
    }
    /// Brings it into the form that the server answers; an error tells what the file must say.
    fn normalize(&mut self) -> Result<(), &'static str> {
        Ok(())
    }
    /// The call that makes it.
    fn create(&self, organization: &str) -> Call;
    /// The call that changes these fields of the one with this id and, unless it is empty, this etag.
    fn update(&self, organization: &str, id: &str, etag: &str, fields: Vec<String>) -> Call;
    /// The call that deletes the one with this id and etag; none: it is never deleted.
    fn delete(organization: &str, id: &str, etag: &str) -> Option<Call>;
}

/// Makes the calls of a kind: those that create and change it with their requests and the field that holds it, and
/// the one that deletes it; `etag` where the deletion asks for it.
macro_rules! calls {
    (
        $field:ident: $create:ident($new:ident), $update:ident($change:ident), $delete:ident($gone:ident)
        $(, $etag:ident)?
    ) => {
        fn create(&self, organization: &str) -> Call {
            Call::$create($new {
                organization: organization.to_owned(),
                $field: Some(self.message()),
                ..$new::default()
            })
        }

        fn update(&self, organization: &str, id: &str, etag: &str, fields: Vec<String>) -> Call {
            let mut message = self.message();
            (message.id, message.etag) = (id.to_owned(), etag.to_owned());
            Call::$update($change {
                organization: organization.to_owned(),
                $field: Some(message),
                update_mask: Some(FieldMask { paths: fields }),
                validate_only: false,
            })
        }

        fn delete(organization: &str, id: &str, _etag: &str) -> Option<Call> {
            Some(Call::$delete($gone {
                organization: organization.to_owned(),
                id: id.to_owned(),
                $($etag: _etag.to_owned(),)?
                ..$gone::default()
            }))
        }
    };
}

impl Organization {
    fn message(&self) -> v1::Organization {
        v1::Organization {
            slug: self.slug.clone(),
            name: self.name.clone().unwrap_or_default(),
            plan: self.plan.clone().unwrap_or_default(),
            seats: self.seats.unwrap_or_default(),
            sso_enabled: self.sso_enabled.unwrap_or_default(),
            rbac_enabled: self.rbac_enabled.unwrap_or_default(),
            verified_domains: self.verified_domains.clone().unwrap_or_default(),
            status: self.status.map_or(0, i32::from),
            ..v1::Organization::default()
        }
    }
}

/// Returns an organization's facts in the form of a file.
pub(super) fn stored_organization(found: v1::Organization) -> Stored<Organization> {
    let value = Organization {
        status: OrganizationState::of(found.status()),
        slug: found.slug,
        name: Some(found.name),
        plan: Some(found.plan),
        seats: Some(found.seats),
        sso_enabled: Some(found.sso_enabled),
        rbac_enabled: Some(found.rbac_enabled),
        verified_domains: Some(found.verified_domains),
        ..Organization::default()
    };
    Stored {
        id: found.id,
        etag: found.etag,
        value,
    }
}

impl Resource for Organization {
    const KIND: &'static str = ORGANIZATION;
    const LATER: &'static [(&'static str, &'static str)] = &[("status", "active")];

    fn name(&self) -> String {
        self.slug.clone()
    }

    fn normalize(&mut self) -> Result<(), &'static str> {
        if let Some(domains) = &mut self.verified_domains {
            for domain in domains.iter_mut() {
                domain.make_ascii_lowercase();
            }
            domains.sort_unstable();
            domains.dedup();
        }
        Ok(())
    }

    /// Its facts: sections have steps of their own.
    fn fields(&self) -> Map<String, Value> {
        let mut fields = fields(self);
        fields.retain(|key, _| !SECTIONS.contains(&key.as_str()));
        fields
    }

    fn create(&self, _slug: &str) -> Call {
        let preset = self.policy.as_ref().and_then(|policy| policy.preset.clone());
        Call::CreateOrganization(CreateOrganizationRequest {
            organization: Some(self.message()),
            preset: preset.unwrap_or_default(),
            ..CreateOrganizationRequest::default()
        })
    }

    fn update(&self, _slug: &str, _id: &str, etag: &str, fields: Vec<String>) -> Call {
        let organization = v1::Organization {
            etag: etag.to_owned(),
            ..self.message()
        };
        Call::UpdateOrganization(UpdateOrganizationRequest {
            organization: Some(organization),
            update_mask: Some(FieldMask { paths: fields }),
            validate_only: false,
        })
    }

    fn delete(_slug: &str, _id: &str, _etag: &str) -> Option<Call> {
        None
    }
}

impl Role {
    fn message(&self) -> v1::Role {
        v1::Role {
            name: self.name.clone(),
            scope: self.scope.into(),
            permissions: self.permissions.clone().unwrap_or_default(),
            ..v1::Role::default()
        }
    }
}

/// Custom roles alone: others are made by the policy and by groups.
pub(super) fn stored_role(role: v1::Role) -> Option<Stored<Role>> {
    let is_custom = role.source() == v1::RoleSource::Custom;
    let scope = Scope::of(role.scope()).filter(|_| is_custom)?;
    let value = Role {
        name: role.name,
        scope,
        permissions: Some(role.permissions),
    };
    Some(Stored {
        id: role.id,
        etag: role.etag,
        value,
    })
}

impl Resource for Role {
    const KIND: &'static str = "role";

    fn name(&self) -> String {
        self.name.clone()
    }

    fn key(&self) -> String {
        format!("{:?}:{}", self.scope, fold(&self.name))
    }

    fn normalize(&mut self) -> Result<(), &'static str> {
        if let Some(permissions) = &mut self.permissions {
            permissions.sort_unstable();
            permissions.dedup();
        }
        Ok(())
    }

    calls!(role: CreateRole(CreateRoleRequest), UpdateRole(UpdateRoleRequest), DeleteRole(DeleteRoleRequest), etag);
}

impl Project {
    fn message(&self) -> v1::Project {
        v1::Project {
            name: self.name.clone(),
            r#type: self.r#type.map_or(0, i32::from),
            status: self.status.map_or(0, i32::from),
            ..v1::Project::default()
        }
    }
}

/// Returns a project in the form of a file.
pub(super) fn stored_project(project: v1::Project) -> Stored<Project> {
    let value = Project {
        r#type: ProjectKind::of(project.r#type()),
        status: ProjectState::of(project.status()),
        name: project.name,
    };
    Stored {
        id: project.id,
        etag: project.etag,
        value,
    }
}

impl Resource for Project {
    const KIND: &'static str = "project";
    const LATER: &'static [(&'static str, &'static str)] = &[("status", "active")];

    fn name(&self) -> String {
        self.name.clone()
    }

    calls!(project: CreateProject(CreateProjectRequest), UpdateProject(UpdateProjectRequest), DeleteProject(DeleteProjectRequest), etag);
}

impl Connection {
    fn message(&self) -> v1::Connection {
        let federation = self.federation.clone().map(|it| v1::Federation {
            issuer: it.issuer,
            subject: it.subject,
            audience: it.audience,
            jwks_uri: it.jwks_uri,
        });
        let window = self.brake_window.map(|span| span.0);
        v1::Connection {
            name: self.name.clone(),
            idp_kind: self.idp_kind.clone().unwrap_or_default(),
            status: self.status.map_or(0, i32::from),
            max_role: self.max_role.clone().unwrap_or_default(),
            federation,
            brake_count: self.brake_count.unwrap_or_default(),
            brake_share_percent: self.brake_share_percent.unwrap_or_default(),
            brake_window: window.and_then(|window| prost_types::Duration::try_from(window).ok()),
            ..v1::Connection::default()
        }
    }
}

/// Returns a connection in the form of a file.
pub(super) fn stored_connection(connection: v1::Connection) -> Stored<Connection> {
    let federation = connection.federation.clone().map(|it| Federation {
        issuer: it.issuer,
        subject: it.subject,
        audience: it.audience,
        jwks_uri: it.jwks_uri,
    });
    let window = connection.brake_window.and_then(|it| Duration::try_from(it).ok());
    let value = Connection {
        status: ConnectionState::of(connection.status()),
        name: connection.name,
        idp_kind: Some(connection.idp_kind),
        max_role: Some(connection.max_role),
        federation,
        brake_count: Some(connection.brake_count),
        brake_share_percent: Some(connection.brake_share_percent),
        brake_window: window.map(Span),
    };
    Stored {
        id: connection.id,
        etag: connection.etag,
        value,
    }
}

impl Resource for Connection {
    const KIND: &'static str = "connection";
    const LATER: &'static [(&'static str, &'static str)] = &[("status", "enabled"), ("federation", "")];

    fn name(&self) -> String {
        self.name.clone()
    }

    // The policy decides on its users and groups.
    calls!(connection: CreateConnection(CreateConnectionRequest), UpdateConnection(UpdateConnectionRequest), DeleteConnection(DeleteConnectionRequest));
}

impl MappingRule {
    fn groups(&self) -> Vec<Group> {
        let groups = [
            self.group_name.clone().map(Group::GroupName),
            self.group_external_id.clone().map(Group::GroupExternalId),
            self.group_pattern.clone().map(Group::GroupPattern),
        ];
        groups.into_iter().flatten().collect()
    }

    fn targets(&self) -> Vec<Target> {
        let role = self.role.clone().map(Target::Role);
        let license = self.license.clone().map(Target::License);
        role.into_iter().chain(license).collect()
    }

    fn message(&self) -> v1::MappingRule {
        v1::MappingRule {
            position: self.position,
            group: self.groups().pop(),
            target: self.targets().pop(),
            ..v1::MappingRule::default()
        }
    }
}

/// Returns a rule in the form of a file; `readable` gives the names of a role and its project.
pub(super) fn stored_rule(found: v1::MappingRule, readable: impl Fn(&str) -> String) -> Stored<MappingRule> {
    let mut value = MappingRule {
        group_name: None,
        group_external_id: None,
        group_pattern: None,
        role: None,
        license: None,
        position: found.position,
    };
    match found.group {
        Some(Group::GroupName(name)) => value.group_name = Some(name),
        Some(Group::GroupExternalId(id)) => value.group_external_id = Some(id),
        Some(Group::GroupPattern(pattern)) => value.group_pattern = Some(pattern),
        None => {}
    }
    match found.target {
        Some(Target::Role(role)) => value.role = Some(readable(&role)),
        Some(Target::License(license)) => value.license = Some(license),
        None => {}
    }
    Stored {
        id: found.id,
        etag: found.etag,
        value,
    }
}

impl Resource for MappingRule {
    const KIND: &'static str = "mapping rule";

    fn name(&self) -> String {
        let groups = match self.groups().pop() {
            Some(Group::GroupName(name)) => format!("group {name}"),
            Some(Group::GroupExternalId(id)) => format!("group with external id {id}"),
            Some(Group::GroupPattern(pattern)) => format!("groups like {pattern}"),
            None => String::new(),
        };
        match self.targets().pop() {
            Some(Target::Role(role)) => format!("{groups} → role {role}"),
            Some(Target::License(license)) => format!("{groups} → license {license}"),
            None => groups,
        }
    }

    /// Names of groups are met without case, and all else is told by it.
    fn key(&self) -> String {
        let mut rule = self.clone();
        rule.group_name = rule.group_name.map(|name| fold(&name));
        rule.group_pattern = rule.group_pattern.map(|pattern| fold(&pattern));
        rule.name()
    }

    fn normalize(&mut self) -> Result<(), &'static str> {
        if self.groups().len() != 1 {
            return Err("a mapping rule has one of group_name, group_external_id and group_pattern");
        }
        if self.targets().len() != 1 {
            return Err("a mapping rule has one of role and license");
        }
        Ok(())
    }

    calls!(rule: CreateMappingRule(CreateMappingRuleRequest), UpdateMappingRule(UpdateMappingRuleRequest), DeleteMappingRule(DeleteMappingRuleRequest));
}
