//! Puts the services together and serves them.

use std::{future::Future, sync::Arc, time::Duration};

use futures::TryStreamExt;
use identity_core::{directory::Directory, platform::Platform};
use ipnet::IpNet;
use tokio::{net::TcpListener, sync::oneshot};
use tonic::{
    service::Routes,
    transport::{Server, ServerTlsConfig, server::TcpIncoming},
};
use tower::Layer as _;

use gather::Gathering;

use crate::{
    caller::Authenticate,
    health::{Health, Readiness},
    layers::{Layered, Layers},
    services::{self, Streams},
};

/// Bytes of the largest message that is read; most RPCs read no more than 4 MiB (`access.rs`).
const MAX_MESSAGE_BYTES: usize = 16 << 20;
/// Calls at a time on one connection.
const MAX_STREAMS: u32 = 1024;
/// How often a silent connection is asked whether its peer is still there.
const KEEPALIVE_EVERY: Duration = Duration::from_secs(30);
/// How long the peer may take to say so.
const KEEPALIVE_ANSWER: Duration = Duration::from_secs(20);

/// What an operator can choose.
#[derive(Clone, Debug)]
pub struct Options {
    /// Whether clients can ask for the API's description.
    pub reflection: Reflection,
    /// Bytes of the largest message that is read; a larger one is `LIMIT_EXCEEDED`.
    pub max_message_bytes: usize,
    /// The networks of facades whose word on their clients' addresses is believed.
    pub trusted_facades: Vec<IpNet>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            reflection: Reflection::Served,
            max_message_bytes: MAX_MESSAGE_BYTES,
            trusted_facades: Vec::new(),
        }
    }
}

/// Whether clients can ask for the API's description, without a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reflection {
    /// As v1 and as v1alpha, for older clients.
    Served,
    /// Not at all.
    Off,
}

/// How connections are held.
#[derive(Clone, Debug)]
pub struct Transport {
    /// The certificate and key to serve TLS with; `None`: plaintext.
    pub tls: Option<ServerTlsConfig>,
    /// How long calls that have begun may take after the end was asked for.
    pub drain: Duration,
}

/// Why the server cannot be put together or cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The API's description cannot be served.
    #[error("the API's description cannot be served: {0}")]
    Reflection(#[from] tonic_reflection::server::Error),
    /// The connections cannot be held as asked for.
    #[error("the gRPC listener cannot be served: {0}")]
    Transport(#[from] tonic::transport::Error),
}

/// All services of `roster.identity.v1` over one core.
#[derive(Clone)]
pub struct Services {
    identity: Routes,
    layers: Layers,
    health: Health,
    reflection: Reflection,
    streams: Streams,
}

impl Services {
    /// The services over this core, said to be serving.
    pub async fn new(directory: Directory, platform: Arc<dyn Platform>, options: Options) -> Self {
        let streams = Streams::default();
        let identity = services::routes(directory.clone(), streams.clone(), &options);
        let services = Self::over(identity, platform, Arc::new(directory), options).await;
        Self { streams, ..services }
    }

    async fn over(
        identity: Routes,
        platform: Arc<dyn Platform>,
        directory: Arc<dyn Authenticate>,
        options: Options,
    ) -> Self {
        Self {
            identity,
            layers: Layers::new(platform, directory, options.max_message_bytes),
            health: Health::new(Readiness::Serving).await,
            reflection: options.reflection,
            streams: Streams::default(),
        }
    }

    /// What clients are told about the server; set it to [`Readiness::NotServing`] first when the program is to end.
    pub fn health(&self) -> Health {
        self.health.clone()
    }

    /// The service for a client in this process: what a listener serves, layers included, without health and reflection.
    pub fn in_process(&self) -> Layered<Routes> {
        self.layers
            .clone()
            .in_process()
            .layer(self.identity.clone().prepare())
    }

    /// Serves until `end` is there, and then until the calls that have begun are answered or the drain time is over.
    pub async fn serve(
        self,
        listener: TcpListener,
        transport: Transport,
        end: impl Future<Output = ()> + Send,
    ) -> Result<(), Error> {
        let (routes, health, streams) = (self.routes()?, self.health, self.streams);
        let mut server = Server::builder()
            .http2_keepalive_interval(Some(KEEPALIVE_EVERY))
            .http2_keepalive_timeout(Some(KEEPALIVE_ANSWER))
            .max_concurrent_streams(MAX_STREAMS);
        if let Some(tls) = transport.tls {
            server = server.tls_config(tls)?;
        }
        // Without it the last segment of an answer can wait for the acknowledgement of the one before.
        let incoming = TcpIncoming::from(listener)
            .with_nodelay(Some(true))
            .map_ok(Gathering::new);
        let (ended, draining) = oneshot::channel();
        let end = async {
            end.await;
            health.end_watches().await;
            streams.end();
            // Nobody listens only if serving has ended by itself.
            let _ = ended.send(());
        };
        let serving = server
            .layer(self.layers)
            .add_routes(routes)
            .serve_with_incoming_shutdown(incoming, end);
        let drained = async {
            let _ = draining.await;
            tokio::time::sleep(transport.drain).await;
        };
        tokio::select! {
            result = serving => Ok(result?),
            () = drained => {
                tracing::warn!(seconds = transport.drain.as_secs(), "calls were still running after the drain time");
                Ok(())
            }
        }
    }

    fn routes(&self) -> Result<Routes, Error> {
        let routes = self.health.add_to(self.identity.clone());
        Ok(match self.reflection {
            Reflection::Served => routes
                .add_service(description().build_v1()?)
                .add_service(description().build_v1alpha()?),
            Reflection::Off => routes,
        })
    }
}

fn description() -> tonic_reflection::server::Builder<'static> {
    tonic_reflection::server::Builder::configure()
        .register_encoded_file_descriptor_set(identity_proto::FILE_DESCRIPTOR_SET)
        .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
        // So that generic clients can show the details of errors.
        .register_encoded_file_descriptor_set(tonic_types::pb::FILE_DESCRIPTOR_SET)
}

mod gather;
#[cfg(test)]
mod tests;
