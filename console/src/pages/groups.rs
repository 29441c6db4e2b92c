//! Groups and their members.

use askama::Template;
use axum::extract::{Path, Query};
use identity_proto::v1::{GetGroupRequest, Group, ListGroupMembersRequest, ListGroupsRequest, MemberType};

use super::{PAGE_SIZE, Page, organizations::Place, show};
use crate::{
    request::Visitor,
    view::{Count, Frame, encoded, plain},
};

#[derive(Template)]
#[template(path = "groups.html")]
struct GroupsPage {
    frame: Frame,
    groups: Vec<GroupRow>,
    next: String,
}

struct GroupRow {
    id: String,
    name: String,
    members: String,
    is_managed: bool,
}

/// Lists groups.
pub(super) async fn list(visitor: Visitor, Path(org): Path<String>, Query(place): Query<Place>) -> Page {
    let request = ListGroupsRequest {
        organization: org.clone(),
        page_size: PAGE_SIZE,
        page_token: place.page,
        ..ListGroupsRequest::default()
    };
    let listed = visitor.client.groups().list_groups(request).await?.into_inner();
    let row = |group: &Group| GroupRow {
        id: encoded(&group.id),
        name: plain(&group.display_name),
        members: Count(group.member_count, "member").to_string(),
        is_managed: !group.managed_by.is_empty(),
    };
    show(&GroupsPage {
        frame: visitor.frame(&org, "groups", "Groups"),
        groups: listed.groups.iter().map(row).collect(),
        next: encoded(&listed.next_page_token),
    })
}

#[derive(Template)]
#[template(path = "group.html")]
struct GroupPage {
    frame: Frame,
    group: Group,
    members: Vec<MemberRow>,
    next: String,
}

struct MemberRow {
    path: &'static str,
    id: String,
    name: String,
    kind: &'static str,
}

/// Shows a group and its members.
pub(super) async fn page(
    visitor: Visitor,
    Path((org, id)): Path<(String, String)>,
    Query(place): Query<Place>,
) -> Page {
    let mut client = visitor.client.groups();
    let request = GetGroupRequest {
        organization: org.clone(),
        id: id.clone(),
    };
    let group = client
        .get_group(request)
        .await?
        .into_inner()
        .group
        .unwrap_or_default();
    let request = ListGroupMembersRequest {
        organization: org.clone(),
        group_id: id,
        page_size: PAGE_SIZE,
        page_token: place.page,
    };
    let listed = client.list_group_members(request).await?.into_inner();
    let members = listed.members.iter().map(|member| {
        let (path, kind) = match member.r#type() {
            MemberType::Group => ("groups", "group"),
            _ => ("people", "user"),
        };
        MemberRow {
            path,
            id: encoded(&member.id),
            name: plain(&member.display_name),
            kind,
        }
    });
    show(&GroupPage {
        frame: visitor.frame(&org, "groups", plain(&group.display_name)),
        members: members.collect(),
        next: encoded(&listed.next_page_token),
        group,
    })
}
