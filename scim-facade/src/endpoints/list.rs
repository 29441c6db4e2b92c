//! Lists of one kind of resource: filter, order, and paging by index (RFC 7644, section 3.4.2.4) or by cursor (RFC 9865).

use std::{mem, str::FromStr};

use http::StatusCode;
use identity_proto::v1::{Filter, ListGroupsRequest, ListUsersRequest, ListUsersResponse, ListView};
use serde::Serialize;

use super::members;
use crate::{
    answer::Answer,
    attributes::{ResourceKind, Table},
    call::Call,
    error::{Result, ScimError, ScimType},
    filter,
    limits::{DEFAULT_RESULTS, MAX_LISTED_MEMBERS, MAX_RESULTS},
    query::Query,
    scim_request::ScimRequest,
    view::View,
};

const LIST_SCHEMA: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";

/// How a client walks through a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Paging {
    /// By position, from 1.
    Index(i64),
    /// By what the page before said; empty: from the start.
    Cursor(String),
}

/// Parameters of a client's request for a list.
#[derive(Debug)]
pub(crate) struct ListQuery<'a> {
    pub filter: Option<&'a str>,
    sort_by: Option<&'a str>,
    order_suffix: &'static str,
    pub paging: Paging,
    /// At most this many resources; none: only how many there are.
    pub count: i32,
}

/// The same in the core's terms.
#[derive(Clone, Debug, Default)]
pub(crate) struct CoreQuery {
    pub filter: Option<Filter>,
    pub order_by: String,
    pub page_size: i32,
    pub page_token: String,
    pub skip: i64,
}

/// RFC 7644, section 3.4.2: the members that the RFC shows, in its order.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ListResponse<T> {
    schemas: [&'static str; 1],
    total_results: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    start_index: Option<i64>,
    items_per_page: usize,
    #[serde(skip_serializing_if = "String::is_empty")]
    next_cursor: String,
    #[serde(rename = "Resources")]
    resources: Vec<T>,
}

/// Where a page stands in its list.
pub(crate) struct Position {
    /// How many resources the whole list has.
    pub total: i64,
    /// The core's token for the next page.
    pub next_cursor: String,
}

impl<'a> ListQuery<'a> {
    pub(crate) fn read(query: &'a Query) -> Result<Self> {
        let count = query
            .get("count")?
            .map(|text| whole_number("count", text))
            .transpose()?;
        let paging = if let Some(cursor) = query.get("cursor")? {
            Paging::Cursor(cursor.to_owned())
        } else {
            let start = query.get("startIndex")?;
            let start = start.map(|text| whole_number("startIndex", text)).transpose()?;
            Paging::Index(start.unwrap_or(1).max(1))
        };
        if matches!(paging, Paging::Cursor(_)) && count.is_some_and(|count| count < 1) {
            return Err(ScimError::new(
                ScimType::InvalidCount,
                "count: must be at least 1 with a cursor",
            ));
        }
        Ok(Self {
            filter: query.get("filter")?,
            sort_by: query.get("sortBy")?.filter(|name| !name.is_empty()),
            order_suffix: order_suffix(query.get("sortOrder")?)?,
            paging,
            count: clamp(count),
        })
    }

    /// The texts that may name declared attributes.
    pub(crate) fn texts(&self) -> [Option<&str>; 2] {
        [self.filter, self.sort_by]
    }

    pub(crate) fn for_core(&self, table: &Table) -> Result<CoreQuery> {
        let order_by = match self.sort_by {
            Some(name) => filter::sort_attribute(name, table)? + self.order_suffix,
            None => String::new(),
        };
        let (page_token, skip) = match &self.paging {
            Paging::Index(start) => (String::new(), start - 1),
            Paging::Cursor(cursor) => (cursor.clone(), 0),
        };
        Ok(CoreQuery {
            filter: self
                .filter
                .map(|text| filter::translate(text, table))
                .transpose()?,
            order_by,
            page_size: self.count,
            page_token,
            skip,
        })
    }

