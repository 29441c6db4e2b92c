//! Load: a number of workers that call as fast as they are answered, for a set time.

use std::{
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

/// What a load showed.
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

/// Runs `worker` as often as the plan says; each is given a [`Ticket`] source and counts its calls.
pub async fn run<W, F>(plan: Plan, worker: W) -> Figure
where
    W: Fn(usize, Tickets) -> F,
    F: Future<Output = Result<Vec<u32>, String>> + Send + 'static,
{
    let tickets = Tickets::new(plan.until);
    let begin = Instant::now();
    let workers: Vec<_> = (0..plan.workers).map(|n| tokio::spawn(worker(n, tickets.clone()))).collect();
    if let Until::Elapsed(time) = plan.until {
        tokio::time::sleep(time).await;
        tickets.stop();
    }
    let mut micros = Vec::new();
    for worker in workers {
        micros.extend(worker.await.expect("a worker does not panic").unwrap_or_else(|e| panic!("load: {e}")));
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
        Self { next: Arc::default(), stopped: Arc::default(), last }
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

/// Calls until the tickets end, and notes how long each call took, in microseconds.
pub async fn repeat<C>(tickets: Tickets, mut call: C) -> Result<Vec<u32>, String>
where
    C: AsyncFnMut(u64) -> Result<(), String>,
{
    let mut micros = Vec::with_capacity(1 << 16);
    while let Some(ticket) = tickets.take() {
        let begin = Instant::now();
        call(ticket).await?;
        micros.push(u32::try_from(begin.elapsed().as_micros()).unwrap_or(u32::MAX));
    }
    Ok(micros)
}
