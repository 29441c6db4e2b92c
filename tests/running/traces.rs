//! Traces, as a collector gets them.

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use futures::stream;
use opentelemetry_proto::tonic::{
    collector::trace::v1::{
        ExportTraceServiceRequest, ExportTraceServiceResponse,
        trace_service_server::{TraceService, TraceServiceServer},
    },
    common::v1::any_value::Value,
    trace::v1::Span,
};
use tokio::net::{TcpListener, TcpStream};
use tonic::{Request, Response, Status, transport};

use crate::harness::{Database, Endpoints, Server, World};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_trace_leads_from_the_client_to_the_database_with_sqlite() {
    lead_from_the_client_to_the_database(Database::Sqlite, "sqlite").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_trace_leads_from_the_client_to_the_database_with_postgres() {
    lead_from_the_client_to_the_database(Database::Postgres, "postgresql").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_collector_that_is_away_holds_up_nothing() {
    let closed = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", closed.local_addr().expect("an address"));
    drop(closed);
    let mut core = Server::start_core_with(
        &Server::new_database(Database::Sqlite),
        &["--otlp-endpoint", &url],
    );
    let grpc = format!("http://{}", core.address("grpc"));
    let mut facade = Server::start_facade_with(&grpc, &["--otlp-endpoint", &url]);
    let scim = format!("http://{}", facade.address("scim"));
    let world = World::new(Endpoints { grpc, scim }, "").await;
    world.scim().create_user("ada").await;
    assert_eq!(facade.terminate().code(), Some(0));
    assert_eq!(core.terminate().code(), Some(0));
}

/// The client's own span (W3C Trace Context).
const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const CLIENT: &str = "00f067aa0ba902b7";

async fn lead_from_the_client_to_the_database(database: Database, system: &str) {
    let collector = Collector::start().await;
    let to_collector = ["--otlp-endpoint", &*collector.url];
    let mut core = Server::start_core_with(&Server::new_database(database), &to_collector);
    let grpc = format!("http://{}", core.address("grpc"));
    let mut facade = Server::start_facade_with(&grpc, &to_collector);
    let scim = format!("http://{}", facade.address("scim"));
    let world = World::new(Endpoints { grpc, scim }, "").await;
    let request = world
        .scim()
        .request("GET", "/Users?filter=userName%20eq%20%22ada%22");
    let request = request.header("traceparent", &format!("00-{TRACE}-{CLIENT}-01"));
    world.scim().send(request).await.expect(200);
    assert_eq!(facade.terminate().code(), Some(0));
    assert_eq!(core.terminate().code(), Some(0));

    let spans = collector.spans();
    let of_trace: HashMap<_, _> = spans
        .iter()
        .filter(|span| hex(&span.trace_id) == TRACE)
        .map(|span| (hex(&span.span_id), span))
        .collect();
    let is_read = |span: &&&Span| attribute(span, "db.system.name").as_deref() == Some(system);
    let statement = of_trace.values().find(is_read).expect("a statement");
    let (mut names, mut span) = (vec![statement.name.as_str()], *statement);
    while let Some(parent) = of_trace.get(&hex(&span.parent_span_id)) {
        names.push(&parent.name);
        span = parent;
    }
    assert_eq!(hex(&span.parent_span_id), CLIENT, "{names:?}");
    assert!(
        names.ends_with(&["grpc", "request", "scim", "request"]),
        "{names:?}"
    );
    for span in of_trace.values() {
        assert!(!format!("{span:?}").contains("ada"), "{span:?}");
    }
}

fn hex(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(bytes)
}

fn attribute(span: &Span, name: &str) -> Option<String> {
    let attribute = span.attributes.iter().find(|it| it.key == name)?;
    match attribute.value.as_ref()?.value.as_ref()? {
        Value::StringValue(text) => Some(text.clone()),
        _ => None,
    }
}

/// A collector that keeps what it gets.
struct Collector {
    url: String,
    received: Received,
}

#[derive(Clone, Default)]
struct Received(Arc<Mutex<Vec<ExportTraceServiceRequest>>>);

#[tonic::async_trait]
impl TraceService for Received {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        self.0.lock().expect("no panic").push(request.into_inner());
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

impl Collector {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address: SocketAddr = listener.local_addr().expect("an address");
        let received = Received::default();
        let service = TraceServiceServer::new(received.clone());
        let incoming = stream::unfold(listener, async |listener| {
            let accepted = listener.accept().await;
            Some((accepted.map(|(stream, _): (TcpStream, _)| stream), listener))
        });
        let server = transport::Server::builder().add_service(service);
        tokio::spawn(server.serve_with_incoming(incoming));
        Self {
            url: format!("http://{address}"),
            received,
        }
    }

    fn spans(&self) -> Vec<Span> {
        let received = self.received.0.lock().expect("no panic");
        let resources = received.iter().flat_map(|request| &request.resource_spans);
        let scopes = resources.flat_map(|resource| &resource.scope_spans);
        scopes.flat_map(|scope| scope.spans.clone()).collect()
    }
}