    /// The page as the client gets it.
    pub(crate) fn answer<T: Serialize>(&self, position: Position, resources: Vec<T>) -> Result<Answer> {
        let (start_index, next_cursor) = match self.paging {
            Paging::Index(start) => (Some(start), String::new()),
            Paging::Cursor(_) => (None, position.next_cursor),
        };
        let body = ListResponse {
            schemas: [LIST_SCHEMA],
            total_results: position.total,
            start_index,
            items_per_page: resources.len(),
            next_cursor,
            resources,
        };
        Answer::json(StatusCode::OK, &body)
    }
}

/// RFC 7644, section 3.4.2.4: a negative count is 0; one that is too large is lowered.
fn clamp(count: Option<i64>) -> i32 {
    let count = count
        .unwrap_or(i64::from(DEFAULT_RESULTS))
        .clamp(0, i64::from(MAX_RESULTS));
    i32::try_from(count).unwrap_or(MAX_RESULTS)
}

/// Any number of digits is a number; one out of range stands for the nearest that is in range.
fn whole_number(name: &str, text: &str) -> Result<i64> {
    let text = text.trim();
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(ScimError::new(
            ScimType::InvalidValue,
            format!("{name}: must be a whole number"),
        ));
    }
    Ok(i64::from_str(text).unwrap_or(if text.starts_with('-') { i64::MIN } else { i64::MAX }))
}

fn order_suffix(order: Option<&str>) -> Result<&'static str> {
    match order {
        None => Ok(""),
        Some(order) if order.is_empty() || order.eq_ignore_ascii_case("ascending") => Ok(""),
        Some(order) if order.eq_ignore_ascii_case("descending") => Ok(" desc"),
        Some(_) => Err(ScimError::new(
            ScimType::InvalidValue,
            "sortOrder: must be ascending or descending",
        )),
    }
}

impl CoreQuery {
    /// A page of size 0 is the core's usual size, so nothing but the total has its own view.
    fn view(&self) -> ListView {
        if self.page_size == 0 {
            ListView::TotalOnly
        } else {
            ListView::WithTotal
        }
    }

    pub(crate) fn for_users(self) -> ListUsersRequest {
        ListUsersRequest {
            view: self.view().into(),
            organization: String::new(),
            page_size: self.page_size,
            page_token: self.page_token,
            filter: self.filter,
            order_by: self.order_by,
            skip: self.skip,
            show_deleted: false,
        }
    }

    pub(crate) fn for_groups(self) -> ListGroupsRequest {
        ListGroupsRequest {
            view: self.view().into(),
            organization: String::new(),
            page_size: self.page_size,
            page_token: self.page_token,
            filter: self.filter,
            order_by: self.order_by,
            skip: self.skip,
        }
    }
}

/// The page of users that a request asks for.
pub(crate) async fn users(scim_request: &ScimRequest) -> Result<Answer> {
    let query = ListQuery::read(&scim_request.query)?;
    let tables = scim_request.session.tables_for(&query.texts()).await?;
    let core = query.for_core(&tables.user)?;
    let view = scim_request.view(ResourceKind::User).await?;
    let call = &scim_request.session.call;
    call.notes.list(ResourceKind::User, &core);
    let page = user_page(call, core).await?;
    if let [user] = page.users.as_slice() {
        call.notes.found(|notes| notes.user(user));
    }
    let position = Position {
        total: page.total_size(),
        next_cursor: page.next_page_token,
    };
    query.answer(position, page.users.iter().map(|user| view.user(user)).collect())
}

/// The page of groups that a request asks for.
pub(crate) async fn groups(scim_request: &ScimRequest) -> Result<Answer> {
    let query = ListQuery::read(&scim_request.query)?;
    let tables = scim_request.session.tables_for(&query.texts()).await?;
    let core = query.for_core(&tables.group)?;
    let view = scim_request.view(ResourceKind::Group).await?;
    let notes = &scim_request.session.call.notes;
    notes.list(ResourceKind::Group, &core);
    let page = group_page(scim_request, &view, core).await?;
    if let [group] = page.groups.as_slice() {
        notes.found(|notes| notes.group(group));
    }
    let members = members::rendered_each(&scim_request.session, &view, &page.groups).await?;
    let rendered = page
        .groups
        .iter()
        .zip(&members)
        .map(|(group, members)| view.group(group, members.as_deref()));
    let position = Position {
        total: page.total_size(),
        next_cursor: page.next_page_token,
    };
    query.answer(position, rendered.collect())
}

