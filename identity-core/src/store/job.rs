//! Units on their way through an engine.

use async_trait::async_trait;
use tokio::sync::oneshot;

use super::{Subject, Transaction, Unit};
use crate::error::{Error, Result};

/// A unit whose output type is hidden, so that units of all kinds stand in one queue. It belongs to the engine and not to the
/// future that waits for it: dropping the future changes nothing.
#[async_trait]
pub(super) trait Job: Send {
    /// Runs the unit and keeps its output. May be called again after a failure.
    async fn run(&mut self, transaction: &mut Transaction<'_>) -> Result<()>;
    /// Tells which organizations the unit works on.
    fn subject(&self) -> Subject;
    /// Tells whoever still waits: the output of the last run, or an error. Only the first call has an effect.
    fn answer(&mut self, outcome: Result<()>);
}

/// A unit with its output and the one who waits for it.
struct Waiting<U: Unit> {
    unit: U,
    output: Option<U::Output>,
    reply: Option<oneshot::Sender<Result<U::Output>>>,
}

/// A unit as a job, and the receiver of its answer.
pub(super) fn job<U: Unit>(unit: U) -> (Box<dyn Job>, Answer<U::Output>) {
    let (reply, answer) = oneshot::channel();
    let waiting = Waiting {
        unit,
        output: None,
        reply: Some(reply),
    };
    (Box::new(waiting), Answer(answer))
}

#[async_trait]
impl<U: Unit> Job for Waiting<U> {
    async fn run(&mut self, transaction: &mut Transaction<'_>) -> Result<()> {
        self.output = Some(self.unit.run(transaction).await?);
        Ok(())
    }

    fn subject(&self) -> Subject {
        U::SUBJECT
    }

    fn answer(&mut self, outcome: Result<()>) {
        let Some(reply) = self.reply.take() else {
            return;
        };
        let output = outcome.and_then(|()| {
            self.output
                .take()
                .ok_or_else(|| Error::Internal("a unit was answered before it ran".into()))
        });
        // Nobody may be waiting any more.
        let _ = reply.send(output);
    }
}

/// The answer to a job.
pub(super) struct Answer<T>(oneshot::Receiver<Result<T>>);

impl<T> Answer<T> {
    /// Waits for it. A job that an engine dropped had no effect or an unknown one.
    pub(super) async fn wait(self) -> Result<T> {
        self.0
            .await
            .unwrap_or_else(|_| Err(Error::Unavailable("the store is closed".into())))
    }
}
