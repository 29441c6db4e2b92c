//! People: who they are, what became of requests about them, and where their access comes from.

use askama::Template;
use axum::{
    extract::{Path, Query},
    response::Redirect,
};
use identity_proto::v1::{
    Comparison, ComparisonOperator, DeleteUserRequest, EffectiveRole, EntityType, ExplainAccessRequest,
    Filter, FilterList, FilterValue, GetUserRequest, GrantSource, ListChangesRequest, ListUsersRequest,
    ListView, MembershipKind, UndeleteUserRequest, UpdateUserRequest, User, filter::Condition,
    filter_value::Kind,
};
use prost_types::FieldMask;
use serde::Deserialize;

use super::{PAGE_SIZE, Page, changes, provisioning, show, tokens::Nothing};
use crate::{
    refusal::{Refusal, Result},
    request::{Posted, Visitor},
    view::{Frame, Moment, encoded, moment, plain, word},
};

/// Entries of each log on a person's page.
const TIMELINE: i32 = 20;
/// Attributes that a search looks at.
const SEARCHED: [&str; 4] = ["user_name", "display_name", "emails.value", "external_id"];

/// A search, and a place in what it found.
#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
pub(super) struct Search {
    q: String,
    page: String,
}

#[derive(Template)]
#[template(path = "people.html")]
struct PeoplePage {
    frame: Frame,
    people: Vec<PersonRow>,
    total: i64,
    q: String,
    query: String,
    next: String,
}

struct PersonRow {
    id: String,
    name: String,
    user_name: String,
    role: String,
    state: &'static str,
    tone: &'static str,
    is_managed: bool,
}

/// Lists people.
pub(super) async fn list(visitor: Visitor, Path(org): Path<String>, Query(search): Query<Search>) -> Page {
    let q = search.q.trim().to_owned();
    let request = ListUsersRequest {
        organization: org.clone(),
        page_size: PAGE_SIZE,
        page_token: search.page,
        filter: (!q.is_empty()).then(|| contains(&q)),
        view: ListView::WithTotal.into(),
        ..ListUsersRequest::default()
    };
    let listed = visitor.client.users().list_users(request).await?.into_inner();
    show(&PeoplePage {
        frame: visitor.frame(&org, "people", "People"),
        people: listed.users.iter().map(row).collect(),
        total: listed.total_size.unwrap_or_default(),
        query: encoded(&q),
        q,
        next: encoded(&listed.next_page_token),
    })
}

fn contains(text: &str) -> Filter {
    let of = |condition| Filter {
        condition: Some(condition),
    };
    let filters = SEARCHED.map(|attribute| {
        of(Condition::Comparison(Comparison {
            attribute: attribute.to_owned(),
            operator: ComparisonOperator::Contains.into(),
            value: Some(FilterValue {
                kind: Some(Kind::StringValue(text.to_owned())),
            }),
        }))
    });
    of(Condition::AnyOf(FilterList {
        filters: filters.into(),
    }))
}

fn row(user: &User) -> PersonRow {
    let (state, tone) = state(user);
    PersonRow {
        id: encoded(&user.id),
        name: plain(name(user)),
        user_name: plain(&user.user_name),
        role: user.organization_role.clone(),
        state,
        tone,
        is_managed: !user.managed_by.is_empty(),
    }
}

fn name(user: &User) -> &str {
    if user.display_name.is_empty() {
        &user.user_name
    } else {
        &user.display_name
    }
}

fn state(user: &User) -> (&'static str, &'static str) {
    if user.delete_time.is_some() {
        ("deleted", "bad")
    } else if user.active.unwrap_or_default() {
        ("active", "good")
    } else {
        ("inactive", "warn")
    }
}

#[derive(Template)]
#[template(path = "person.html")]
struct PersonPage {
    frame: Frame,
    /// Path of the page, under which its buttons post.
    here: String,
    user: User,
    user_name: String,
    is_active: bool,
    is_deleted: bool,
    state: &'static str,
    tone: &'static str,
    made: Option<Moment>,
    changed: Option<Moment>,
    emails: Vec<String>,
    groups: Vec<(String, String, bool)>,
    sentences: Vec<String>,
    roles: Vec<RoleDrawing>,
    height: usize,
    requests: Vec<provisioning::Row>,
    changes: Vec<changes::Row>,
}

/// A line of the drawing of a person's access: where a role comes from, and what it is.
struct RoleDrawing {
    y: usize,
    middle: usize,
    source: String,
    role: String,
}

/// Height of a line of the drawing.
const LINE: usize = 44;