/// A whole page of users: of large ones the core answers fewer than asked for, and a client that pages by index may take a short page for
/// the last one.
pub(crate) async fn user_page(call: &Call, core: CoreQuery) -> Result<ListUsersResponse> {
    let request = core.for_users();
    let mut page = call.list_users(request.clone()).await?;
    loop {
        let read = i32::try_from(page.users.len()).unwrap_or(i32::MAX);
        if read >= request.page_size || page.next_page_token.is_empty() {
            return Ok(page);
        }
        let following = ListUsersRequest {
            page_size: request.page_size - read,
            page_token: mem::take(&mut page.next_page_token),
            skip: 0,
            view: ListView::Unspecified.into(),
            ..request.clone()
        };
        let following = call.list_users(following).await?;
        page.users.extend(following.users);
        page.next_page_token = following.next_page_token;
    }
}

/// A page that would show too many members is asked for again with fewer groups, so that its cursor is right.
pub(crate) async fn group_page(
    scim_request: &ScimRequest,
    view: &View,
    mut core: CoreQuery,
) -> Result<identity_proto::v1::ListGroupsResponse> {
    let call = &scim_request.session.call;
    let page = call.list_groups(core.clone().for_groups()).await?;
    if !view.includes("members") {
        return Ok(page);
    }
    let mut members = 0;
    let fitting = page.groups.iter().take_while(|group| {
        members += group.member_count;
        members <= MAX_LISTED_MEMBERS
    });
    let fitting = fitting.count().max(1);
    if fitting >= page.groups.len() {
        return Ok(page);
    }
    core.page_size = i32::try_from(fitting).unwrap_or(1);
    call.list_groups(core.for_groups()).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(raw: &str) -> Result<(Paging, i32)> {
        let query = Query::parse(Some(raw)).unwrap();
        ListQuery::read(&query).map(|list| (list.paging, list.count))
    }

    #[test]
    fn q21_odd_positions_and_counts_are_put_in_range() {
        assert_eq!(read("").unwrap(), (Paging::Index(1), DEFAULT_RESULTS));
        assert_eq!(read("startIndex=0&count=-1").unwrap(), (Paging::Index(1), 0));
        assert_eq!(
            read("startIndex=-7&count=100000").unwrap(),
            (Paging::Index(1), MAX_RESULTS)
        );
        assert_eq!(
            read("startIndex=1000000000").unwrap().0,
            Paging::Index(1_000_000_000)
        );
        assert_eq!(
            read("startIndex=99999999999999999999").unwrap().0,
            Paging::Index(i64::MAX)
        );
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for raw in ["count=ten", "startIndex=1.5", "count=", "count=-"] {
            assert_eq!(
                read(raw).unwrap_err().scim_type,
                Some(ScimType::InvalidValue),
                "{raw}"
            );
        }
    }

    #[test]
    fn a_bare_cursor_starts_a_walk_by_cursor() {
        assert_eq!(
            read("cursor&count=10").unwrap(),
            (Paging::Cursor(String::new()), 10)
        );
        assert_eq!(read("cursor=abc").unwrap().0, Paging::Cursor("abc".into()));
    }

    #[test]
    fn a_cursor_with_a_count_below_1_is_invalid_count() {
        assert_eq!(
            read("cursor=&count=0").unwrap_err().scim_type,
            Some(ScimType::InvalidCount)
        );
    }

    #[test]
    fn an_order_that_is_neither_way_is_refused() {
        let query = Query::parse(Some("sortBy=userName&sortOrder=up")).unwrap();
        assert_eq!(
            ListQuery::read(&query).unwrap_err().status,
            StatusCode::BAD_REQUEST
        );
    }
}
