//! The layers that every call passes, in process as over a socket: it gets a request id, a span and a place in the metrics; its caller is found out,
//! and refused if the table of RPCs does not serve it, before anything of the body is read; its body is bounded; it ends at its
//! deadline; a panic is a defect and not the end of the connection; and what the framework refused by itself gets a
//! reason like everything else.

pub(crate) mod deadline;
mod framework;
mod in_flight;
mod known;
mod meters;
mod request_body;
mod request_id;
mod throttle;
mod trace;

use std::{
    convert::Infallible,
    future::Future,
    mem,
    panic::AssertUnwindSafe,
    pin::Pin,
    sync::{Arc, OnceLock},
    task::{Context, Poll},
};

use futures::FutureExt as _;
use http::{Request, Response, header};
use identity_core::{
    error::{Error, Result},
    platform::Platform,
};
use ipnet::IpNet;
use tokio::time::Instant;
use tonic::{Code, Status, body::Body};
use tower::{Layer, Service};
use tracing::Instrument as _;

pub(crate) use self::request_id::RequestId;
use self::{
    in_flight::{HeldBytes, Sender},
    known::Known,
    meters::{Meter, Meters},
    request_body::{Arrived, Bounds, READ_TIMEOUT, RequestBody},
    throttle::Throttle,
};
use crate::{
    address::{self, ClientAddress, InProcess},
    caller::{self, Authenticate},
    methods::{ANONYMOUS_BYTES, Requirement},
    quota::Quota,
    status,
};

/// Paths of reflection, in all its versions.
const REFLECTION: &str = "/grpc.reflection.";

/// Puts the layers round a service.
#[derive(Clone)]
pub(crate) struct Layers {
    shared: Arc<Shared>,
    origin: Origin,
}

/// Where calls come from.
#[derive(Clone, Copy)]
enum Origin {
    Socket,
    InProcess,
}

struct Shared {
    platform: Arc<dyn Platform>,
    directory: Arc<dyn Authenticate>,
    in_flight: Arc<Quota>,
    meters: Meters,
    throttle: Throttle,
    max_message_bytes: usize,
    trusted_facades: Vec<IpNet>,
}

impl Layers {
    /// `directory` knows who calls; `max_message_bytes` is what the largest message may hold; the word of `trusted_facades` on a client's
    /// address is believed.
    pub(crate) fn new(
        platform: Arc<dyn Platform>,
        directory: Arc<dyn Authenticate>,
        max_message_bytes: usize,
        trusted_facades: Vec<IpNet>,
    ) -> Self {
        let meters = Meters::new();
        let shared = Arc::new(Shared {
            platform,
            directory,
            in_flight: Arc::default(),
            meters,
            throttle: Throttle::default(),
            max_message_bytes,
            trusted_facades,
        });
        Self {
            shared,
            origin: Origin::Socket,
        }
    }

    /// The same layers for calls that come over no socket.
    pub(crate) fn in_process(self) -> Self {
        let origin = Origin::InProcess;
        Self { origin, ..self }
    }
}

impl<S> Layer<S> for Layers {
    type Service = Layered<S>;

    fn layer(&self, inner: S) -> Layered<S> {
        let shared = Arc::clone(&self.shared);
        let origin = self.origin;
        Layered {
            inner,
            shared,
            origin,
        }
    }
}

/// A service with all layers round it.
#[derive(Clone)]
pub struct Layered<S> {
    inner: S,
    shared: Arc<Shared>,
    origin: Origin,
}

type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;

impl<S> Service<Request<Body>> for Layered<S>
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        if let Origin::InProcess = self.origin {
            request.extensions_mut().insert(InProcess);
        }
        // The service that was asked whether it is ready is the one to call; the copy takes its place.
        let copy = self.inner.clone();
        let inner = mem::replace(&mut self.inner, copy);
        let shared = Arc::clone(&self.shared);
        Box::pin(async move { Ok(shared.pass(inner, request).await) })
    }
}

