//! All that is known of a person: shown, and erased.

use identity_proto::v1::{EraseUserRequest, ExportUserRequest, ExportUserResponse};

use super::{
    output::{Answer, json_text},
    session::Session,
};
use crate::failure::Failure;

/// Entries and requests in a page of an export.
const PAGE: i32 = 1_000;
/// Pages that are put together in memory. Who has more is asked for page by page, over the API.
const MAX_PAGES: usize = 1_000;

/// Erases a user for good.
pub(super) async fn erase(organization: &str, user: &str, session: &Session) -> Result<Answer, Failure> {
    let id = session.user_id(organization, user).await?;
    let request = EraseUserRequest {
        organization: organization.to_owned(),
        id: id.clone(),
        ..EraseUserRequest::default()
    };
    let erased = session.users().erase_user(request).await?.into_inner();
    Answer::text(
        &erased,
        format!("erased for good: nothing but the id {id} is left\n"),
    )
}

/// Exports all that is known of a user as one message, in the proto's JSON form whatever the output is.
pub(super) async fn export(organization: &str, user: &str, session: &Session) -> Result<Answer, Failure> {
    let mut request = ExportUserRequest {
        organization: organization.to_owned(),
        id: session.user_id(organization, user).await?,
        page_size: PAGE,
        ..ExportUserRequest::default()
    };
    let mut client = session.users();
    let mut export: Option<ExportUserResponse> = None;
    for _ in 0..MAX_PAGES {
        let page = client.export_user(request.clone()).await?.into_inner();
        request.page_token.clone_from(&page.next_page_token);
        match &mut export {
            None => export = Some(page),
            Some(export) => {
                export.changes.extend(page.changes);
                export.provisioning_requests.extend(page.provisioning_requests);
                export.next_page_token = page.next_page_token;
            }
        }
        if request.page_token.is_empty() {
            break;
        }
    }
    let export = export.unwrap_or_default();
    let text = json_text(&export)?;
    let cut = (!export.next_page_token.is_empty())
        .then(|| "there is more: ask for it by next_page_token, over the API".to_owned());
    Ok(Answer::text(&export, text)?.with_note(cut))
}
