//! The changes of all organizations.
//!
//! Revisions are an organization's own, so a place in all of them is a place in each. That keeps the write path free of a counter
//! that all organizations would wait for, and costs a token of 28 bytes for each organization: it comes where a consumer pauses anyway,
//! with the last event before a wait and with every heartbeat.

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;
use tokio::sync::broadcast::{
    Receiver,
    error::{RecvError, TryRecvError},
};

use super::{
    LIST, WatchEvent,
    feed::{Page, Topic},
    of_kinds,
    place::{Places, Revision},
};
use crate::{
    directory::{Inner, input::WatchStart},
    error::{Error, PageFault, Resource, Result},
    id::Id,
    page_token::Binding,
    store::{Cost, Query, Reached, Reader},
};

/// Organizations looked at in one statement.
const LOOK_PAGE: i64 = 1000;

/// Follows all organizations.
pub(super) struct WatchAll {
    heard: Receiver<Reached>,
    /// Whether some of what was to be heard was missed.
    deaf: bool,
    told: Places,
    /// Organizations that have more to tell, and up to which revision at least.
    behind: BTreeMap<Id, i64>,
    taken: Option<Taken>,
}

/// A page of an organization that is being told.
struct Taken {
    topic: Arc<Topic>,
    page: Arc<Page>,
    next: usize,
}

impl WatchAll {
    pub(super) async fn start(inner: &Inner, start: Option<WatchStart>) -> Result<Self> {
        let heard = inner.store.follow_all();
        let current = revisions(inner).await?;
        let told = match start {
            None => Places(
                current
                    .iter()
                    .map(|(id, revision)| (*id, Revision(*revision).end()))
                    .collect(),
            ),
            Some(WatchStart::AfterRevision(0)) => Places::default(),
            Some(WatchStart::AfterRevision(_)) => {
                return Err(Error::invalid(
                    "after_revision",
                    "must be 0 for all organizations; go on with a resume token",
                ));
            }
            Some(WatchStart::Token(token)) => {
                let now = inner.platform.now();
                let text: String = inner.page_tokens.open_lasting(&token, &binding(), now)?;
                Places::from_text(&text).ok_or(Error::InvalidPage(PageFault::Malformed))?
            }
        };
        let mut all = Self {
            heard,
            deaf: false,
            told,
            behind: BTreeMap::new(),
            taken: None,
        };
        all.compare(current)?;
        Ok(all)
    }

    /// Notes what is behind the revisions that were read.
    fn compare(&mut self, current: Vec<(Id, i64)>) -> Result<()> {
        for (id, revision) in current {
            let told = self.told.of(id).whole();
            if told > revision {
                return Err(Error::ResyncRequired {
                    after: told,
                    current: revision,
                });
            }
            if told < revision {
                self.behind.insert(id, revision);
            }
        }
        Ok(())
    }

    pub(super) async fn next(&mut self, inner: &Inner, kinds: &[Resource]) -> Result<WatchEvent> {
        loop {
            self.take(inner).await?;
            if let Some(event) = self.piece(inner, kinds)? {
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
            let told = self.told.of(id);
            if told.whole() >= revision {
                self.behind.remove(&id);
                continue;
            }
            let topic = inner.topic(id);
            topic.follow.note(revision);
            let page = inner.page_after(&topic, told).await?;
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
        match self.heard.recv().await {
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
        if self.told.of(reached.organization).whole() < reached.revision {
            self.behind.insert(reached.organization, reached.revision);
        }
    }

    /// The next piece of the page; `None`: there is none, or nothing in it is wanted.
    fn piece(&mut self, inner: &Inner, kinds: &[Resource]) -> Result<Option<WatchEvent>> {
        let Some(taken) = &mut self.taken else {
            return Ok(None);
        };
        let Some(piece) = taken.page.0.get(taken.next) else {
            self.taken = None;
            return Ok(None);
        };
        taken.next += 1;
        let is_last = taken.next == taken.page.0.len();
        let organization = taken.topic.follow.organization();
        let mut event = WatchEvent {
            changes: of_kinds(&piece.changes, kinds),
            revision: 0,
            current_revision: 0,
            resume_token: String::new(),
            concerns_access: piece.concerns_access,
        };
        self.told.0.insert(organization, piece.end);
        if is_last {
            self.taken = None;
        }
        if self.pauses() {
            event.resume_token = self.token(inner)?;
        }
        let matters = !event.changes.is_empty() || event.concerns_access;
        Ok(matters.then_some(event))
    }

    /// Whether nothing more is known to be there.
    fn pauses(&mut self) -> bool {
        loop {
            match self.heard.try_recv() {
                Ok(reached) => self.note(reached),
                Err(TryRecvError::Lagged(_)) => self.deaf = true,
                Err(TryRecvError::Empty | TryRecvError::Closed) => break,
            }
        }
        let told = &self.told;
        self.behind
            .retain(|id, revision| told.of(*id).whole() < *revision);
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
        inner.page_tokens.sign_lasting(&binding(), self.told.to_text())
    }
}

fn binding() -> Binding {
    Binding::new(LIST, None, &())
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
        reader.revisions(self.0, LOOK_PAGE).await
    }
}
