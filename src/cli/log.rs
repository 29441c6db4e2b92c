//! `roster log`.

use clap::{Args, Subcommand};
use identity_proto::v1::{EntityType, ListChangesRequest, ListChangesResponse, PruneChangesRequest};
use prost_types::Timestamp;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::{
    InOrg,
    duration::{ago, parse_duration},
    list::Limit,
    output::Answer,
    session::Session,
};
use crate::failure::Failure;

pub(super) const EXAMPLE: &str = "Examples:
  roster log --org acme --since 24h
  roster log prune --org acme --before 365d
  roster log --org acme --type user --id 01890a5d-ac96-774b-bcce-b302099a8057 --output json";

const PRUNE_EXAMPLE: &str = "Examples:
  roster log prune --org acme --before 365d
  roster log prune --org acme --before 2025-01-01T00:00:00Z

Who watches from a revision that is removed has to read everything anew, so keep what your slowest consumer may still want.";

/// To read the log, or something else with it.
#[derive(Args, Debug)]
pub(crate) struct LogCommand {
    #[command(subcommand)]
    command: Option<LogAction>,
    #[command(flatten)]
    list: LogArgs,
}

/// Commands about the log beside reading it.
#[derive(Debug, Subcommand)]
enum LogAction {
    /// Remove old entries for good
    #[command(after_help = PRUNE_EXAMPLE)]
    Prune(PruneArgs),
}

/// The entries to remove.
#[derive(Args, Debug)]
struct PruneArgs {
    #[command(flatten)]
    org: InOrg,
    /// Entries before then: a time such as 2026-01-31T12:00:00Z, or how long ago, such as 365d
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    before: Timestamp,
}

impl LogCommand {
    pub(super) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        match self.command {
            Some(LogAction::Prune(args)) => args.run(session).await,
            None => self.list.run(session).await,
        }
    }
}

impl PruneArgs {
    async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let request = PruneChangesRequest {
            organization: self.org.org,
            before_time: Some(self.before),
            validate_only: false,
        };
        let pruned = session.changes().prune_changes(request).await?.into_inner();
        let text = format!(
            "the log begins after revision {}\n",
            pruned.pruned_through_revision
        );
        Answer::text(&pruned, text)
    }
}

/// Conditions on the entries, all of which must hold.
#[derive(Args, Debug)]
pub(crate) struct LogArgs {
    #[command(flatten)]
    org: InOrg,
    /// Only entries about this kind of thing: user, group, token and so on
    #[arg(long = "type", value_name = "KIND", value_parser = entity_type)]
    entity_type: Option<EntityType>,
    /// Only entries about the thing of this id
    #[arg(long, value_name = "ID", default_value = "", hide_default_value = true)]
    id: String,
    /// Only entries by the caller with the token of this id
    #[arg(long, value_name = "ID", default_value = "", hide_default_value = true)]
    token: String,
    /// Only entries by this connection, by name or id
    #[arg(
        long,
        value_name = "CONNECTION",
        default_value = "",
        hide_default_value = true
    )]
    connection: String,
    /// Only entries from then on: a time such as 2026-01-31T12:00:00Z, or how long ago, such as 24h
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    since: Option<Timestamp>,
    /// Only entries before then
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    until: Option<Timestamp>,
    /// Only entries of later revisions
    #[arg(long, value_name = "REVISION", default_value_t = 0, hide_default_value = true)]
    after: i64,
    #[command(flatten)]
    limit: Limit,
}

fn entity_types() -> Vec<String> {
    let named = |kind: EntityType| {
        kind.as_str_name()
            .strip_prefix("ENTITY_TYPE_")
            .map(str::to_lowercase)
    };
    (1..)
        .map_while(|number| EntityType::try_from(number).ok())
        .filter_map(named)
        .collect()
}

/// The kind of thing of this name, as the list shows it.
pub(super) fn entity_type(name: &str) -> Result<EntityType, String> {
    let named = format!("ENTITY_TYPE_{}", name.to_uppercase().replace('-', "_"));
    let known = EntityType::from_str_name(&named).filter(|kind| *kind != EntityType::Unspecified);
    known.ok_or_else(|| format!("no such kind of thing: one of {}", entity_types().join(", ")))
}

impl LogArgs {
    pub(super) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let org = self.org.org;
        let actor_connection_id = match self.connection.as_str() {
            "" => String::new(),
            name => session.connection_id(&org, name).await?,
        };
        let request = ListChangesRequest {
            organization: org,
            entity_type: self.entity_type.unwrap_or_default().into(),
            entity_id: self.id,
            actor_token_id: self.token,
            actor_connection_id,
            after_revision: self.after,
            start_time: self.since,
            end_time: self.until,
            ..ListChangesRequest::default()
        };
        let (mut client, mut revision) = (session.changes(), 0);
        let listed = self
            .limit
            .read(async |page_size, page_token| {
                let request = ListChangesRequest {
                    page_size,
                    page_token,
                    ..request.clone()
                };
                let page = client.list_changes(request).await?.into_inner();
                revision = page.revision;
                Ok((page.changes, page.next_page_token))
            })
            .await?;
        let note = listed.note();
        let message = ListChangesResponse {
            changes: listed.items,
            next_page_token: listed.next_page_token,
            revision,
        };
        Ok(Answer::rows(&message, &message.changes)?.with_note(note))
    }
}

pub(super) fn parse_time(text: &str) -> Result<Timestamp, String> {
    if let Ok(at) = OffsetDateTime::parse(text, &Rfc3339) {
        let nanos = i32::try_from(at.nanosecond()).unwrap_or_default();
        return Ok(Timestamp {
            seconds: at.unix_timestamp(),
            nanos,
        });
    }
    let span = parse_duration(text);
    span.map(ago).map_err(|_| {
        format!("{text:?} is neither a time such as 2026-01-31T12:00:00Z nor a span such as 24h")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_rfc_3339_or_a_span_ago() {
        let at = parse_time("2023-11-14T23:13:20.5+01:00").unwrap();
        assert_eq!(
            at,
            Timestamp {
                seconds: 1_700_000_000,
                nanos: 500_000_000
            }
        );
        let (hour, day) = (parse_time("1h").unwrap(), parse_time("1d").unwrap());
        assert!((82_800..82_810).contains(&(hour.seconds - day.seconds)));
        assert!(parse_time("yesterday").is_err());
    }
}
