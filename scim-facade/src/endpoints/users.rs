//! `/Users`.

use std::sync::Arc;

use axum::{body::Body, extract::Path};
use http::{
    StatusCode,
    header::{IF_MATCH, IF_NONE_MATCH},
};
use identity_proto::v1::{UpdateMode, UpdateUserRequest, User};
use prost_types::FieldMask;
use serde_json::{Map, Value};

use super::list;
use crate::{
    answer::Answer,
    attributes::ResourceKind,
    context::Context,
    error::Result,
    etag::Condition,
    patch::{self, Operation},
    query::Query,
    resource::{self, UserBody},
    retry::Attempts,
    scim_request::ScimRequest,
    session::{Session, stale},
    view::View,
};

const KIND: ResourceKind = ResourceKind::User;

/// `POST /Users`. RFC 7644, section 3.3.
pub(crate) async fn create(scim_request: ScimRequest, body: Body) -> Result<Answer> {
    let view = scim_request.view(KIND).await?;
    let body = scim_request.read_object(body).await;
    let user = insert(&scim_request.session, body).await?;
    Ok(rendered(StatusCode::CREATED, &view, &user)?.at(view.location(&user.id)))
}

/// `GET /Users/{id}`. RFC 7644, section 3.4.1: the hottest route, so it makes one call and looks nothing else up.
pub(crate) async fn read(Path(id): Path<String>, scim_request: ScimRequest) -> Result<Answer> {
    let known = Condition::read(&scim_request.headers, &IF_NONE_MATCH)?;
    let view = scim_request.view(KIND).await?;
    let user = scim_request.session.call.get_user(id).await?;
    if known.holds_for(&user.etag) {
        return Ok(Answer::empty(StatusCode::NOT_MODIFIED).version(&user.etag));
    }
    rendered(StatusCode::OK, &view, &user)
}

/// `GET /Users`. RFC 7644, section 3.4.2.
pub(crate) async fn list(scim_request: ScimRequest) -> Result<Answer> {
    list::users(&scim_request).await
}

/// `POST /Users/.search`. RFC 7644, section 3.4.3.
pub(crate) async fn search(mut scim_request: ScimRequest, body: Body) -> Result<Answer> {
    let body = scim_request.read_object(body).await;
    scim_request.query = scim_request
        .session
        .or_unauthorized(body.and_then(Query::of_search))
        .await?;
    list::users(&scim_request).await
}

/// `PUT /Users/{id}`. RFC 7644, section 3.5.1.
pub(crate) async fn replace(Path(id): Path<String>, scim_request: ScimRequest, body: Body) -> Result<Answer> {
    let condition = Condition::read(&scim_request.headers, &IF_MATCH)?;
    let view = scim_request.view(KIND).await?;
    let body = scim_request.read_object(body).await;
    let user = overwrite(&scim_request.session, &id, body, &condition).await?;
    rendered(StatusCode::OK, &view, &user)
}

/// `PATCH /Users/{id}`. RFC 7644, section 3.5.2; always answered with the user.
pub(crate) async fn patch(Path(id): Path<String>, scim_request: ScimRequest, body: Body) -> Result<Answer> {
    let condition = Condition::read(&scim_request.headers, &IF_MATCH)?;
    let view = scim_request.view(KIND).await?;
    let body = scim_request.read_object(body).await;
    let user = change(&scim_request.session, &id, body, &condition).await?;
    rendered(StatusCode::OK, &view, &user)
}

/// `DELETE /Users/{id}`. RFC 7644, section 3.6.
pub(crate) async fn delete(Path(id): Path<String>, scim_request: ScimRequest) -> Result<Answer> {
    let condition = Condition::read(&scim_request.headers, &IF_MATCH)?;
    remove(&scim_request.session, &id, &condition).await?;
    Ok(Answer::empty(StatusCode::NO_CONTENT))
}

fn rendered(status: StatusCode, view: &View, user: &User) -> Result<Answer> {
    Ok(Answer::json(status, &view.user(user))?.version(&user.etag))
}

/// Makes a user from a body.
pub(crate) async fn insert(session: &Session, body: Result<Map<String, Value>>) -> Result<User> {
    let body = session.or_unauthorized(parse(session, body).await).await?;
    session.call.create_user(body).await
}

/// Puts a body in the place of a user.
pub(crate) async fn overwrite(
    session: &Session,
    id: &str,
    body: Result<Map<String, Value>>,
    condition: &Condition,
) -> Result<User> {
    let body = session.or_not_found(KIND, id, parse(session, body).await).await?;
    let etag = session.etag_for(KIND, id, condition).await?;
    session
        .call
        .update_user(update(session, id, etag, body, UpdateMode::Replace))
        .await
}

/// Applies a PATCH to a user: read, change, write under the version that was read.
pub(crate) async fn change(
    session: &Session,
    id: &str,
    body: Result<Map<String, Value>>,
    condition: &Condition,
) -> Result<User> {
    let operations = session
        .or_not_found(KIND, id, body.and_then(patch::read_operations))
        .await?;
    let operations = Arc::new(operations);
    let context = session.context().await?;
    let mut attempts = Attempts::new(condition, session.call.request_id());
    loop {
        match attempt(session, id, &operations, &context, condition).await {
            Err(error) => attempts.again_after(error).await?,
            changed => return changed,
        }
    }
}

async fn attempt(
    session: &Session,
    id: &str,
    operations: &Arc<Vec<Operation>>,
    context: &Arc<Context>,
    condition: &Condition,
) -> Result<User> {
    let stored = session.call.get_user(id.to_owned()).await?;
    if !condition.allows(&stored.etag) {
        return Err(stale());
    }
    let (shared, work) = (
        (Arc::clone(operations), Arc::clone(context)),
        session.work.clone(),
    );
    let apply = move || {
        let (operations, context) = shared;
        let (table, missing) = (&context.tables.user, context.replace_missing);
        let changed = patch::apply_to_user(&stored, &operations, table, missing, &work);
        (stored, changed)
    };
    let (stored, changed) = session.work_out(patch::length(operations), apply).await?;
    let changed = changed?;
    if changed.fields.is_empty() && changed.ignored.is_empty() {
        if patch::name_activity(operations) {
            session.call.notes.same_activity(changed.user.active);
        }
        return Ok(stored);
    }
    let update = update(session, id, stored.etag, changed, UpdateMode::Partial);
    patch::with_location(session.call.update_user(update).await, operations)
}

/// Deletes a user.
pub(crate) async fn remove(session: &Session, id: &str, condition: &Condition) -> Result<()> {
    let etag = session.etag_for(KIND, id, condition).await?;
    session.call.delete_user(id.to_owned(), etag).await
}

async fn parse(session: &Session, body: Result<Map<String, Value>>) -> Result<UserBody> {
    let body = body?;
    let tables = session.tables_for_body(&body).await?;
    resource::read_user(body, &tables.user)
}

fn update(session: &Session, id: &str, etag: String, body: UserBody, mode: UpdateMode) -> UpdateUserRequest {
    session.call.notes.coerced(body.coerced);
    // An empty mask would mean all that the user has a value of.
    let given = if body.fields.is_empty() {
        User::default()
    } else {
        body.user
    };
    let user = User {
        id: id.to_owned(),
        etag,
        ..given
    };
    UpdateUserRequest {
        user: Some(user),
        update_mask: Some(FieldMask { paths: body.fields }),
        mode: mode.into(),
        ignored_attributes: body.ignored,
        ..Default::default()
    }
}