impl Shared {
    async fn pass<S>(&self, mut inner: S, mut request: Request<Body>) -> Response<Body>
    where
        S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>,
    {
        let begun = Instant::now();
        let request_id = RequestId::accept(&mut request, self.platform.as_ref());
        let meter = self.meters.of(request.uri().path());
        let span = trace::span(meter, &request_id);
        let limit = deadline::limit(request.headers());
        let is_in_process = request.extensions().get::<InProcess>().is_some();
        let address = address::of_client(request.headers(), request.extensions(), &self.trusted_facades);
        request.extensions_mut().insert(ClientAddress(address));
        let known = OnceLock::new();
        let secret = request.headers().get(header::AUTHORIZATION).cloned();
        // The call itself may panic, too: it happens within the block.
        let answer = AssertUnwindSafe(async {
            match self.admit(request, meter, begun, &request_id, &known).await {
                Ok((request, _held)) => inner.call(request).await,
                Err(error) => Ok(status::refuse(&error, request_id.as_str()).into_http()),
            }
        });
        let answer = answer.catch_unwind();
        let answer = async {
            let mut response = match deadline::within(limit, answer).await {
                Some(Ok(Ok(response))) => self.with_reason(response, &request_id),
                Some(Err(_panic)) => panicked(&request_id).into_http(),
                None => status::deadline_exceeded().into_http(),
            };
            let mut was_too_often = false;
            if let (Code::Unauthenticated, Some(address)) = (code(&response), address)
                && let Some(error) = self.throttle.count(address, secret.as_ref())
            {
                response = status::refuse(&error, request_id.as_str()).into_http();
                was_too_often = true;
            }
            request_id.write_to(&mut response);
            let (code, took) = (code(&response), begun.elapsed());
            meter.count(code, took);
            let known = known.get().copied().unwrap_or_default();
            if code != Code::Ok {
                known.write_to(&mut response);
            }
            // The facade in this process tells itself what it refuses, and who is throttled does not fill the log.
            if code == Code::Ok || is_in_process || was_too_often {
                trace::answered(code, took);
            } else {
                trace::refused(meter, &request_id, address, known, &response, took);
            }
            response
        };
        answer.instrument(span).await
    }

    /// The request of a caller whom the RPC serves, with bounds on its body; and what holds its place among all requests until it is
    /// answered. Of services that are none of ours (health, reflection) nothing is asked, and little is read.
    async fn admit(
        &self,
        mut request: Request<Body>,
        meter: &Meter,
        begun: Instant,
        request_id: &RequestId,
        known: &OnceLock<Known>,
    ) -> Result<(Request<Body>, Arc<HeldBytes>)> {
        let mut sender = Sender::Stranger;
        if let Some(method) = meter
            .rpc
            .filter(|method| method.requirement != Requirement::Nothing)
        {
            let caller = self.directory.authenticate(request.headers()).await?;
            // A call is admitted once.
            let _ = known.set(Known::of(&caller));
            caller::require_served(&caller, &method, request.headers())?;
            sender = Sender::Caller(caller.organization_id());
            request.extensions_mut().insert(caller);
        }
        let bounds = Bounds {
            max_bytes: meter.rpc.map_or(ANONYMOUS_BYTES, |method| {
                method.max_message_bytes(self.max_message_bytes)
            }),
            // Reflection alone has requests that go on.
            deadline: (!request.uri().path().starts_with(REFLECTION)).then(|| begun + READ_TIMEOUT),
        };
        let held = Arc::new(HeldBytes::new(&self.in_flight, sender));
        let request = request.map(|body| {
            Body::new(RequestBody {
                body,
                bounds,
                held: Arc::clone(&held),
                request_id: request_id.clone(),
                arrived: Arrived::default(),
                timer: None,
            })
        });
        Ok((request, held))
    }

    fn with_reason(&self, response: Response<Body>, request_id: &RequestId) -> Response<Body> {
        match framework::refusal(&response, self.max_message_bytes) {
            Some(error) => status::refuse(&error, request_id.as_str()).into_http(),
            None => response,
        }
    }
}

fn panicked(request_id: &RequestId) -> Status {
    // What it panicked with, the panic hook has told already.
    status::refuse(&Error::Internal("a handler panicked".into()), request_id.as_str())
}

/// The code of an answer. An answer that streams tells its own at its end; here it has begun well.
fn code(response: &Response<Body>) -> Code {
    response
        .extensions()
        .get::<Status>()
        .map_or(Code::Ok, Status::code)
}

#[cfg(test)]
pub(crate) mod tests;
