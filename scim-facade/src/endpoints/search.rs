//! Queries over both kinds of resources (RFC 7644, sections 3.4.2.1 and 3.4.3): first the users, then the groups.

use axum::body::Body;
use identity_proto::v1::{Group, Member, User};
use serde::{Serialize, Serializer};

use super::{
    list::{self, ListQuery, Paging, Position},
    members,
};
use crate::{
    answer::Answer,
    attributes::{ResourceKind, Tables},
    error::{Result, ScimError, ScimType},
    query::Query,
    resource::{GroupJson, UserJson},
    scim_request::ScimRequest,
    view::{Rendered, View},
};

/// Letter before the core's token in a cursor: the kind of resource that it continues with.
const USERS: char = 'u';
const GROUPS: char = 'g';

/// `GET /`. RFC 7644, section 3.4.2.1; clients also try it to see whether the base URL is right.
pub(crate) async fn root(scim_request: ScimRequest) -> Result<Answer> {
    everything(&scim_request).await
}

/// `POST /.search`. RFC 7644, section 3.4.3.
pub(crate) async fn search(mut scim_request: ScimRequest, body: Body) -> Result<Answer> {
    let body = scim_request.read_object(body).await;
    scim_request.query = scim_request
        .session
        .or_unauthorized(body.and_then(Query::of_search))
        .await?;
    everything(&scim_request).await
}

enum Either<'a> {
    User(Rendered<'a, UserJson<'a>>),
    Group(Rendered<'a, GroupJson<'a>>),
}

impl Serialize for Either<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        match self {
            Self::User(user) => user.serialize(serializer),
            Self::Group(group) => group.serialize(serializer),
        }
    }
}

/// Resources that were found of both kinds.
#[derive(Default)]
struct Found {
    users: Vec<User>,
    groups: Vec<Group>,
    members: Vec<Option<Vec<Member>>>,
    total: i64,
    next_cursor: String,
}

async fn everything(scim_request: &ScimRequest) -> Result<Answer> {
    let query = ListQuery::read(&scim_request.query)?;
    let tables = scim_request.session.tables_for(&query.texts()).await?;
    check_filter(&query, &tables)?;
    let users_view = scim_request.view(ResourceKind::User).await?;
    let groups_view = scim_request.view(ResourceKind::Group).await?;
    let found = match query.paging.clone() {
        Paging::Index(start) => by_index(scim_request, &query, &tables, &groups_view, start).await?,
        Paging::Cursor(cursor) => by_cursor(scim_request, &query, &tables, &groups_view, &cursor).await?,
    };
    let users = found.users.iter().map(|user| Either::User(users_view.user(user)));
    let groups = found.groups.iter().zip(&found.members);
    let groups = groups.map(|(group, members)| Either::Group(groups_view.group(group, members.as_deref())));
    let position = Position {
        total: found.total,
        next_cursor: found.next_cursor,
    };
    query.answer(position, users.chain(groups).collect())
}

/// RFC 7644, section 3.4.2.1: an attribute that one kind does not have matches nothing of that kind; one that no kind has
/// is an error.
fn check_filter(query: &ListQuery<'_>, tables: &Tables) -> Result<()> {
    query
        .for_core(&tables.user)
        .or_else(|error| query.for_core(&tables.group).map_err(|_| error))
        .map(drop)
}

async fn by_index(
    scim_request: &ScimRequest,
    query: &ListQuery<'_>,
    tables: &Tables,
    view: &View,
    start: i64,
) -> Result<Found> {
    let mut found = Found::default();
    if let Ok(core) = query.for_core(&tables.user) {
        let page = list::user_page(&scim_request.session.call, core).await?;
        found.total = page.total_size();
        found.users = page.users;
    }
    if let Ok(mut core) = query.for_core(&tables.group) {
        core.skip = (start - 1 - found.total).max(0);
        core.page_size = query.count - i32::try_from(found.users.len()).unwrap_or(query.count);
        let page = list::group_page(scim_request, view, core).await?;
        found.total += page.total_size();
        found.members = members::rendered_each(&scim_request.session, view, &page.groups).await?;
        found.groups = page.groups;
    }
    Ok(found)
}

async fn by_cursor(
    scim_request: &ScimRequest,
    query: &ListQuery<'_>,
    tables: &Tables,
    view: &View,
    cursor: &str,
) -> Result<Found> {
    let malformed = || ScimError::new(ScimType::InvalidCursor, "cursor: is none of this service");
    let mut rest = cursor.chars();
    let kind = rest.next().unwrap_or(USERS);
    let token = rest.as_str();
    let (users, groups) = (query.for_core(&tables.user), query.for_core(&tables.group));
    let mut found = Found::default();
    match (kind, users, groups) {
        (USERS, Ok(mut core), groups) => {
            core.page_token = token.to_owned();
            let page = list::user_page(&scim_request.session.call, core).await?;
            found.total = page.total_size();
            found.users = page.users;
            if !page.next_page_token.is_empty() {
                found.next_cursor = format!("{USERS}{}", page.next_page_token);
            } else if groups.is_ok() {
                found.next_cursor = GROUPS.into();
            }
            if let Ok(mut core) = groups {
                core.page_size = 0;
                core.page_token.clear();
                found.total += scim_request
                    .session
                    .call
                    .list_groups(core.for_groups())
                    .await?
                    .total_size();
            }
        }
        (USERS | GROUPS, users, Ok(mut core)) => {
            core.page_token = token.to_owned();
            let page = list::group_page(scim_request, view, core).await?;
            found.members = members::rendered_each(&scim_request.session, view, &page.groups).await?;
            found.total = page.total_size();
            found.groups = page.groups;
            if !page.next_page_token.is_empty() {
                found.next_cursor = format!("{GROUPS}{}", page.next_page_token);
            }
            if let Ok(mut core) = users {
                core.page_size = 0;
                core.page_token.clear();
                found.total += scim_request
                    .session
                    .call
                    .list_users(core.for_users())
                    .await?
                    .total_size();
            }
        }
        _ => return Err(malformed()),
    }
    Ok(found)
}
