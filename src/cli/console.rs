//! `roster console`.

use identity_proto::v1::CreateSignInLinkRequest;

use super::{output::Answer, session::Session};
use crate::failure::Failure;

pub(super) const EXAMPLE: &str = "Examples:
  roster console
  xdg-open \"$(roster console --output secret)\"";

/// Prints a link that signs a browser in with the command line's own token.
pub(super) async fn run(session: &Session) -> Result<Answer, Failure> {
    let made = session
        .tokens()
        .create_sign_in_link(CreateSignInLinkRequest {})
        .await?
        .into_inner();
    if made.url.is_empty() {
        return Err(Failure::Refused(
            "the server serves no console: start it with --console-listen ADDR".to_owned(),
        ));
    }
    let text = format!(
        "{}\nOpen it in a browser within a minute; it holds once, and for whoever has it.\n",
        made.url
    );
    Ok(Answer::text(&made, text)?.with_secret_in_text(&made.url))
}
