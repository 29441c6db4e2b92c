//! The facade as a whole: what it needs, and what it keeps between requests.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use axum::Router;
use http::{HeaderMap, HeaderValue};
use identity_proto::Core;
use ipnet::IpNet;

use crate::{
    attributes::Tables, base::PublicUrl, client::CoreService, context::Contexts, headers, json_api, limits,
    meters::Meters, provisioning_log::Log, router, shares::Shares,
};

/// Options that the program sets for the facade.
#[derive(Clone, Debug)]
pub struct Options {
    /// The base of URLs in SCIM's answers. Without it the Host header is believed, so leave it out on loopback only.
    pub public_url: Option<PublicUrl>,
    /// Scheme and host of the OAuth endpoints in their metadata, which anybody may keep: they never follow from the Host header.
    pub origin: String,
    /// The time for one request. The core gets what is left of it as the deadline of each call.
    pub timeout: Duration,
    /// Prefix of the request ids made here; different in every process.
    pub instance: String,
    /// The networks of proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            public_url: None,
            origin: "http://localhost".into(),
            timeout: limits::DEFAULT_TIMEOUT,
            instance: "scim".into(),
            trusted_proxies: Vec::new(),
        }
    }
}

/// The SCIM facade. It keeps nothing that another instance could contradict for longer than a second.
#[derive(Debug)]
pub struct Facade {
    pub(crate) core: Arc<dyn Core>,
    pub(crate) options: Options,
    pub(crate) contexts: Contexts,
    pub(crate) builtin: Arc<Tables>,
    pub(crate) meters: Meters,
    /// Threads for what takes long; half of them for one token.
    pub(crate) threads: Shares,
    /// Bytes of large bodies.
    pub(crate) bodies: Shares,
    /// Records of requests on their way to the core.
    pub(crate) log: Log,
    requests: AtomicU64,
}

impl Facade {
    /// A facade in front of this core. Starts the task that sends records of requests to it.
    pub fn new(core: Arc<dyn Core>, options: Options) -> Arc<Self> {
        Arc::new(Self {
            log: Log::new(core.clone(), &options.instance),
            core,
            options,
            contexts: Contexts::default(),
            builtin: Tables::builtin(),
            meters: Meters::default(),
            threads: Shares::new(std::thread::available_parallelism().map_or(1, usize::from)),
            bodies: Shares::new(limits::MAX_LARGE_BODY_BYTES),
            requests: AtomicU64::new(0),
        })
    }

    /// All routes, with a fallback that answers unknown ones in SCIM form. More routes can be added to it.
    pub fn router(self: &Arc<Self>) -> Router {
        router::router(self)
    }

    /// The routes of the API in JSON and of AuthZEN, which are beside SCIM. `core` is where requests of the former are passed on to.
    pub fn json_api(self: &Arc<Self>, core: CoreService) -> Router {
        json_api::router(self, core)
    }

    /// Sends what is still to be written to the provisioning log. To be called when no request is under way any more.
    pub async fn flush(&self) {
        self.log.flush().await;
    }

    /// The client's request id, else a new one.
    pub(crate) fn request_id(&self, headers: &HeaderMap) -> HeaderValue {
        if let Some(id) = headers::request_id(headers) {
            return id.clone();
        }
        let number = self.requests.fetch_add(1, Ordering::Relaxed);
        let id = format!("{}-{number:x}", self.options.instance);
        HeaderValue::try_from(id).unwrap_or_else(|_| HeaderValue::from(number))
    }
}
