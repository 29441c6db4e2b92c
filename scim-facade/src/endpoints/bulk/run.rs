//! Running the operations of a `/Bulk` request.

use std::collections::HashSet;

use futures::{StreamExt as _, stream};
use http::StatusCode;
use serde_json::{Map, Value, json};
use tokio::time::Instant;

use super::{
    references::{self, Made},
    request::{Action, BulkRequest, Operation},
};
use crate::{
    attributes::ResourceKind,
    endpoints::{groups, users},
    error::{LoggedRefusal, Result, ScimError, ScimType},
    etag::{Condition, entity_tag},
    limits::BULK_CONCURRENCY,
    provisioning_log::{Notes, Request as Recorded},
    scim_request::ScimRequest,
    session::Session,
};

/// Result of an operation.
struct Done {
    status: StatusCode,
    id: String,
    /// The new version; a deleted resource has none.
    etag: Option<String>,
}

/// Where a `/Bulk` request stands.
struct Progress {
    operations: Vec<Operation>,
    results: Vec<Option<Value>>,
    made: Made,
    errors: usize,
    fail_on_errors: usize,
    /// The bulk request as the provisioning log shows it; `None`: it is not recorded.
    recorded: Option<Recorded>,
}

/// An operation's facts for the provisioning log, and when it began.
struct Run {
    notes: Notes,
    begun: Instant,
}

/// Runs all operations and answers in the order in which they were sent. Those that were not run any more because of
/// `failOnErrors` have no answer.
pub(crate) async fn all(
    scim_request: &ScimRequest,
    request: BulkRequest,
    recorded: Option<Recorded>,
) -> Vec<Value> {
    let order = references::order(&request.operations);
    let mut progress = Progress {
        results: vec![None; request.operations.len()],
        operations: request.operations,
        made: Made::new(),
        errors: 0,
        fail_on_errors: request.fail_on_errors.unwrap_or(usize::MAX),
        recorded,
    };
    let mut rest = order.runnable.as_slice();
    while !rest.is_empty() && progress.budget() > 0 {
        let (batch, after) = rest.split_at(progress.batch(rest));
        progress.run(scim_request, batch).await;
        rest = after;
    }
    for index in order.circular {
        if progress.budget() > 0 {
            // RFC 7644, section 3.7.1: a circle may be given up with 409.
            let detail = "bulkId: this operation refers to itself through others";
            let refused = Err(ScimError::plain(StatusCode::CONFLICT, detail));
            progress.finish(scim_request, index, &Run::new(), refused);
        }
    }
    progress.results.into_iter().flatten().collect()
}

impl Progress {
    /// How many more errors there may be.
    fn budget(&self) -> usize {
        self.fail_on_errors.saturating_sub(self.errors)
    }

    /// How many of the next operations can run at the same time without anybody being able to tell: new resources of
    /// different names that do not refer to each other, and no more of them than errors are still allowed.
    fn batch(&self, next: &[usize]) -> usize {
        let mut unique = HashSet::new();
        let mut bulk_ids = HashSet::new();
        let next = next.iter().map(|index| &self.operations[*index]);
        let independent = next.take(self.budget()).take_while(|operation| {
            let Ok(Action::Create(kind)) = operation.action else {
                return false;
            };
            let waits = references::of(operation).iter().any(|id| bulk_ids.contains(id));
            bulk_ids.extend(operation.bulk_id.clone());
            !waits
                && unique_values(operation, kind)
                    .into_iter()
                    .all(|value| unique.insert(value))
        });
        independent.count().max(1)
    }

    async fn run(&mut self, scim_request: &ScimRequest, batch: &[usize]) {
        let session = &scim_request.session;
        let mut runs = Vec::with_capacity(batch.len());
        for index in batch {
            let operation = &mut self.operations[*index];
            let resolved = references::resolve(operation, &self.made);
            let data = operation.data.take();
            let (action, version) = (operation.action.clone(), operation.version.clone());
            let run = Run::new();
            let session = session.noting(run.notes.clone());
            runs.push(async move {
                let perform = async {
                    resolved?;
                    perform(&session, action?, version.as_deref(), data).await
                };
                (perform.await, run)
            });
        }
        let results: Vec<_> = stream::iter(runs).buffered(BULK_CONCURRENCY).collect().await;
        for (index, (result, run)) in batch.iter().zip(results) {
            self.finish(scim_request, *index, &run, result);
        }
    }

