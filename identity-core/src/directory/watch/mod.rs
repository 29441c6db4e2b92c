//! The change log as a stream.
//!
//! Each watcher reads the table in pages at its own pace, so a slow one costs one page and no queue. Watchers
//! that wait at the same place of the same organization share the page that wakes them.

mod all;
mod feed;
mod one;
mod position;
mod resume;

use std::sync::Arc;

use self::{
    all::WatchAll,
    one::WatchOne,
    resume::{ResumeTokens, Resumed},
};
use super::{
    Directory, Inner,
    input::{WatchRequest, WatchStart, WatchTarget},
    organization_context::require_root,
};
use crate::{
    caller::{Call, Caller, Scope},
    change::Change,
    error::{Error, Resource, Result},
    id::Id,
};

pub(super) use feed::{ChangeFeed, weight};

/// Somebody who follows changes. The events come in order, each once.
pub struct Watch {
    inner: Arc<Inner>,
    kinds: Vec<Resource>,
    target: Target,
    /// The organization that is followed; `None`: all.
    organization: Option<Id>,
}

enum Target {
    One(WatchOne),
    All(WatchAll),
}

/// Changes, or how far there are none.
#[derive(Clone, Debug)]
pub struct WatchEvent {
    /// In order; of one organization.
    pub changes: Vec<Change>,
    /// All changes up to this revision have been delivered; 0 if all organizations are followed.
    pub revision: i64,
    /// The newest revision that is known of; 0 if all organizations are followed.
    pub current_revision: i64,
    /// Where to go on after this event; empty while more follow at once.
    pub resume_token: String,
    /// Set if the changes, told or not, may decide who is served.
    pub concerns_access: bool,
}

impl Directory {
    /// Follows changes. A position that the log no longer holds is [`Error::ResyncRequired`], here or at the next event.
    #[crate::boxed]
    pub async fn watch(&self, call: &Call, request: WatchRequest) -> Result<Watch> {
        let inner = Arc::clone(&self.inner);
        let (target, organization) = match request.target {
            WatchTarget::Organization(name) => {
                let org = inner.organization(call, &name, Scope::ChangesRead).await?;
                let tokens = ResumeTokens::of(&inner, Some(org.id)).await?;
                let start = match request.start {
                    Some(WatchStart::Token(token)) => Some(tokens.open(&inner, &token)?),
                    Some(WatchStart::AfterRevision(revision)) => Some(Resumed {
                        position: after(revision)?.end(),
                        holds: true,
                    }),
                    None => None,
                };
                let one = WatchOne::start(&inner, org.id, tokens, start).await?;
                (Target::One(one), Some(org.id))
            }
            WatchTarget::All => {
                require_root(call)?;
                let all = WatchAll::start(&inner, request.start).await?;
                (Target::All(all), None)
            }
        };
        Ok(Watch {
            inner,
            kinds: request.kinds,
            target,
            organization,
        })
    }
}

fn after(revision: i64) -> Result<position::Revision> {
    if revision < 0 {
        return Err(Error::invalid("after_revision", "must not be negative"));
    }
    Ok(position::Revision(revision))
}

impl Watch {
    /// The next changes; waits until there are some. May be dropped and called again: what was not answered is not passed over.
    pub async fn next(&mut self) -> Result<WatchEvent> {
        match &mut self.target {
            Target::One(one) => one.next(&self.inner, &self.kinds).await,
            Target::All(all) => all.next(&self.inner, &self.kinds).await,
        }
    }

    /// Asks again what [`Directory::watch`] asked: whether the caller may follow this. Root hears also that an organization was deleted.
    #[crate::boxed]
    pub async fn reauthorize(&self, call: &Call) -> Result<()> {
        match (self.organization, &call.caller) {
            (Some(_), Caller::Root) => Ok(()),
            (Some(organization), _) => {
                let name = organization.to_string();
                let org = self.inner.organization(call, &name, Scope::ChangesRead).await;
                org.map(|_| ())
            }
            (None, _) => require_root(call),
        }
    }

    /// Position up to which all organizations are delivered.
    pub fn progress(&self) -> Result<WatchEvent> {
        match &self.target {
            Target::One(one) => one.progress(&self.inner),
            Target::All(all) => all.progress(&self.inner),
        }
    }
}

/// The changes of these kinds; none given: all.
fn of_kinds(changes: &[Change], kinds: &[Resource]) -> Vec<Change> {
    let wanted = |change: &&Change| kinds.is_empty() || kinds.contains(&change.resource);
    changes.iter().filter(wanted).cloned().collect()
}
