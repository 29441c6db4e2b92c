//! Notifies other instances of what was committed here, and receives what was committed there.
//!
//! `NOTIFY` inside of a unit's transaction would hold a lock on all notifications of the cluster until its commit is on the disk,
//! so that organizations would wait for each other. Here one connection of each instance notifies after the commit, of all that
//! came meanwhile at once. What is lost on the way (a process that ends in between, a connection that breaks) is found by
//! polling the table, which the same connection does regularly for all that is followed.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};

use tokio::{
    sync::Notify,
    time::{MissedTickBehavior, error::Elapsed, interval, sleep, timeout},
};
use tokio_postgres::{Client, Notification};
use tokio_util::sync::CancellationToken;

use super::pool::Pool;
use crate::{
    id::Id,
    store::subscriptions::{Reached, Subscriptions},
};

/// Interval between two looks at the table, and so the longest that a lost notification stays unnoticed.
const POLL_INTERVAL: Duration = Duration::from_millis(500);
/// Wait after a connection was lost or could not be made.
const RETRY_AFTER: Duration = Duration::from_millis(500);
/// Time limit of an answer, after which the connection is made anew; its statements wait for nobody.
const ANSWER_TIME: Duration = Duration::from_secs(5);
/// Organizations in one notification; the server takes 8,000 bytes.
const PER_PAYLOAD: usize = 128;
/// Organizations looked at in one statement.
const POLL_PAGE: i64 = 1000;

/// A notification that is lost with the server is found by polling, so no commit of one waits for the disk.
const LISTEN: &str = "SET synchronous_commit = off; LISTEN roster_changes";
const NOTIFY: &str = "SELECT pg_notify('roster_changes', $1)";
const SELECT_FOLLOWED: &str =
    "SELECT id::text, revision FROM organizations WHERE id = ANY ($1::text[]::uuid[]) ORDER BY id";
const SELECT_ALL: &str =
    "SELECT id::text, revision FROM organizations WHERE id > $1::text::uuid ORDER BY id LIMIT $2";

/// Reason for which a connection is not used any longer.
#[derive(Debug, thiserror::Error)]
enum Lost {
    #[error(transparent)]
    Broken(#[from] tokio_postgres::Error),
    #[error("the database does not answer")]
    Silent(#[from] Elapsed),
}

/// The connection for notifications of this instance.
pub(super) struct Notifier {
    shared: Arc<Shared>,
    end: CancellationToken,
}

struct Shared {
    subscriptions: Arc<Subscriptions>,
    pending: Mutex<BTreeMap<Id, i64>>,
    needed: Notify,
}

impl Notifier {
    /// Connects when there is something to send or to receive.
    pub(super) fn start(pool: Pool, subscriptions: Arc<Subscriptions>) -> Self {
        let end = CancellationToken::new();
        let shared = Arc::new(Shared {
            subscriptions,
            pending: Mutex::default(),
            needed: Notify::new(),
        });
        let (work, ended) = (Arc::clone(&shared), end.clone());
        tokio::spawn(async move { ended.run_until_cancelled_owned(work.run(pool)).await });
        Self { shared, end }
    }

    /// Notes a commit of this instance.
    pub(super) fn committed(&self, reached: Reached) {
        self.shared.subscriptions.reached(reached);
        let mut pending = self.shared.pending();
        pending.insert(reached.organization, reached.revision);
        self.shared.needed.notify_one();
    }

    /// Closes the connection.
    pub(super) fn close(&self) {
        self.end.cancel();
    }

    /// Connects to receive notifications.
    pub(super) fn listen(&self) {
        self.shared.needed.notify_one();
    }
}

impl Drop for Notifier {
    fn drop(&mut self) {
        self.close();
    }
}

impl Shared {
    async fn run(self: Arc<Self>, pool: Pool) {
        self.needed.notified().await;
        loop {
            self.needed.notify_one();
            let subscriptions = Arc::downgrade(&self.subscriptions);
            match pool
                .connector()
                .listen(move |notification| receive(&subscriptions, &notification))
                .await
            {
                Ok(client) => {
                    if let Err(error) = self.run_connection(&client).await {
                        tracing::warn!(%error, "the connection for notifications was lost");
                    }
                }
                Err(error) => tracing::warn!(%error, "no connection for notifications"),
            }
            sleep(RETRY_AFTER).await;
        }
    }

    async fn run_connection(&self, client: &Client) -> Result<(), Lost> {
        timeout(ANSWER_TIME, client.batch_execute(LISTEN)).await??;
        let mut polls = interval(POLL_INTERVAL);
        polls.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = self.needed.notified() => self.notify(client).await?,
                _ = polls.tick() => self.poll(client).await?,
            }
        }
    }

