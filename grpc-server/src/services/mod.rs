//! The services, a file for each. A handler turns its message into values, asks the core, and turns the answer back.

mod access;
mod change;
mod connection;
mod group;
mod in_process;
mod license;
mod mapping;
mod organization;
mod pages;
mod policy;
mod project;
mod provisioning_log;
mod revert;
mod role;
mod schema;
mod service_account;
mod signing_key;
mod token;
mod user;
mod validate_only;
mod watch;

use std::future::Future;

use identity_core::{
    caller::{Call, Intent},
    directory::Directory,
    error::{self, Error},
};
use identity_proto::v1::{
    access_service_server::AccessServiceServer, change_service_server::ChangeServiceServer,
    connection_service_server::ConnectionServiceServer, group_service_server::GroupServiceServer,
    license_service_server::LicenseServiceServer, mapping_service_server::MappingServiceServer,
    organization_service_server::OrganizationServiceServer, policy_service_server::PolicyServiceServer,
    project_service_server::ProjectServiceServer,
    provisioning_log_service_server::ProvisioningLogServiceServer, role_service_server::RoleServiceServer,
    schema_service_server::SchemaServiceServer, service_account_service_server::ServiceAccountServiceServer,
    signing_key_service_server::SigningKeyServiceServer, token_service_server::TokenServiceServer,
    user_service_server::UserServiceServer,
};
use prost::{Message, Name};
use tonic::{Request, Response, Status, codec::CompressionEncoding, service::Routes};

use self::{
    pages::{Page, PageRequest},
    validate_only::ValidateOnly,
};
use crate::{
    address::ClientAddress,
    caller,
    layers::RequestId,
    paths,
    server::{Options, SignInLinks},
    status,
};

pub(crate) use in_process::InProcess;
pub(crate) use watch::Streams;

/// All services of `roster.identity.v1`, as the operator wants them.
pub(crate) fn routes(directory: Directory, streams: Streams, options: &Options) -> Routes {
    /// Every service has the same limit, also for what a message is when it is no longer compressed.
    macro_rules! limited {
        ($server:ident, $service:expr) => {
            $server::new($service)
                .max_decoding_message_size(options.max_message_bytes)
                .accept_compressed(CompressionEncoding::Gzip)
        };
    }
    macro_rules! compressing {
        ($server:ident, $service:expr) => {
            limited!($server, $service).send_compressed(CompressionEncoding::Gzip)
        };
    }
    let handler = Handler {
        directory,
        sign_in_links: options.sign_in_links.clone(),
    };
    Routes::default()
        .add_service(compressing!(AccessServiceServer, access::Access(handler.clone())))
        // Not compressed: each small message of its streams would be, for clients that do not ask for it.
        .add_service(limited!(
            ChangeServiceServer,
            change::Changes::new(handler.clone(), streams)
        ))
        .add_service(compressing!(
            ConnectionServiceServer,
            connection::Connections(handler.clone())
        ))
        .add_service(compressing!(GroupServiceServer, group::Groups(handler.clone())))
        .add_service(compressing!(
            MappingServiceServer,
            mapping::Mappings(handler.clone())
        ))
        .add_service(compressing!(
            LicenseServiceServer,
            license::Licenses(handler.clone())
        ))
        .add_service(compressing!(
            OrganizationServiceServer,
            organization::Organizations(handler.clone())
        ))
        .add_service(compressing!(
            PolicyServiceServer,
            policy::Policies(handler.clone())
        ))
        .add_service(compressing!(
            ProjectServiceServer,
            project::Projects(handler.clone())
        ))
        .add_service(compressing!(
            ProvisioningLogServiceServer,
            provisioning_log::ProvisioningLog(handler.clone())
        ))
        .add_service(compressing!(RoleServiceServer, role::Roles(handler.clone())))
        .add_service(compressing!(
            SchemaServiceServer,
            schema::Schemas(handler.clone())
        ))
        .add_service(compressing!(
            ServiceAccountServiceServer,
            service_account::ServiceAccounts(handler.clone())
        ))
        .add_service(compressing!(
            SigningKeyServiceServer,
            signing_key::SigningKeys(handler.clone())
        ))
        .add_service(compressing!(TokenServiceServer, token::Tokens(handler.clone())))
        .add_service(compressing!(UserServiceServer, user::Users(handler)))
}

