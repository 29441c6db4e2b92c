//! The changes of one organization.

use std::sync::Arc;

use async_trait::async_trait;

use super::{
    WatchEvent,
    feed::{Page, Topic},
    of_kinds,
    position::{LogPosition, Revision},
    resume::{ResumeTokens, Resumed},
};
use crate::{
    change::{Action, Change},
    directory::Inner,
    error::{Error, Resource, Result},
    id::Id,
    store::{Cost, Query, Reader},
};

/// Follows one organization.
pub(super) struct WatchOne {
    topic: Arc<Topic>,
    tokens: ResumeTokens,
    position: LogPosition,
    taken: Option<Taken>,
    /// Set if the organization is deleted according to the changes so far.
    is_deleted: bool,
}

/// A page that is being delivered.
pub(super) struct Taken {
    page: Arc<Page>,
    next: usize,
}

impl WatchOne {
    /// From a position, or from now.
    pub(super) async fn start(
        inner: &Inner,
        organization: Id,
        tokens: ResumeTokens,
        start: Option<Resumed<LogPosition>>,
    ) -> Result<Self> {
        // First the topic: what is committed after the look at the table is heard of.
        let topic = inner.topic(organization);
        let current = inner
            .store
            .read(ReadRevision(organization))
            .await?
            .ok_or_else(|| Error::not_found(Resource::Organization, organization))?;
        topic.follow.note(current);
        let Resumed { position, holds } = start.unwrap_or(Resumed {
            position: Revision(current).end(),
            holds: true,
        });
        if !holds || position.whole() > current {
            // A position of another incarnation, or a later revision than there is: the database was set back to an older state.
            return Err(Error::ResyncRequired {
                after: position.whole(),
                current,
            });
        }
        let mut one = Self {
            topic,
            tokens,
            position,
            taken: None,
            is_deleted: false,
        };
        // A position that is gone is refused at once and not with the first event.
        if one.position.whole() < current {
            let page = inner.page_after(&one.topic, one.position).await?;
            one.taken = Some(Taken { page, next: 0 });
        }
        Ok(one)
    }

    pub(super) async fn next(&mut self, inner: &Inner, kinds: &[Resource]) -> Result<WatchEvent> {
        loop {
            let (page, next) = if let Some(Taken { page, next }) = self.taken.take() {
                (page, next)
            } else {
                self.refuse_deleted()?;
                self.topic.follow.beyond(self.position.whole()).await;
                (inner.page_after(&self.topic, self.position).await?, 0)
            };
            let Some(chunk) = page.0.get(next) else {
                continue;
            };
            let event = WatchEvent {
                changes: of_kinds(&chunk.changes, kinds),
                revision: chunk.end.whole(),
                current_revision: self.topic.follow.revision(),
                resume_token: self.tokens.sign(inner, chunk.end)?,
                concerns_access: chunk.concerns_access,
            };
            self.position = chunk.end;
            if let Some(is_deleted) = deletion(&chunk.changes) {
                self.is_deleted = is_deleted;
            }
            self.taken = Some(Taken { page, next: next + 1 });
            if !event.changes.is_empty() || event.concerns_access {
                return Ok(event);
            }
        }
    }

    /// When the deletion has been delivered, nothing follows but that there is no such organization. Not if it came back meanwhile.
    fn refuse_deleted(&self) -> Result<()> {
        let follow = &self.topic.follow;
        if self.is_deleted && follow.revision() <= self.position.whole() {
            return Err(Error::not_found(Resource::Organization, follow.organization()));
        }
        Ok(())
    }

    pub(super) fn progress(&self, inner: &Inner) -> Result<WatchEvent> {
        Ok(WatchEvent {
            changes: Vec::new(),
            revision: self.position.whole(),
            current_revision: self.topic.follow.revision(),
            resume_token: self.tokens.sign(inner, self.position)?,
            concerns_access: false,
        })
    }
}

/// Tells whether the organization is deleted after these changes, if they say so.
fn deletion(changes: &[Change]) -> Option<bool> {
    let last = |change: &Change| match (change.resource, change.action) {
        (Resource::Organization, Action::Deleted) => Some(true),
        (Resource::Organization, Action::Undeleted) => Some(false),
        _ => None,
    };
    changes.iter().rev().find_map(last)
}

struct ReadRevision(Id);

#[async_trait]
impl Query for ReadRevision {
    type Output = Option<i64>;
    const COST: Cost = Cost::Point;

    async fn run(&self, reader: &mut dyn Reader) -> Result<Self::Output> {
        reader.revision(self.0).await
    }
}
