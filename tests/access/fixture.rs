//! One of everything, so that every call has something to be about.

use bytes::Bytes;
use identity_proto::v1::{
    AttributeType, Connection, CreateConnectionRequest, CreateMappingRuleRequest, CreateOrganizationRequest,
    CreateProjectRequest, CreateRoleRequest, CreateSchemaRequest, CreateServiceAccountRequest,
    DeleteOrganizationRequest, ExtendedType, ExtensionSchema, ListConnectionsRequest, MappingRule,
    Organization, Project, Role, RoleScope, SchemaAttribute, ServiceAccount, Token, TokenKind,
    UpdateConnectionRequest, UserIdentity, mapping_rule::Group, mapping_rule::Target,
    mapping_service_client::MappingServiceClient, project_service_client::ProjectServiceClient,
    role_service_client::RoleServiceClient, schema_service_client::SchemaServiceClient,
    service_account_service_client::ServiceAccountServiceClient,
};
use prost::Message;

use crate::harness::{Grpc, World, create_token, grpc::mask, run_folder::fresh_name};

/// The license that there is.
pub(super) const LICENSE: &str = "it";

/// The ids of one thing of each kind, all of one organization, and how a request names that organization.
pub(super) struct Fixture {
    pub(super) organization: String,
    pub(super) user: String,
    pub(super) group: String,
    pub(super) connection: String,
    pub(super) token: String,
    pub(super) service_account: String,
    pub(super) project: String,
    pub(super) role: String,
    pub(super) schema: String,
    pub(super) rule: String,
    /// Another organization, which nothing else is about.
    pub(super) spare: String,
    /// An organization that is deleted.
    pub(super) gone: String,
    /// A user that was deleted.
    pub(super) gone_user: String,
}

impl Fixture {
    /// Makes one of everything in the organization.
    pub(super) async fn make(world: &World) -> Self {
        let grpc = world.grpc();
        world
            .set_policy(&[("license.catalog", LICENSE), ("license.source", "manual")])
            .await;
        let organization = world.organization().slug.clone();
        let user = grpc.create_user(&fresh_name("somebody")).await.id;
        let group = grpc
            .try_create_group(&fresh_name("group"), &[&user])
            .await
            .expect("a new group")
            .id;
        let request = ListConnectionsRequest {
            organization: organization.clone(),
            ..Default::default()
        };
        let connections = grpc
            .connections()
            .list_connections(request)
            .await
            .expect("connections")
            .into_inner();
        let connection = match connections.connections.first() {
            Some(connection) => limited(&grpc, connection).await,
            None => limited(&grpc, &new_connection(&grpc).await).await,
        };
        // A token hands out no more than it may do itself, so this one may do as little as those that rotate it.
        let token = Token {
            scopes: vec!["tokens:write".into()],
            ..Default::default()
        };
        let (token, _) = create_token(&grpc, TokenKind::Service, token).await;
        let account = ServiceAccount {
            name: fresh_name("account"),
            scopes: vec!["service_accounts:write".into()],
            ..Default::default()
        };
        let request = CreateServiceAccountRequest {
            organization: organization.clone(),
            service_account: Some(account),
            ..Default::default()
        };
        let account = ServiceAccountServiceClient::new(grpc.line())
            .create_service_account(request)
            .await
            .expect("a new service account")
            .into_inner();
        let schema = schema(&fresh_name("urn:example:"));
        let request = CreateSchemaRequest {
            organization: organization.clone(),
            schema: Some(schema.clone()),
            ..Default::default()
        };
        SchemaServiceClient::new(grpc.line())
            .create_schema(request)
            .await
            .expect("a new schema");
        let (project, role) = project_and_role(&grpc, &organization).await;
        let request = CreateMappingRuleRequest {
            organization: organization.clone(),
            rule: Some(rule(&fresh_name("group"))),
            ..Default::default()
        };
        let mapping = MappingServiceClient::new(grpc.line())
            .create_mapping_rule(request)
            .await
            .expect("a new rule")
            .into_inner()
            .rule;
        Self {
            project,
            role,
            rule: mapping.expect("a rule").id,
            spare: organization_id(&grpc).await,
            gone: deleted_organization_id(&grpc).await,
            gone_user: deleted_user_id(&grpc).await,
            organization,
            user,
            group,
            connection,
            token: token.id,
            service_account: account.service_account.expect("a service account").id,
            schema: schema.id,
        }
    }

    /// The same things, where the request names no organization.
    pub(super) fn unnamed(&self) -> Self {
        Self {
            organization: String::new(),
            user: self.user.clone(),
            group: self.group.clone(),
            connection: self.connection.clone(),
            token: self.token.clone(),
            service_account: self.service_account.clone(),
            project: self.project.clone(),
            role: self.role.clone(),
            schema: self.schema.clone(),
            rule: self.rule.clone(),
            spare: self.spare.clone(),
            gone: self.gone.clone(),
            gone_user: self.gone_user.clone(),
        }
    }

