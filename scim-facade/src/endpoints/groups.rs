//! `/Groups`. Membership travels to the core as steps, never as a list that was read before.

use std::sync::Arc;

use axum::{body::Body, extract::Path};
use http::{
    StatusCode,
    header::{IF_MATCH, IF_NONE_MATCH},
};
use identity_proto::v1::{
    Group, Member, MemberChange, MemberIds, UpdateGroupRequest, UpdateMode, member_change,
};
use prost_types::FieldMask;
use serde_json::{Map, Value};

use super::{list, members};
use crate::{
    answer::Answer,
    attributes::ResourceKind,
    context::Context,
    error::{Result, ScimError},
    etag::Condition,
    limits::MAX_ECHOED_MEMBERS,
    patch::{self, CurrentGroup, GroupChanges, GroupPatch, Operation},
    query::Query,
    resource::{self, GroupBody},
    retry::Attempts,
    scim_request::ScimRequest,
    session::{Session, stale},
    view::View,
    work::Length,
};

const KIND: ResourceKind = ResourceKind::Group;

/// `POST /Groups`. RFC 7644, section 3.3.
pub(crate) async fn create(scim_request: ScimRequest, body: Body) -> Result<Answer> {
    let view = scim_request.view(KIND).await?;
    let body = scim_request.read_object(body).await;
    let group = insert(&scim_request.session, body).await?;
    Ok(changed(StatusCode::CREATED, &scim_request.session, &view, &group)
        .await?
        .at(view.location(&group.id)))
}

/// `GET /Groups/{id}`. RFC 7644, section 3.4.1.
pub(crate) async fn read(Path(id): Path<String>, scim_request: ScimRequest) -> Result<Answer> {
    let known = Condition::read(&scim_request.headers, &IF_NONE_MATCH)?;
    let view = scim_request.view(KIND).await?;
    let group = scim_request.session.call.get_group(id).await?;
    if known.holds_for(&group.etag) {
        return Ok(Answer::empty(StatusCode::NOT_MODIFIED).version(&group.etag));
    }
    rendered(StatusCode::OK, &scim_request.session, &view, &group).await
}

/// `GET /Groups`. RFC 7644, section 3.4.2.
pub(crate) async fn list(scim_request: ScimRequest) -> Result<Answer> {
    list::groups(&scim_request).await
}

/// `POST /Groups/.search`. RFC 7644, section 3.4.3.
pub(crate) async fn search(mut scim_request: ScimRequest, body: Body) -> Result<Answer> {
    let body = scim_request.read_object(body).await;
    scim_request.query = scim_request
        .session
        .or_unauthorized(body.and_then(Query::of_search))
        .await?;
    list::groups(&scim_request).await
}

/// `PUT /Groups/{id}`. RFC 7644, section 3.5.1.
pub(crate) async fn replace(Path(id): Path<String>, scim_request: ScimRequest, body: Body) -> Result<Answer> {
    let condition = Condition::read(&scim_request.headers, &IF_MATCH)?;
    let view = scim_request.view(KIND).await?;
    let body = scim_request.read_object(body).await;
    let group = overwrite(&scim_request.session, &id, body, &condition).await?;
    changed(StatusCode::OK, &scim_request.session, &view, &group).await
}

/// `PATCH /Groups/{id}`. RFC 7644, section 3.5.2: a large group is echoed only if `attributes` asks for it, so that a
/// change of one member costs what it changes.
pub(crate) async fn patch(Path(id): Path<String>, scim_request: ScimRequest, body: Body) -> Result<Answer> {
    let condition = Condition::read(&scim_request.headers, &IF_MATCH)?;
    let view = scim_request.view(KIND).await?;
    let body = scim_request.read_object(body).await;
    let group = change(&scim_request.session, &id, body, &condition).await?;
    let asked = scim_request.query.all("attributes").next().is_some();
    if group.member_count > MAX_ECHOED_MEMBERS && view.includes("members") && !asked {
        return Ok(Answer::empty(StatusCode::NO_CONTENT).version(&group.etag));
    }
    changed(StatusCode::OK, &scim_request.session, &view, &group).await
}

/// `DELETE /Groups/{id}`. RFC 7644, section 3.6.
pub(crate) async fn delete(Path(id): Path<String>, scim_request: ScimRequest) -> Result<Answer> {
    let condition = Condition::read(&scim_request.headers, &IF_MATCH)?;
    remove(&scim_request.session, &id, &condition).await?;
    Ok(Answer::empty(StatusCode::NO_CONTENT))
}

async fn rendered(status: StatusCode, session: &Session, view: &View, group: &Group) -> Result<Answer> {
    let members = members::rendered(session, view, group).await?;
    Ok(Answer::json(status, &view.group(group, members.as_deref()))?.version(&group.etag))
}

/// A group as a change has made it. Where the core has none of it, it is shown without its members, as if `attributes` left them out:
/// where the change was a dry run, where groups are out of sync, and where somebody has deleted the group meanwhile.
async fn changed(status: StatusCode, session: &Session, view: &View, group: &Group) -> Result<Answer> {
    let is_gone = |error: &ScimError| error.status == StatusCode::NOT_FOUND;
    let members = if session.call.is_dry_run() {
        None
    } else {
        match members::rendered(session, view, group).await {
            Err(error) if is_gone(&error) => None,
            members => members?,
        }
    };
    Ok(Answer::json(status, &view.group(group, members.as_deref()))?.version(&group.etag))
}

