//! The change log as a stream.

use std::time::Duration;

use futures::future::join_all;
use identity_proto::v1::{
    Change, DeleteTokenRequest, EntityType, Token, TokenKind, WatchRequest, WatchResponse,
    change_service_client::ChangeServiceClient,
};
use rand::Rng as _;
use tonic::{Code, Request, Status, Streaming};

use crate::harness::{
    Grpc, OwnWorld, ROOT_TOKEN, World, assert_status, create_token, everywhere, grpc::named, run,
    run_folder::fresh_name,
};

everywhere!(
    a_consumer_that_is_killed_again_and_again_has_every_change_once_and_in_order,
    the_first_answer_comes_at_once_and_tells_how_far_the_log_is,
    a_stream_ends_when_its_token_is_deleted,
    a_stream_ends_at_its_deadline,
    a_stream_ends_when_the_server_ends_and_does_not_hold_it_up,
    what_cannot_be_followed_is_refused,
    heartbeats_come_as_often_as_asked_for,
    consumers_that_stop_reading_cost_no_memory,
    the_command_line_prints_a_line_of_json_for_each_entry,
);

/// How long anything here may take.
const PATIENCE: Duration = Duration::from_mins(1);

impl Grpc {
    /// Follows the log of the organization named.
    pub(crate) async fn watch(&self, request: WatchRequest) -> Result<Streaming<WatchResponse>, Status> {
        let request = WatchRequest {
            organization: self.organization_named(),
            ..request
        };
        let mut client = ChangeServiceClient::new(self.line());
        Ok(client.watch(request).await?.into_inner())
    }
}

/// From a revision on.
pub(crate) fn from(revision: i64) -> WatchRequest {
    WatchRequest {
        after_revision: Some(revision),
        ..WatchRequest::default()
    }
}

/// The next answer of a stream that goes on.
pub(crate) async fn next(stream: &mut Streaming<WatchResponse>) -> Result<WatchResponse, Status> {
    let next = tokio::time::timeout(PATIENCE, stream.message());
    let next = next.await.expect("an answer in time")?;
    Ok(next.expect("a stream that goes on"))
}

/// The next entries.
pub(crate) async fn next_changes(stream: &mut Streaming<WatchResponse>) -> WatchResponse {
    loop {
        let response = next(stream).await.expect("an answer");
        if !response.changes.is_empty() {
            return response;
        }
    }
}

/// State that a consumer stores in one step: entries, and the place from which it goes on.
struct Consumer {
    delivered: Vec<Change>,
    request: WatchRequest,
}

impl Consumer {
    /// Follows until it is killed, whatever it is doing then.
    async fn follow(&mut self, grpc: &Grpc) {
        let mut stream = grpc.watch(self.request.clone()).await.expect("a stream");
        loop {
            let response = next_changes(&mut stream).await;
            self.delivered.extend(response.changes);
            self.request.after_revision = None;
            self.request.resume_token = response.resume_token;
        }
    }

    /// Goes on from its last whole revision instead of the token.
    fn forget_token(&mut self) {
        if let Some(last) = self.delivered.last().map(|entry| entry.revision) {
            self.delivered.retain(|entry| entry.revision < last);
            self.request = from(last - 1);
        }
    }
}

async fn a_consumer_that_is_killed_again_and_again_has_every_change_once_and_in_order(world: World) {
    const KILLS: u64 = 50;
    let grpc = world.grpc();
    let writers = join_all((0..2).map(|writer| {
        let grpc = world.grpc();
        tokio::spawn(async move {
            for n in 0..200 {
                grpc.create_user(&format!("p{writer}-{n}")).await;
            }
        })
    }));
    let mut consumer = Consumer {
        delivered: Vec::new(),
        request: from(0),
    };
    for kill in 0..KILLS {
        let life = Duration::from_micros(rand::rng().random_range(0..40_000));
        let killed = tokio::time::timeout(life, consumer.follow(&grpc)).await;
        assert!(killed.is_err(), "it goes on until then");
        if kill % 2 == 1 {
            consumer.forget_token();
        }
    }
    writers
        .await
        .into_iter()
        .for_each(|ended| ended.expect("a writer"));
    let expected = grpc.changes_after(0).await;
    assert!(expected.len() >= 400);
    let mut stream = grpc.watch(consumer.request).await.expect("a stream");
    while consumer.delivered.len() < expected.len() {
        consumer.delivered.extend(next_changes(&mut stream).await.changes);
    }
    assert_eq!(consumer.delivered, expected);
}

async fn the_first_answer_comes_at_once_and_tells_how_far_the_log_is(world: World) {
    let revision = world.grpc().revision().await;
    let mut stream = world
        .grpc()
        .watch(WatchRequest::default())
        .await
        .expect("a stream");
    let first = next(&mut stream).await.expect("an answer");
    assert_eq!((first.revision, first.current_revision), (revision, revision));
    assert!(first.changes.is_empty() && !first.resume_token.is_empty());
}

