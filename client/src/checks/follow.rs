//! Following the change stream.

use std::{sync::Arc, time::Duration};

use identity_proto::v1::{WatchRequest, WatchResponse};
use tokio::time::{sleep, timeout};
use tonic::{Code, Status, Streaming};

use super::State;
use crate::{client::Client, retry::jittered};

/// How long to wait after the stream was lost, at first and at most.
const WAITS: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(5));
/// Heartbeats for each time of trust.
const HEARTBEATS: u32 = 3;
/// The shortest that the service sends heartbeats after.
const SHORTEST: Duration = Duration::from_secs(1);

/// Follows until it is dropped. While the stream is lost nothing remembered is trusted.
pub(super) async fn follow(client: Client, organization: String, state: Arc<State>) {
    let heartbeat = (state.trust / HEARTBEATS).max(SHORTEST);
    let mut position = StreamPosition {
        organization,
        token: String::new(),
        heartbeat,
    };
    let mut wait = WAITS.0;
    loop {
        let status = match client.changes().watch(position.request()).await {
            Ok(stream) => {
                let (status, received) = position.receive(stream.into_inner(), &state).await;
                if received {
                    wait = WAITS.0;
                }
                status
            }
            Err(status) => status,
        };
        state.distrust();
        if matches!(status.code(), Code::OutOfRange | Code::InvalidArgument) {
            // The log does not go on from there: begin anew, with nothing remembered.
            position.token.clear();
        }
        tracing::info!(code = ?status.code(), message = status.message(), "the change stream was lost");
        sleep(jittered(wait)).await;
        wait = (wait * 2).min(WAITS.1);
    }
}

/// Where the stream goes on.
struct StreamPosition {
    organization: String,
    token: String,
    heartbeat: Duration,
}

impl StreamPosition {
    fn request(&self) -> WatchRequest {
        WatchRequest {
            organization: self.organization.clone(),
            resume_token: self.token.clone(),
            heartbeat_interval: prost_types::Duration::try_from(self.heartbeat).ok(),
            ..WatchRequest::default()
        }
    }

    /// Applies what comes; answers why it ended, and whether anything came.
    async fn receive(&mut self, mut stream: Streaming<WatchResponse>, state: &State) -> (Status, bool) {
        let mut received = false;
        loop {
            let response = match timeout(state.trust, stream.message()).await {
                Ok(Ok(Some(response))) => response,
                Ok(Ok(None)) => return (Status::unavailable("the stream ended"), received),
                Ok(Err(status)) => return (status, received),
                Err(_) => return (Status::unavailable("the stream is silent"), received),
            };
            received = true;
            let mut memory = state.write();
            if self.token.is_empty() {
                memory.begin(response.revision);
            }
            for change in &response.changes {
                memory.apply(change);
            }
            memory.advance(response.revision);
            drop(memory);
            self.token = response.resume_token;
            // Only who has heard all that there is knows what there is.
            if response.revision >= response.current_revision {
                state.trust();
            }
        }
    }
}
