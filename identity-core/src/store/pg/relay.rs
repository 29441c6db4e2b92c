//! Tells other instances what was committed here, and hears what was committed there.
//!
//! `NOTIFY` inside of a unit's transaction would hold a lock on all notifications of the cluster until its commit is on the disk,
//! so that organizations would wait for each other. Here one line of each instance tells after the commit, what has gathered in one
//! go. What is lost on the way (a process that ends in between, a line that breaks) is found by looking at the table, which the same
//! line does regularly for all that is followed.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};

use tokio::{
    sync::Notify,
    time::{MissedTickBehavior, interval, sleep},
};
use tokio_postgres::{Client, Notification};
use tokio_util::sync::CancellationToken;

use super::pool::Pool;
use crate::{
    id::Id,
    store::signals::{Reached, Signals},
};

/// How often the table is looked at for what is followed, and so the longest that a lost notification stays unnoticed.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// How long to wait after a line was lost or not to be had.
const RETRY_AFTER: Duration = Duration::from_millis(500);
/// Organizations told of in one notification; the server takes 8,000 bytes.
const PER_PAYLOAD: usize = 128;
/// Organizations looked at in one statement.
const LOOK_PAGE: i64 = 1000;

/// A notification that is lost with the server is found by looking, so no commit of one waits for the disk.
const LISTEN: &str = "SET synchronous_commit = off; LISTEN roster_changes";
const TELL: &str = "SELECT pg_notify('roster_changes', $1)";
const LOOK_AT: &str =
    "SELECT id::text, revision FROM organizations WHERE id = ANY ($1::text[]::uuid[]) ORDER BY id";
const LOOK_AT_ALL: &str =
    "SELECT id::text, revision FROM organizations WHERE id > $1::text::uuid ORDER BY id LIMIT $2";

/// The line of this instance.
pub(super) struct Relay {
    shared: Arc<Shared>,
    end: CancellationToken,
}

struct Shared {
    signals: Arc<Signals>,
    untold: Mutex<BTreeMap<Id, i64>>,
    needed: Notify,
}

impl Relay {
    /// Connects when there is something to tell or to hear.
    pub(super) fn start(pool: Pool, signals: Arc<Signals>) -> Self {
        let end = CancellationToken::new();
        let shared = Arc::new(Shared {
            signals,
            untold: Mutex::default(),
            needed: Notify::new(),
        });
        let (work, ended) = (Arc::clone(&shared), end.clone());
        tokio::spawn(async move { ended.run_until_cancelled_owned(work.run(pool)).await });
        Self { shared, end }
    }

    /// Something was committed here.
    pub(super) fn committed(&self, reached: Reached) {
        self.shared.signals.reached(reached);
        let mut untold = self.shared.untold();
        untold.insert(reached.organization, reached.revision);
        self.shared.needed.notify_one();
    }

    /// Closes the line.
    pub(super) fn close(&self) {
        self.end.cancel();
    }

    /// Somebody wants to hear.
    pub(super) fn listen(&self) {
        self.shared.needed.notify_one();
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.close();
    }
}

impl Shared {
    async fn run(self: Arc<Self>, pool: Pool) {
        self.needed.notified().await;
        loop {
            self.needed.notify_one();
            let signals = Arc::downgrade(&self.signals);
            match pool.connector().listen(move |heard| hear(&signals, &heard)).await {
                Ok(client) => {
                    if let Err(error) = self.speak(&client).await {
                        tracing::warn!(%error, "the line for notifications was lost");
                    }
                }
                Err(error) => tracing::warn!(%error, "no line for notifications"),
            }
            sleep(RETRY_AFTER).await;
        }
    }

    async fn speak(&self, client: &Client) -> Result<(), tokio_postgres::Error> {
        client.batch_execute(LISTEN).await?;
        let mut looks = interval(LOOK_EVERY);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = self.needed.notified() => self.tell(client).await?,
                _ = looks.tick() => self.look(client).await?,
            }
        }
    }

    async fn tell(&self, client: &Client) -> Result<(), tokio_postgres::Error> {
        let untold: Vec<_> = std::mem::take(&mut *self.untold()).into_iter().collect();
        for some in untold.chunks(PER_PAYLOAD) {
            client.execute(TELL, &[&payload(some)]).await?;
        }
        Ok(())
    }

    async fn look(&self, client: &Client) -> Result<(), tokio_postgres::Error> {
        let (ids, all) = self.signals.followed();
        if all {
            return self.look_at_all(client).await;
        }
        if ids.is_empty() {
            // Even so, for a line that broke in silence is found out by using it.
            return client.batch_execute("").await;
        }
        let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
        for row in client.query(LOOK_AT, &[&ids]).await? {
            self.reached(row.get(0), row.get(1));
        }
        Ok(())
    }

    async fn look_at_all(&self, client: &Client) -> Result<(), tokio_postgres::Error> {
        let mut after = uuid::Uuid::nil().to_string();
        loop {
            let rows = client.query(LOOK_AT_ALL, &[&after, &LOOK_PAGE]).await?;
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
            self.signals.reached(Reached {
                organization,
                revision,
            });
        }
    }

    fn untold(&self) -> MutexGuard<'_, BTreeMap<Id, i64>> {
        self.untold.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What one notification says: organizations with their revisions.
fn payload(reached: &[(Id, i64)]) -> String {
    let words: Vec<_> = reached
        .iter()
        .map(|(id, revision)| format!("{id}:{revision}"))
        .collect();
    words.join(",")
}

fn hear(signals: &Weak<Signals>, heard: &Notification) {
    let Some(signals) = signals.upgrade() else {
        return;
    };
    for reached in read(heard.payload()) {
        signals.reached(reached);
    }
}

/// What cannot be read was not told by an instance of this version, and is passed over: a wake is no more than that.
fn read(payload: &str) -> impl Iterator<Item = Reached> {
    payload.split(',').filter_map(|word| {
        let (id, revision) = word.split_once(':')?;
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
        let told: Vec<_> = (0..PER_PAYLOAD as u128)
            .map(|n| (Id(Uuid::from_u128(u128::MAX - n)), i64::MAX))
            .collect();
        let text = payload(&told);
        assert!(text.len() < 8000, "{}", text.len());
        let heard: Vec<_> = read(&text).map(|it| (it.organization, it.revision)).collect();
        assert_eq!(heard, told);
        assert_eq!(read("nonsense,:,1:2").count(), 0);
    }
}
