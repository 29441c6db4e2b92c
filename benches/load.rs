//! Load: a number of workers that call as fast as they are answered, for a set time.

use std::{
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

/// Result of a load.
#[derive(Clone, Debug)]
pub struct Figure {
    /// Answers a second.
    pub per_second: f64,
    /// Median time of an answer, in milliseconds.
    pub p50_ms: f64,
    /// 99 of 100 answers took at most this, in milliseconds.
    pub p99_ms: f64,
    /// How many calls were measured.
    pub calls: usize,
    /// Processor time of the server for each call, in microseconds; 0: not measured.
    pub cpu_us: f64,
}

impl Figure {
    /// With what the server used from one reading of its processor time to another.
    pub fn with_cpu(mut self, before: f64, after: f64) -> Self {
        self.cpu_us = (after - before) / self.calls as f64;
        self
    }
}

/// How long to load, with how many workers.
#[derive(Clone, Copy)]
pub struct Plan {
    /// Workers; each has one call under way.
    pub workers: usize,
    /// When to stop.
    pub until: Until,
}

/// When a load stops.
#[derive(Clone, Copy)]
pub enum Until {
    /// After this time.
    Elapsed(Duration),
    /// After this many calls.
    Calls(u64),
}

/// Runs `worker` as often as the plan says; each draws tickets, and answers how long each of its calls took, in microseconds.
pub async fn run<W, F>(plan: Plan, worker: W) -> Figure
where
    W: Fn(usize, Tickets) -> F,
    F: Future<Output = Result<Vec<u32>, String>> + Send + 'static,
{
    let tickets = Tickets::new(plan.until);
    let begin = Instant::now();
    let workers: Vec<_> = (0..plan.workers)
        .map(|n| tokio::spawn(worker(n, tickets.clone())))
        .collect();
    if let Until::Elapsed(time) = plan.until {
        tokio::time::sleep(time).await;
        tickets.stop();
    }
    let mut micros = Vec::new();
    for worker in workers {
        micros.extend(
            worker
                .await
                .expect("a worker does not panic")
                .unwrap_or_else(|e| panic!("load: {e}")),
        );
    }
    figure(micros, begin.elapsed())
}

/// Sums up the times of single calls.
pub fn figure(mut micros: Vec<u32>, elapsed: Duration) -> Figure {
    assert!(!micros.is_empty(), "no call was answered in time");
    micros.sort_unstable();
    let at = |share: f64| f64::from(micros[((micros.len() - 1) as f64 * share) as usize]) / 1000.0;
    Figure {
        per_second: micros.len() as f64 / elapsed.as_secs_f64(),
        p50_ms: at(0.5),
        p99_ms: at(0.99),
        calls: micros.len(),
        cpu_us: 0.0,
    }
}

/// Numbers for calls; ends when the plan does.
#[derive(Clone)]
pub struct Tickets {
    next: Arc<AtomicU64>,
    stopped: Arc<AtomicBool>,
    last: u64,
}

impl Tickets {
    fn new(until: Until) -> Self {
        let last = match until {
            Until::Elapsed(_) => u64::MAX,
            Until::Calls(calls) => calls,
        };
        Self {
            next: Arc::default(),
            stopped: Arc::default(),
            last,
        }
    }

    fn stop(&self) {
        self.stopped.store(true, Ordering::Relaxed);
    }

    /// The number of the next call, from 0; `None`: stop.
    pub fn take(&self) -> Option<u64> {
        if self.stopped.load(Ordering::Relaxed) {
            return None;
        }
        let ticket = self.next.fetch_add(1, Ordering::Relaxed);
        (ticket < self.last).then_some(ticket)
    }
}

/// The calls of one worker, and how long each took.
pub struct Calls {
    tickets: Tickets,
    begin: Instant,
    micros: Vec<u32>,
}

impl Calls {
    /// None yet.
    pub fn new(tickets: Tickets) -> Self {
        Self {
            tickets,
            begin: Instant::now(),
            micros: Vec::with_capacity(1 << 12),
        }
    }

    /// Begins the next call, if there is one.
    pub fn begin(&mut self) -> Option<u64> {
        let ticket = self.tickets.take()?;
        self.begin = Instant::now();
        Some(ticket)
    }

    /// Notes that the call begun last was answered.
    pub fn end(&mut self) {
        self.micros
            .push(u32::try_from(self.begin.elapsed().as_micros()).unwrap_or(u32::MAX));
    }

    /// How long each took, in microseconds.
    pub fn times(self) -> Vec<u32> {
        self.micros
    }
}
