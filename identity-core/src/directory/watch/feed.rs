//! Pages of the change log, shared by all who wait at the same position.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, PoisonError, Weak},
};

use async_trait::async_trait;
use tokio::sync::OnceCell;

use super::position::{LogPosition, Revision};
use crate::{
    change::{Change, ChangeQuery},
    directory::{Inner, remembered::Stale},
    error::{Error, Result},
    id::Id,
    store::{Cost, Follow, Query, Reader},
};

/// Entries in a page. A stream holds one page at most.
const PAGE: i64 = 64;
/// Pages that an organization keeps for those who come a little later.
const KEPT: usize = 4;
/// About how large a chunk of a page is, which goes out as one message; clients take 4 MiB by default.
const CHUNK_BYTES: usize = 1 << 20;

/// The organizations that are followed in this process.
#[derive(Default)]
pub(in crate::directory) struct ChangeFeed(Mutex<HashMap<Id, Weak<Topic>>>);

/// An organization that is followed.
pub(super) struct Topic {
    pub(super) follow: Follow,
    pages: Mutex<VecDeque<(LogPosition, Slot)>>,
}

type Slot = Arc<OnceCell<Arc<Page>>>;

/// Entries that follow a position, in chunks.
pub(super) struct Page(pub(super) Vec<Chunk>);

/// Entries that go out together.
pub(super) struct Chunk {
    pub(super) changes: Vec<Change>,
    /// Where they end.
    pub(super) end: LogPosition,
    /// Set if the changes may decide who is served.
    pub(super) concerns_access: bool,
}

impl Inner {
    /// The topic of an organization, which is there as long as somebody holds it.
    pub(super) fn topic(&self, organization: Id) -> Arc<Topic> {
        let mut topics = self.feed.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(topic) = topics.get(&organization).and_then(Weak::upgrade) {
            return topic;
        }
        topics.retain(|_, topic| topic.strong_count() > 0);
        let topic = Arc::new(Topic {
            follow: self.store.follow(organization),
            pages: Mutex::default(),
        });
        topics.insert(organization, Arc::downgrade(&topic));
        topic
    }

    /// The page after a position, of which later changes are known to exist.
    pub(super) async fn page_after(&self, topic: &Topic, position: LogPosition) -> Result<Arc<Page>> {
        let slot = topic.slot(position);
        let read = slot.get_or_try_init(async || {
            let unit = ReadPage {
                organization: topic.follow.organization(),
                after: position,
            };
            let (changes, revision) = self.store.read(unit).await?;
            let page = Page::of(changes, position, revision)?;
            let stale = page.0.iter().map(|chunk| stale_by(&chunk.changes));
            self.remembered.forget(stale.collect(), None);
            topic.follow.note(revision);
            Ok(Arc::new(page))
        });
        read.await.cloned()
    }
}

impl Topic {
    fn slot(&self, position: LogPosition) -> Slot {
        let mut pages = self.pages.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, slot)) = pages.iter().find(|(of, _)| *of == position) {
            return Arc::clone(slot);
        }
        if pages.len() == KEPT {
            pages.pop_front();
        }
        let slot = Slot::default();
        pages.push_back((position, Arc::clone(&slot)));
        slot
    }
}

impl Page {
    /// A page out of one entry more than it has, if there are so many.
    fn of(mut changes: Vec<Change>, after: LogPosition, current: i64) -> Result<Self> {
        let size = usize::try_from(PAGE).unwrap_or(usize::MAX);
        let follows = changes.first().is_some_and(|first| after.is_followed_by(first));
        if !follows {
            return Err(Error::ResyncRequired {
                after: after.whole(),
                current,
            });
        }
        let mut next = if changes.len() > size { changes.pop() } else { None }.map(|it| it.revision);
        let mut chunks = Vec::new();
        // From the end, as a chunk has to know whether its last revision goes on behind it.
        while !changes.is_empty() {
            let chunk = Chunk::of(changes.split_off(start_of_last_chunk(&changes)), next);
            next = chunk.changes.first().map(|it| it.revision);
            chunks.push(chunk);
        }
        chunks.reverse();
        Ok(Self(chunks))
    }
}

impl Chunk {
    /// `next` is the revision of the entry behind it.
    fn of(changes: Vec<Change>, next: Option<i64>) -> Self {
        let end = changes.last().map_or(Revision(0).end(), |last| {
            if next == Some(last.revision) {
                LogPosition::at(last)
            } else {
                Revision(last.revision).end()
            }
        });
        Self {
            concerns_access: stale_by(&changes).covers(Stale::CALLERS),
            changes,
            end,
        }
    }
}

