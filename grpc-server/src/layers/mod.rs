//! The layers that every call passes, in process as over a socket: it gets a request id, a span and a place in the metrics; its caller is found out,
//! and refused if the table of RPCs does not serve it, before anything of the body is read; its body is bounded; it ends at its
//! deadline; a panic is a defect and not the end of the connection; and what the framework refused by itself gets a
//! reason like everything else.

mod connect;
pub(crate) mod deadline;
mod framework;
mod in_flight;
mod known;
mod meters;
mod rate_limit;
mod request_body;
mod request_id;
mod throttle;
mod trace;

use std::{
    convert::Infallible,
    future::Future,
    mem,
    net::IpAddr,
    panic::AssertUnwindSafe,
    pin::Pin,
    sync::{Arc, OnceLock},
    task::{Context, Poll},
    time::Duration,
};

use futures::FutureExt as _;
use http::{Extensions, HeaderMap, HeaderValue, Request, Response, header};
use identity_core::{
    error::{Error, Result},
    platform::Platform,
};
use prost::Message;
use tokio::time::Instant;
use tonic::{Code, Status, body::Body};
use tower::{Layer, Service};
use tracing::Instrument as _;

pub use self::rate_limit::RateLimits;
pub(crate) use self::request_id::RequestId;
use self::{
    connect::Form,
    in_flight::{HeldBytes, Sender},
    known::Known,
    meters::{Meter, Meters},
    rate_limit::Rates,
    request_body::{Arrived, Bounds, READ_TIMEOUT, RequestBody},
    throttle::Throttle,
};
use crate::{
    address::{self, ClientAddress, InProcess},
    caller::{self, Authenticate},
    methods::{ANONYMOUS_BYTES, Requirement},
    quota::Quota,
    server::Options,
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
    rates: Rates,
    options: Options,
}

