//! `ChangeService.Watch`: one stream for each caller, which reads as its caller takes.

use std::{future, pin::Pin, sync::Arc, time::Duration};

use futures::{Stream, stream};
use identity_core::{
    caller::{Call, Caller, Intent},
    directory::{Watch, WatchEvent},
    error::{Error, Result},
};
use identity_proto::v1::{WatchRequest, WatchResponse};
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status, metadata::MetadataMap};

use super::{Answer, Handler};
use crate::{
    caller,
    convert::change,
    layers::{RequestId, deadline},
    methods,
    quota::{Bound, Holder, Quota},
    status,
};

/// Streams at a time in this process.
const MAX_STREAMS: usize = 4096;
/// Streams at a time for one organization.
const MAX_STREAMS_OF_ORGANIZATION: usize = 1024;
/// Streams at a time with one token, and the access tokens made from it.
const MAX_STREAMS_OF_TOKEN: usize = 256;

/// The metric of streams that are open.
const STREAMS: &str = "roster_watch_streams";

/// A stream of answers.
pub(super) type Responses = Pin<Box<dyn Stream<Item = Result<WatchResponse, Status>> + Send>>;

/// State that all streams of this process share: their quota and their end.
#[derive(Clone, Default)]
pub(crate) struct Streams {
    slots: Arc<Quota>,
    end: CancellationToken,
}

impl Streams {
    /// Ends all streams: their callers go on at another instance.
    pub(crate) fn end(&self) {
        self.end.cancel();
    }

    /// Resolves when the instance ends.
    pub(super) async fn ended(&self) {
        self.end.cancelled().await;
    }

    pub(super) fn enter(&self, caller: &Caller) -> Result<StreamPermit> {
        let bounds = bounds(caller);
        self.slots.take(&bounds, 1)?;
        metrics::gauge!(STREAMS).increment(1);
        Ok(StreamPermit {
            slots: Arc::clone(&self.slots),
            bounds,
        })
    }
}

fn bounds(caller: &Caller) -> Vec<Bound> {
    let bound = |holder, maximum, limit| Bound {
        holder,
        maximum,
        limit,
    };
    let all = bound(Holder::Instance, MAX_STREAMS, "watch streams on one instance");
    let organization = caller.organization_id().map(|id| {
        let limit = "watch streams of one organization on one instance";
        bound(Holder::Organization(id), MAX_STREAMS_OF_ORGANIZATION, limit)
    });
    let token = caller.token_id().map(|id| {
        let limit = "watch streams with one token on one instance";
        bound(Holder::Token(id), MAX_STREAMS_OF_TOKEN, limit)
    });
    [Some(all), organization, token].into_iter().flatten().collect()
}

/// One of the streams that there may be.
pub(super) struct StreamPermit {
    slots: Arc<Quota>,
    bounds: Vec<Bound>,
}

impl Drop for StreamPermit {
    fn drop(&mut self) {
        metrics::gauge!(STREAMS).decrement(1);
        self.slots.release(&self.bounds, 1);
    }
}

/// A stream under way.
struct ActiveStream {
    watch: Watch,
    handler: Handler,
    metadata: MetadataMap,
    request_id: RequestId,
    end: CancellationToken,
    deadline: Option<Instant>,
    heartbeat: Duration,
    /// When the next heartbeat is due, unless something else is sent before.
    due: Instant,
    first: First,
    _permit: StreamPermit,
}

/// State of the first response, which tells the caller that the stream has begun.
#[derive(PartialEq, Eq)]
enum First {
    Due,
    Sent,
}

/// Why a stream goes on or ends.
enum Step {
    Event(WatchEvent),
    Heartbeat,
    Deadline,
    End,
}

pub(super) async fn open(
    handler: &Handler,
    streams: &Streams,
    request: Request<WatchRequest>,
) -> Answer<Responses> {
    let limit = deadline::limit(request.metadata().as_ref());
    let deadline = limit.map(|limit| Instant::now() + limit);
    let (request_id, metadata) = (RequestId::of(request.extensions()), request.metadata().clone());
    let (streams, own) = (streams.clone(), handler.clone());
    let commit = |_: &WatchRequest| Intent::Commit;
    let opened = handler.call(request, commit, |directory, call, message| async move {
        let permit = streams.enter(&call.caller)?;
        let heartbeat = change::heartbeat(message.heartbeat_interval)?;
        let watch = directory.watch(&call, change::watch(message)?).await?;
        Ok(ActiveStream {
            watch,
            handler: own,
            metadata,
            request_id,
            end: streams.end.clone(),
            deadline,
            heartbeat,
            due: Instant::now() + heartbeat,
            first: First::Due,
            _permit: permit,
        })
    });
    let stream = opened.await?.into_inner();
    let answers = stream::unfold(Some(stream), |stream| async {
        let mut stream = stream?;
        match stream.next().await {
            Ok(response) => {
                stream.due = Instant::now() + stream.heartbeat;
                Some((Ok(response), Some(stream)))
            }
            Err(status) => Some((Err(status), None)),
        }
    });
    Ok(Response::new(Box::pin(answers)))
}

impl ActiveStream {
    async fn next(&mut self) -> Result<WatchResponse, Status> {
        if self.first == First::Due {
            self.first = First::Sent;
            return self.progress();
        }
        loop {
            match self.step().await.map_err(|error| self.refuse(&error))? {
                Step::Event(event) => {
                    if event.concerns_access {
                        self.reauthorize().await?;
                    }
                    if !event.changes.is_empty() {
                        return Ok(change::event(event));
                    }
                }
                Step::Heartbeat => {
                    self.reauthorize().await?;
                    return self.progress();
                }
                Step::Deadline => return Err(status::deadline_exceeded()),
                Step::End => {
                    return Err(self.refuse(&Error::Unavailable("the instance ends".into())));
                }
            }
        }
    }

    /// Waits for whatever comes first.
    async fn step(&mut self) -> Result<Step> {
        tokio::select! {
            biased;
            () = self.end.cancelled() => Ok(Step::End),
            () = passed(self.deadline) => Ok(Step::Deadline),
            event = self.watch.next() => event.map(Step::Event),
            () = sleep_until(self.due) => Ok(Step::Heartbeat),
        }
    }

    /// Asks again what the call asked: nobody else would, as it has long been admitted.
    async fn reauthorize(&self) -> Result<(), Status> {
        let asked = async {
            let directory = &self.handler.directory;
            let caller = caller::authorize(directory, &methods::WATCH, self.metadata.as_ref()).await?;
            self.watch
                .reauthorize(&Call::new(caller, self.request_id.as_str()))
                .await
        };
        asked.await.map_err(|error| self.refuse(&error))
    }

    fn progress(&self) -> Result<WatchResponse, Status> {
        let progress = self.watch.progress();
        progress.map(change::event).map_err(|error| self.refuse(&error))
    }

    fn refuse(&self, error: &Error) -> Status {
        status::refuse(error, self.request_id.as_str())
    }
}

pub(super) async fn passed(deadline: Option<Instant>) {
    match deadline {
        Some(at) => sleep_until(at).await,
        None => future::pending().await,
    }
}