/// Where the last chunk of these begins; it has at least one entry.
fn start_of_last_chunk(changes: &[Change]) -> usize {
    let mut bytes = 0;
    let small = changes.iter().rev().take_while(|change| {
        bytes += weight(change);
        bytes <= CHUNK_BYTES
    });
    changes.len() - small.count().max(1)
}

/// Judges the answers that changes outdate.
fn stale_by(changes: &[Change]) -> Stale {
    let changes = changes.iter();
    changes
        .map(|it| Stale::by_entry(it.resource, it.action, &it.detail))
        .collect()
}

/// About how many bytes an entry has in a message.
pub(in crate::directory) fn weight(change: &Change) -> usize {
    const FIXED: usize = 256;
    const ID: usize = 38;
    let detail = &change.detail;
    let fields: usize = detail
        .fields
        .iter()
        .map(|it| it.field.len() + length(&it.before) + length(&it.after))
        .sum();
    let ignored: usize = detail.ignored.iter().map(String::len).sum();
    FIXED + fields + ignored + ID * (detail.added_members.len() + detail.removed_members.len())
}

fn length(value: &serde_json::Value) -> usize {
    use serde_json::Value;
    const FIXED: usize = 8;
    match value {
        Value::String(text) => text.len() + FIXED,
        Value::Array(items) => items.iter().map(length).sum::<usize>() + FIXED,
        Value::Object(fields) => fields
            .iter()
            .map(|(name, value)| name.len() + length(value) + FIXED)
            .sum(),
        Value::Null | Value::Bool(_) | Value::Number(_) => FIXED,
    }
}

struct ReadPage {
    organization: Id,
    after: LogPosition,
}

#[async_trait]
impl Query for ReadPage {
    type Output = (Vec<Change>, i64);
    const COST: Cost = Cost::Scan;

    async fn run(&self, reader: &mut dyn Reader) -> Result<Self::Output> {
        let LogPosition(revision, sequence) = self.after;
        let everything = ChangeQuery::default();
        let changes = reader
            .changes(
                self.organization,
                &everything,
                Some((revision, sequence)),
                PAGE + 1,
            )
            .await?;
        let current = reader.revision(self.organization).await?.unwrap_or_default();
        Ok((changes, current))
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::{LogPosition, PAGE, Page, Revision};
    use crate::{
        change::{Action, Actor, Change, Detail},
        error::{Error, Resource, Result},
        id::Id,
        platform::Timestamp,
    };

    fn change(revision: i64, sequence: i32, ignored: usize) -> Change {
        Change {
            organization_id: Id(Uuid::nil()),
            revision,
            sequence,
            at: Timestamp(0),
            resource: Resource::Group,
            resource_id: String::new(),
            action: Action::Updated,
            detail: Detail {
                ignored: vec!["x".repeat(ignored)],
                ..Detail::default()
            },
            actor: Actor::Root,
            request_id: String::new(),
        }
    }

    fn ends(page: &Page) -> Vec<(usize, LogPosition)> {
        page.0
            .iter()
            .map(|chunk| (chunk.changes.len(), chunk.end))
            .collect()
    }

    fn page(changes: Vec<Change>, after: i64) -> Result<Page> {
        Page::of(changes, Revision(after).end(), 9)
    }

    #[test]
    fn large_entries_go_out_in_several_pieces() {
        let large = 700 << 10;
        let changes = vec![change(1, 0, large), change(1, 1, large), change(2, 0, 1)];
        let page = page(changes, 0).unwrap();
        assert_eq!(ends(&page), [(1, LogPosition(1, 0)), (2, Revision(2).end())]);
    }

    #[test]
    fn a_page_that_ends_within_a_revision_ends_at_its_entry() {
        let size = i32::try_from(PAGE).unwrap();
        let changes = (0..=size).map(|sequence| change(1, sequence, 1)).collect();
        assert_eq!(ends(&page(changes, 0).unwrap()), [(64, LogPosition(1, size - 1))]);
    }

    #[test]
    fn a_gap_is_no_page() {
        for (changes, after) in [
            (vec![change(3, 0, 1)], 1),
            (vec![change(2, 1, 1)], 1),
            (vec![], 1),
        ] {
            assert!(matches!(page(changes, after), Err(Error::ResyncRequired { .. })));
        }
    }
}
