//! `ChangeService`.

use identity_proto::v1::{
    ListChangesRequest, ListChangesResponse, PruneChangesRequest, PruneChangesResponse, RevertChangesRequest,
    WatchRequest, change_service_server::ChangeService,
};
use tonic::Request;

use super::{
    Answer, Handler, revert,
    watch::{self, Streams},
};
use crate::convert::{change, list, required, time};

pub(super) struct Changes {
    handler: Handler,
    streams: Streams,
}

impl Changes {
    pub(super) fn new(handler: Handler, streams: Streams) -> Self {
        Self { handler, streams }
    }
}

#[tonic::async_trait]
impl ChangeService for Changes {
    type RevertChangesStream = revert::Responses;
    type WatchStream = watch::Responses;

    async fn list_changes(&self, request: Request<ListChangesRequest>) -> Answer<ListChangesResponse> {
        let work = self
            .handler
            .list(request, |directory, call, mut message| async move {
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

    async fn watch(&self, request: Request<WatchRequest>) -> Answer<Self::WatchStream> {
        watch::open(&self.handler, &self.streams, request).await
    }

    async fn revert_changes(
        &self,
        request: Request<RevertChangesRequest>,
    ) -> Answer<Self::RevertChangesStream> {
        revert::open(&self.handler, &self.streams, request).await
    }

    async fn prune_changes(&self, request: Request<PruneChangesRequest>) -> Answer<PruneChangesResponse> {
        let work = self
            .handler
            .change(request, |directory, call, message| async move {
                let before = time::from_message(message.before_time, "before_time")?;
                let before = required(before, "before_time")?;
                let pruned = directory.prune_changes(&call, &message.organization, before);
                Ok(PruneChangesResponse {
                    pruned_through_revision: pruned.await?,
                    revision: directory.revision_after(&call, &message.organization).await?,
                })
            });
        work.await
    }
}
