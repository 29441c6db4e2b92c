//! Entries of the change log.

use std::{ops::RangeInclusive, time::Duration};

use identity_core::{
    change::{Action, Actor, Change, ChangeQuery, FieldChange},
    directory::{
        Conflict, RevertedResource, WatchEvent,
        input::{RevertRequest, WatchRequest, WatchStart, WatchTarget},
    },
    error::{Error, Resource, Result},
    id::Id,
};
use identity_proto::v1::{self, ActorKind, ChangeAction, EntityType, ListChangesRequest};
use serde_json::Value;

use super::{required, text, time};

/// The kinds of things that entries are about. Signing keys are the deployment's, and in no organization's log.
const ENTITIES: [(Resource, EntityType); 12] = [
    (Resource::Organization, EntityType::Organization),
    (Resource::User, EntityType::User),
    (Resource::Group, EntityType::Group),
    (Resource::Connection, EntityType::Connection),
    (Resource::MappingRule, EntityType::MappingRule),
    (Resource::Token, EntityType::Token),
    (Resource::ServiceAccount, EntityType::ServiceAccount),
    (Resource::Policy, EntityType::Policy),
    (Resource::Schema, EntityType::Schema),
    (Resource::Project, EntityType::Project),
    (Resource::Role, EntityType::Role),
    (Resource::Grant, EntityType::Grant),
];

pub(crate) fn to_message(change: Change) -> v1::Change {
    let detail = change.detail;
    v1::Change {
        organization_id: change.organization_id.to_string(),
        revision: change.revision,
        sequence: change.sequence,
        time: Some(time::to_message(change.at)),
        entity_type: entity_type(change.resource).into(),
        entity_id: change.resource_id,
        action: action_message(change.action).into(),
        fields: detail.fields.into_iter().map(field_message).collect(),
        added_member_ids: ids(&detail.added_members),
        removed_member_ids: ids(&detail.removed_members),
        ignored: detail.ignored,
        actor: Some(actor_message(change.actor)),
        request_id: change.request_id,
        break_glass: detail.break_glass.unwrap_or_default(),
        reverts: detail.reverts.unwrap_or_default(),
    }
}

fn action_message(action: Action) -> ChangeAction {
    match action {
        Action::Created => ChangeAction::Created,
        Action::Updated => ChangeAction::Updated,
        Action::Deleted => ChangeAction::Deleted,
        Action::Ignored => ChangeAction::Ignored,
        Action::Rotated => ChangeAction::Rotated,
        Action::ExpiresSoon => ChangeAction::ExpiresSoon,
        Action::Revoked => ChangeAction::Revoked,
        Action::Undeleted => ChangeAction::Undeleted,
        Action::Erased => ChangeAction::Erased,
        Action::HealthChanged => ChangeAction::HealthChanged,
    }
}

fn ids(ids: &[Id]) -> Vec<String> {
    ids.iter().map(ToString::to_string).collect()
}

pub(super) fn field_message(change: FieldChange) -> v1::FieldChange {
    v1::FieldChange {
        field: change.field,
        before: json(&change.before),
        after: json(&change.after),
    }
}

fn json(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        value => value.to_string(),
    }
}

fn actor_message(actor: Actor) -> v1::Actor {
    let (kind, token_id, connection_id, user_id) = match actor {
        Actor::Root => (ActorKind::Root, None, None, None),
        Actor::Service { token_id } => (ActorKind::Service, Some(token_id), None, None),
        Actor::User { token_id, user_id } => (ActorKind::User, Some(token_id), None, Some(user_id)),
        Actor::Scim {
            token_id,
            connection_id,
        } => (ActorKind::Scim, Some(token_id), Some(connection_id), None),
        Actor::System => (ActorKind::System, None, None, None),
    };
    let id = |id: Option<Id>| id.map(|id| id.to_string()).unwrap_or_default();
    v1::Actor {
        kind: kind.into(),
        token_id: id(token_id),
        connection_id: id(connection_id),
        user_id: id(user_id),
    }
}

pub(crate) fn query(request: ListChangesRequest) -> Result<ChangeQuery> {
    Ok(ChangeQuery {
        after_revision: request.after_revision,
        resource: resource(request.entity_type, "entity_type")?,
        resource_id: text(request.entity_id),
        action: None,
        actor_token_id: id(&request.actor_token_id, "actor_token_id")?,
        actor_connection_id: id(&request.actor_connection_id, "actor_connection_id")?,
        from: time::from_message(request.start_time, "start_time")?,
        until: time::from_message(request.end_time, "end_time")?,
    })
}

