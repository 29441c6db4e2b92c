//! `roster watch`.

use std::io::{self, Write as _};

use clap::Args;
use identity_proto::v1::{EntityType, WatchRequest};

use super::{
    InOrg,
    log::{entity_type, kinds_help},
    output::{json_line, to_json, write_out},
    session::Session,
};
use crate::failure::Failure;

pub(super) const EXAMPLE: &str = "Examples:
  roster watch --org acme                             what happens from now on
  roster watch --org acme --from 0 --kinds user,group
  roster watch --all

Each entry of the change log is one line of JSON on standard output. When the server ends the stream, standard error says where it can go on.";

/// The entries to follow, and the place to begin.
#[derive(Args, Debug)]
pub(crate) struct WatchArgs {
    #[command(flatten)]
    org: InOrg,
    /// All organizations, also new ones, whatever `--org` says; for root
    #[arg(long)]
    all: bool,
    /// Only entries of later revisions, 0 for all there are; without it, from now on
    #[arg(long, value_name = "REVISION", conflicts_with = "resume")]
    from: Option<i64>,
    /// Go on where an earlier watch ended
    #[arg(long, value_name = "TOKEN", default_value = "", hide_default_value = true)]
    resume: String,
    #[arg(long, value_name = "KINDS", value_delimiter = ',', value_parser = entity_type, help = kinds_help("Only entries about these kinds of thing, with commas between"))]
    kinds: Vec<EntityType>,
    /// End after so many entries
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
}

impl WatchArgs {
    /// Prints entries as they come.
    pub(super) async fn run(self, session: &Session) -> Result<(), Failure> {
        let request = WatchRequest {
            organization: if self.all { String::new() } else { self.org.org },
            all_organizations: self.all,
            after_revision: self.from,
            resume_token: self.resume,
            entity_types: self.kinds.into_iter().map(Into::into).collect(),
            heartbeat_interval: None,
        };
        let mut stream = session.changes().watch(request).await?.into_inner();
        let (mut token, mut left) = (String::new(), self.limit.unwrap_or(usize::MAX));
        while left > 0 {
            let response = match stream.message().await {
                Ok(Some(response)) => response,
                Ok(None) => break,
                Err(status) => {
                    print_position(&token);
                    return Err(status.into());
                }
            };
            for change in response.changes.iter().take(left) {
                write_out(&format!("{}\n", json_line(&to_json(change)?)))?;
            }
            left = left.saturating_sub(response.changes.len());
            if !response.resume_token.is_empty() {
                token = response.resume_token;
            }
        }
        Ok(())
    }
}

fn print_position(token: &str) {
    if !token.is_empty() {
        // Whether a remark reaches anybody decides nothing.
        let _ = writeln!(io::stderr(), "note: go on with --resume {token}");
    }
}
