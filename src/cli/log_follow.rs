//! `roster log --follow`.

use identity_proto::v1::{Change, ListChangesRequest, WatchRequest};

use super::{
    log_newest::newest,
    output::{Cell, Names, Output, Row, Wording, csv_line, json_line, to_json, write_out},
    session::Session,
};
use crate::failure::Failure;

/// Prints the newest entries that meet the conditions, and then those that come.
pub(super) async fn follow(
    request: ListChangesRequest,
    limit: usize,
    session: &Session,
    output: Output,
    ids: bool,
) -> Result<(), Failure> {
    let mut printer = Printer {
        organization: &request.organization,
        session,
        output,
        names: (!ids).then(Names::new),
    };
    let found = newest(&request, limit, session).await?;
    let oldest_first: Vec<_> = found.changes.into_iter().rev().collect();
    printer.print(&oldest_first).await?;
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
        printer.print(&changes.collect::<Vec<_>>()).await?;
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

/// Prints entries, a line each.
struct Printer<'a> {
    organization: &'a str,
    session: &'a Session,
    output: Output,
    /// Names that are known so far; none where ids are wanted.
    names: Option<Names>,
}

impl Printer<'_> {
    async fn print(&mut self, changes: &[Change]) -> Result<(), Failure> {
        let rows: Vec<_> = changes.iter().map(Row::cells).collect();
        if let (Some(names), Output::Table | Output::Csv) = (&mut self.names, self.output) {
            let ids = rows
                .iter()
                .flatten()
                .flat_map(Cell::ids)
                .map(|(kind, id)| (kind, id.clone()));
            self.session.learn(self.organization, names, ids.collect()).await;
        }
        let wording = Wording {
            names: self.names.as_ref(),
            now: None,
        };
        for (change, cells) in changes.iter().zip(&rows) {
            let texts: Vec<_> = cells.iter().map(|cell| cell.text(wording)).collect();
            write_out(&match self.output {
                Output::Json | Output::Jsonl => json_line(&to_json(change)?) + "\n",
                Output::Csv => csv_line(&texts),
                Output::Table | Output::Secret => texts.join("  ") + "\n",
            })?;
        }
        Ok(())
    }
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