/// Makes a group from a body.
pub(crate) async fn insert(session: &Session, body: Result<Map<String, Value>>) -> Result<Group> {
    let body = session.or_unauthorized(parse(session, body).await).await?;
    session.call.create_group(body).await
}

/// Puts a body in the place of a group. Whether members stay that the body does not name, the policy decides.
pub(crate) async fn overwrite(
    session: &Session,
    id: &str,
    body: Result<Map<String, Value>>,
    condition: &Condition,
) -> Result<Group> {
    let body = session.or_not_found(KIND, id, parse(session, body).await).await?;
    let etag = session.etag_for(KIND, id, condition).await?;
    let steps = body.members.map(|ids| MemberChange {
        change: Some(member_change::Change::Replace(MemberIds { ids })),
    });
    let changes = GroupChanges {
        group: body.group,
        fields: body.fields,
        members: steps.into_iter().collect(),
        ignored: body.ignored,
    };
    session
        .call
        .update_group(update(id, etag, changes, UpdateMode::Replace))
        .await
}

/// Applies a PATCH to a group, nearly always in one call and without a read.
pub(crate) async fn change(
    session: &Session,
    id: &str,
    body: Result<Map<String, Value>>,
    condition: &Condition,
) -> Result<Group> {
    let operations = session
        .or_not_found(KIND, id, body.and_then(patch::read_operations))
        .await?;
    let operations = Arc::new(operations);
    let context = session.context().await?;
    let seen = translate(session, Stored::unknown(id), &operations, &context).await;
    let (_, seen) = session.or_not_found(KIND, id, seen).await?;
    match seen {
        GroupPatch::Changes(changes) if !changes.is_empty() => {
            let etag = session.etag_for(KIND, id, condition).await?;
            let update = update(id, etag, changes, UpdateMode::Partial);
            patch::with_location(session.call.update_group(update).await, &operations)
        }
        _ => {
            let mut attempts = Attempts::new(condition, session.call.request_id());
            loop {
                match change_known(session, id, &operations, &context, condition).await {
                    Err(error) => attempts.again_after(error).await?,
                    changed => return changed,
                }
            }
        }
    }
}

/// The rare case: what the operations do depends on what is stored, so the change names the version that was read.
async fn change_known(
    session: &Session,
    id: &str,
    operations: &Arc<Vec<Operation>>,
    context: &Arc<Context>,
    condition: &Condition,
) -> Result<Group> {
    let stored = session.call.get_group(id.to_owned()).await?;
    if !condition.allows(&stored.etag) {
        return Err(stale());
    }
    let etag = stored.etag.clone();
    let mut known = Stored::unknown(id);
    known.group = Some(stored);
    let (mut known, mut patched) = translate(session, known, operations, context).await?;
    if patched == GroupPatch::NeedsMembers {
        known.members = Some(members::all(session, id).await?);
        (known, patched) = translate(session, known, operations, context).await?;
    }
    match patched {
        GroupPatch::Changes(changes) if !changes.is_empty() => {
            let update = update(id, etag, changes, UpdateMode::Partial);
            patch::with_location(session.call.update_group(update).await, operations)
        }
        _ => Ok(known.group.unwrap_or_default()),
    }
}

/// A group as far as it was read before a PATCH.
struct Stored {
    id: String,
    group: Option<Group>,
    members: Option<Vec<Member>>,
}

impl Stored {
    fn unknown(id: &str) -> Self {
        Self {
            id: id.to_owned(),
            group: None,
            members: None,
        }
    }
}

async fn translate(
    session: &Session,
    stored: Stored,
    operations: &Arc<Vec<Operation>>,
    context: &Arc<Context>,
) -> Result<(Stored, GroupPatch)> {
    let length = patch::length(operations);
    let length = Length::long_if(length == Length::Long || stored.members.is_some());
    let (shared, work) = (
        (Arc::clone(operations), Arc::clone(context)),
        session.work.clone(),
    );
    let apply = move || {
        let (operations, context) = shared;
        let known = CurrentGroup {
            id: &stored.id,
            group: stored.group.as_ref(),
            members: stored.members.as_deref(),
        };
        let (table, missing) = (&context.tables.group, context.replace_missing);
        let patched = patch::apply_to_group(known, &operations, table, missing, &work)?;
        Ok((stored, patched))
    };
    session.work_out(length, apply).await?
}

/// Deletes a group.
pub(crate) async fn remove(session: &Session, id: &str, condition: &Condition) -> Result<()> {
    let etag = session.etag_for(KIND, id, condition).await?;
    session.call.delete_group(id.to_owned(), etag).await
}

async fn parse(session: &Session, body: Result<Map<String, Value>>) -> Result<GroupBody> {
    let body = body?;
    let tables = session.tables_for_body(&body).await?;
    resource::read_group(body, &tables.group)
}

fn update(id: &str, etag: String, changes: GroupChanges, mode: UpdateMode) -> UpdateGroupRequest {
    // An empty mask would mean all that the group has a value of.
    let given = if changes.fields.is_empty() {
        Group::default()
    } else {
        changes.group
    };
    let group = Group {
        id: id.to_owned(),
        etag,
        ..given
    };
    UpdateGroupRequest {
        group: Some(group),
        update_mask: Some(FieldMask {
            paths: changes.fields,
        }),
        mode: mode.into(),
        member_changes: changes.members,
        ignored_attributes: changes.ignored,
        ..Default::default()
    }
}
