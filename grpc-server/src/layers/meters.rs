//! Counters and durations by method. Names come from the list of methods, so what clients invent makes no new series.

use std::{collections::HashMap, sync::OnceLock, time::Duration};

use metrics::{Counter, Histogram, counter, histogram};
use tonic::Code;

use crate::methods::{METHODS, Method};

const REQUESTS: &str = "roster_grpc_requests_total";
const SECONDS: &str = "roster_grpc_request_duration_seconds";
/// The label of what is no method of ours.
const OTHER: &str = "other";
/// Codes are the numbers 0 to 16.
const CODES: usize = 17;

pub(super) struct Meters {
    by_path: HashMap<String, Meter>,
    other: Meter,
}

/// The metrics of one method.
pub(super) struct Meter {
    pub(super) service: &'static str,
    pub(super) method: &'static str,
    /// The row of the table; `None`: it is no RPC of ours.
    pub(super) rpc: Option<Method>,
    // Looking a series up by its labels costs more than counting, so each is looked up once.
    requests: [OnceLock<Counter>; CODES],
    seconds: OnceLock<Histogram>,
}

impl Meters {
    pub(super) fn new() -> Self {
        metrics::describe_counter!(REQUESTS, "calls answered, by method and code");
        metrics::describe_histogram!(SECONDS, metrics::Unit::Seconds, "time to an answer, by method");
        let methods = METHODS.iter();
        let meters = methods.map(|method| {
            (
                method.path(),
                Meter::new(method.service, method.name, Some(*method)),
            )
        });
        let by_path = meters.collect();
        let other = Meter::new(OTHER, OTHER, None);
        Self { by_path, other }
    }

    pub(super) fn of(&self, path: &str) -> &Meter {
        self.by_path.get(path).unwrap_or(&self.other)
    }
}

impl Meter {
    fn new(service: &'static str, method: &'static str, rpc: Option<Method>) -> Self {
        Self {
            service,
            method,
            rpc,
            requests: [const { OnceLock::new() }; CODES],
            seconds: OnceLock::new(),
        }
    }

    pub(super) fn count(&self, code: Code, took: Duration) {
        let (service, method) = (self.service, self.method);
        let slot = usize::try_from(i32::from(code)).ok();
        if let Some(requests) = slot.and_then(|slot| self.requests.get(slot)) {
            let name = || format!("{code:?}");
            requests
                .get_or_init(
                    || counter!(REQUESTS, "service" => service, "method" => method, "code" => name()),
                )
                .increment(1);
        }
        self.seconds
            .get_or_init(|| histogram!(SECONDS, "service" => service, "method" => method))
            .record(took);
    }
}

#[cfg(test)]
mod tests {
    use std::{
        collections::BTreeMap,
        sync::{
            Arc, Mutex,
            atomic::{AtomicU64, Ordering},
        },
        time::Duration,
    };

    use metrics::{
        Counter, Gauge, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit, with_local_recorder,
    };
    use tonic::Code;

    use super::Meters;

    /// Counters by their name and labels.
    #[derive(Default)]
    struct Counters(Mutex<BTreeMap<String, Arc<AtomicU64>>>);

    impl Counters {
        fn read(&self) -> Vec<(String, u64)> {
            let counters = self.0.lock().unwrap();
            let read =
                |(key, counter): (&String, &Arc<AtomicU64>)| (key.clone(), counter.load(Ordering::Relaxed));
            counters.iter().map(read).collect()
        }
    }

    impl Recorder for Counters {
        fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
        fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
        fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
        fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
            let labels: Vec<_> = key.labels().map(metrics::Label::value).collect();
            let counter = Arc::default();
            let name = format!("{} {}", key.name(), labels.join(" "));
            self.0.lock().unwrap().insert(name, Arc::clone(&counter));
            Counter::from_arc(counter)
        }
        fn register_gauge(&self, _: &Key, _: &Metadata<'_>) -> Gauge {
            Gauge::noop()
        }
        fn register_histogram(&self, _: &Key, _: &Metadata<'_>) -> Histogram {
            Histogram::noop()
        }
    }

    #[test]
    fn calls_are_counted_by_method_and_code() {
        let counters = Counters::default();
        with_local_recorder(&counters, || {
            let meters = Meters::new();
            for (path, code) in [
                ("/roster.identity.v1.UserService/GetUser", Code::Ok),
                ("/roster.identity.v1.UserService/GetUser", Code::NotFound),
                ("/roster.identity.v1.UserService/GetUser", Code::Ok),
                ("/roster.identity.v1.UserService/Invented", Code::Unimplemented),
                ("/invented", Code::Unimplemented),
            ] {
                meters.of(path).count(code, Duration::ZERO);
            }
        });
        let expected = [
            ("roster_grpc_requests_total UserService GetUser NotFound", 1),
            ("roster_grpc_requests_total UserService GetUser Ok", 2),
            ("roster_grpc_requests_total other other Unimplemented", 2),
        ];
        assert_eq!(
            counters.read(),
            expected.map(|(key, count)| (key.to_owned(), count))
        );
    }
}
