//! The changes of all organizations.
//!
//! Revisions are an organization's own, so a position in all of them is a position in each. That keeps the write path free of a counter
//! that all organizations would wait for, and costs a token of 28 bytes for each organization: it comes where a consumer pauses anyway,
//! with the last event before a wait and with every heartbeat.

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;
use tokio::sync::broadcast::{
    Receiver,
    error::{RecvError, TryRecvError},
};

use super::{
    WatchEvent,
    feed::{Page, Topic},
    of_kinds,
    position::{LogPositions, Revision},
    resume::{ResumeTokens, Resumed},
};
use crate::{
    directory::{Inner, input::WatchStart},
    error::{Error, PageFault, Resource, Result},
    id::Id,
    store::{Cost, Query, Reached, Reader},
};

/// Organizations looked at in one statement.
const SCAN_PAGE: i64 = 1000;

/// Follows all organizations.
pub(super) struct WatchAll {
    notifications: Receiver<Reached>,
    /// Set if some notifications were missed.
    deaf: bool,
    tokens: ResumeTokens,
    delivered: LogPositions,
    /// Organizations that have more to tell, and up to which revision at least.
    behind: BTreeMap<Id, i64>,
    taken: Option<Taken>,
}

/// A page of an organization that is being delivered.
struct Taken {
    topic: Arc<Topic>,
    page: Arc<Page>,
    next: usize,
}

impl WatchAll {
    pub(super) async fn start(inner: &Inner, start: Option<WatchStart>) -> Result<Self> {
        let notifications = inner.store.follow_all();
        let tokens = ResumeTokens::of(inner, None).await?;
        let current = revisions(inner).await?;
        let delivered = match start {
            None => LogPositions(
                current
                    .iter()
                    .map(|(id, revision)| (*id, Revision(*revision).end()))
                    .collect(),
            ),
            Some(WatchStart::AfterRevision(0)) => LogPositions::default(),
            Some(WatchStart::AfterRevision(_)) => {
                return Err(Error::invalid(
                    "after_revision",
                    "must be 0 for all organizations; go on with a resume token",
                ));
            }
            Some(WatchStart::Token(token)) => {
                let Resumed::<String> { position, holds } = tokens.open(inner, &token)?;
                let delivered =
                    LogPositions::from_text(&position).ok_or(Error::InvalidPage(PageFault::Malformed))?;
                if !holds {
                    let last = |revisions: &mut dyn Iterator<Item = i64>| revisions.max().unwrap_or_default();
                    return Err(Error::ResyncRequired {
                        after: last(&mut delivered.0.values().map(|it| it.whole())),
                        current: last(&mut current.iter().map(|(_, revision)| *revision)),
                    });
                }
                delivered
            }
        };
        let mut all = Self {
            notifications,
            deaf: false,
            tokens,
            delivered,
            behind: BTreeMap::new(),
            taken: None,
        };
        all.compare(current)?;
        Ok(all)
    }

    /// Notes what is behind the revisions that were read.
    fn compare(&mut self, current: Vec<(Id, i64)>) -> Result<()> {
        for (id, revision) in current {
            let delivered = self.delivered.of(id).whole();
            if delivered > revision {
                return Err(Error::ResyncRequired {
                    after: delivered,
                    current: revision,
                });
            }
            if delivered < revision {
                self.behind.insert(id, revision);
            }
        }
        Ok(())
    }

    pub(super) async fn next(&mut self, inner: &Inner, kinds: &[Resource]) -> Result<WatchEvent> {
        loop {
            self.take(inner).await?;
            if let Some(event) = self.chunk(inner, kinds)? {
                return Ok(event);
            }
        }
    }

