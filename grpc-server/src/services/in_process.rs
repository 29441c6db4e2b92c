//! The services for a facade in the same process: its messages are handed over as they are. To carry a small read as gRPC does, with
//! encoding, bodies and headers, took 50,000 instructions of 200,000.

use identity_core::directory::Directory;
use identity_proto::{Core, core_rpcs, v1};
use tonic::{Request, Response, Status};

use super::{
    Handler, access::Access, group::Groups, policy::Policies, provisioning_log::ProvisioningLog, role::Roles,
    schema::Schemas, signing_key::SigningKeys, token::Tokens, user::Users,
};
use crate::layers::Layers;

/// The services that a facade calls, behind the layers that all calls pass.
pub(crate) struct InProcess {
    layers: Layers,
    users: Users,
    groups: Groups,
    access: Access,
    policies: Policies,
    roles: Roles,
    schemas: Schemas,
    tokens: Tokens,
    signing_keys: SigningKeys,
    provisioning_log: ProvisioningLog,
}

impl InProcess {
    pub(crate) fn new(directory: Directory, layers: Layers) -> Self {
        let handler = Handler {
            directory,
            sign_in_links: None,
        };
        Self {
            layers,
            users: Users(handler.clone()),
            groups: Groups(handler.clone()),
            access: Access(handler.clone()),
            policies: Policies(handler.clone()),
            roles: Roles(handler.clone()),
            schemas: Schemas(handler.clone()),
            tokens: Tokens(handler.clone()),
            signing_keys: SigningKeys(handler.clone()),
            provisioning_log: ProvisioningLog(handler),
        }
    }
}

macro_rules! by_services {
    ($($server:ident::$service:ident, $client_module:ident::$client:ident, $field:ident {
        $($method:ident = $name:literal ($request:ident) -> $response:ident;)+
    })+) => {
        #[tonic::async_trait]
        impl Core for InProcess {
            $($(
                async fn $method(
                    &self,
                    request: Request<v1::$request>,
                ) -> Result<Response<v1::$response>, Status> {
                    const PATH: &str = concat!("/roster.identity.v1.", stringify!($service), "/", $name);
                    let service = &self.$field;
                    self.layers
                        .pass(PATH, request, |request| v1::$server::$service::$method(service, request))
                        .await
                }
            )+)+
        }
    };
}

core_rpcs!(by_services);
