//! `roster undo`.

use std::io::{self, Write as _};

use clap::{ArgGroup, Args};
use identity_proto::v1::{
    ChangeAction, EntityType, ListConnectionsRequest, RevertChangesRequest, RevertChangesResponse,
    RevertConflict,
};
use prost_types::Timestamp;

use super::{
    InOrg,
    change_row::{LINE, field_change, members},
    lines::Lines,
    log::parse_time,
    output::{Cell, Kind, Output, Row, cells, count},
    rows::enum_label,
    session::Session,
};
use crate::failure::Failure;

pub(super) const EXAMPLE: &str = "Examples:
  roster undo --org acme --connection okta --since 2h --preview
  roster undo --org acme --connection okta --since 2026-01-31T12:00:00Z --until 2026-01-31T12:20:00Z --apply
  roster undo --org acme --request-id 9c4f2a10-7 --since 1d --apply --yes

Each line is a user, group or connection. What others changed since is shown and stays. The connection is held
first, so that its next synchronization does no harm again: roster connection brake reset NAME serves it anew.
When it is interrupted, repeat it: what is done is passed over.";

/// Entries of a line that are shown of each kind.
const SHOWN: usize = 4;

/// The changes to undo.
#[derive(Args, Debug)]
#[command(group(ArgGroup::new("doing").required(true).args(["preview", "apply"])))]
pub(crate) struct UndoArgs {
    #[command(flatten)]
    org: InOrg,
    /// Undo the changes of this connection, by name or id; without it, a token and a request, the only one there is
    #[arg(
        long,
        value_name = "CONNECTION",
        default_value = "",
        hide_default_value = true
    )]
    connection: String,
    /// Undo the changes of the caller with this token, by name or id
    #[arg(long, value_name = "TOKEN", default_value = "", hide_default_value = true)]
    token: String,
    /// Undo the changes of the request of this id; the change log and the provisioning log show it
    #[arg(long, value_name = "ID", default_value = "", hide_default_value = true)]
    request_id: String,
    /// Undo changes from then on: a time such as 2026-01-31T12:00:00Z, or how long ago, such as 2h
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    since: Timestamp,
    /// Undo changes before then; without it, until now
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    until: Option<Timestamp>,
    /// Go on serving deactivations of the connection
    #[arg(long)]
    keep_serving: bool,
    /// Say what would be undone, and change nothing
    #[arg(long)]
    preview: bool,
    /// Undo it
    #[arg(long)]
    apply: bool,
}

impl UndoArgs {
    pub(super) fn question(&self) -> Option<String> {
        self.apply
            .then(|| "Undo these changes? --preview shows what that does.".to_owned())
    }

    /// Prints what is undone as it is done.
    pub(super) async fn run(self, session: &Session, output: Output, ids: bool) -> Result<(), Failure> {
        let request = self.request(session).await?;
        let organization = request.organization.clone();
        let mut lines = Lines::new(session, &organization, output, ids);
        let mut summary = Summary::new(request.validate_only);
        let mut stream = session.changes().revert_changes(request).await?.into_inner();
        let outcome = loop {
            match stream.message().await {
                Ok(Some(response)) => {
                    summary.count(&response);
                    lines.print(&[response]).await?;
                }
                Ok(None) => break Ok(()),
                Err(status) => break Err(status.into()),
            }
        };
        // Whether a remark reaches anybody decides nothing.
        let _ = writeln!(io::stderr(), "note: {}", summary.text(outcome.is_ok()));
        outcome
    }

    async fn request(self, session: &Session) -> Result<RevertChangesRequest, Failure> {
        let organization = self.org.org;
        let names_nobody = self.connection.is_empty() && self.token.is_empty() && self.request_id.is_empty();
        let actor_connection_id = match self.connection.as_str() {
            "" if names_nobody => only_connection(&organization, session).await?,
            "" => String::new(),
            name => session.connection_id(&organization, name).await?,
        };
        let actor_token_id = match self.token.as_str() {
            "" => String::new(),
            name => session.token_id(&organization, name).await?,
        };
        Ok(RevertChangesRequest {
            organization,
            actor_connection_id,
            actor_token_id,
            actor_request_id: self.request_id,
            start_time: Some(self.since),
            end_time: self.until,
            keep_serving: self.keep_serving,
            validate_only: self.preview,
        })
    }
}

/// The id of the one connection of an organization.
async fn only_connection(organization: &str, session: &Session) -> Result<String, Failure> {
    let request = ListConnectionsRequest {
        organization: organization.to_owned(),
        page_size: 2,
        ..ListConnectionsRequest::default()
    };
    let listed = session
        .connections()
        .list_connections(request)
        .await?
        .into_inner();
    match listed.connections.as_slice() {
        [only] => Ok(only.id.clone()),
        _ => Err(Failure::Usage(
            "name a connection, a token or a request id: roster connection list shows the connections".into(),
        )),
    }
}