/// Header in which a client says that it reads compressed answers.
const ACCEPT_ENCODING: &str = "grpc-accept-encoding";
/// Size from which answers are compressed: many clients say in each call that they can read them, and to compress a small one costs more
/// than to send it.
const MIN_COMPRESSED_BYTES: usize = 8 << 10;

type Answer<T> = Result<Response<T>, Status>;

/// The way of every call to the core: the layers have found out who calls, and what is refused becomes a status.
#[derive(Clone)]
struct Handler {
    directory: Directory,
    sign_in_links: Option<SignInLinks>,
}

impl Handler {
    /// A call that reads.
    async fn answer<M: Name, A: Message, F>(
        &self,
        request: Request<M>,
        work: impl FnOnce(Directory, Call, M) -> F,
    ) -> Answer<A>
    where
        F: Future<Output = error::Result<A>>,
    {
        let accepts_compressed = request.metadata().contains_key(ACCEPT_ENCODING);
        let answer = self.call(request, |_| Intent::Commit, work).await?;
        Ok(compress_large(answer, accepts_compressed))
    }

    /// A call that reads a page.
    async fn list<M: Name + PageRequest, A: Page, F>(
        &self,
        request: Request<M>,
        read: impl Fn(Directory, Call, M) -> F,
    ) -> Answer<A>
    where
        F: Future<Output = error::Result<A>>,
    {
        let work = self.answer(request, |directory, call, message| {
            pages::fitting(message, move |message| {
                read(directory.clone(), call.clone(), message)
            })
        });
        work.await
    }

    /// A call that changes something, or only tries to.
    async fn change<M: Name + ValidateOnly, A: Message, F>(
        &self,
        request: Request<M>,
        work: impl FnOnce(Directory, Call, M) -> F,
    ) -> Answer<A>
    where
        F: Future<Output = error::Result<A>>,
    {
        let intent = |message: &M| Intent::of_request(message.validate_only());
        let accepts_compressed = request.metadata().contains_key(ACCEPT_ENCODING);
        let answer = self.call(request, intent, work).await?;
        Ok(compress_large(answer, accepts_compressed))
    }

    /// A call whose answer may be a stream.
    async fn call<M: Name, A, F>(
        &self,
        request: Request<M>,
        intent: impl FnOnce(&M) -> Intent,
        work: impl FnOnce(Directory, Call, M) -> F,
    ) -> Answer<A>
    where
        F: Future<Output = error::Result<A>>,
    {
        let request_id = RequestId::of(request.extensions());
        let answer = async {
            let (metadata, mut extensions, message) = request.into_parts();
            let caller = extensions.remove().ok_or_else(unauthorized)?;
            let mut call = Call::new(caller, request_id.as_str());
            call.intent = intent(&message);
            call.address = extensions.get().and_then(|ClientAddress(address)| *address);
            if let Some(reason) = caller::break_glass(&metadata)? {
                call = call.break_glass(reason)?;
            }
            let own = call.caller.organization_id();
            let effect = call.caller.connection_id().map(|_| call.effect.clone());
            // In a box: what runs here is large, and it would be moved about on the stack of every layer.
            let answer = Box::pin(work(self.directory.clone(), call, message)).await;
            let answer = answer.map_err(|error| paths::locate(error.located_in(own), M::NAME))?;
            let mut response = Response::new(answer);
            if let Some(effect) = effect {
                provisioning_log::tell(&effect, response.metadata_mut());
            }
            Ok(response)
        };
        answer
            .await
            .map_err(|error| status::refuse(&error, request_id.as_str()))
    }

    /// The same for what needs no caller. A token that comes along is not looked at.
    async fn answer_anybody<M: Name, A, F>(
        &self,
        request: Request<M>,
        work: impl FnOnce(Directory, M) -> F,
    ) -> Answer<A>
    where
        F: Future<Output = error::Result<A>>,
    {
        let request_id = RequestId::of(request.extensions());
        match work(self.directory.clone(), request.into_inner()).await {
            Ok(answer) => Ok(Response::new(answer)),
            Err(error) => Err(status::refuse(
                &paths::locate(error, M::NAME),
                request_id.as_str(),
            )),
        }
    }
}

fn compress_large<A: Message>(mut answer: Response<A>, is_accepted: bool) -> Response<A> {
    if is_accepted && answer.get_ref().encoded_len() < MIN_COMPRESSED_BYTES {
        answer.disable_compression();
    }
    answer
}

/// A call that came round the layers, which no listener lets happen.
fn unauthorized() -> Error {
    Error::Internal("a call has no caller".into())
}
