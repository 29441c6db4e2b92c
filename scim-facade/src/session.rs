//! A client's way through the facade to the core, the same for single requests and for the operations of a `/Bulk`.

use std::{panic::resume_unwind, sync::Arc};

use http::StatusCode;
use serde_json::{Map, Value};

use crate::{
    attributes::{ResourceKind, Tables},
    call::Call,
    context::Context,
    error::{LoggedRefusal, Result, ScimError, away},
    etag::Condition,
    provisioning_log::{Notes, Request},
    server::Facade,
    shares::Share,
    work::{Length, Work},
};

const BUILTIN_URNS: [&str; 2] = [
    "urn:ietf:params:scim:schemas:core:2.0:",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:",
];

/// The facade, and the calls of one request.
#[derive(Clone)]
pub(crate) struct Session {
    facade: Arc<Facade>,
    /// The calls of the core, with the client's token.
    pub call: Call,
    /// The work that the request may still cause.
    pub work: Work,
}

impl Session {
    pub(crate) fn new(facade: Arc<Facade>, call: Call) -> Self {
        Self {
            facade,
            call,
            work: Work::default(),
        }
    }

    /// The same for an operation that has a record of its own.
    pub(crate) fn noting(&self, notes: Notes) -> Self {
        Self {
            call: self.call.clone().noting(notes),
            ..self.clone()
        }
    }

    /// Adds the record of such an operation to the provisioning log.
    pub(crate) fn record(
        &self,
        request: Request,
        notes: &Notes,
        status: StatusCode,
        refusal: Option<&LoggedRefusal>,
    ) {
        self.facade.log.add_answered(request, notes, status, refusal);
    }

    /// Waits until a body of so many bytes may be read.
    pub(crate) async fn room_for(&self, bytes: usize) -> Result<Share> {
        self.facade.bodies.acquire(self.call.bearer(), bytes).await
    }

    /// Works something out: what may take long on a thread where no connection waits for it. When nobody waits for it any more, nothing
    /// is left of the request's work, so it ends soon.
    pub(crate) async fn work_out<T: Send + 'static>(
        &self,
        length: Length,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T> {
        if length == Length::Short {
            return Ok(work());
        }
        let share = self.facade.threads.acquire(self.call.bearer(), 1).await?;
        let mut awaited = Awaited(Some(self.work.clone()));
        let done = tokio::task::spawn_blocking(move || {
            let _share = share;
            work()
        });
        let done = done.await;
        awaited.0 = None;
        done.map_err(|error| match error.try_into_panic() {
            Ok(panic) => resume_unwind(panic),
            Err(_) => away(),
        })
    }

    /// Returns the declarations of the caller's organization.
    pub(crate) async fn context(&self) -> Result<Arc<Context>> {
        let context = self.facade.contexts.get(&self.call, &self.facade.builtin).await?;
        self.call.notes.called_by(&context.caller);
        Ok(context)
    }

    /// The attribute tables for these texts of a request. The built-in ones do for texts without a colon, and cost no call:
    /// a declared attribute is always named by its URN.
    pub(crate) async fn tables_for(&self, texts: &[Option<&str>]) -> Result<Arc<Tables>> {
        if texts.iter().flatten().any(|text| text.contains(':')) {
            Ok(Arc::clone(&self.context().await?.tables))
        } else {
            Ok(Arc::clone(&self.facade.builtin))
        }
    }

    /// Returns what was read from a body that makes something new. If it cannot be read, a bad token is the
    /// better answer.
    pub(crate) async fn or_unauthorized<T>(&self, read: Result<T>) -> Result<T> {
        match read {
            Err(error) => self.context().await.and(Err(error)),
            read => read,
        }
    }

    /// Returns what was read from a body that changes a resource. If what it says is wrong, an unknown id is
    /// the better answer.
    pub(crate) async fn or_not_found<T>(&self, kind: ResourceKind, id: &str, read: Result<T>) -> Result<T> {
        match read {
            Err(error) if error.status == StatusCode::BAD_REQUEST => {
                self.stored_etag(kind, id).await.and(Err(error))
            }
            read => self.or_unauthorized(read).await,
        }
    }

    /// The etag that a change must name so that the core holds it to the client's condition; empty: none.
    pub(crate) async fn etag_for(
        &self,
        kind: ResourceKind,
        id: &str,
        condition: &Condition,
    ) -> Result<String> {
        match condition {
            Condition::Absent | Condition::Any => Ok(String::new()),
            Condition::OneOf(tags)
                if let [tag] = tags.as_slice()
                    && !tag.is_empty() =>
            {
                Ok(tag.clone())
            }
            Condition::OneOf(_) => {
                let stored = self.stored_etag(kind, id).await?;
                if condition.allows(&stored) {
                    Ok(stored)
                } else {
                    Err(stale())
                }
            }
        }
    }

    async fn stored_etag(&self, kind: ResourceKind, id: &str) -> Result<String> {
        match kind {
            ResourceKind::User => self.call.get_user(id.to_owned()).await.map(|user| user.etag),
            ResourceKind::Group => self.call.get_group(id.to_owned()).await.map(|group| group.etag),
        }
    }

    /// The attribute tables for a body.
    pub(crate) async fn tables_for_body(&self, body: &Map<String, Value>) -> Result<Arc<Tables>> {
        if body.keys().any(|key| may_be_declared(key)) {
            Ok(Arc::clone(&self.context().await?.tables))
        } else {
            Ok(Arc::clone(&self.facade.builtin))
        }
    }
}

/// Work that somebody waits for; dropped before its end, it is ended.
struct Awaited(Option<Work>);

impl Drop for Awaited {
    fn drop(&mut self) {
        if let Some(work) = &self.0 {
            work.end();
        }
    }
}

/// The client's condition on the version does not hold.
pub(crate) fn stale() -> ScimError {
    ScimError::plain(
        StatusCode::PRECONDITION_FAILED,
        "If-Match: the resource has another version",
    )
}

fn may_be_declared(key: &str) -> bool {
    let is_builtin = |urn: &str| {
        key.get(..urn.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(urn))
    };
    key.contains(':') && !BUILTIN_URNS.into_iter().any(is_builtin)
}
