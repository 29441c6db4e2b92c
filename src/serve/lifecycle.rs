//! From the start to the end: signals, and the order in which things stop.

use std::{io::Write, process};

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

use super::listeners::Listeners;
use crate::failure::Failure;

/// Exit code of a program that was made to end before its requests were answered.
const CUT_SHORT: i32 = 1;

/// Waits for the signals that end the program.
pub(super) struct Lifecycle {
    terminate: Signal,
    interrupt: Signal,
    end: CancellationToken,
}

impl Lifecycle {
    /// From now on signals are caught.
    pub(super) fn start() -> Result<Self, Failure> {
        let catch = |kind| signal(kind).map_err(|cause| Failure::while_doing("cannot catch signals", cause));
        Ok(Self {
            terminate: catch(SignalKind::terminate())?,
            interrupt: catch(SignalKind::interrupt())?,
            end: CancellationToken::new(),
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
        tracing::info!("ending: waiting for requests that have begun");
        say_so.await;
        self.end.cancel();
        let drained = async {
            let mut outcome = failed.unwrap_or(Ok(()));
            while let Some(closed) = listeners.closed().await {
                outcome = outcome.and(closed);
            }
            outcome
        };
        tokio::select! {
            outcome = drained => outcome,
            () = self.signalled() => end_at_once(),
        }
    }

    async fn signalled(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

/// Ends the process at once: committed changes are safe at any time, so only answers are lost.
fn end_at_once() -> ! {
    let _ = writeln!(
        std::io::stderr(),
        "error: ended by a second signal before all requests were answered"
    );
    process::exit(CUT_SHORT)
}