async fn a_stream_ends_when_its_token_is_deleted(world: World) {
    let token = Token {
        scopes: vec!["changes:read".into()],
        ..Token::default()
    };
    let (token, secret) = create_token(&world.grpc(), TokenKind::Service, token).await;
    let service = world.grpc().with_token(&secret);
    let request = WatchRequest {
        entity_types: vec![EntityType::Group.into()],
        ..WatchRequest::default()
    };
    let mut stream = service.watch(request).await.expect("a stream");
    next(&mut stream).await.expect("it begins");
    let request = DeleteTokenRequest {
        organization: world.organization().slug.clone(),
        id: token.id,
        ..Default::default()
    };
    world
        .grpc()
        .tokens()
        .delete_token(request)
        .await
        .expect("deleted");
    assert_status(next(&mut stream).await, Code::Unauthenticated, "TOKEN_INVALID");
}

async fn a_stream_ends_at_its_deadline(world: World) {
    let mut request = Request::new(WatchRequest {
        organization: world.organization().slug.clone(),
        ..WatchRequest::default()
    });
    request
        .metadata_mut()
        .insert("grpc-timeout", "700m".parse().expect("a timeout"));
    let mut stream = world
        .grpc()
        .change_log()
        .watch(request)
        .await
        .expect("a stream")
        .into_inner();
    next(&mut stream).await.expect("it begins");
    let end = next(&mut stream).await.unwrap_err();
    assert_eq!(end.code(), Code::DeadlineExceeded, "{end:?}");
}

async fn a_stream_ends_when_the_server_ends_and_does_not_hold_it_up(mut world: OwnWorld) {
    let mut stream = world
        .grpc()
        .watch(WatchRequest::default())
        .await
        .expect("a stream");
    next(&mut stream).await.expect("it begins");
    let begun = std::time::Instant::now();
    let codes = world.server().terminate();
    assert!(codes.iter().all(|code| *code == Some(0)), "{codes:?}");
    assert!(begun.elapsed() < Duration::from_secs(15), "{:?}", begun.elapsed());
    assert_status(next(&mut stream).await, Code::Unavailable, "TRY_AGAIN");
}

async fn what_cannot_be_followed_is_refused(world: World) {
    let both = WatchRequest {
        resume_token: "x".into(),
        ..from(0)
    };
    let unknown = WatchRequest {
        entity_types: vec![99],
        ..from(0)
    };
    let seconds = |seconds| WatchRequest {
        heartbeat_interval: Some(prost_types::Duration { seconds, nanos: 0 }),
        ..from(0)
    };
    for request in [both, unknown, seconds(0), seconds(301), seconds(-1), from(-1)] {
        assert_status(
            world.grpc().watch(request).await,
            Code::InvalidArgument,
            "FIELD_INVALID",
        );
    }
    let damaged = WatchRequest {
        resume_token: "x".into(),
        ..WatchRequest::default()
    };
    assert_status(
        world.grpc().watch(damaged).await,
        Code::InvalidArgument,
        "PAGE_INVALID",
    );
    let later = world.grpc().watch(from(1 << 40)).await;
    assert_status(later, Code::OutOfRange, "RESYNC_REQUIRED");
}

async fn heartbeats_come_as_often_as_asked_for(world: World) {
    let request = WatchRequest {
        heartbeat_interval: Some(prost_types::Duration { seconds: 1, nanos: 0 }),
        ..WatchRequest::default()
    };
    let mut stream = world.grpc().watch(request).await.expect("a stream");
    next(&mut stream).await.expect("it begins");
    let begun = std::time::Instant::now();
    for _ in 0..2 {
        assert!(next(&mut stream).await.expect("a heartbeat").changes.is_empty());
    }
    assert!(
        begun.elapsed() >= Duration::from_millis(1900),
        "{:?}",
        begun.elapsed()
    );
}

/// If what they do not take waited for them in memory, it would be 400 times about 1 MiB.
async fn consumers_that_stop_reading_cost_no_memory(mut world: OwnWorld) {
    const CONSUMERS: usize = 400;
    let grpc = world.grpc();
    // A connection of their own: what nobody takes from it holds up every answer on it.
    let consumers = Grpc::new(&world.endpoints().grpc, ROOT_TOKEN, &world.organization().slug);
    let large = |n: usize| {
        let mut user = named(&format!("p{n}"));
        user.title = "x".repeat(1000);
        user
    };
    grpc.try_create(large(0)).await.expect("a user");
    let mut streams = Vec::new();
    for _ in 0..CONSUMERS {
        let mut stream = consumers.watch(from(0)).await.expect("a stream");
        next(&mut stream).await.expect("it begins");
        streams.push(stream);
    }
    let before = world.server().resident_kib();
    for n in 1..500 {
        grpc.try_create(large(n)).await.expect("a user");
    }
    let grown = world.server().resident_kib().saturating_sub(before);
    println!("{CONSUMERS} consumers that read nothing, 500 changes: {grown} KiB more than {before}");
    assert!(grown < 64 << 10, "{grown} KiB");
    drop(streams);
}

async fn the_command_line_prints_a_line_of_json_for_each_entry(world: World) {
    world.grpc().create_user(&fresh_name("ada")).await;
    let slug = world.organization().slug.clone();
    let variables = [
        ("ROSTER_ENDPOINT", &*world.endpoints().grpc),
        ("ROSTER_TOKEN", ROOT_TOKEN),
    ];
    let arguments = [
        "watch", "--org", &slug, "--from", "0", "--kinds", "user", "--limit", "1",
    ];
    let output = run(&arguments, &variables);
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).expect("text");
    assert_eq!(text.lines().count(), 1, "{text}");
    let entry: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(entry["entityType"], "ENTITY_TYPE_USER");
}
