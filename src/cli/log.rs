//! `roster log`.

use clap::{Args, Subcommand};
use identity_proto::v1::{Change, EntityType, ListChangesRequest, ListChangesResponse, PruneChangesRequest};
use prost_types::Timestamp;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::{
    InOrg,
    change_row::card,
    duration::{ago, parse_duration},
    list::{Limit, Listed},
    log_follow::follow,
    log_newest::newest,
    output::{Answer, Output},
    session::Session,
};
use crate::failure::Failure;

pub(super) const EXAMPLE: &str = "Examples:
  roster log --org acme --since 24h
  roster log --org acme --user ada@acme.example --limit 20
  roster log --org acme --follow
  roster log --org acme --type group --after 1200 --output json

The newest entry comes first; with --after or --oldest-first the oldest one.";

const PRUNE_EXAMPLE: &str = "Examples:
  roster log prune --org acme --before 365d
  roster log prune --org acme --before 2025-01-01T00:00:00Z

Who watches from a revision that is removed has to read everything anew, so keep what your slowest consumer may still want.";

const SHOW_EXAMPLE: &str = "Example:
  roster log show 1201 --org acme";

/// Entries of a change that are shown; a change of a large group has more.
const SHOWN_OF_CHANGE: i32 = 100;
/// Entries that are shown before those that come.
const SHOWN_BEFORE: usize = 10;

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
    /// Show all of a change: values whole, members, and what was ignored
    #[command(after_help = SHOW_EXAMPLE)]
    Show(ShowArgs),
}

/// The change to show.
#[derive(Args, Debug)]
struct ShowArgs {
    #[command(flatten)]
    org: InOrg,
    /// The revision that it made
    #[arg(value_name = "REVISION", value_parser = clap::value_parser!(i64).range(1..))]
    revision: i64,
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
    /// Tells whether it goes on until it is ended.
    pub(super) fn follows(&self) -> bool {
        self.command.is_none() && self.list.follow
    }

    /// Prints entries as they come.
    pub(super) async fn follow(self, session: &Session, output: Output, ids: bool) -> Result<(), Failure> {
        let limit = self.list.limit.limit.min(SHOWN_BEFORE);
        let request = self.list.request(session).await?;
        follow(request, limit, session, output, ids).await
    }

    pub(super) fn question(&self) -> Option<String> {
        let is_prune = matches!(self.command, Some(LogAction::Prune(_)));
        is_prune.then(|| "Remove these entries of the change log for good?".to_owned())
    }

    pub(super) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        match self.command {
            Some(LogAction::Prune(args)) => args.run(session).await,
            Some(LogAction::Show(args)) => args.run(session).await,
            None => self.list.run(session).await,
        }
    }
}

impl ShowArgs {
    async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let request = ListChangesRequest {
            organization: self.org.org,
            after_revision: self.revision - 1,
            page_size: SHOWN_OF_CHANGE,
            ..ListChangesRequest::default()
        };
        let mut message = session.changes().list_changes(request).await?.into_inner();
        let read = message.changes.len();
        message.changes.retain(|change| change.revision == self.revision);
        let goes_on = read == message.changes.len() && !message.next_page_token.is_empty();
        message.next_page_token.clear();
        if message.changes.is_empty() {
            return Err(Failure::Refused(format!(
                "the change log has no revision {}; its newest is {}",
                self.revision, message.revision
            )));
        }
        let note = goes_on.then(|| format!("these are the first {read} entries of the change"));
        let cards = message.changes.iter().map(card);
        Ok(cards
            .fold(Answer::new(&message)?, Answer::and_table)
            .with_note(note))
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
    #[arg(long = "type", value_name = "KIND", value_parser = entity_type, help = kinds_help("Only entries about this kind of thing"))]
    entity_type: Option<EntityType>,
    #[command(flatten)]
    about: About,
    /// Only entries by the caller with this token, by name or id
    #[arg(long, value_name = "TOKEN", default_value = "", hide_default_value = true)]
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
    /// Only entries of later revisions, oldest first
    #[arg(long, value_name = "REVISION")]
    after: Option<i64>,
    /// Begin with the oldest entry
    #[arg(long)]
    oldest_first: bool,
    /// Print the newest entries, oldest first, and then those that come
    #[arg(short, long, conflicts_with_all = ["since", "until", "after", "oldest_first"])]
    follow: bool,
    #[command(flatten)]
    limit: Limit,
}

