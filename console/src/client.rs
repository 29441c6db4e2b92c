//! The way to the core, with the token of a session.

use std::net::IpAddr;

use identity_proto::v1::{
    access_service_client::AccessServiceClient, change_service_client::ChangeServiceClient,
    connection_service_client::ConnectionServiceClient, group_service_client::GroupServiceClient,
    mapping_service_client::MappingServiceClient, organization_service_client::OrganizationServiceClient,
    policy_service_client::PolicyServiceClient, project_service_client::ProjectServiceClient,
    provisioning_log_service_client::ProvisioningLogServiceClient, role_service_client::RoleServiceClient,
    token_service_client::TokenServiceClient, user_service_client::UserServiceClient,
};
use tonic::{
    Request, Status,
    metadata::{Ascii, MetadataValue},
    service::{Interceptor, interceptor::InterceptedService},
};

use crate::CoreService;

/// Bytes of the largest answer; a page of a list has 2 MiB at most.
const MAX_ANSWER_BYTES: usize = 16 << 20;
/// Tells the core where the browser is, as a facade does.
const CLIENT_ADDRESS: &str = "x-client-address";

/// A service whose calls carry a session's token.
pub(crate) type Line = InterceptedService<CoreService, Credentials>;

/// Token and address that calls carry.
#[derive(Clone)]
pub(crate) struct Credentials {
    bearer: MetadataValue<Ascii>,
    address: Option<MetadataValue<Ascii>>,
}

impl Interceptor for Credentials {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        let metadata = request.metadata_mut();
        metadata.insert("authorization", self.bearer.clone());
        if let Some(address) = &self.address {
            metadata.insert(CLIENT_ADDRESS, address.clone());
        }
        Ok(request)
    }
}

/// The clients of one session.
#[derive(Clone)]
pub(crate) struct Client(Line);

/// Makes a method for each service.
macro_rules! services {
    ($($method:ident -> $client:ident;)+) => {
        impl Client {
            $(pub(crate) fn $method(&self) -> $client<Line> {
                $client::new(self.0.clone()).max_decoding_message_size(MAX_ANSWER_BYTES)
            })+
        }
    };
}

services! {
    access -> AccessServiceClient;
    changes -> ChangeServiceClient;
    connections -> ConnectionServiceClient;
    groups -> GroupServiceClient;
    mappings -> MappingServiceClient;
    organizations -> OrganizationServiceClient;
    policies -> PolicyServiceClient;
    projects -> ProjectServiceClient;
    provisioning_log -> ProvisioningLogServiceClient;
    roles -> RoleServiceClient;
    tokens -> TokenServiceClient;
    users -> UserServiceClient;
}

impl Client {
    /// Clients that present a token for a browser at this address; `None`: the token is no text of a header.
    pub(crate) fn new(core: &CoreService, token: &str, address: Option<IpAddr>) -> Option<Self> {
        let mut bearer = MetadataValue::try_from(format!("Bearer {token}")).ok()?;
        bearer.set_sensitive(true);
        let credentials = Credentials {
            bearer,
            address: address.and_then(|address| address.to_string().parse().ok()),
        };
        Some(Self(InterceptedService::new(core.clone(), credentials)))
    }
}
