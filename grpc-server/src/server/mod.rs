//! Puts the services together and serves them.

use std::{fmt, sync::Arc};

use identity_core::{directory::Directory, platform::Platform};
use identity_proto::Core;
use ipnet::IpNet;
use tonic::service::Routes;
use tower::Layer as _;

use crate::{
    caller::Authenticate,
    health::{Health, Readiness},
    layers::{Layered, Layers, RateLimits},
    services::{self, InProcess, Streams},
};

/// Bytes of the largest message that is read; most RPCs read no more than 4 MiB (`methods.rs`).
const MAX_MESSAGE_BYTES: usize = 16 << 20;

/// Options that an operator can set.
#[derive(Clone, Debug)]
pub struct Options {
    /// Availability of gRPC reflection, the API's description.
    pub reflection: Reflection,
    /// Bytes of the largest message that is read; a larger one is `LIMIT_EXCEEDED`.
    pub max_message_bytes: usize,
    /// The networks of facades whose word on their clients' addresses is believed.
    pub trusted_facades: Vec<IpNet>,
    /// Calls a second that one caller may make.
    pub rate_limits: RateLimits,
    /// Maker of links into the web console; `None`: there is none.
    pub sign_in_links: Option<SignInLinks>,
}

/// Makes a link that signs a browser in with a token.
#[derive(Clone)]
pub struct SignInLinks(pub Arc<dyn Fn(&str) -> String + Send + Sync>);

impl fmt::Debug for SignInLinks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SignInLinks")
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            reflection: Reflection::Served,
            max_message_bytes: MAX_MESSAGE_BYTES,
            trusted_facades: Vec::new(),
            rate_limits: RateLimits::default(),
            sign_in_links: None,
        }
    }
}

/// Availability of gRPC reflection, the API's description, which needs no token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reflection {
    /// As v1 and as v1alpha, for older clients.
    Served,
    /// Not at all.
    Off,
}

/// Why the server cannot be put together.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The API's description cannot be served.
    #[error("the API's description cannot be served: {0}")]
    Reflection(#[from] tonic_reflection::server::Error),
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
            reflection: options.reflection,
            layers: Layers::new(platform, directory, options),
            health: Health::new(Readiness::Serving).await,
            streams: Streams::default(),
        }
    }

    /// Returns the health that clients see; set it to [`Readiness::NotServing`] first when the program is to
    /// end.
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

    /// The RPCs for a facade in this process, over the same core as the services: with the same layers, but without messages on a wire.
    pub fn core(&self, directory: Directory) -> Arc<dyn Core> {
        Arc::new(InProcess::new(directory, self.layers.clone()))
    }

    /// The service for a listener, layers included. Its requests say who sent them ([`crate::Peer`]).
    pub fn service(&self) -> Result<Layered<Routes>, Error> {
        Ok(self.layers.layer(self.routes()?.prepare()))
    }

    /// Ends the calls that would go on for ever, as the program is about to end.
    pub async fn end_streams(&self) {
        self.health.clone().end_watches().await;
        self.streams.end();
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

#[cfg(test)]
mod tests;
