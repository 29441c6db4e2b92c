//! Records on their way to the core: a bounded queue, and the task that empties it.

use std::{collections::HashMap, sync::Arc};

use futures::{StreamExt as _, stream};
use governor::{Quota, RateLimiter, clock::MonotonicClock, state::keyed::HashMapStateStore};
use http::{HeaderValue, Response, StatusCode};
use identity_proto::{
    Core,
    v1::{
        ErrorReason, ProvisioningOutcome, ProvisioningRequest, RecordProvisioningRequestsRequest,
        RecordedRequest, RequestsOfToken,
    },
};
use prost::Message as _;
use tokio::{
    sync::{mpsc, oneshot},
    time::{Instant, sleep_until, timeout},
};

use super::{Notes, Request};
use crate::{
    call::Call,
    error::LoggedRefusal,
    limits::{
        MAX_LIMITED_LOG_REQUESTS, MAX_LIMITED_LOG_TOKENS, MAX_LOG_MESSAGE_BYTES, MAX_LOG_MESSAGE_REQUESTS,
        MAX_LOG_QUEUE, MAX_LOG_TIME, MAX_LOG_WAIT,
    },
};

/// Counts records that are lost, by the reason.
const DROPPED: &str = "roster_provisioning_log_dropped_total";
/// Messages that are under way at a time.
const CONCURRENT: usize = 2;
/// Form in which a bearer token is sent.
const SCHEME: &str = "Bearer ";

/// The way of records to the core.
#[derive(Debug)]
pub(crate) struct Log {
    items: mpsc::Sender<Item>,
    limited: RateLimiter<HeaderValue, HashMapStateStore<HeaderValue>, MonotonicClock>,
}

#[derive(Debug)]
enum Item {
    Record(Box<Record>),
    /// Sends all that came before, and says so.
    Flush(oneshot::Sender<()>),
}

/// A record with the token that it came with.
#[derive(Debug)]
struct Record {
    bearer: HeaderValue,
    begun: Instant,
    request: ProvisioningRequest,
}

impl Log {
    /// A log that is kept by this core. `instance` is the beginning of the ids of its calls.
    pub(crate) fn new(core: Arc<dyn Core>, instance: &str) -> Self {
        let (sender, items) = mpsc::channel(MAX_LOG_QUEUE);
        let request_id = HeaderValue::try_from(format!("{instance}-log"));
        let request_id = request_id.unwrap_or_else(|_| HeaderValue::from_static("log"));
        tokio::spawn(run(items, core, request_id));
        Self::over(sender)
    }

    fn over(items: mpsc::Sender<Item>) -> Self {
        let quota = Quota::per_second(MAX_LIMITED_LOG_REQUESTS);
        Self {
            items,
            limited: RateLimiter::new(quota, HashMapStateStore::default(), MonotonicClock),
        }
    }

    /// Adds the record of a request that was answered. When too many wait already it is lost and counted: no request waits for the log.
    /// Of a token's requests that are too many, one a second is recorded.
    pub(crate) fn add<B>(&self, request: Request, notes: &Notes, response: &Response<B>) {
        let refusal = response.extensions().get::<LoggedRefusal>();
        self.add_answered(request, notes, response.status(), refusal);
    }

    /// The same of a request whose answer is part of another one's.
    pub(crate) fn add_answered(
        &self,
        request: Request,
        notes: &Notes,
        status: StatusCode,
        refusal: Option<&LoggedRefusal>,
    ) {
        if is_too_many(status, refusal) && !self.records_limited(&request.bearer) {
            return;
        }
        let record = Record {
            request: request.record(notes, status, refusal),
            begun: request.begun,
            bearer: request.bearer,
        };
        if self.items.try_send(Item::Record(Box::new(record))).is_err() {
            dropped("queue", 1);
        }
    }

    fn records_limited(&self, bearer: &HeaderValue) -> bool {
        if self.limited.len() > MAX_LIMITED_LOG_TOKENS {
            self.limited.retain_recent();
        }
        self.limited.check_key(bearer).is_ok()
    }

