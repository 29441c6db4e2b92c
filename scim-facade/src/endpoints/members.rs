//! Reading the members of groups: page by page, and only when an answer shows them.

use futures::{StreamExt as _, TryStreamExt as _, stream};
use identity_proto::v1::{Group, ListGroupMembersRequest, Member};

use crate::{
    error::Result,
    limits::{MEMBER_PAGE, MEMBER_READS},
    session::Session,
    view::View,
};

/// All members of a group.
pub(crate) async fn all(session: &Session, group_id: &str) -> Result<Vec<Member>> {
    let mut members = Vec::new();
    let mut page_token = String::new();
    loop {
        let message = ListGroupMembersRequest {
            group_id: group_id.to_owned(),
            page_size: MEMBER_PAGE,
            page_token,
            ..Default::default()
        };
        let page = session.call.list_group_members(message).await?;
        members.extend(page.members);
        if page.next_page_token.is_empty() {
            return Ok(members);
        }
        page_token = page.next_page_token;
    }
}

/// The members of a group as far as the view shows them. A group without members costs no call.
pub(crate) async fn rendered(session: &Session, view: &View, group: &Group) -> Result<Option<Vec<Member>>> {
    if !view.includes("members") {
        return Ok(None);
    }
    if group.member_count == 0 {
        return Ok(Some(Vec::new()));
    }
    all(session, &group.id).await.map(Some)
}

/// The same for several groups, in their order.
pub(crate) async fn rendered_each(
    session: &Session,
    view: &View,
    groups: &[Group],
) -> Result<Vec<Option<Vec<Member>>>> {
    // Collected first: as a lazy iterator the reads would not be `Send` for every lifetime.
    let reads: Vec<_> = groups
        .iter()
        .map(|group| rendered(session, view, group))
        .collect();
    stream::iter(reads).buffered(MEMBER_READS).try_collect().await
}
