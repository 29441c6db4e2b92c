//! The web console: pages for identity provider administrators, help desks and operators.
//!
//! It is a client of `roster.identity.v1` as any other: each session carries the token of whoever signed in, so that scopes and roles
//! decide what its pages show and change. It has no rule, no database and no power of its own, and its pages need no script.

mod answer;
mod client;
mod pages;
mod refusal;
mod request;
mod session;
mod view;

use std::{io, net::IpAddr, sync::Arc};

use axum::{Router, extract::DefaultBodyLimit, middleware};
use http::{Request, Response};
use tonic::body::Body;
use tower::util::BoxCloneSyncService;

pub use self::session::Sessions;

/// A gRPC service that speaks `roster.identity.v1`: in this process, or elsewhere.
pub type CoreService = BoxCloneSyncService<Request<Body>, Response<Body>, io::Error>;

/// Bytes of the largest form.
const MAX_FORM_BYTES: usize = 64 << 10;

/// The other end of the connection; the listener puts it into the extensions of each request.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub IpAddr);

/// The path that takes a code which [`Sessions::add_code`] made.
pub fn sign_in_path(code: &str) -> String {
    format!("/sign-in?code={code}")
}

/// Tells whether a path is answered well only to a browser with a session.
pub fn needs_session(path: &str) -> bool {
    !pages::PUBLIC.contains(&path)
}

/// The clock and randomness.
#[derive(Clone, Copy, Debug)]
pub struct Environment {
    /// Returns the time, in microseconds since 1970.
    pub now: fn() -> i64,
    /// Fills bytes from a cryptographic source.
    pub random: fn(&mut [u8]),
}

/// The console over one core.
pub struct Console {
    core: CoreService,
    sessions: Arc<Sessions>,
    environment: Environment,
}

impl Console {
    /// A console over a core, with these sessions.
    pub fn new(core: CoreService, sessions: Arc<Sessions>, environment: Environment) -> Arc<Self> {
        Arc::new(Self {
            core,
            sessions,
            environment,
        })
    }

    /// All pages.
    pub fn router(self: &Arc<Self>) -> Router {
        pages::routes()
            .layer(middleware::from_fn(answer::secure))
            .layer(DefaultBodyLimit::max(MAX_FORM_BYTES))
            .with_state(Arc::clone(self))
    }
}
