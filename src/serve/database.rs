//! The database at the start: waited for, opened, and brought to this program's schema or checked for it.

use std::time::Duration;

use identity_core::store::{OpenError, Store};
use tokio::time::{Instant, sleep};

use super::{lifecycle::Lifecycle, listeners::refused};
use crate::{
    failure::{Failure, causes},
    settings::{CoreSettings, Migrate, SettingError},
};

/// Time for a server that cannot be reached to be there, if nobody said.
const WAIT: Duration = Duration::from_mins(1);
/// The pause before the second attempt, twice as long before each further one.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
/// Time between two lines in the log about the same wait.
const TELL_EVERY: Duration = Duration::from_secs(10);

/// Opens the database. A signal that ends the program ends this, and the program with exit code 1.
pub(super) async fn open(settings: &CoreSettings, lifecycle: &mut Lifecycle) -> Result<Store, Failure> {
    let begun = Instant::now();
    let mut pause = FIRST_PAUSE;
    let mut told: Option<Instant> = None;
    loop {
        // What is given up half way ends as at a crash: a migration is one transaction.
        let cause = tokio::select! {
            outcome = attempt(settings) => match outcome {
                Ok(store) => return Ok(store),
                Err(cause) => cause,
            },
            () = lifecycle.signalled() => {
                return Err(Failure::Refused("ended while it opened the database".into()));
            }
        };
        let patience = match &cause {
            OpenError::Unreachable(_) => settings.database_wait.unwrap_or(WAIT),
            OpenError::InUse(_) | OpenError::Pending(_) => settings.database_wait.unwrap_or_default(),
            _ => Duration::ZERO,
        };
        if begun.elapsed() >= patience {
            return Err(cannot_open(cause));
        }
        if told.is_none_or(|told| told.elapsed() >= TELL_EVERY) {
            told = Some(Instant::now());
            tracing::warn!(cause = %causes(&cause), "waits for the database");
        }
        tokio::select! {
            () = sleep(pause) => {}
            () = lifecycle.signalled() => {
                return Err(Failure::while_doing("ended while it waited for the database", causes(&cause)));
            }
        }
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// Opens it, with its schema.
async fn attempt(settings: &CoreSettings) -> Result<Store, OpenError> {
    let store = Store::open(&settings.database.url(), settings.connections.clone()).await?;
    if let Err(cause) = ready_schema(&store, settings.migrate).await {
        store.close().await;
        return Err(cause);
    }
    Ok(store)
}

async fn ready_schema(store: &Store, mode: Migrate) -> Result<(), OpenError> {
    if mode == Migrate::Run {
        let migrations = store.migrate().await?;
        if let Some(newest) = migrations.last() {
            tracing::info!(
                migrations = migrations.len(),
                newest = newest.as_str(),
                "migrated the database"
            );
        }
    }
    store.check_schema().await
}

fn cannot_open(cause: OpenError) -> Failure {
    match cause {
        OpenError::Url(why) => SettingError::new("database-url", why).into(),
        other => refused("database-url", causes(&other)),
    }
}
