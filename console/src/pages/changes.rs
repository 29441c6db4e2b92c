//! The change log, newest first, and the undo of what a request did.

use std::collections::VecDeque;

use askama::Template;
use axum::{
    extract::{Path, Query},
    response::{IntoResponse as _, Response},
};
use identity_proto::v1::{
    Actor, ActorKind, Change, ListChangesRequest, RevertChangesRequest, RevertChangesResponse,
};
use prost_types::Timestamp;
use serde::Deserialize;

use super::{Page, show};
use crate::{
    refusal::{Refusal, Result},
    request::{Posted, Visitor},
    view::{Frame, Moment, encoded, moment, plain, word},
};

/// Entries that are read at a time.
const PAGE_ENTRIES: i32 = 1_000;
/// Entries that are kept of what is read.
const MAX_READ: usize = 1_000;
/// Entries of a page; of a revision with more, the rest is left to `roster log`.
const MAX_ENTRIES: usize = 100;
/// Revisions of a page.
const REVISIONS: i64 = 50;
/// Steps of an undo that are shown.
const MAX_STEPS: usize = 200;

/// A place in the log: the revision before which the page ends.
#[derive(Deserialize)]
pub(super) struct Place {
    #[serde(default)]
    before: i64,
}

#[derive(Template)]
#[template(path = "changes.html")]
struct ChangesPage {
    frame: Frame,
    changes: Vec<Row>,
    before: i64,
}

/// An entry.
pub(super) struct Row {
    pub(super) time: Option<Moment>,
    pub(super) revision: i64,
    pub(super) action: String,
    pub(super) path: &'static str,
    pub(super) entity: String,
    pub(super) entity_id: String,
    /// Name of the entity, as far as the entry tells.
    pub(super) label: String,
    pub(super) actor: &'static str,
    pub(super) request_id: String,
    /// Time of the entry, in seconds since 1970.
    pub(super) since: i64,
    pub(super) note: String,
    pub(super) fields: Vec<(String, String, String)>,
}

/// Lists changes.
pub(super) async fn list(visitor: Visitor, Path(org): Path<String>, Query(place): Query<Place>) -> Page {
    let mut client = visitor.client.changes();
    let mut request = ListChangesRequest {
        organization: org.clone(),
        page_size: 1,
        ..ListChangesRequest::default()
    };
    let mut before = place.before;
    if before <= 0 {
        before = client.list_changes(request.clone()).await?.into_inner().revision + 1;
    }
    let after = (before - 1 - REVISIONS).max(0);
    request.after_revision = after;
    let mut changes = whole(&visitor, request, |change| change.revision < before).await?;
    changes.make_contiguous().reverse();
    let has_more = changes.len() > MAX_ENTRIES;
    changes.truncate(MAX_ENTRIES);
    let next = match changes.back() {
        Some(last) if has_more => last.revision,
        _ if after > 0 => after + 1,
        _ => 0,
    };
    show(&ChangesPage {
        frame: visitor.frame(&org, "changes", "Change log"),
        changes: changes.iter().map(|it| Row::of(it, visitor.now)).collect(),
        before: next,
    })
}

/// Reads the entries that a request selects, oldest first, as long as they are wanted; the newest [`MAX_READ`] of them.
pub(super) async fn whole(
    visitor: &Visitor,
    mut request: ListChangesRequest,
    is_wanted: impl Fn(&Change) -> bool,
) -> Result<VecDeque<Change>, tonic::Status> {
    request.page_size = PAGE_ENTRIES;
    let mut client = visitor.client.changes();
    let mut changes = VecDeque::new();
    loop {
        let page = client.list_changes(request.clone()).await?.into_inner();
        for change in page.changes {
            if !is_wanted(&change) {
                return Ok(changes);
            }
            if changes.len() == MAX_READ {
                changes.pop_front();
            }
            changes.push_back(change);
        }
        if page.next_page_token.is_empty() {
            return Ok(changes);
        }
        request.page_token = page.next_page_token;
    }
}

