//! The way to the core: the same RPCs, in this process or over the network.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
};

use http::{Request, Response};
use identity_proto::{Core, core_rpcs, v1};
use tonic::{
    Status,
    body::Body,
    transport::{Channel, Endpoint},
};
use tower::{BoxError, Service, ServiceExt as _, util::BoxCloneSyncService};

use crate::limits;

/// A gRPC service that speaks `roster.identity.v1`. Its error type is a concrete one: handlers over a boxed error do not compile.
pub type CoreService = BoxCloneSyncService<Request<Body>, Response<Body>, io::Error>;

/// A core that is called by messages on a wire.
pub struct Wire(CoreService);

/// The core behind a gRPC service.
pub fn over<S>(service: S) -> Arc<dyn Core>
where
    S: Service<Request<Body>, Response = Response<Body>> + Clone + Send + Sync + 'static,
    S::Error: Into<BoxError>,
    S::Future: Send + 'static,
{
    Arc::new(Wire(boxed(service)))
}

/// Hides the type of a gRPC service.
pub fn boxed<S>(service: S) -> CoreService
where
    S: Service<Request<Body>, Response = Response<Body>> + Clone + Send + Sync + 'static,
    S::Error: Into<BoxError>,
    S::Future: Send + 'static,
{
    CoreService::new(service.map_err(io::Error::other))
}

/// Generated clients are values that are cheap to make; each call gets its own, with the facade's message limits.
macro_rules! by_generated_clients {
    ($($server:ident::$service:ident, $client_module:ident::$client:ident, $field:ident {
        $($method:ident = $name:literal ($request:ident) -> $response:ident;)+
    })+) => {
        #[tonic::async_trait]
        impl Core for Wire {
            $($(
                async fn $method(
                    &self,
                    request: tonic::Request<v1::$request>,
                ) -> Result<tonic::Response<v1::$response>, Status> {
                    v1::$client_module::$client::new(self.0.clone())
                        .max_decoding_message_size(limits::MAX_ANSWER_BYTES)
                        .max_encoding_message_size(limits::MAX_BODY_BYTES)
                        .$method(request)
                        .await
                }
            )+)+
        }
    };
}

core_rpcs!(by_generated_clients);

/// The core in another process. Connections are made when they are needed, and again when they are lost.
pub fn remote(endpoint: &Endpoint) -> CoreService {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let connections = cores.min(limits::MAX_CORE_CONNECTIONS);
    let channels = (0..connections).map(|_| endpoint.connect_lazy()).collect();
    boxed(RoundRobin {
        channels,
        next: Arc::default(),
    })
}

/// One HTTP/2 connection is one task on each side, so two of them fill two cores.
#[derive(Clone)]
struct RoundRobin {
    channels: Arc<[Channel]>,
    next: Arc<AtomicUsize>,
}

impl Service<Request<Body>> for RoundRobin {
    type Response = Response<Body>;
    type Error = tonic::transport::Error;
    type Future = tower::util::Oneshot<Channel, Request<Body>>;

    /// Always ready: the channel that takes the call waits for itself.
    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let index = self.next.fetch_add(1, Ordering::Relaxed) % self.channels.len();
        self.channels[index].clone().oneshot(request)
    }
}

#[cfg(test)]
mod tests {
    use identity_proto::v1::{GetUserRequest, user_service_client::UserServiceClient};

    use super::*;
    use crate::error::ScimError;

    #[tokio::test]
    async fn a_core_that_nobody_serves_is_unavailable_and_not_a_defect() {
        let closed = std::net::TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap();
        let endpoint = Endpoint::from_shared(format!("http://{closed}")).unwrap();
        let mut client = UserServiceClient::new(remote(&endpoint));
        let status = client.get_user(GetUserRequest::default()).await.unwrap_err();
        assert_eq!(
            ScimError::from(status).status,
            http::StatusCode::SERVICE_UNAVAILABLE
        );
    }
}
