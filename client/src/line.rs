//! Token and deadline that every request gets.

use std::{
    fmt,
    sync::{Arc, PoisonError, RwLock},
    task::{Context, Poll},
    time::Duration,
};

use http::{HeaderValue, Request, Response};
use tonic::{
    body::Body,
    metadata::{Ascii, MetadataValue},
    transport::{self, Channel},
};
use tower::Service;

const AUTHORIZATION: &str = "authorization";
const TIMEOUT: &str = "grpc-timeout";
/// The call that goes on for ever.
const WATCH: &str = "/roster.identity.v1.ChangeService/Watch";

/// The token of all calls from now on.
#[derive(Clone)]
pub(crate) struct Token(Arc<RwLock<MetadataValue<Ascii>>>);

impl Token {
    pub(crate) fn new(token: MetadataValue<Ascii>) -> Self {
        Self(Arc::new(RwLock::new(token)))
    }

    pub(crate) fn replace(&self, token: MetadataValue<Ascii>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = token;
    }

    fn header(&self) -> Option<HeaderValue> {
        let token = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let mut header = HeaderValue::from_bytes(token.as_bytes()).ok()?;
        header.set_sensitive(true);
        Some(header)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

/// The way of all calls.
#[derive(Clone, Debug)]
pub struct Line {
    channel: Channel,
    token: Token,
    timeout: Option<HeaderValue>,
}

impl Line {
    pub(crate) fn new(channel: Channel, token: Token, deadline: Duration) -> Self {
        // The protocol has at most eight digits for it.
        let millis = deadline.as_millis().clamp(1, 99_999_999);
        Self {
            channel,
            token,
            timeout: HeaderValue::try_from(format!("{millis}m")).ok(),
        }
    }
}

impl Service<Request<Body>> for Line {
    type Response = Response<Body>;
    type Error = transport::Error;
    type Future = <Channel as Service<Request<Body>>>::Future;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.channel.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        let endless = request.uri().path() == WATCH;
        let headers = request.headers_mut();
        if let Some(token) = self.token.header() {
            headers.insert(AUTHORIZATION, token);
        }
        if let Some(timeout) = &self.timeout
            && !endless
            && !headers.contains_key(TIMEOUT)
        {
            headers.insert(TIMEOUT, timeout.clone());
        }
        self.channel.call(request)
    }
}