    /// Makes sure that there is a page to tell; waits until there is one.
    async fn take(&mut self, inner: &Inner) -> Result<()> {
        while self.taken.is_none() {
            let Some((id, revision)) = self.behind.first_key_value().map(|(id, it)| (*id, *it)) else {
                self.listen(inner).await?;
                continue;
            };
            let delivered = self.delivered.of(id);
            if delivered.whole() >= revision {
                self.behind.remove(&id);
                continue;
            }
            let topic = inner.topic(id);
            topic.follow.note(revision);
            let page = inner.page_after(&topic, delivered).await?;
            self.taken = Some(Taken { topic, page, next: 0 });
        }
        Ok(())
    }

    async fn listen(&mut self, inner: &Inner) -> Result<()> {
        if self.deaf {
            let current = revisions(inner).await?;
            self.compare(current)?;
            self.deaf = false;
            return Ok(());
        }
        match self.notifications.recv().await {
            Ok(reached) => {
                self.note(reached);
                Ok(())
            }
            Err(RecvError::Lagged(_)) => {
                // Noted first: the wait for the answer may be dropped.
                self.deaf = true;
                Ok(())
            }
            Err(RecvError::Closed) => Err(Error::Unavailable("the store is closed".into())),
        }
    }

    fn note(&mut self, reached: Reached) {
        if self.delivered.of(reached.organization).whole() < reached.revision {
            self.behind.insert(reached.organization, reached.revision);
        }
    }

    /// The next chunk of the page; `None`: there is none, or nothing in it is wanted.
    fn chunk(&mut self, inner: &Inner, kinds: &[Resource]) -> Result<Option<WatchEvent>> {
        let Some(taken) = &mut self.taken else {
            return Ok(None);
        };
        let Some(chunk) = taken.page.0.get(taken.next) else {
            self.taken = None;
            return Ok(None);
        };
        taken.next += 1;
        let is_last = taken.next == taken.page.0.len();
        let organization = taken.topic.follow.organization();
        let mut event = WatchEvent {
            changes: of_kinds(&chunk.changes, kinds),
            revision: 0,
            current_revision: 0,
            resume_token: String::new(),
            concerns_access: chunk.concerns_access,
        };
        self.delivered.0.insert(organization, chunk.end);
        if is_last {
            self.taken = None;
        }
        if self.pauses() {
            event.resume_token = self.token(inner)?;
        }
        let matters = !event.changes.is_empty() || event.concerns_access;
        Ok(matters.then_some(event))
    }

    /// Tells whether no further changes are known of.
    fn pauses(&mut self) -> bool {
        loop {
            match self.notifications.try_recv() {
                Ok(reached) => self.note(reached),
                Err(TryRecvError::Lagged(_)) => self.deaf = true,
                Err(TryRecvError::Empty | TryRecvError::Closed) => break,
            }
        }
        let delivered = &self.delivered;
        self.behind
            .retain(|id, revision| delivered.of(*id).whole() < *revision);
        self.taken.is_none() && self.behind.is_empty() && !self.deaf
    }

    pub(super) fn progress(&self, inner: &Inner) -> Result<WatchEvent> {
        Ok(WatchEvent {
            changes: Vec::new(),
            revision: 0,
            current_revision: 0,
            resume_token: self.token(inner)?,
            concerns_access: false,
        })
    }

    fn token(&self, inner: &Inner) -> Result<String> {
        self.tokens.sign(inner, self.delivered.to_text())
    }
}

async fn revisions(inner: &Inner) -> Result<Vec<(Id, i64)>> {
    let mut all = Vec::new();
    loop {
        let after = all.last().map(|(id, _)| *id);
        let page = inner.store.read(ReadRevisions(after)).await?;
        if page.is_empty() {
            return Ok(all);
        }
        all.extend(page);
    }
}

struct ReadRevisions(Option<Id>);

#[async_trait]
impl Query for ReadRevisions {
    type Output = Vec<(Id, i64)>;
    const COST: Cost = Cost::Scan;

    async fn run(&self, reader: &mut dyn Reader) -> Result<Self::Output> {
        reader.revisions(self.0, SCAN_PAGE).await
    }
}