    async fn notify(&self, client: &Client) -> Result<(), Lost> {
        let pending: Vec<_> = std::mem::take(&mut *self.pending()).into_iter().collect();
        for some in pending.chunks(PER_PAYLOAD) {
            timeout(ANSWER_TIME, client.execute(NOTIFY, &[&payload(some)])).await??;
        }
        Ok(())
    }

    async fn poll(&self, client: &Client) -> Result<(), Lost> {
        let (ids, all) = self.subscriptions.followed();
        if all {
            return self.poll_all(client).await;
        }
        if ids.is_empty() {
            // Even so, for a connection that broke in silence is found out by using it.
            return Ok(timeout(ANSWER_TIME, client.batch_execute("")).await??);
        }
        let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
        for row in timeout(ANSWER_TIME, client.query(SELECT_FOLLOWED, &[&ids])).await?? {
            self.reached(row.get(0), row.get(1));
        }
        Ok(())
    }

    async fn poll_all(&self, client: &Client) -> Result<(), Lost> {
        let mut after = uuid::Uuid::nil().to_string();
        loop {
            let rows = timeout(ANSWER_TIME, client.query(SELECT_ALL, &[&after, &POLL_PAGE])).await??;
            for row in &rows {
                self.reached(row.get(0), row.get(1));
            }
            match rows.last() {
                Some(last) => after = last.get(0),
                None => return Ok(()),
            }
        }
    }

    fn reached(&self, organization: &str, revision: i64) {
        if let Some(organization) = Id::parse(organization) {
            self.subscriptions.reached(Reached {
                organization,
                revision,
            });
        }
    }

    fn pending(&self) -> MutexGuard<'_, BTreeMap<Id, i64>> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Writes the text of one notification: organizations with their revisions.
fn payload(reached: &[(Id, i64)]) -> String {
    let entries: Vec<_> = reached
        .iter()
        .map(|(id, revision)| format!("{id}:{revision}"))
        .collect();
    entries.join(",")
}

fn receive(subscriptions: &Weak<Subscriptions>, notification: &Notification) {
    let Some(subscriptions) = subscriptions.upgrade() else {
        return;
    };
    for reached in read(notification.payload()) {
        subscriptions.reached(reached);
    }
}

/// Reads the text of a notification, and skips what it cannot read: no instance of this version sent that,
/// and it is only a wake-up.
fn read(payload: &str) -> impl Iterator<Item = Reached> {
    payload.split(',').filter_map(|entry| {
        let (id, revision) = entry.split_once(':')?;
        Some(Reached {
            organization: Id::parse(id)?,
            revision: revision.parse().ok()?,
        })
    })
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::{PER_PAYLOAD, payload, read};
    use crate::id::Id;

    #[test]
    fn a_payload_is_read_as_it_was_written_and_fits() {
        let received: Vec<_> = (0..PER_PAYLOAD as u128)
            .map(|n| (Id(Uuid::from_u128(u128::MAX - n)), i64::MAX))
            .collect();
        let text = payload(&received);
        assert!(text.len() < 8000, "{}", text.len());
        let sent: Vec<_> = read(&text).map(|it| (it.organization, it.revision)).collect();
        assert_eq!(sent, received);
        assert_eq!(read("nonsense,:,1:2").count(), 0);
    }
}