/// Shows a person.
pub(super) async fn page(visitor: Visitor, Path((org, id)): Path<(String, String)>) -> Page {
    let request = GetUserRequest {
        organization: org.clone(),
        id,
        show_deleted: true,
    };
    let found = visitor.client.users().get_user(request).await?.into_inner();
    let mut user = found.user.unwrap_or_default();
    for value in [&mut user.title, &mut user.external_id] {
        *value = plain(value);
    }
    let request = ExplainAccessRequest {
        organization: org.clone(),
        user_id: user.id.clone(),
        ..ExplainAccessRequest::default()
    };
    // Each of these needs a scope of its own; whoever lacks one sees the rest.
    let explained = visitor.client.access().explain_access(request).await;
    let explained = explained.map(tonic::Response::into_inner).unwrap_or_default();
    let requests = provisioning::about(&visitor, &org, &user.user_name, TIMELINE).await;
    let request = ListChangesRequest {
        organization: org.clone(),
        entity_type: EntityType::User.into(),
        entity_id: user.id.clone(),
        ..ListChangesRequest::default()
    };
    let mut logged = changes::whole(&visitor, request, |_| true)
        .await
        .unwrap_or_default();
    logged.make_contiguous().reverse();
    logged.truncate(usize::try_from(TIMELINE).unwrap_or_default());
    let (state, tone) = state(&user);
    let roles = drawing(&explained.roles);
    show(&PersonPage {
        frame: visitor.frame(&org, "people", plain(name(&user))),
        here: format!("/o/{}/people/{}", encoded(&org), user.id),
        user_name: plain(&user.user_name),
        is_active: user.active.unwrap_or_default(),
        is_deleted: user.delete_time.is_some(),
        state,
        tone,
        made: moment(user.create_time.as_ref(), visitor.now),
        changed: moment(user.update_time.as_ref(), visitor.now),
        emails: user.emails.iter().map(|email| plain(&email.value)).collect(),
        groups: user
            .groups
            .iter()
            .map(|group| {
                let is_direct = group.kind() == MembershipKind::Direct;
                (encoded(&group.id), plain(&group.display_name), is_direct)
            })
            .collect(),
        sentences: explained.sentences.iter().map(|it| plain(it)).collect(),
        height: roles.len() * LINE,
        roles,
        requests: requests.unwrap_or_default(),
        changes: logged
            .iter()
            .map(|it| changes::Row::of(it, visitor.now))
            .collect(),
        user,
    })
}

/// The lines of the drawing: one for each origin of each role.
fn drawing(roles: &[EffectiveRole]) -> Vec<RoleDrawing> {
    let origins = roles.iter().flat_map(|role| {
        let origins = role.origins.iter();
        origins.map(move |origin| (origin, role))
    });
    origins
        .enumerate()
        .map(|(line, (origin, role))| RoleDrawing {
            y: line * LINE,
            middle: line * LINE + LINE / 2,
            source: source(origin.source(), origin.through_group_ids.len()),
            role: if role.project_id.is_empty() {
                plain(&origin.role)
            } else {
                format!("{} in a project", plain(&origin.role))
            },
        })
        .collect()
}

fn source(source: GrantSource, groups: usize) -> String {
    let word = match source {
        GrantSource::Scim => "identity provider".to_owned(),
        GrantSource::Manual => "given manually".to_owned(),
        GrantSource::Group => "a group's role".to_owned(),
        GrantSource::Default => "everybody's role".to_owned(),
        GrantSource::Mapping => "a mapping rule".to_owned(),
        GrantSource::Unspecified => word(source.as_str_name(), "GRANT_SOURCE"),
    };
    match groups {
        0 | 1 => word,
        more => format!("{word}, {more} groups deep"),
    }
}

/// Does what a button of a person's page says.
pub(super) async fn act(
    Path((org, id, act)): Path<(String, String, String)>,
    posted: Posted<Nothing>,
) -> Result<Redirect> {
    let mut client = posted.visitor.client.users();
    let back = format!("/o/{}/people/{}", encoded(&org), encoded(&id));
    let organization = org;
    match act.as_str() {
        "activate" | "deactivate" => {
            let request = UpdateUserRequest {
                organization,
                user: Some(User {
                    id,
                    active: Some(act == "activate"),
                    ..User::default()
                }),
                update_mask: Some(FieldMask {
                    paths: vec!["active".to_owned()],
                }),
                ..Default::default()
            };
            client.update_user(request).await?;
        }
        "delete" => {
            let request = DeleteUserRequest {
                organization,
                id,
                ..Default::default()
            };
            client.delete_user(request).await?;
        }
        "undelete" => {
            let request = UndeleteUserRequest {
                organization,
                id,
                ..Default::default()
            };
            client.undelete_user(request).await?;
        }
        _ => return Err(Refusal::NotFound),
    }
    Ok(Redirect::to(&back))
}