impl Row {
    pub(super) fn of(change: &Change, now: i64) -> Self {
        let entity = word(change.entity_type().as_str_name(), "ENTITY_TYPE");
        let mut fields: Vec<_> = change
            .fields
            .iter()
            .map(|field| (field.field.clone(), short(&field.before), short(&field.after)))
            .collect();
        let members = [
            ("members added", change.added_member_ids.len()),
            ("members removed", change.removed_member_ids.len()),
        ];
        for (name, count) in members.into_iter().filter(|(_, count)| *count > 0) {
            fields.push((name.to_owned(), String::new(), count.to_string()));
        }
        fields.extend(
            change
                .ignored
                .iter()
                .map(|it| ("ignored".to_owned(), String::new(), plain(it))),
        );
        let mut note = String::new();
        if change.reverts > 0 {
            note = format!("takes back revision {}", change.reverts);
        } else if !change.break_glass.is_empty() {
            note = format!("overrides the policy: {}", plain(&change.break_glass));
        }
        Self {
            time: moment(change.time.as_ref(), now),
            revision: change.revision,
            action: word(change.action().as_str_name(), "CHANGE_ACTION"),
            path: match entity.as_str() {
                "user" => "people",
                "group" => "groups",
                "connection" => "connections",
                _ => "",
            },
            entity,
            entity_id: encoded(&change.entity_id),
            label: label(change),
            actor: actor(change),
            request_id: change.request_id.clone(),
            since: change.time.as_ref().map_or(0, |time| time.seconds),
            note,
            fields,
        }
    }
}

/// Fields that name an entity, the best first.
const NAMES: [&str; 4] = ["user_name", "display_name", "name", "slug"];

fn label(change: &Change) -> String {
    let named = NAMES
        .iter()
        .find_map(|name| change.fields.iter().find(|field| field.field == *name));
    let Some(field) = named else {
        return String::new();
    };
    let value = if field.after.is_empty() {
        &field.before
    } else {
        &field.after
    };
    short(value.trim_matches('"'))
}

fn actor(change: &Change) -> &'static str {
    let actor = change.actor.as_ref();
    match actor.map(Actor::kind).unwrap_or_default() {
        ActorKind::Root => "root",
        ActorKind::Service => "a service",
        ActorKind::Scim => "the identity provider",
        ActorKind::User => "a person",
        ActorKind::System | ActorKind::Unspecified => "Roster",
    }
}

/// Characters of a value that are shown.
const MAX_VALUE: usize = 200;

fn short(value: &str) -> String {
    let mut text: String = plain(value).chars().take(MAX_VALUE).collect();
    if value.chars().count() > MAX_VALUE {
        text.push('…');
    }
    text
}

/// The request to take back.
#[derive(Deserialize)]
pub(super) struct Undo {
    request_id: String,
    /// Time of an entry of it, in seconds since 1970: the undo looks at nothing before.
    #[serde(default)]
    since: i64,
}

#[derive(Template)]
#[template(path = "undo.html")]
struct UndoPage {
    frame: Frame,
    request_id: String,
    since: i64,
    is_preview: bool,
    steps: Vec<Step>,
    has_more: bool,
}

struct Step {
    entity: String,
    name: String,
    action: String,
    fields: Vec<(String, String, String)>,
    conflicts: usize,
    refusal: String,
    lost: String,
}

/// Previews the undo of a request, or does it.
pub(super) async fn undo(Path((org, act)): Path<(String, String)>, posted: Posted<Undo>) -> Result<Response> {
    let Posted { visitor, fields } = posted;
    let is_preview = match act.as_str() {
        "preview" => true,
        "apply" => false,
        _ => return Err(Refusal::NotFound),
    };
    let request = RevertChangesRequest {
        organization: org.clone(),
        actor_request_id: fields.request_id.clone(),
        start_time: Some(Timestamp {
            seconds: fields.since,
            nanos: 0,
        }),
        validate_only: is_preview,
        ..RevertChangesRequest::default()
    };
    let mut stream = visitor
        .client
        .changes()
        .revert_changes(request)
        .await?
        .into_inner();
    let (mut steps, mut has_more) = (Vec::new(), false);
    while let Some(step) = stream.message().await? {
        if steps.len() < MAX_STEPS {
            steps.push(self::step(&step));
        } else {
            has_more = true;
        }
    }
    let title = if is_preview {
        "Preview of the undo"
    } else {
        "Undone"
    };
    let page = UndoPage {
        frame: visitor.frame(&org, "changes", title),
        request_id: fields.request_id,
        since: fields.since,
        is_preview,
        steps,
        has_more,
    };
    Ok(show(&page)?.into_response())
}

fn step(step: &RevertChangesResponse) -> Step {
    let fields = step.fields.iter();
    Step {
        entity: word(step.entity_type().as_str_name(), "ENTITY_TYPE"),
        name: plain(&step.name),
        action: word(step.action().as_str_name(), "CHANGE_ACTION"),
        fields: fields
            .map(|field| (field.field.clone(), short(&field.before), short(&field.after)))
            .collect(),
        conflicts: step.conflicts.len(),
        refusal: plain(&step.refusal),
        lost: plain(&step.lost),
    }
}
