//! The server over a socket, with a service that stands for the real ones.

use std::{
    convert::Infallible,
    future::{self, Future},
    io,
    net::SocketAddr,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use http::{Request, Response};
use identity_core::platform::{Platform, Timestamp};
use identity_proto::v1::{GetUserRequest, user_service_client::UserServiceClient};
use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle};
use tonic::{Code, Status, body::Body, server::NamedService, service::Routes, transport::Channel};
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};
use tonic_reflection::pb::{v1, v1alpha};
use tonic_types::StatusExt as _;
use tower::{ServiceExt as _, util::BoxCloneSyncService};

use super::{Error, Options, Reflection, Services, Transport};
use crate::{Readiness, layers::tests::Everybody};

struct Still;

impl Platform for Still {
    fn now(&self) -> Timestamp {
        Timestamp(0)
    }

    fn random(&self, bytes: &mut [u8]) {
        bytes.fill(7);
    }
}

/// A user service that never answers.
#[derive(Clone)]
struct Silent;

impl NamedService for Silent {
    const NAME: &'static str = "roster.identity.v1.UserService";
}

impl tower::Service<Request<Body>> for Silent {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<Body>) -> Self::Future {
        Box::pin(future::pending())
    }
}

/// A server on a port of its own.
struct World {
    services: Services,
    address: SocketAddr,
    end: oneshot::Sender<()>,
    serving: JoinHandle<Result<(), Error>>,
}

impl World {
    async fn new(reflection: Reflection) -> Self {
        let options = Options {
            reflection,
            ..Options::default()
        };
        let services =
            Services::over(Routes::new(Silent), Arc::new(Still), Arc::new(Everybody), options).await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (end, ended) = oneshot::channel();
        let ended = async move { ended.await.unwrap_or_default() };
        let drain = Duration::from_millis(50);
        let serving = services
            .clone()
            .serve(listener, Transport { tls: None, drain }, ended);
        Self {
            services,
            address,
            end,
            serving: tokio::spawn(serving),
        }
    }

    async fn channel(&self) -> Channel {
        let endpoint = Channel::from_shared(format!("http://{}", self.address)).unwrap();
        endpoint.connect().await.unwrap()
    }
}

fn with_timeout(timeout: Duration) -> tonic::Request<GetUserRequest> {
    let mut request = tonic::Request::new(GetUserRequest::default());
    request.set_timeout(timeout);
    request
}

fn health_of(service: &str) -> HealthCheckRequest {
    HealthCheckRequest {
        service: service.to_owned(),
    }
}

#[tokio::test]
async fn a_passed_deadline_has_a_reason_over_a_socket() {
    let world = World::new(Reflection::Off).await;
    let mut client = UserServiceClient::new(world.channel().await);
    // The client's own clock runs from earlier, and says so by another code when it is first.
    let mut status = Status::cancelled("");
    for _ in 0..10 {
        if status.code() == Code::Cancelled {
            let asked = client.get_user(with_timeout(Duration::from_millis(200)));
            status = asked.await.unwrap_err();
        }
    }
    assert_eq!(status.code(), Code::DeadlineExceeded);
    assert_eq!(
        status.get_details_error_info().unwrap().reason,
        "DEADLINE_EXCEEDED"
    );
}

#[tokio::test]
async fn a_passed_deadline_has_a_reason_in_process() {
    let world = World::new(Reflection::Off).await;
    // The facade boxes the service in this way, so it must suit.
    let boxed = BoxCloneSyncService::new(world.services.in_process().map_err(io::Error::other));
    let mut client = UserServiceClient::new(boxed);
    let status = client
        .get_user(with_timeout(Duration::from_millis(20)))
        .await
        .unwrap_err();
    assert_eq!(
        status.get_details_error_info().unwrap().reason,
        "DEADLINE_EXCEEDED"
    );
}

#[tokio::test]
async fn health_tells_what_the_program_says() {
    let world = World::new(Reflection::Off).await;
    let mut client = HealthClient::new(world.channel().await);
    for (readiness, expected) in [(Readiness::Serving, 1), (Readiness::NotServing, 2)] {
        world.services.health().set(readiness).await;
        for service in ["", "roster.identity.v1.UserService"] {
            let answer = client.check(health_of(service)).await.unwrap();
            assert_eq!(answer.into_inner().status, expected);
        }
    }
    let unknown = client.check(health_of("identity.v2.UserService")).await;
    assert_eq!(unknown.unwrap_err().code(), Code::NotFound);
}

/// The first answer of a call that streams.
async fn first<T>(answer: Result<tonic::Response<tonic::Streaming<T>>, tonic::Status>) -> T {
    answer.unwrap().into_inner().message().await.unwrap().unwrap()
}

#[tokio::test]
async fn reflection_lists_the_services() {
    use v1::{server_reflection_request::MessageRequest, server_reflection_response::MessageResponse};
    let world = World::new(Reflection::Served).await;
    let mut client = v1::server_reflection_client::ServerReflectionClient::new(world.channel().await);
    let request = v1::ServerReflectionRequest {
        message_request: Some(MessageRequest::ListServices(String::new())),
        ..Default::default()
    };
    let answer = first(client.server_reflection_info(tokio_stream::once(request)).await).await;
    let Some(MessageResponse::ListServicesResponse(list)) = answer.message_response else {
        panic!("{answer:?}");
    };
    let names: Vec<_> = list.service.iter().map(|service| service.name.as_str()).collect();
    assert!(names.contains(&"roster.identity.v1.UserService") && names.contains(&"grpc.health.v1.Health"));
}

#[tokio::test]
async fn reflection_describes_a_service_to_older_clients() {
    use v1alpha::{server_reflection_request::MessageRequest, server_reflection_response::MessageResponse};
    let world = World::new(Reflection::Served).await;
    let mut client = v1alpha::server_reflection_client::ServerReflectionClient::new(world.channel().await);
    let symbol = "roster.identity.v1.UserService".to_owned();
    let request = v1alpha::ServerReflectionRequest {
        message_request: Some(MessageRequest::FileContainingSymbol(symbol)),
        ..Default::default()
    };
    let answer = first(client.server_reflection_info(tokio_stream::once(request)).await).await;
    assert!(matches!(
        answer.message_response,
        Some(MessageResponse::FileDescriptorResponse(_))
    ));
}

#[tokio::test]
async fn reflection_can_be_switched_off() {
    let world = World::new(Reflection::Off).await;
    let mut client = v1::server_reflection_client::ServerReflectionClient::new(world.channel().await);
    let request = v1::ServerReflectionRequest::default();
    let refused = client.server_reflection_info(tokio_stream::once(request)).await;
    assert_eq!(refused.unwrap_err().code(), Code::Unimplemented);
}

#[tokio::test]
async fn the_end_waits_for_calls_only_so_long() {
    let world = World::new(Reflection::Off).await;
    let channel = world.channel().await;
    let running = tokio::spawn(async move {
        UserServiceClient::new(channel)
            .get_user(GetUserRequest::default())
            .await
    });
    world.end.send(()).unwrap();
    world.serving.await.unwrap().unwrap();
    running.abort();
}

#[tokio::test]
async fn who_watches_does_not_hold_up_the_end() {
    let world = World::new(Reflection::Off).await;
    let mut client = HealthClient::new(world.channel().await);
    let mut watch = client.watch(health_of("")).await.unwrap().into_inner();
    assert_eq!(watch.message().await.unwrap().unwrap().status, 1);
    world.end.send(()).unwrap();
    assert!(watch.message().await.unwrap().is_none());
    world.serving.await.unwrap().unwrap();
}
