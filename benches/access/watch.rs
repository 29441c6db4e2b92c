//! Many streams that wait for the same changes.

use std::time::{Duration, Instant};

use identity_client::{
    Client,
    v1::{CreateUserRequest, User, WatchRequest},
};
use tokio::sync::mpsc;

use crate::{load::figure, report::Report, server::Server};

/// The organization that is followed.
const ORGANIZATION: &str = "bench";
/// Writes, one after the other.
const WRITES: usize = 50;
/// How long the streams may rest before the first.
const QUIET_TIME: Duration = Duration::from_millis(500);

pub async fn measure(
    server: &Server,
    client: &Client,
    streams: usize,
    (database, report): (&str, &mut Report),
) {
    let before = server.anonymous_mib();
    let (told, mut arrivals) = mpsc::unbounded_channel::<Instant>();
    let mut waiting = Vec::new();
    for _ in 0..streams {
        let mut stream = client
            .changes()
            .watch(WatchRequest {
                organization: ORGANIZATION.into(),
                ..WatchRequest::default()
            })
            .await
            .expect("a stream")
            .into_inner();
        stream.message().await.expect("it begins");
        let told = told.clone();
        waiting.push(tokio::spawn(async move {
            while let Ok(Some(response)) = stream.message().await {
                if !response.changes.is_empty() && told.send(Instant::now()).is_err() {
                    return;
                }
            }
        }));
    }
    tokio::time::sleep(QUIET_TIME).await;
    let name = format!("{streams} watch streams that wait, memory beyond none");
    report.fact(database, &name, server.anonymous_mib() - before, "MiB");
    report.fact(database, "memory in all", server.anonymous_mib(), "MiB");
    let (mut micros, begun) = (Vec::new(), Instant::now());
    for n in 0..WRITES {
        let user = User {
            user_name: format!("told-{n}@bench.example"),
            ..User::default()
        };
        let request = CreateUserRequest {
            organization: ORGANIZATION.into(),
            user: Some(user),
            ..CreateUserRequest::default()
        };
        let begin = Instant::now();
        client.users().create_user(request).await.expect("a user");
        for _ in 0..streams {
            let arrived = arrivals.recv().await.expect("an arrival");
            let took = arrived.saturating_duration_since(begin).as_micros();
            micros.push(u32::try_from(took).unwrap_or(u32::MAX));
        }
    }
    let delivered = figure(micros, begun.elapsed());
    let name = format!("from a write's begin to {streams} streams");
    report.row(database, &name, delivered, None);
    waiting.iter().for_each(tokio::task::JoinHandle::abort);
}
