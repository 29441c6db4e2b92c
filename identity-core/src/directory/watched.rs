//! Units that are looked at for what they do to callers.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use async_trait::async_trait;

use crate::{
    error::Result,
    store::{Transaction, Unit, Write},
};

/// A unit, and whether it did something after which a caller may do less than this process remembers.
pub(super) struct Watched<U> {
    unit: U,
    seen: Seen,
}

/// What was seen of a unit.
#[derive(Clone, Default)]
pub(super) struct Seen(Arc<AtomicBool>);

impl<U: Unit> Watched<U> {
    /// The unit, and what will have been seen of it once it has run.
    pub(super) fn new(unit: U) -> (Self, Seen) {
        let seen = Seen::default();
        let watched = Self {
            unit,
            seen: seen.clone(),
        };
        (watched, seen)
    }
}

impl Seen {
    /// Whether what is remembered of callers may be wrong now.
    pub(super) fn concerns_callers(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

#[async_trait]
impl<U: Unit> Unit for Watched<U> {
    type Output = U::Output;

    async fn run(&self, transaction: &mut Transaction<'_>) -> Result<U::Output> {
        let output = self.unit.run(transaction).await?;
        if transaction.writes.iter().any(concerns_callers) {
            self.seen.0.store(true, Ordering::Release);
        }
        Ok(output)
    }
}

fn concerns_callers(write: &Write) -> bool {
    match write {
        Write::DeleteToken(..) | Write::DeleteGrants(..) => true,
        Write::UpdateUser { before, after, .. } => {
            before.active != after.active || before.profile.roles != after.profile.roles
        }
        _ => false,
    }
}
