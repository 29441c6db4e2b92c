//! `roster log --follow`.

use identity_proto::v1::{Change, ListChangesRequest, WatchRequest};

use super::{lines::Lines, log_newest::newest, output::Output, session::Session};
use crate::failure::Failure;

/// Prints the newest entries that meet the conditions, and then those that come.
pub(super) async fn follow(
    request: ListChangesRequest,
    limit: usize,
    session: &Session,
    output: Output,
    ids: bool,
) -> Result<(), Failure> {
    let mut lines = Lines::new(session, &request.organization, output, ids);
    let found = newest(&request, limit, session).await?;
    let oldest_first: Vec<_> = found.changes.into_iter().rev().collect();
    lines.print(&oldest_first).await?;
    let watch = WatchRequest {
        organization: request.organization.clone(),
        after_revision: Some(found.revision),
        entity_types: (request.entity_type != 0)
            .then_some(request.entity_type)
            .into_iter()
            .collect(),
        ..WatchRequest::default()
    };
    let mut stream = session.changes().watch(watch).await?.into_inner();
    while let Some(response) = stream.message().await? {
        let changes = response
            .changes
            .into_iter()
            .filter(|change| meets(change, &request));
        lines.print(&changes.collect::<Vec<_>>()).await?;
    }
    Ok(())
}

/// Answers whether an entry meets the conditions that the stream does not know.
fn meets(change: &Change, request: &ListChangesRequest) -> bool {
    let actor = change.actor.clone().unwrap_or_default();
    [
        (&change.entity_id, &request.entity_id),
        (&actor.token_id, &request.actor_token_id),
        (&actor.connection_id, &request.actor_connection_id),
    ]
    .iter()
    .all(|(value, wanted)| wanted.is_empty() || value == wanted)
}

#[cfg(test)]
mod tests {
    use identity_proto::v1::Actor;

    use super::*;

    #[test]
    fn entries_meet_conditions_on_thing_and_caller() {
        let change = Change {
            entity_id: "u".into(),
            actor: Some(Actor {
                token_id: "t".into(),
                ..Actor::default()
            }),
            ..Change::default()
        };
        let asked = |entity: &str, token: &str| {
            let request = ListChangesRequest {
                entity_id: entity.into(),
                actor_token_id: token.into(),
                ..ListChangesRequest::default()
            };
            meets(&change, &request)
        };
        assert!(asked("", "") && asked("u", "") && asked("u", "t"));
        assert!(!asked("v", "") && !asked("u", "s"));
    }
}
