//! Access checks with a memory that the change stream keeps right.

mod follow;
mod memory;

use std::{
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use identity_proto::v1::{
    AccessCheck, CheckAccessRequest, CheckAccessResponse, Consistency, consistency::Requirement,
};
use tokio_util::sync::{CancellationToken, DropGuard};
use tonic::Status;

use self::memory::{Memory, Remembered};
use crate::client::Client;

/// May this user do this here?
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Question<'a> {
    /// The user's id.
    pub user: &'a str,
    /// The permission.
    pub permission: &'a str,
    /// The project's id; empty: in the organization itself.
    pub project: &'a str,
}

/// How fresh the state must be that an answer comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Freshness {
    /// As the change stream has told it: in good times some milliseconds old, and never older than [`crate::Options::trust`].
    #[default]
    Latest,
    /// At this revision or later: that of a change which the caller has made or heard of.
    AtLeast(i64),
    /// As the service knows it now; nothing remembered will do.
    Server,
}

/// An answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Set if the user has the permission.
    pub allowed: bool,
    /// The state that it comes from is the one at this revision or later.
    pub revision: i64,
}

/// Access checks of one organization. Clones share their memory.
#[derive(Clone)]
pub struct Checks(Arc<Shared>);

struct Shared {
    client: Client,
    organization: String,
    state: Arc<State>,
    _following: DropGuard,
}

/// State that the change stream and the checks share.
struct State {
    memory: RwLock<Memory>,
    begun: Instant,
    /// Until when the memory is trusted, in milliseconds since `begun`; 0: not at all.
    trusted_until: AtomicU64,
    trust: Duration,
    remembered: usize,
}

impl Checks {
    pub(crate) fn start(client: Client, organization: &str, trust: Duration, remembered: usize) -> Self {
        let state = Arc::new(State {
            memory: RwLock::default(),
            begun: Instant::now(),
            trusted_until: AtomicU64::new(0),
            trust,
            remembered,
        });
        let end = CancellationToken::new();
        let following = follow::follow(client.clone(), organization.to_owned(), Arc::clone(&state));
        tokio::spawn(end.clone().run_until_cancelled_owned(following));
        Self(Arc::new(Shared {
            client,
            organization: organization.to_owned(),
            state,
            _following: end.drop_guard(),
        }))
    }

    /// Answers a question: from memory if that is fresh enough, else by a call.
    pub async fn check(&self, question: &Question<'_>, freshness: Freshness) -> Result<Answer, Status> {
        if let Some(answer) = self.remembered(question, freshness) {
            return Ok(answer);
        }
        let asked = Instant::now();
        let response = self.ask(question, freshness).await?;
        let answer = Remembered {
            allowed: response.allowed,
            revision: response.revision,
            until: response
                .valid_for
                .map(|left| asked + Duration::try_from(left).unwrap_or_default()),
        };
        let state = &self.0.state;
        state.write().put(question, answer, state.remembered);
        Ok(Answer {
            allowed: answer.allowed,
            revision: answer.revision,
        })
    }

    /// The answer that is remembered, if it is fresh enough. Never waits.
    pub fn remembered(&self, question: &Question<'_>, freshness: Freshness) -> Option<Answer> {
        let state = &self.0.state;
        let now = Instant::now();
        if freshness == Freshness::Server || !state.is_trusted(now) {
            return None;
        }
        let memory = state.memory.read().unwrap_or_else(PoisonError::into_inner);
        let found = memory.find(question)?;
        if found.until.is_some_and(|until| until <= now) {
            return None;
        }
        let revision = found.revision.max(memory.applied());
        match freshness {
            Freshness::AtLeast(wanted) if wanted > revision => None,
            _ => Some(Answer {
                allowed: found.allowed,
                revision,
            }),
        }
    }

    async fn ask(
        &self,
        question: &Question<'_>,
        freshness: Freshness,
    ) -> Result<CheckAccessResponse, Status> {
        let requirement = match freshness {
            Freshness::AtLeast(revision) => Requirement::AtLeastAsFresh(revision),
            Freshness::Latest | Freshness::Server => Requirement::FullyConsistent(true),
        };
        let request = CheckAccessRequest {
            organization: self.0.organization.clone(),
            check: Some(AccessCheck {
                user_id: question.user.to_owned(),
                permission: question.permission.to_owned(),
                project_id: question.project.to_owned(),
            }),
            consistency: Some(Consistency {
                requirement: Some(requirement),
            }),
        };
        let call = |client: Client| {
            let request = request.clone();
            async move { client.access().check_access(request).await }
        };
        Ok(self.0.client.repeat(call).await?.into_inner())
    }

    /// The revision up to which the change stream was heard; `None`: it is not heard now, and every check is a call.
    pub fn followed_revision(&self) -> Option<i64> {
        let state = &self.0.state;
        let memory = state.memory.read().unwrap_or_else(PoisonError::into_inner);
        state.is_trusted(Instant::now()).then(|| memory.applied())
    }
}

impl State {
    fn is_trusted(&self, now: Instant) -> bool {
        self.millis(now) < self.trusted_until.load(Ordering::Acquire)
    }

    /// The stream was heard just now.
    fn trust(&self) {
        let until = self.millis(Instant::now() + self.trust);
        self.trusted_until.store(until, Ordering::Release);
    }

    /// The stream is lost.
    fn distrust(&self) {
        self.trusted_until.store(0, Ordering::Release);
    }

    fn millis(&self, at: Instant) -> u64 {
        let millis = at.saturating_duration_since(self.begun).as_millis();
        u64::try_from(millis).unwrap_or(u64::MAX)
    }

    fn write(&self) -> std::sync::RwLockWriteGuard<'_, Memory> {
        self.memory.write().unwrap_or_else(PoisonError::into_inner)
    }
}
