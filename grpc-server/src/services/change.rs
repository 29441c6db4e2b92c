//! `ChangeService`.

use identity_proto::v1::{ListChangesRequest, ListChangesResponse, change_service_server::ChangeService};
use tonic::Request;

use super::{Answer, Door};
use crate::convert::{change, list};

pub(super) struct Changes(pub(super) Door);

#[tonic::async_trait]
impl ChangeService for Changes {
    async fn list_changes(&self, request: Request<ListChangesRequest>) -> Answer<ListChangesResponse> {
        let work = self.0.answer(request, |directory, call, mut message| async move {
            let organization = std::mem::take(&mut message.organization);
            let page = list::page(message.page_size, std::mem::take(&mut message.page_token));
            let query = change::query(message)?;
            let changes = directory.list_changes(&call, &organization, query, page).await?;
            Ok(ListChangesResponse {
                changes: changes.page.items.into_iter().map(change::to_message).collect(),
                next_page_token: changes.page.next_page_token,
                revision: changes.revision,
            })
        });
        work.await
    }
}
