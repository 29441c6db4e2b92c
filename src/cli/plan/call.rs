//! The calls of which a plan is made.

use identity_proto::v1::{
    CreateConnectionRequest, CreateMappingRuleRequest, CreateOrganizationRequest, CreateProjectRequest,
    CreateRoleRequest, DeleteConnectionRequest, DeleteMappingRuleRequest, DeleteProjectRequest,
    DeleteRoleRequest, MappingRule, UpdateConnectionRequest, UpdateMappingRuleRequest,
    UpdateOrganizationRequest, UpdatePolicyRequest, UpdateProjectRequest, UpdateRoleRequest,
    mapping_rule::Target,
};

use crate::{cli::session::Session, failure::Failure};

/// Makes the calls: a request, the client and method that it goes to and, unless it deletes, the field of the answer
/// that holds the thing.
macro_rules! calls {
    ($($name:ident($request:ident) = $client:ident.$method:ident $(=> $field:ident)?;)+) => {
        /// A change of one thing.
        #[derive(Clone, Debug, PartialEq)]
        pub(super) enum Call {
            $(#[doc = "This change."] $name($request)),+
        }

        impl Call {
            /// Makes the change, or with `validate_only` has it checked; answers the thing's etag, if it is there
            /// afterwards.
            pub(super) async fn send(
                &self,
                session: &Session,
                validate_only: bool,
            ) -> Result<Option<String>, Failure> {
                match self.clone().resolved(session).await? {
                    $(Self::$name(request) => {
                        let request = $request { validate_only, ..request };
                        let _answer = session.$client().$method(request).await?.into_inner();
                        Ok(calls!(@etag _answer $($field)?))
                    })+
                }
            }
        }
    };
    (@etag $answer:ident) => { None };
    (@etag $answer:ident $field:ident) => { $answer.$field.map(|it| it.etag) };
}

calls! {
    CreateOrganization(CreateOrganizationRequest) = organizations.create_organization => organization;
    UpdateOrganization(UpdateOrganizationRequest) = organizations.update_organization => organization;
    UpdatePolicy(UpdatePolicyRequest) = policies.update_policy => policy;
    CreateRole(CreateRoleRequest) = roles.create_role => role;
    UpdateRole(UpdateRoleRequest) = roles.update_role => role;
    DeleteRole(DeleteRoleRequest) = roles.delete_role;
    CreateProject(CreateProjectRequest) = projects.create_project => project;
    UpdateProject(UpdateProjectRequest) = projects.update_project => project;
    DeleteProject(DeleteProjectRequest) = projects.delete_project;
    CreateConnection(CreateConnectionRequest) = connections.create_connection => connection;
    UpdateConnection(UpdateConnectionRequest) = connections.update_connection => connection;
    DeleteConnection(DeleteConnectionRequest) = connections.delete_connection;
    CreateMappingRule(CreateMappingRuleRequest) = mappings.create_mapping_rule => rule;
    UpdateMappingRule(UpdateMappingRuleRequest) = mappings.update_mapping_rule => rule;
    DeleteMappingRule(DeleteMappingRuleRequest) = mappings.delete_mapping_rule;
}

impl Call {
    /// The same call with the ids of the role and project that it names, which steps before it may have made.
    async fn resolved(mut self, session: &Session) -> Result<Self, Failure> {
        let (Self::CreateMappingRule(CreateMappingRuleRequest {
            organization, rule, ..
        })
        | Self::UpdateMappingRule(UpdateMappingRuleRequest {
            organization, rule, ..
        })) = &mut self
        else {
            return Ok(self);
        };
        if let Some(MappingRule {
            target: Some(Target::Role(role)),
            ..
        }) = rule
        {
            *role = session.held_role(organization, role).await?;
        }
        Ok(self)
    }
}
