//! `roster connection adopt` and `roster connection brake`.

use clap::{ArgGroup, Args, ValueEnum};
use identity_proto::v1::{
    AdoptionItem, ApplyAdoptionRequest, Connection, PreviewAdoptionRequest, PreviewAdoptionResponse,
    RejectBrakeRequest, ReleaseBrakeRequest, ResetBrakeRequest,
};

use super::{
    connection::Named,
    list::Limit,
    output::{Answer, count},
    schema::read_message,
    session::Session,
};
use crate::failure::Failure;

/// The users and groups to adopt.
#[derive(Args, Debug)]
#[command(group(ArgGroup::new("doing").required(true).args(["preview", "apply"])))]
pub(crate) struct AdoptArgs {
    #[command(flatten)]
    which: Named,
    /// Say what would be adopted, and change nothing
    #[arg(long)]
    preview: bool,
    /// Adopt
    #[arg(long)]
    apply: bool,
    /// A file with `{"candidates": [{"externalId": …, "userName": …, "email": …}]}`, - for standard input:
    /// the people that the identity provider is about to send; without it, all that are unmanaged, of groups
    /// only while groups.sync is on
    #[arg(long, value_name = "FILE")]
    candidates: Option<String>,
    /// Leave groups alone
    #[arg(long)]
    users_only: bool,
    #[command(flatten)]
    limit: Limit,
}

/// Decisions on held deactivations.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Decision {
    /// Let held deactivations pass, and all others for one window
    Release,
    /// Refuse them until the safeguard is reset
    Reject,
    /// Count again from the beginning
    Reset,
}

/// A decision on held deactivations.
#[derive(Args, Debug)]
pub(crate) struct BrakeArgs {
    /// The decision
    #[arg(value_enum)]
    decision: Decision,
    #[command(flatten)]
    which: Named,
}

impl AdoptArgs {
    pub(super) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let connection_id = self.which.id(session).await?;
        let organization = self.which.organization();
        let file = self
            .candidates
            .as_deref()
            .map(read_message::<PreviewAdoptionRequest>);
        let candidates = file.transpose()?.unwrap_or_default().candidates;
        if self.preview {
            let request = PreviewAdoptionRequest {
                organization,
                connection_id,
                candidates,
                users_only: self.users_only,
                ..PreviewAdoptionRequest::default()
            };
            return preview(request, &self.limit, session).await;
        }
        let request = ApplyAdoptionRequest {
            organization,
            connection_id,
            candidates,
            users_only: self.users_only,
            ..ApplyAdoptionRequest::default()
        };
        let done = session.connections().apply_adoption(request).await?.into_inner();
        let text = format!(
            "adopted {} and {}; left {} and {}; {} to be created\n",
            count(done.adopted_users, "user"),
            count(done.adopted_groups, "group"),
            count(done.conflicts, "conflict"),
            count(done.protected, "protected account"),
            done.to_be_created
        );
        Answer::text(&done, text)
    }
}

async fn preview(asked: PreviewAdoptionRequest, limit: &Limit, session: &Session) -> Result<Answer, Failure> {
    let mut client = session.connections();
    let listed = limit
        .read(async |page_size, page_token| {
            let request = PreviewAdoptionRequest {
                page_size,
                page_token,
                ..asked.clone()
            };
            let page = client.preview_adoption(request).await?.into_inner();
            Ok((page.items, page.next_page_token))
        })
        .await?;
    let note = listed.note();
    let message = PreviewAdoptionResponse {
        items: listed.items,
        next_page_token: listed.next_page_token,
    };
    let rows: &[AdoptionItem] = &message.items;
    Ok(Answer::rows(&message, rows)?.with_note(note))
}

impl BrakeArgs {
    pub(super) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let (organization, id) = (self.which.organization(), self.which.id(session).await?);
        let mut client = session.connections();
        let connection: Option<Connection> = match self.decision {
            Decision::Release => {
                let request = ReleaseBrakeRequest {
                    organization,
                    id,
                    ..ReleaseBrakeRequest::default()
                };
                client.release_brake(request).await?.into_inner().connection
            }
            Decision::Reject => {
                let request = RejectBrakeRequest {
                    organization,
                    id,
                    ..RejectBrakeRequest::default()
                };
                client.reject_brake(request).await?.into_inner().connection
            }
            Decision::Reset => {
                let request = ResetBrakeRequest {
                    organization,
                    id,
                    ..ResetBrakeRequest::default()
                };
                client.reset_brake(request).await?.into_inner().connection
            }
        };
        let connection = connection.unwrap_or_default();
        Answer::rows(&connection, std::slice::from_ref(&connection))
    }
}