impl Layers {
    /// `directory` knows who calls.
    pub(crate) fn new(
        platform: Arc<dyn Platform>,
        directory: Arc<dyn Authenticate>,
        options: Options,
    ) -> Self {
        let meters = Meters::new();
        let shared = Arc::new(Shared {
            platform,
            directory,
            in_flight: Arc::default(),
            meters,
            throttle: Throttle::default(),
            rates: Rates::new(options.rate_limits),
            options,
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

impl Layers {
    /// Passes a call of the facade in this process to the service for it; its message is bounded as one that a listener reads.
    pub(crate) async fn pass<M: Message, A, F>(
        &self,
        path: &str,
        request: tonic::Request<M>,
        inner: impl FnOnce(tonic::Request<M>) -> F,
    ) -> Result<tonic::Response<A>, Status>
    where
        F: Future<Output = Result<tonic::Response<A>, Status>>,
    {
        let shared = &self.shared;
        let (metadata, mut extensions, message) = request.into_parts();
        extensions.insert(InProcess);
        let head = Head::read(shared, metadata.as_ref(), &mut extensions);
        let meter = shared.meters.of(path);
        let known = OnceLock::new();
        let work = async {
            let bytes = message.encoded_len();
            let sender = shared
                .authorize(meter, metadata.as_ref(), &mut extensions, &known)
                .await
                .map_err(|error| head.refuse(&error))?;
            let in_flight = HeldBytes::new(&shared.in_flight, sender);
            in_flight
                .add_message(bytes, shared.max_bytes(meter))
                .map_err(|error| head.refuse(&error))?;
            inner(tonic::Request::from_parts(metadata, extensions, message)).await
        };
        shared.answer(meter, &head, &known, work).await
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

/// The head of a call: all that is known before its caller.
struct Head {
    begun: Instant,
    request_id: RequestId,
    limit: Option<Duration>,
    address: Option<IpAddr>,
    secret: Option<HeaderValue>,
    is_in_process: bool,
}

impl Head {
    /// Leaves in the extensions what handlers ask for.
    fn read(shared: &Shared, headers: &HeaderMap, extensions: &mut Extensions) -> Self {
        let request_id = RequestId::accept(headers, shared.platform.as_ref());
        let address = address::of_client(headers, extensions, &shared.options.trusted_facades);
        extensions.insert(request_id.clone());
        extensions.insert(ClientAddress(address));
        Self {
            begun: Instant::now(),
            request_id,
            limit: deadline::limit(headers),
            address,
            secret: headers.get(header::AUTHORIZATION).cloned(),
            is_in_process: extensions.get::<InProcess>().is_some(),
        }
    }

    fn refuse(&self, error: &Error) -> Status {
        status::refuse(error, self.request_id.as_str())
    }
}

impl Shared {
    async fn pass<S>(&self, mut inner: S, request: Request<Body>) -> Response<Body>
    where
        S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>,
    {
        let (mut parts, body) = request.into_parts();
        let form = Form::of(&mut parts);
        let head = Head::read(self, &parts.headers, &mut parts.extensions);
        let meter = self.meters.of(parts.uri.path());
        let request = Request::from_parts(parts, body);
        let known = OnceLock::new();
        let work = async {
            form.check()?;
            let (request, _in_flight) = self.admit(request, &form, meter, &head, &known).await?;
            let Ok(response) = inner.call(request).await;
            self.refusal(&response, &head).map_or(Ok(response), Err)
        };
        let answer = self.answer(meter, &head, &known, work).await;
        let mut response = form.answer(answer, &head.request_id).await;
        head.request_id.write_to(&mut response);
        response
    }

    /// Runs a call to its end or its deadline; counts it and logs it.
    async fn answer<A>(
        &self,
        meter: &Meter,
        head: &Head,
        known: &OnceLock<Known>,
        work: impl Future<Output = Result<A, Status>>,
    ) -> Result<A, Status> {
        let work = AssertUnwindSafe(work).catch_unwind();
        let answer = async {
            let mut answer = match deadline::within(head.limit, work).await {
                Some(Ok(answer)) => answer,
                // What it panicked with, the panic hook has told already.
                Some(Err(_panic)) => Err(head.refuse(&Error::Internal("a handler panicked".into()))),
                None => Err(status::deadline_exceeded()),
            };
            let known = known.get().copied().unwrap_or_default();
            let mut was_too_often = known.calls_too_often;
            if let (Err(status), Some(address)) = (&mut answer, head.address)
                && status.code() == Code::Unauthenticated
                && let Some(error) = self.throttle.count(address, head.secret.as_ref())
            {
                *status = head.refuse(&error);
                was_too_often = true;
            }
            let took = head.begun.elapsed();
            let code = answer.as_ref().err().map_or(Code::Ok, Status::code);
            meter.count(code, took);
            match &mut answer {
                // The facade in this process tells itself what it refuses, and a caller that is throttled does not fill the log.
                Err(status) if !head.is_in_process && !was_too_often => {
                    known.write_to(status);
                    trace::refused(meter, &head.request_id, head.address, known, status, took);
                }
                Err(status) => {
                    known.write_to(status);
                    trace::answered(code, took);
                }
                Ok(_) => trace::answered(code, took),
            }
            answer
        };
        answer.instrument(trace::span(meter, &head.request_id)).await
    }

    /// The request of a caller whom the RPC serves, with bounds on its body; and what holds its place among all requests until it is
    /// answered.
    async fn admit(
        &self,
        request: Request<Body>,
        form: &Form,
        meter: &Meter,
        head: &Head,
        known: &OnceLock<Known>,
    ) -> Result<(Request<Body>, Arc<HeldBytes>), Status> {
        let (mut parts, body) = request.into_parts();
        let sender = self
            .authorize(meter, &parts.headers, &mut parts.extensions, known)
            .await
            .map_err(|error| head.refuse(&error))?;
        let bounds = Bounds {
            max_bytes: self.max_bytes(meter),
            max_decompressed_bytes: match sender {
                Sender::Stranger => 0,
                Sender::Caller(_) => self.options.max_message_bytes,
            },
            // Reflection alone has requests that go on.
            deadline: (!parts.uri.path().starts_with(REFLECTION)).then(|| head.begun + READ_TIMEOUT),
        };
        let in_flight = Arc::new(HeldBytes::new(&self.in_flight, sender));
        let body = Body::new(RequestBody {
            body,
            bounds,
            held: Arc::clone(&in_flight),
            request_id: head.request_id.clone(),
            arrived: Arrived::new(form.has_prefix()),
            timer: None,
        });
        let body = form.body(body, &head.request_id);
        Ok((Request::from_parts(parts, body), in_flight))
    }

    /// Finds out who calls, and leaves him in the extensions; refuses whom the RPC does not serve. Of services that are none of ours
    /// (health, reflection) nothing is asked.
    async fn authorize(
        &self,
        meter: &Meter,
        headers: &HeaderMap,
        extensions: &mut Extensions,
        known: &OnceLock<Known>,
    ) -> Result<Sender> {
        let Some(method) = meter
            .rpc
            .filter(|method| method.requirement != Requirement::Nothing)
        else {
            return Ok(Sender::Stranger);
        };
        let caller = self.directory.authenticate(headers).await?;
        let counted = self.rates.count(&caller);
        // A call is admitted once.
        let _ = known.set(Known {
            calls_too_often: counted.is_err(),
            ..Known::of(&caller)
        });
        counted?;
        caller::require_served(&caller, &method, headers)?;
        let sender = Sender::Caller(caller.organization_id());
        extensions.insert(caller);
        Ok(sender)
    }

    /// Bytes that a message of this RPC may have; little of what is no RPC of ours.
    fn max_bytes(&self, meter: &Meter) -> usize {
        meter.rpc.map_or(ANONYMOUS_BYTES, |method| {
            method.max_message_bytes(self.options.max_message_bytes)
        })
    }

    /// The refusal that an answer is, with a reason.
    fn refusal(&self, response: &Response<Body>, head: &Head) -> Option<Status> {
        match framework::refusal(response, self.options.max_message_bytes) {
            Some(error) => Some(head.refuse(&error)),
            // An answer that streams tells its own code at its end; here it has begun well.
            None => response.extensions().get::<Status>().cloned(),
        }
    }
}

#[cfg(test)]
pub(crate) mod tests;
