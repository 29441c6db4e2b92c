//! `ChangeService.RevertChanges`: an undo that goes on as its caller takes the answers.

use std::pin::Pin;

use futures::{Stream, stream};
use identity_core::{
    caller::{Call, Intent},
    directory::{Revert, RevertedResource},
    error::{Error, Result},
};
use identity_proto::v1::{RevertChangesRequest, RevertChangesResponse};
use tokio::time::Instant;
use tonic::{Request, Response, Status, metadata::MetadataMap};

use super::{
    Answer, Handler,
    watch::{StreamPermit, Streams, passed},
};
use crate::{
    caller,
    convert::change,
    layers::{RequestId, deadline},
    methods, status,
};

/// A stream of answers.
pub(super) type Responses = Pin<Box<dyn Stream<Item = Result<RevertChangesResponse, Status>> + Send>>;

/// An undo under way.
struct ActiveRevert {
    revert: Revert,
    handler: Handler,
    streams: Streams,
    metadata: MetadataMap,
    request_id: RequestId,
    deadline: Option<Instant>,
    _permit: StreamPermit,
}

pub(super) async fn open(
    handler: &Handler,
    streams: &Streams,
    request: Request<RevertChangesRequest>,
) -> Answer<Responses> {
    let limit = deadline::limit(request.metadata().as_ref());
    let deadline = limit.map(|limit| Instant::now() + limit);
    let (request_id, metadata) = (RequestId::of(request.extensions()), request.metadata().clone());
    let (streams, own) = (streams.clone(), handler.clone());
    let intent = |request: &RevertChangesRequest| Intent::of_request(request.validate_only);
    let opened = handler.call(request, intent, |directory, call, mut message| async move {
        let permit = streams.enter(&call.caller)?;
        let organization = std::mem::take(&mut message.organization);
        let request = change::revert(message)?;
        Ok(ActiveRevert {
            revert: directory.revert_changes(&call, &organization, request).await?,
            handler: own,
            streams,
            metadata,
            request_id,
            deadline,
            _permit: permit,
        })
    });
    let revert = opened.await?.into_inner();
    let answers = stream::unfold(Some(revert), |revert| async {
        let mut revert = revert?;
        match revert.next().await {
            Ok(Some(item)) => Some((Ok(change::reverted(item)), Some(revert))),
            Ok(None) => None,
            Err(status) => Some((Err(status), None)),
        }
    });
    Ok(Response::new(Box::pin(answers)))
}

impl ActiveRevert {
    async fn next(&mut self) -> Result<Option<RevertedResource>, Status> {
        let refuse = |error: &Error| status::refuse(error, self.request_id.as_str());
        self.reauthorize().await.map_err(|error| refuse(&error))?;
        tokio::select! {
            biased;
            () = self.streams.ended() => Err(refuse(&Error::Unavailable("the instance ends".into()))),
            () = passed(self.deadline) => Err(status::deadline_exceeded()),
            item = self.revert.next() => item.map_err(|error| refuse(&error)),
        }
    }

    /// Asks again what the call asked: the caller's token may have ended since.
    async fn reauthorize(&self) -> Result<()> {
        let directory = &self.handler.directory;
        let caller = caller::authorize(directory, &methods::REVERT, self.metadata.as_ref()).await?;
        let call = Call::new(caller, self.request_id.as_str());
        self.revert.reauthorize(&call).await
    }
}