    /// Waits until all records so far were sent, but not for long.
    pub(crate) async fn flush(&self) {
        let flushed = async {
            let (done, sent) = oneshot::channel();
            if self.items.send(Item::Flush(done)).await.is_ok() {
                // The task may have ended.
                let _ = sent.await;
            }
        };
        if timeout(MAX_LOG_TIME, flushed).await.is_err() {
            tracing::warn!("the last records of the provisioning log could not be sent");
        }
    }
}

fn is_too_many(status: StatusCode, refusal: Option<&LoggedRefusal>) -> bool {
    status == StatusCode::TOO_MANY_REQUESTS
        && refusal.is_some_and(|it| it.reason == Some(ErrorReason::LimitExceeded))
}

fn dropped(reason: &'static str, records: usize) {
    metrics::counter!(DROPPED, "reason" => reason).increment(records as u64);
}

/// Sends records in batches: when the first has waited for [`MAX_LOG_WAIT`], when a queue full of them waits, or when asked to.
async fn run(mut items: mpsc::Receiver<Item>, core: Arc<dyn Core>, request_id: HeaderValue) {
    while let Some(first) = items.recv().await {
        let mut batch = Vec::new();
        let mut asked = take(first, &mut batch);
        let end = Instant::now() + MAX_LOG_WAIT;
        while asked.is_none() && batch.len() < MAX_LOG_QUEUE {
            let next = tokio::select! {
                item = items.recv() => item,
                () = sleep_until(end) => None,
            };
            match next {
                Some(item) => asked = take(item, &mut batch),
                None => break,
            }
        }
        send(batch, &core, &request_id).await;
        if let Some(done) = asked {
            // Nobody may be waiting any more.
            let _ = done.send(());
        }
    }
}

fn take(item: Item, batch: &mut Vec<Record>) -> Option<oneshot::Sender<()>> {
    match item {
        Item::Record(record) => {
            batch.push(*record);
            None
        }
        Item::Flush(done) => Some(done),
    }
}

async fn send(batch: Vec<Record>, core: &Arc<dyn Core>, request_id: &HeaderValue) {
    let sent = stream::iter(messages(batch)).for_each_concurrent(CONCURRENT, async |message| {
        let records = message.tokens.iter().map(|it| it.requests.len()).sum();
        let nobody = HeaderValue::from_static("Bearer none");
        let deadline = Instant::now() + MAX_LOG_TIME;
        let call = Call::new(core.clone(), nobody, request_id.clone(), deadline).of_any_token();
        match call.record_provisioning_requests(message).await {
            Ok(()) => {}
            // It names nobody whose log it could be.
            Err(status) if status.code() == tonic::Code::Unauthenticated => dropped("token", records),
            Err(_) => dropped("core", records),
        }
    });
    sent.await;
}