impl Row for RevertChangesResponse {
    const COLUMNS: &'static [&'static str] = &["KIND", "NAME", "ACTION", "CHANGED", "ID"];
    const MINOR: &'static [&'static str] = &["KIND"];

    fn cells(&self) -> Vec<Cell> {
        let name = if self.name.is_empty() {
            &self.entity_id
        } else {
            &self.name
        };
        cells![
            enum_label(self.entity_type().as_str_name(), "ENTITY_TYPE_").replace('_', " "),
            name,
            action(self),
            summary_of(self),
            &self.entity_id,
        ]
    }
}

fn action(response: &RevertChangesResponse) -> String {
    match response.action() {
        ChangeAction::Unspecified => "left".to_owned(),
        action => enum_label(action.as_str_name(), "CHANGE_ACTION_"),
    }
}

/// The effect, and the reasons for all that stays as it is.
fn summary_of(response: &RevertChangesResponse) -> Cell {
    let mut parts: Vec<Cell> = response.fields.iter().take(SHOWN).map(field_change).collect();
    let more = response.fields.len().saturating_sub(SHOWN);
    if more > 0 {
        parts.push(format!("{more} more").into());
    }
    parts.extend(members(&response.added_member_ids, "added", LINE));
    parts.extend(members(&response.removed_member_ids, "removed", LINE));
    parts.extend(response.conflicts.iter().take(SHOWN).map(conflict));
    let more = response.conflicts.len().saturating_sub(SHOWN);
    if more > 0 {
        parts.push(format!("{more} more conflicts").into());
    }
    if !response.refusal.is_empty() {
        parts.push(format!("refused: {}", response.refusal).into());
    }
    if !response.lost.is_empty() {
        parts.push(format!("lost: {}", response.lost).into());
    }
    Cell::joined(parts, ", ")
}

fn conflict(conflict: &RevertConflict) -> Cell {
    let told = match conflict.revision {
        0 => format!("conflict: {} by others", conflict.field),
        revision => format!("conflict: {} by others in revision {revision}", conflict.field),
    };
    let member = Cell::id(Kind::Holder, &conflict.member_id);
    Cell::joined([told.into(), member], " ")
}

/// Numbers of what an undo did.
struct Summary {
    is_preview: bool,
    users: usize,
    groups: usize,
    conflicts: usize,
    refused: usize,
    lost: usize,
}

impl Summary {
    fn new(is_preview: bool) -> Self {
        Self {
            is_preview,
            users: 0,
            groups: 0,
            conflicts: 0,
            refused: 0,
            lost: 0,
        }
    }

    fn count(&mut self, response: &RevertChangesResponse) {
        let is_changed = response.action() != ChangeAction::Unspecified;
        self.users += usize::from(is_changed && response.entity_type() == EntityType::User);
        self.groups += usize::from(is_changed && response.entity_type() == EntityType::Group);
        self.conflicts += response.conflicts.len();
        self.refused += usize::from(!response.refusal.is_empty());
        self.lost += usize::from(!response.lost.is_empty());
    }

    fn text(&self, is_complete: bool) -> String {
        let done = if self.is_preview {
            "would change"
        } else {
            "changed"
        };
        let end = match (is_complete, self.is_preview) {
            (false, _) => "; it was interrupted: repeat it, and it goes on",
            (true, true) => "; --apply does it",
            (true, false) => "",
        };
        format!(
            "{done} {} and {}; left {}, {} refused, {} lost{end}",
            count(self.users, "user"),
            count(self.groups, "group change"),
            count(self.conflicts, "conflict"),
            self.refused,
            self.lost,
        )
    }
}

#[cfg(test)]
mod tests {
    use identity_proto::v1::FieldChange;

    use super::*;
    use crate::cli::output::Wording;

    fn user() -> RevertChangesResponse {
        RevertChangesResponse {
            entity_type: EntityType::User.into(),
            name: "ada".into(),
            action: ChangeAction::Updated.into(),
            fields: vec![FieldChange {
                field: "active".into(),
                before: "false".into(),
                after: "true".into(),
            }],
            conflicts: vec![RevertConflict {
                field: "title".into(),
                revision: 7,
                ..RevertConflict::default()
            }],
            ..RevertChangesResponse::default()
        }
    }

    #[test]
    fn a_line_tells_what_changes_and_what_stays() {
        let cells = user().cells();
        assert_eq!(cells.len(), RevertChangesResponse::COLUMNS.len());
        let told = cells[3].text(Wording::default());
        assert_eq!(
            told,
            "active: false → true, conflict: title by others in revision 7"
        );
    }

    #[test]
    fn the_summary_counts_what_was_done_and_left() {
        let mut summary = Summary::new(true);
        summary.count(&user());
        let told = summary.text(true);
        assert_eq!(
            told,
            "would change 1 user and 0 group changes; left 1 conflict, 0 refused, 0 lost; --apply does it"
        );
        assert!(
            Summary::new(false)
                .text(false)
                .ends_with("repeat it, and it goes on")
        );
    }
}
