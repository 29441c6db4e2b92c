//! How long the others still say yes after one instance has said no, on one `PostgreSQL`.

use std::time::{Duration, Instant};

use identity_client::{Checks, Client, Freshness, Options, Question};
use identity_proto::v1::{
    ExchangeTokenRequest, IntrospectTokenRequest, Token, TokenKind, WatchResponse, consistency::Requirement,
};
use serde_json::json;
use tonic::Streaming;

use super::pair::{Pair, assert_within, rounds, until};
use crate::{
    grpc::watch,
    harness::{Grpc, create_token, scim::text},
};

/// Permission of every active user.
const PERMISSION: &str = "organization.view";
/// How long a yes may live on anywhere.
const BOUND: Duration = Duration::from_secs(1);
const WAYS: [&str; 7] = [
    "CheckAccess",
    "CheckAccess with minimize_latency",
    "IntrospectToken of an access token",
    "a call with an access token",
    "a call with a personal access token",
    "a cached check of identity-client",
    "an event on Watch",
];

/// Everybody who asks at the other instance.
struct Askers {
    root: Grpc,
    introspecting: Grpc,
    checks: Checks,
}

/// Somebody who is there, and whose tokens are.
struct Person {
    id: String,
    token_id: String,
    access_token: String,
    personal_token: String,
}

impl Person {
    async fn arrive(pair: &Pair, name: &str) -> Self {
        let id = text(&pair.here.scim().create_user(name).await["id"]);
        let token = Token {
            user_id: id.clone(),
            scopes: vec!["users:read".into()],
            ..Default::default()
        };
        let (token, personal_token) = create_token(&pair.here.grpc(), TokenKind::Personal, token).await;
        let request = ExchangeTokenRequest {
            audience: vec!["self".into()],
            ..Default::default()
        };
        let personal = pair.here.grpc().with_token(&personal_token).naming("");
        let made = personal.tokens().exchange_token(request).await;
        Self {
            id,
            token_id: token.id,
            personal_token,
            access_token: made.expect("an access token").into_inner().access_token,
        }
    }
}

impl Askers {
    async fn at(pair: &Pair) -> Self {
        let token = pair.there.service_token(&["access:read", "changes:read"]).await;
        let client = Client::new(&Options::new(&pair.there.endpoints().grpc, &token)).expect("a client");
        Self {
            introspecting: pair.there.service(&["tokens:introspect"]).await,
            checks: client.checks(""),
            root: pair.there.grpc(),
        }
    }

    async fn check(&self, person: &Person, requirement: Option<Requirement>) -> bool {
        let answer = self.root.check(&person.id, PERMISSION, requirement).await;
        answer.expect("an answer").allowed
    }

    async fn remembering(&self, person: &Person) -> bool {
        self.check(person, Some(Requirement::MinimizeLatency(true))).await
    }

    async fn introspect(&self, person: &Person) -> bool {
        let request = IntrospectTokenRequest {
            token: person.access_token.clone(),
            ..Default::default()
        };
        let answer = self.introspecting.tokens().introspect_token(request).await;
        answer.expect("an answer").into_inner().active
    }

    async fn serves(&self, token: &str) -> bool {
        self.root
            .with_token(token)
            .naming("")
            .try_user("me")
            .await
            .is_ok()
    }

    async fn cached(&self, person: &Person) -> bool {
        let question = Question {
            user: &person.id,
            permission: PERMISSION,
            project: "",
        };
        let answer = self.checks.check(&question, Freshness::Latest).await;
        answer.expect("an answer").allowed
    }

    /// Everybody says yes, and whoever remembers anything remembers it.
    async fn assert_served(&self, person: &Person, stream: &mut Streaming<WatchResponse>) {
        let begun = Instant::now();
        until(begun, async || {
            self.checks.followed_revision() >= Some(1) && self.cached(person).await
        })
        .await;
        for token in [&person.access_token, &person.personal_token] {
            assert!(self.serves(token).await);
        }
        assert!(self.introspect(person).await && self.check(person, None).await);
        assert!(self.remembering(person).await);
        wait_for_event(stream, &person.token_id).await;
    }

    /// How long each way still says yes; all are asked at the same time.
    async fn time_to_no(
        &self,
        person: &Person,
        stream: &mut Streaming<WatchResponse>,
    ) -> [Duration; WAYS.len()] {
        let begun = Instant::now();
        let told = async {
            wait_for_event(stream, &person.id).await;
            begun.elapsed()
        };
        let it = self;
        tokio::join!(
            until(begun, async || !it.check(person, None).await),
            until(begun, async || !it.remembering(person).await),
            until(begun, async || !it.introspect(person).await),
            until(begun, async || !it.serves(&person.access_token).await),
            until(begun, async || !it.serves(&person.personal_token).await),
            until(begun, async || !it.cached(person).await),
            told,
        )
        .into()
    }
}

/// Reads on until an entry is about this.
async fn wait_for_event(stream: &mut Streaming<WatchResponse>, id: &str) {
    let is_about = |told: WatchResponse| told.changes.iter().any(|entry| entry.entity_id == id);
    while !is_about(watch::next_changes(stream).await) {}
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn deprovisioning_reaches_every_way_of_asking_within_a_second() {
    let pair = Pair::start().await;
    let askers = Askers::at(&pair).await;
    let from = watch::from(askers.root.revision().await);
    let mut stream = askers.root.watch(from).await.expect("a stream");
    let mut took = [const { Vec::new() }; WAYS.len()];
    for round in 0..rounds(50) {
        let person = Person::arrive(&pair, &format!("p{round}")).await;
        askers.assert_served(&person, &mut stream).await;
        let off = json!([{"op": "replace", "path": "active", "value": false}]);
        let place = format!("/Users/{}", person.id);
        pair.here.scim().patch(&place, off).await.expect(200);
        let times = askers.time_to_no(&person, &mut stream).await;
        took.iter_mut().zip(times).for_each(|(all, one)| all.push(one));
    }
    for (way, times) in WAYS.iter().zip(&mut took) {
        assert_within(BOUND, way, times);
    }
}
