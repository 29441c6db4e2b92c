//! From the start to the end: signals, and the order in which things stop.

use std::{io::Write, process, time::Duration};

use sd_notify::NotifyState;
use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    time::{Instant, sleep},
};
use tokio_util::sync::CancellationToken;

use super::listeners::Listeners;
use crate::failure::Failure;

/// Exit code of a program that was made to end before its requests were answered.
const CUT_SHORT: i32 = 1;

/// Time in which further signals are the first one again: `timeout` and terminals signal a process and its group.
const SAME_SIGNAL: Duration = Duration::from_secs(1);

/// Waits for the signals that end the program.
pub(super) struct Lifecycle {
    terminate: Signal,
    interrupt: Signal,
    end: CancellationToken,
    delay: Duration,
}

impl Lifecycle {
    /// From now on signals are caught. The listeners stay open for `delay` when the end has been asked for.
    pub(super) fn start(delay: Duration) -> Result<Self, Failure> {
        Ok(Self {
            terminate: catch(SignalKind::terminate())?,
            interrupt: catch(SignalKind::interrupt())?,
            end: CancellationToken::new(),
            delay,
        })
    }

    /// Cancelled when the listeners are to close.
    pub(super) fn end(&self) -> CancellationToken {
        self.end.clone()
    }

    /// Serves until a signal, or until a listener fails. Then first says that the program is about to end, so that no
    /// new work comes, and drains. A second signal ends the program at once.
    pub(super) async fn run(
        mut self,
        mut listeners: Listeners,
        say_so: impl Future<Output = ()>,
    ) -> Result<(), Failure> {
        let failed = tokio::select! {
            () = self.signalled() => None,
            closed = listeners.closed() => closed,
        };
        let asked = Instant::now();
        tell_supervisor(NotifyState::Stopping);
        say_so.await;
        let (delay, end) = (self.delay, self.end.clone());
        let drained = async {
            if !delay.is_zero() {
                tracing::info!(
                    seconds = delay.as_secs(),
                    "ending: not ready, and serving on for the shutdown delay"
                );
                sleep(delay).await;
            }
            tracing::info!("ending: waiting for requests that have begun");
            end.cancel();
            let mut outcome = failed.unwrap_or(Ok(()));
            while let Some(closed) = listeners.closed().await {
                outcome = outcome.and(closed);
            }
            outcome
        };
        tokio::select! {
            outcome = drained => outcome,
            () = self.signalled_again(asked) => end_at_once(),
        }
    }

    async fn signalled_again(&mut self, asked: Instant) {
        loop {
            self.signalled().await;
            if asked.elapsed() >= SAME_SIGNAL {
                return;
            }
        }
    }

    /// Waits for a signal that ends the program.
    pub(super) async fn signalled(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

/// Tells systemd, or whoever set `NOTIFY_SOCKET`, of a state of the program (`sd_notify(3)`). Nobody may be listening.
pub(super) fn tell_supervisor(state: NotifyState<'_>) {
    let _ = sd_notify::notify(&[state]);
}

/// The signals of a kind, which do nothing by themselves any more.
pub(super) fn catch(kind: SignalKind) -> Result<Signal, Failure> {
    signal(kind).map_err(|cause| Failure::while_doing("cannot catch signals", cause))
}

/// Ends the process at once: committed changes are safe at any time, so only answers are lost.
fn end_at_once() -> ! {
    let _ = writeln!(
        std::io::stderr(),
        "error: ended by a second signal before all requests were answered"
    );
    process::exit(CUT_SHORT)
}
