//! The way to the core: one boxed service under all generated clients, in this process or over the network.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
};

use http::{Request, Response};
use tonic::{
    body::Body,
    transport::{Channel, Endpoint},
};
use tower::{BoxError, Service, ServiceExt as _, util::BoxCloneSyncService};

use crate::limits;

/// A gRPC service that speaks `roster.identity.v1`. Its error type is a concrete one: handlers over a boxed error do not compile.
pub type CoreService = BoxCloneSyncService<Request<Body>, Response<Body>, io::Error>;

/// The core in this process: the whole layered gRPC service, so that the facade passes authentication, limits and
/// deadlines like everybody else.
pub fn in_process<S>(service: S) -> CoreService
where
    S: Service<Request<Body>, Response = Response<Body>> + Clone + Send + Sync + 'static,
    S::Error: Into<BoxError>,
    S::Future: Send + 'static,
{
    CoreService::new(service.map_err(io::Error::other))
}

/// The core in another process. Connections are made when they are needed, and again when they are lost.
pub fn remote(endpoint: &Endpoint) -> CoreService {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let connections = cores.min(limits::MAX_CORE_CONNECTIONS);
    let channels = (0..connections).map(|_| endpoint.connect_lazy()).collect();
    in_process(RoundRobin {
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