    /// Returns the identity of the user at an issuer; the tests are made for one organization each.
    pub(super) fn identity(&self) -> UserIdentity {
        UserIdentity {
            issuer: "https://issuer.example".into(),
            subject: self.user.clone(),
        }
    }

    /// Tells whether an answer holds the id of any of these.
    pub(super) fn appear_in(&self, answer: &Bytes) -> bool {
        [
            &self.user,
            &self.group,
            &self.connection,
            &self.token,
            &self.service_account,
            &self.project,
            &self.role,
            &self.schema,
            &self.rule,
            &self.spare,
            &self.gone,
        ]
        .iter()
        .any(|id| answer.windows(id.len()).any(|window| window == id.as_bytes()))
    }
}

/// A connection, where the one that there was is gone.
async fn new_connection(grpc: &Grpc) -> Connection {
    let request = CreateConnectionRequest {
        organization: grpc.organization_named(),
        connection: Some(Connection {
            name: fresh_name("connection"),
            ..Default::default()
        }),
        ..Default::default()
    };
    let made = grpc.connections().create_connection(request).await;
    let made = made.expect("a new connection").into_inner();
    made.connection.expect("a connection")
}

/// The id of a connection, on whose deactivation safeguard there is something to decide from now on.
async fn limited(grpc: &Grpc, connection: &Connection) -> String {
    let request = UpdateConnectionRequest {
        organization: connection.organization_id.clone(),
        connection: Some(Connection {
            id: connection.id.clone(),
            brake_count: 1000,
            ..Default::default()
        }),
        update_mask: Some(mask(&["brake_count"])),
        ..Default::default()
    };
    let updated = grpc.connections().update_connection(request).await;
    updated.expect("a brake");
    connection.id.clone()
}

/// The id of a new organization.
async fn organization_id(grpc: &Grpc) -> String {
    let request = CreateOrganizationRequest {
        organization: Some(Organization {
            slug: fresh_name("spare"),
            name: "Spare".into(),
            ..Default::default()
        }),
        ..Default::default()
    };
    let made = grpc.organizations().create_organization(request).await;
    let made = made.expect("a new organization").into_inner();
    made.organization.expect("an organization").id
}

/// The id of a user that was deleted.
async fn deleted_user_id(grpc: &Grpc) -> String {
    let id = grpc.create_user(&fresh_name("gone")).await.id;
    grpc.delete_user(&id).await.expect("it is deleted");
    id
}

/// The id of an organization that was deleted.
async fn deleted_organization_id(grpc: &Grpc) -> String {
    let organization = organization_id(grpc).await;
    let request = DeleteOrganizationRequest {
        organization: organization.clone(),
        ..Default::default()
    };
    let deleted = grpc.organizations().delete_organization(request).await;
    deleted.expect("a deleted organization");
    organization
}

/// The ids of a new project and a new custom role.
async fn project_and_role(grpc: &Grpc, organization: &str) -> (String, String) {
    let request = CreateProjectRequest {
        organization: organization.to_owned(),
        project: Some(Project {
            name: fresh_name("project"),
            ..Default::default()
        }),
        ..Default::default()
    };
    let project = ProjectServiceClient::new(grpc.line())
        .create_project(request)
        .await
        .expect("a new project")
        .into_inner()
        .project
        .unwrap_or_default();
    let request = CreateRoleRequest {
        organization: organization.to_owned(),
        role: Some(Role {
            name: fresh_name("role"),
            scope: RoleScope::Project.into(),
            ..Default::default()
        }),
        ..Default::default()
    };
    let role = RoleServiceClient::new(grpc.line())
        .create_role(request)
        .await
        .expect("a new role")
        .into_inner()
        .role
        .unwrap_or_default();
    (project.id, role.id)
}

/// A rule that gives the license to the group of this name.
pub(super) fn rule(group: &str) -> MappingRule {
    MappingRule {
        group: Some(Group::GroupName(group.to_owned())),
        // One that gives a role takes more than the scope of rules.
        target: Some(Target::License(LICENSE.to_owned())),
        ..Default::default()
    }
}

/// A schema of one attribute.
pub(super) fn schema(urn: &str) -> ExtensionSchema {
    let attribute = SchemaAttribute {
        name: "badge".into(),
        r#type: AttributeType::String.into(),
        ..Default::default()
    };
    ExtensionSchema {
        id: urn.to_owned(),
        name: "Badge".into(),
        extends: ExtendedType::User.into(),
        attributes: vec![attribute],
        ..Default::default()
    }
}

/// A message as it travels.
pub(super) fn bytes(message: &impl Message) -> Bytes {
    message.encode_to_vec().into()
}