    /// RFC 7644, section 3.7.3: what an answer to an operation has.
    fn finish(&mut self, scim_request: &ScimRequest, index: usize, run: &Run, result: Result<Done>) {
        let operation = &self.operations[index];
        if let Some(recorded) = &self.recorded {
            let status = result
                .as_ref()
                .map_or_else(|error| error.status, |done| done.status);
            let refusal = result.as_ref().err().cloned().map(LoggedRefusal::of);
            let (method, endpoint) = route(operation);
            let recorded = Recorded {
                method,
                endpoint,
                begun: run.begun,
                ..recorded.clone()
            };
            scim_request
                .session
                .record(recorded, &run.notes, status, refusal.as_ref());
        }
        let mut answer = json!({ "method": operation.method });
        if let Some(bulk_id) = &operation.bulk_id {
            answer["bulkId"] = bulk_id.as_str().into();
            self.made
                .insert(bulk_id.clone(), result.as_ref().ok().map(|done| done.id.clone()));
        }
        let action = operation.action.as_ref().ok();
        let id = result
            .as_ref()
            .ok()
            .map(|done| done.id.as_str())
            .or_else(|| action?.id());
        if let Some((id, action)) = id.zip(action) {
            answer["location"] = [&scim_request.base, action.kind().endpoint(), "/", id]
                .concat()
                .into();
        }
        match result {
            Ok(done) => {
                if let Some(etag) = done.etag {
                    answer["version"] = entity_tag(&etag).into();
                }
                answer["status"] = done.status.as_str().into();
            }
            Err(error) => {
                self.errors += 1;
                answer["status"] = error.status.as_str().into();
                answer["response"] = error.body();
            }
        }
        self.results[index] = Some(answer);
    }
}

impl Run {
    fn new() -> Self {
        Self {
            notes: Notes::default(),
            begun: Instant::now(),
        }
    }
}

/// Method and route of the request that an operation stands for.
fn route(operation: &Operation) -> (&'static str, &'static str) {
    let Ok(action) = &operation.action else {
        return ("other", "none");
    };
    let (method, has_id) = match action {
        Action::Create(_) => ("POST", false),
        Action::Replace(..) => ("PUT", true),
        Action::Patch(..) => ("PATCH", true),
        Action::Delete(..) => ("DELETE", true),
    };
    let endpoint = match (action.kind(), has_id) {
        (ResourceKind::User, false) => "/Users",
        (ResourceKind::User, true) => "/Users/{id}",
        (ResourceKind::Group, false) => "/Groups",
        (ResourceKind::Group, true) => "/Groups/{id}",
    };
    (method, endpoint)
}

/// Lists the values of a new resource that must be unique, so that the first of two with the same name is the
/// one that is made.
fn unique_values(operation: &Operation, kind: ResourceKind) -> Vec<String> {
    let name = match kind {
        ResourceKind::User => "userName",
        ResourceKind::Group => "displayName",
    };
    let data = operation.data.iter().flatten();
    let unique = data.filter(|(key, _)| {
        [name, "externalId"]
            .iter()
            .any(|unique| key.eq_ignore_ascii_case(unique))
    });
    unique
        .map(|(key, value)| format!("{kind:?} {key} {value}").to_lowercase())
        .collect()
}

async fn perform(
    session: &Session,
    action: Action,
    version: Option<&str>,
    data: Option<Map<String, Value>>,
) -> Result<Done> {
    let condition = Condition::of_version(version)?;
    let body = data.ok_or_else(|| ScimError::new(ScimType::InvalidSyntax, "data: must be an object"));
    match action {
        Action::Create(ResourceKind::User) => {
            let user = users::insert(session, body).await?;
            Ok(done(StatusCode::CREATED, user.id, user.etag))
        }
        Action::Create(ResourceKind::Group) => {
            let group = groups::insert(session, body).await?;
            Ok(done(StatusCode::CREATED, group.id, group.etag))
        }
        Action::Replace(ResourceKind::User, id) => {
            let user = users::overwrite(session, &id, body, &condition).await?;
            Ok(done(StatusCode::OK, user.id, user.etag))
        }
        Action::Replace(ResourceKind::Group, id) => {
            let group = groups::overwrite(session, &id, body, &condition).await?;
            Ok(done(StatusCode::OK, group.id, group.etag))
        }
        Action::Patch(ResourceKind::User, id) => {
            let user = users::change(session, &id, body, &condition).await?;
            Ok(done(StatusCode::OK, user.id, user.etag))
        }
        Action::Patch(ResourceKind::Group, id) => {
            let group = groups::change(session, &id, body, &condition).await?;
            Ok(done(StatusCode::OK, group.id, group.etag))
        }
        Action::Delete(kind, id) => {
            match kind {
                ResourceKind::User => users::remove(session, &id, &condition).await?,
                ResourceKind::Group => groups::remove(session, &id, &condition).await?,
            }
            Ok(Done {
                status: StatusCode::NO_CONTENT,
                id,
                etag: None,
            })
        }
    }
}

fn done(status: StatusCode, id: String, etag: String) -> Done {
    Done {
        status,
        id,
        etag: Some(etag),
    }
}
