//! `roster whoami`.

use clap::Args;
use identity_proto::v1::{GetUserRequest, IntrospectTokenRequest, ListOrganizationsRequest};
use tonic::Code;

use super::{InOrg, access_token::card, output::Answer, session::Session};
use crate::failure::Failure;

pub(super) const EXAMPLE: &str = "Examples:
  roster whoami
  ROSTER_TOKEN=$KEY roster whoami";

/// Nothing beside the organization, which a token that is not root's has already.
#[derive(Args, Debug)]
pub(crate) struct WhoamiArgs {
    #[command(flatten)]
    org: InOrg,
}

impl WhoamiArgs {
    /// Asks in the order of what few may do: only root lists organizations, then tokens that may look at tokens,
    /// then persons.
    pub(super) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let request = ListOrganizationsRequest {
            page_size: 1,
            ..ListOrganizationsRequest::default()
        };
        match session.organizations().list_organizations(request).await {
            Ok(listed) => {
                return Answer::text(
                    listed.get_ref(),
                    "root: may do everything in every organization\n".into(),
                );
            }
            Err(status) if status.code() != Code::PermissionDenied => return Err(status.into()),
            Err(_) => {}
        }
        let request = IntrospectTokenRequest {
            organization: self.org.org.clone(),
            token: session.secret().to_owned(),
            ..IntrospectTokenRequest::default()
        };
        if let Ok(seen) = session.tokens().introspect_token(request).await {
            let seen = seen.into_inner();
            return Ok(Answer::new(&seen)?.and_table(card(&seen)));
        }
        let request = GetUserRequest {
            organization: self.org.org,
            id: "me".to_owned(),
            ..GetUserRequest::default()
        };
        let found = session.users().get_user(request).await.map_err(|_| {
            Failure::Refused(
                "the token holds, but may not ask whose it is: that takes tokens:introspect, or a person's token with users:read".to_owned(),
            )
        })?;
        let found = found.into_inner();
        let user = found.user.clone().unwrap_or_default();
        Answer::text(&found, format!("user {}\n", user.user_name))
    }
}
