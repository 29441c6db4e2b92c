//! Notifications for tasks that wait for commits. A notification says only that something may be there: the tables are the truth.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::{broadcast, watch};

use crate::id::Id;

/// Commits of any organization that one who follows all may be behind. Whoever is further behind looks at all organizations again.
const BACKLOG: usize = 4096;

/// A revision that an organization has reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reached {
    /// The organization.
    pub organization: Id,
    /// Its revision.
    pub revision: i64,
}

/// Registry of the followers that wait for changes of organizations.
pub(super) struct Subscriptions {
    state: Mutex<State>,
    all: broadcast::Sender<Reached>,
}

#[derive(Default)]
struct State {
    topics: HashMap<Id, Topic>,
    /// The last revision published to those who follow all, so that a revision that arrives twice is published once.
    published: HashMap<Id, i64>,
}

/// An organization that somebody follows.
struct Topic {
    revision: watch::Sender<i64>,
    followers: usize,
}

impl Subscriptions {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self {
            state: Mutex::default(),
            all: broadcast::Sender::new(BACKLOG),
        })
    }

    /// Wakes those who wait for this. What is known already wakes nobody.
    pub(super) fn reached(&self, reached: Reached) {
        let mut state = self.lock();
        if let Some(topic) = state.topics.get(&reached.organization) {
            advance(&topic.revision, reached.revision);
        }
        if self.all.receiver_count() == 0 {
            state.published.clear();
            return;
        }
        let published = state.published.entry(reached.organization).or_default();
        if *published < reached.revision {
            *published = reached.revision;
            // Whoever stopped listening meanwhile misses nothing.
            let _ = self.all.send(reached);
        }
    }

    pub(super) fn follow(self: &Arc<Self>, organization: Id) -> Follow {
        let mut state = self.lock();
        let topic = state.topics.entry(organization).or_insert_with(|| Topic {
            revision: watch::Sender::new(0),
            followers: 0,
        });
        topic.followers += 1;
        Follow {
            subscriptions: Arc::clone(self),
            organization,
            revision: topic.revision.clone(),
        }
    }

    pub(super) fn follow_all(&self) -> broadcast::Receiver<Reached> {
        self.all.subscribe()
    }

    /// The organizations that are followed one by one, and whether all are.
    pub(super) fn followed(&self) -> (Vec<Id>, bool) {
        let ids = self.lock().topics.keys().copied().collect();
        (ids, self.all.receiver_count() > 0)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Somebody's interest in one organization.
pub struct Follow {
    subscriptions: Arc<Subscriptions>,
    organization: Id,
    revision: watch::Sender<i64>,
}

impl Follow {
    /// The organization.
    pub fn organization(&self) -> Id {
        self.organization
    }

    /// The newest revision that is known of; 0: none yet.
    pub fn revision(&self) -> i64 {
        *self.revision.borrow()
    }

    /// Tells what was read from the table.
    pub fn note(&self, revision: i64) {
        advance(&self.revision, revision);
    }

    /// Waits until a later revision is known of. May be dropped at any time.
    pub async fn beyond(&self, revision: i64) {
        let mut revisions = self.revision.subscribe();
        // It fails only without a sender, and there is one here.
        let _ = revisions.wait_for(|known| *known > revision).await;
    }
}

impl Drop for Follow {
    fn drop(&mut self) {
        let mut state = self.subscriptions.lock();
        if let Some(topic) = state.topics.get_mut(&self.organization) {
            topic.followers -= 1;
            if topic.followers == 0 {
                state.topics.remove(&self.organization);
            }
        }
    }
}

fn advance(known: &watch::Sender<i64>, revision: i64) {
    known.send_if_modified(|known| {
        let later = revision > *known;
        *known = revision.max(*known);
        later
    });
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;
    use uuid::Uuid;

    use super::{Reached, Subscriptions};
    use crate::id::Id;

    const ACME: Id = Id(Uuid::from_u128(1));

    fn at(revision: i64) -> Reached {
        Reached {
            organization: ACME,
            revision,
        }
    }

    #[test]
    fn a_follower_is_woken_by_what_is_later_and_by_nothing_else() {
        let subscriptions = Subscriptions::new();
        let follow = subscriptions.follow(ACME);
        subscriptions.reached(at(3));
        subscriptions.reached(at(2));
        assert!(follow.beyond(2).now_or_never().is_some());
        assert!(follow.beyond(3).now_or_never().is_none());
        assert_eq!(follow.revision(), 3);
    }

    #[test]
    fn whoever_follows_all_receives_each_revision_once() {
        let subscriptions = Subscriptions::new();
        let mut all = subscriptions.follow_all();
        for revision in [1, 1, 2, 1] {
            subscriptions.reached(at(revision));
        }
        assert_eq!(all.try_recv(), Ok(at(1)));
        assert_eq!(all.try_recv(), Ok(at(2)));
        assert!(all.try_recv().is_err());
    }

    #[test]
    fn what_nobody_follows_is_not_kept() {
        let subscriptions = Subscriptions::new();
        let follow = (subscriptions.follow(ACME), subscriptions.follow(ACME));
        assert_eq!(subscriptions.followed(), (vec![ACME], false));
        drop(follow);
        assert_eq!(subscriptions.followed(), (Vec::new(), false));
    }
}
