//! The requests that change something. Each has the field `validate_only`; a test compares this list with the descriptor set.

use identity_proto::v1;

/// A request that changes something, or only tries to.
pub(super) trait ValidateOnly {
    /// Tells whether the request is a dry run (AIP-163).
    fn validate_only(&self) -> bool;
}

/// One line gives a new operation its dry run.
macro_rules! has_dry_run {
    ($($request:ident,)+) => {
        $(impl ValidateOnly for v1::$request {
            fn validate_only(&self) -> bool {
                self.validate_only
            }
        })+

        #[cfg(test)]
        const NAMES: &[&str] = &[$(stringify!($request)),+];
    };
}

has_dry_run!(
    ApplyAdoptionRequest,
    AssignLicenseRequest,
    CreateConnectionRequest,
    CreateMappingRuleRequest,
    CreateGroupRequest,
    CreateOrganizationRequest,
    CreateProjectRequest,
    CreateRoleRequest,
    CreateSchemaRequest,
    CreateServiceAccountRequest,
    CreateTokenRequest,
    CreateUserIdentityRequest,
    CreateUserRequest,
    DeleteConnectionRequest,
    DeleteGroupRequest,
    DeleteOrganizationRequest,
    DeleteProjectRequest,
    DeleteRoleRequest,
    DeleteMappingRuleRequest,
    DeleteSchemaRequest,
    DeleteServiceAccountRequest,
    DeleteTokenRequest,
    DeleteUserIdentityRequest,
    DeleteUserRequest,
    EraseUserRequest,
    PruneChangesRequest,
    GrantRoleRequest,
    RevertChangesRequest,
    RevokeRoleRequest,
    ExchangeAssertionRequest,
    RevokeTokenRequest,
    RotateSigningKeyRequest,
    RejectBrakeRequest,
    ReleaseBrakeRequest,
    ResetBrakeRequest,
    RotateTokenRequest,
    UnassignLicenseRequest,
    UndeleteOrganizationRequest,
    UndeleteUserRequest,
    UpdateConnectionRequest,
    UpdateGroupRequest,
    UpdateMappingRuleRequest,
    UpdateOrganizationRequest,
    UpdatePolicyRequest,
    UpdateProjectRequest,
    UpdateRoleRequest,
    UpdateServiceAccountRequest,
    UpdateUserRequest,
);

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use identity_proto::FILE_DESCRIPTOR_SET;
    use prost::Message;
    use prost_types::{FileDescriptorSet, MethodDescriptorProto, method_options::IdempotencyLevel};

    use super::NAMES;

    fn changes_something(method: &MethodDescriptorProto) -> bool {
        let options = method.options.clone().unwrap_or_default();
        options.idempotency_level() != IdempotencyLevel::NoSideEffects
    }

    /// Adds records about requests, which have no dry run of their own: they are no change of an organization.
    const RECORDS: &str = "RecordProvisioningRequestsRequest";

    #[test]
    fn every_request_that_changes_something_has_a_dry_run() {
        let set = FileDescriptorSet::decode(FILE_DESCRIPTOR_SET).unwrap();
        let files = set
            .file
            .iter()
            .filter(|file| file.package() == "roster.identity.v1");
        let services = files.flat_map(|file| &file.service);
        let methods = services
            .flat_map(|service| &service.method)
            .filter(|method| changes_something(method));
        let declared: BTreeSet<_> = methods
            .map(|method| {
                method
                    .input_type()
                    .trim_start_matches(".roster.identity.v1.")
                    .to_owned()
            })
            .collect();
        let listed: BTreeSet<_> = NAMES.iter().chain(&[RECORDS]).map(ToString::to_string).collect();
        assert_eq!(listed, declared);
    }
}