/// The thing that entries are about.
#[derive(Args, Debug)]
#[group(multiple = false)]
struct About {
    /// Only entries about this user and its roles, by user name or id
    #[arg(long, value_name = "USER")]
    user: Option<String>,
    /// Only entries about this group and its roles, by name or id
    #[arg(long, value_name = "GROUP")]
    group: Option<String>,
    /// Only entries about the thing of this id
    #[arg(long, value_name = "ID")]
    id: Option<String>,
}

impl About {
    async fn entity_id(self, org: &str, session: &Session) -> Result<String, Failure> {
        match (self.user, self.group) {
            (Some(user), _) => session.user_id(org, &user).await,
            (None, Some(group)) => session.group_id(org, &group).await,
            (None, None) => Ok(self.id.unwrap_or_default()),
        }
    }
}

/// Help that lists all kinds of thing.
pub(super) fn kinds_help(what: &str) -> String {
    format!("{what}: {}", entity_types().join(", "))
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
    /// The request for entries that meet the conditions.
    async fn request(self, session: &Session) -> Result<ListChangesRequest, Failure> {
        let org = self.org.org;
        let actor_connection_id = match self.connection.as_str() {
            "" => String::new(),
            name => session.connection_id(&org, name).await?,
        };
        let actor_token_id = match self.token.as_str() {
            "" => String::new(),
            name => session.token_id(&org, name).await?,
        };
        Ok(ListChangesRequest {
            entity_id: self.about.entity_id(&org, session).await?,
            organization: org,
            entity_type: self.entity_type.unwrap_or_default().into(),
            actor_token_id,
            actor_connection_id,
            after_revision: self.after.unwrap_or_default(),
            start_time: self.since,
            end_time: self.until,
            ..ListChangesRequest::default()
        })
    }

    async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let limit = Limit {
            limit: self.limit.limit,
        };
        let oldest_first = self.oldest_first || self.after.is_some();
        let request = self.request(session).await?;
        if !oldest_first {
            let found = newest(&request, limit.limit, session).await?;
            let note = found.goes_on.then(|| {
                let shown = found.changes.len();
                format!("these are the newest {shown}; --limit shows more")
            });
            let message = ListChangesResponse {
                changes: found.changes,
                next_page_token: String::new(),
                revision: found.revision,
            };
            return Ok(Answer::rows(&message, &message.changes)?.with_note(note));
        }
        let (listed, revision) = oldest(&request, &limit, session).await?;
        let note = listed.note();
        let message = ListChangesResponse {
            changes: listed.items,
            next_page_token: listed.next_page_token,
            revision,
        };
        Ok(Answer::rows(&message, &message.changes)?.with_note(note))
    }
}

/// The oldest entries, and the organization's revision.
async fn oldest(
    request: &ListChangesRequest,
    limit: &Limit,
    session: &Session,
) -> Result<(Listed<Change>, i64), Failure> {
    let (mut client, mut revision) = (session.changes(), 0);
    let read = async |page_size, page_token| {
        let request = ListChangesRequest {
            page_size,
            page_token,
            ..request.clone()
        };
        let page = client.list_changes(request).await?.into_inner();
        revision = page.revision;
        Ok((page.changes, page.next_page_token))
    };
    let listed = limit.read(read).await?;
    Ok((listed, revision))
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
    fn the_help_names_every_kind() {
        let help = kinds_help("about");
        assert!(help.starts_with("about: organization, user, group, "), "{help}");
        assert!(help.ends_with("project, role, grant"), "{help}");
    }

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