/// The records in messages that are not too large, by token.
fn messages(batch: Vec<Record>) -> Vec<RecordProvisioningRequestsRequest> {
    let mut of_tokens = HashMap::<HeaderValue, Vec<RecordedRequest>>::new();
    // One moment for all, or two of them could change places.
    let now = Instant::now();
    for record in batch {
        let age = now.duration_since(record.begun);
        of_tokens.entry(record.bearer).or_default().push(RecordedRequest {
            request: Some(record.request),
            age: prost_types::Duration::try_from(age).ok(),
        });
    }
    let mut messages = vec![RecordProvisioningRequestsRequest::default()];
    let (mut bytes, mut count) = (0, 0);
    // The core looks at few tokens that do not hold, so they come last.
    let is_refused = |request: &RecordedRequest| {
        let outcome = request.request.as_ref().map(ProvisioningRequest::outcome);
        outcome == Some(ProvisioningOutcome::Unauthenticated)
    };
    let mut of_tokens: Vec<_> = of_tokens.into_iter().collect();
    of_tokens.sort_by_key(|(_, requests)| requests.iter().all(is_refused));
    for (bearer, requests) in of_tokens {
        let token = bearer.to_str().unwrap_or_default();
        let token = token.strip_prefix(SCHEME).unwrap_or(token);
        let mut open = false;
        for request in requests {
            let size = request.encoded_len() + FRAME_BYTES + if open { 0 } else { token.len() + FRAME_BYTES };
            if count > 0 && (bytes + size > MAX_LOG_MESSAGE_BYTES || count == MAX_LOG_MESSAGE_REQUESTS) {
                messages.push(RecordProvisioningRequestsRequest::default());
                (bytes, count, open) = (0, 0, false);
            }
            let Some(message) = messages.last_mut() else {
                continue;
            };
            if !open {
                message.tokens.push(RequestsOfToken {
                    token: token.to_owned(),
                    requests: Vec::new(),
                });
                open = true;
            }
            if let Some(of_token) = message.tokens.last_mut() {
                of_token.requests.push(request);
            }
            (bytes, count) = (bytes + size, count + 1);
        }
    }
    messages.retain(|message| !message.tokens.is_empty());
    messages
}

/// Bytes around a part of a message: its tag and its length.
const FRAME_BYTES: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    fn record(bearer: &'static str, detail: usize) -> Record {
        Record {
            bearer: HeaderValue::from_static(bearer),
            begun: Instant::now(),
            request: ProvisioningRequest {
                detail: "x".repeat(detail),
                ..ProvisioningRequest::default()
            },
        }
    }

    #[tokio::test]
    async fn records_go_by_token_in_messages_that_are_not_too_large() {
        let batch = (0..200).map(|n| record(["Bearer a", "Bearer b"][n % 2], 400));
        let messages = messages(batch.collect());
        assert!(messages.len() > 2, "{}", messages.len());
        let records = |message: &RecordProvisioningRequestsRequest| {
            message.tokens.iter().map(|it| it.requests.len()).sum::<usize>()
        };
        assert_eq!(messages.iter().map(records).sum::<usize>(), 200);
        for message in &messages {
            assert!(message.encoded_len() <= MAX_LOG_MESSAGE_BYTES);
            assert!(
                message
                    .tokens
                    .iter()
                    .all(|it| ["a", "b"].contains(&it.token.as_str()))
            );
        }
        assert!(super::messages(Vec::new()).is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn a_full_queue_drops_records_and_makes_nobody_wait() {
        let (sender, _items) = mpsc::channel(1);
        let log = Log::over(sender);
        let request = Request {
            bearer: HeaderValue::from_static("Bearer a"),
            id: HeaderValue::from_static("1"),
            client: None,
            method: "GET",
            endpoint: "/Users",
            begun: Instant::now(),
        };
        let counted = metrics_of(|| {
            for _ in 0..3 {
                log.add(request.clone(), &Notes::default(), &Response::new(()));
            }
        });
        assert_eq!(counted, 2);
    }

    /// Counts what is dropped meanwhile.
    fn metrics_of(work: impl FnOnce()) -> u64 {
        use metrics::{Counter, Gauge, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit};
        use std::sync::{
            Arc,
            atomic::{AtomicU64, Ordering},
        };

        struct Dropped(Arc<AtomicU64>);

        impl Recorder for Dropped {
            fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
            fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
            fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
            fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
                assert_eq!(key.name(), DROPPED);
                Counter::from_arc(Arc::clone(&self.0))
            }
            fn register_gauge(&self, _: &Key, _: &Metadata<'_>) -> Gauge {
                Gauge::noop()
            }
            fn register_histogram(&self, _: &Key, _: &Metadata<'_>) -> Histogram {
                Histogram::noop()
            }
        }

        let count = Arc::new(AtomicU64::new(0));
        metrics::with_local_recorder(&Dropped(Arc::clone(&count)), work);
        count.load(Ordering::Relaxed)
    }
}