/// The changes to undo.
pub(crate) fn revert(request: v1::RevertChangesRequest) -> Result<RevertRequest> {
    let from = time::from_message(request.start_time, "start_time")?;
    Ok(RevertRequest {
        connection: id(&request.actor_connection_id, "actor_connection_id")?,
        token: id(&request.actor_token_id, "actor_token_id")?,
        request_id: text(request.actor_request_id),
        from: required(from, "start_time")?,
        until: time::from_message(request.end_time, "end_time")?,
        keep_serving: request.keep_serving,
    })
}

pub(crate) fn reverted(item: RevertedResource) -> v1::RevertChangesResponse {
    let action = item.action.map(action_message).unwrap_or_default();
    v1::RevertChangesResponse {
        entity_type: entity_type(item.resource).into(),
        entity_id: item.resource_id,
        name: item.name,
        action: action.into(),
        fields: item.fields.into_iter().map(field_message).collect(),
        added_member_ids: ids(&item.added_members),
        removed_member_ids: ids(&item.removed_members),
        conflicts: item.conflicts.into_iter().map(conflict).collect(),
        refusal: item.refusal.unwrap_or_default(),
        lost: item.lost.unwrap_or_default(),
        revision: item.revision.unwrap_or_default(),
    }
}

fn conflict(conflict: Conflict) -> v1::RevertConflict {
    v1::RevertConflict {
        field: conflict.field,
        member_id: conflict.member.map(|id| id.to_string()).unwrap_or_default(),
        revision: conflict.revision,
    }
}

/// After how long without an answer a heartbeat is sent, unless the caller says otherwise.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// Heartbeat intervals that the caller may ask for.
const HEARTBEATS: RangeInclusive<Duration> = Duration::from_secs(1)..=Duration::from_mins(5);

pub(crate) fn heartbeat(asked: Option<prost_types::Duration>) -> Result<Duration> {
    let Some(asked) = asked else {
        return Ok(HEARTBEAT);
    };
    let asked = Duration::try_from(asked).ok();
    asked
        .filter(|asked| HEARTBEATS.contains(asked))
        .ok_or_else(|| Error::invalid("heartbeat_interval", "must be from 1 s to 5 min"))
}

pub(crate) fn watch(request: v1::WatchRequest) -> Result<WatchRequest> {
    let target = match (request.all_organizations, request.organization) {
        (false, organization) => WatchTarget::Organization(organization),
        (true, organization) if organization.is_empty() => WatchTarget::All,
        (true, _) => {
            return Err(Error::invalid(
                "organization",
                "must be empty where all are followed",
            ));
        }
    };
    let start = match (request.after_revision, text(request.resume_token)) {
        (None, None) => None,
        (Some(revision), None) => Some(WatchStart::AfterRevision(revision)),
        (None, Some(token)) => Some(WatchStart::Token(token)),
        (Some(_), Some(_)) => {
            return Err(Error::invalid(
                "after_revision",
                "cannot be combined with resume_token",
            ));
        }
    };
    let kind = |(at, number): (usize, &i32)| {
        let field = format!("entity_types[{at}]");
        resource(*number, &field)?.ok_or_else(|| Error::invalid(field, "must be a kind"))
    };
    let kinds = request.entity_types.iter().enumerate().map(kind);
    Ok(WatchRequest {
        target,
        start,
        kinds: kinds.collect::<Result<_>>()?,
    })
}

pub(crate) fn event(event: WatchEvent) -> v1::WatchResponse {
    v1::WatchResponse {
        changes: event.changes.into_iter().map(to_message).collect(),
        revision: event.revision,
        current_revision: event.current_revision,
        resume_token: event.resume_token,
    }
}

fn entity_type(resource: Resource) -> EntityType {
    let found = ENTITIES.into_iter().find(|(it, _)| *it == resource);
    found.map_or(EntityType::Unspecified, |(_, kind)| kind)
}

/// The kind of this number; `None`: any.
fn resource(number: i32, field: &str) -> Result<Option<Resource>> {
    if number == i32::from(EntityType::Unspecified) {
        return Ok(None);
    }
    let found = ENTITIES.into_iter().find(|(_, kind)| i32::from(*kind) == number);
    let (resource, _) = found.ok_or_else(|| Error::invalid(field, "must be a known kind"))?;
    Ok(Some(resource))
}

fn id(text: &str, field: &str) -> Result<Option<Id>> {
    if text.is_empty() {
        return Ok(None);
    }
    let id = Id::parse(text).ok_or_else(|| Error::invalid(field, "must be an id"))?;
    Ok(Some(id))
}
