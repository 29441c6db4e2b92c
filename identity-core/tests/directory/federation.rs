//! Signing a connection in by the assertion of another issuer.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use identity_core::{
    access_token::SELF_AUDIENCE,
    caller::{Caller, Intent},
    connection::{Connection, ConnectionStatus, Federation, IdpKind},
    directory::{
        AccessToken, Directory, FetchError, KeySource,
        input::{ConnectionUpdate, FederationUpdate, NewConnection},
    },
    error::{Error, Result},
    platform::Platform,
};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode, jwk::Jwk};
use serde_json::{Value, json};

use crate::harness::{ORGANIZATION, World, assert_invalid, on_every_database};

on_every_database![
    an_assertion_of_the_pinned_issuer_signs_the_connection_in,
    an_assertion_of_somebody_else_is_refused,
    an_assertion_is_good_once,
    an_assertion_of_a_dry_run_is_good_still,
    an_assertion_holds_in_its_time_alone,
    what_is_signed_in_another_way_is_refused,
    a_new_key_of_the_issuer_is_found_and_an_unknown_one_costs_little,
    an_issuer_that_does_not_answer_is_an_outage,
    an_unknown_client_is_refused,
    what_ends_the_connection_ends_its_access_tokens,
    other_pins_end_what_was_issued_under_the_former_ones,
    of_a_deleted_organization_nobody_signs_in,
    an_address_that_is_not_fetched_from_is_not_stored,
];

const ISSUER: &str = "https://login.example/tenant/v2.0";
const SUBJECT: &str = "c8ad7a1e-service-principal";
const AUDIENCE: &str = "api://roster";
const ADDRESS: &str = "https://login.example/tenant/keys";

/// An issuer whose answer the test sets, and which counts how often it is asked.
#[derive(Default)]
struct Issuer {
    answer: Mutex<Option<Vec<u8>>>,
    asked: AtomicUsize,
}

#[async_trait::async_trait]
impl KeySource for Issuer {
    fn check(&self, address: &str) -> Result<(), &'static str> {
        if address.starts_with("https://") {
            Ok(())
        } else {
            Err("must begin with https://")
        }
    }

    async fn fetch(&self, address: &str) -> Result<Vec<u8>, FetchError> {
        assert_eq!(address, ADDRESS);
        self.asked.fetch_add(1, Ordering::SeqCst);
        let answer = self.answer.lock().unwrap().clone();
        answer.ok_or_else(|| FetchError("away".into()))
    }
}

/// A key of the issuer. Its private half is fixed: nothing depends on it but these tests.
struct Key {
    kid: &'static str,
    private: EncodingKey,
    algorithm: Algorithm,
}

impl Key {
    fn ed25519(kid: &'static str, seed: u8) -> Self {
        // RFC 8410, section 7: the head of an Ed25519 private key, then the seed.
        let head = [
            0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
        ];
        let der = [&head[..], &[seed; 32]].concat();
        Self {
            kid,
            private: EncodingKey::from_ed_der(&der),
            algorithm: Algorithm::EdDSA,
        }
    }

    fn public(&self) -> Value {
        let mut jwk = Jwk::from_encoding_key(&self.private, self.algorithm).unwrap();
        jwk.common.key_id = Some(self.kid.into());
        serde_json::to_value(jwk).unwrap()
    }

    fn sign(&self, claims: &Value) -> String {
        let mut header = Header::new(self.algorithm);
        header.kid = Some(self.kid.into());
        encode(&header, claims, &self.private).unwrap()
    }
}

/// A world with a connection that the issuer's assertions sign in.
struct Federated {
    world: World,
    directory: Directory,
    issuer: Arc<Issuer>,
    key: Key,
    connection: Connection,
}

impl Federated {
    async fn new(world: World) -> Self {
        let issuer = Arc::new(Issuer::default());
        let directory = world.instance_with(Arc::clone(&issuer) as _);
        let new = NewConnection {
            name: "entra".into(),
            idp_kind: Some(IdpKind::Entra),
            ..NewConnection::default()
        };
        let made = directory.create_connection(world.root(), ORGANIZATION, new, "");
        let connection = made.await.unwrap();
        let key = Key::ed25519("key-1", 1);
        let federated = Self {
            world,
            directory,
            issuer,
            key,
            connection,
        };
        federated.publish(&[&federated.key]);
        federated.pin(ADDRESS).await.unwrap();
        federated
    }

    fn publish(&self, keys: &[&Key]) {
        let keys: Vec<Value> = keys.iter().map(|key| key.public()).collect();
        *self.issuer.answer.lock().unwrap() = Some(json!({ "keys": keys }).to_string().into_bytes());
    }

    async fn pin(&self, jwks_uri: &str) -> Result<Connection> {
        let federation = Federation {
            issuer: ISSUER.into(),
            subject: SUBJECT.into(),
            audience: AUDIENCE.into(),
            jwks_uri: jwks_uri.into(),
        };
        self.change(ConnectionUpdate {
            federation: Some(FederationUpdate::By(federation)),
            ..ConnectionUpdate::default()
        })
        .await
    }

    async fn change(&self, update: ConnectionUpdate) -> Result<Connection> {
        let update = ConnectionUpdate {
            id: self.connection.id.to_string(),
            ..update
        };
        let root = self.world.root();
        self.directory.update_connection(root, ORGANIZATION, update).await
    }

    fn now(&self) -> i64 {
        self.world.clock.now().0 / 1_000_000
    }

    /// Claims that are in order, each time with another id.
    fn claims(&self) -> Value {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let jti = NUMBER.fetch_add(1, Ordering::SeqCst).to_string();
        let now = self.now();
        json!({
            "iss": ISSUER, "sub": SUBJECT, "aud": AUDIENCE, "jti": jti,
            "exp": now + 3600, "iat": now, "nbf": now,
        })
    }

    fn claims_with(&self, field: &str, value: Value) -> Value {
        let mut claims = self.claims();
        claims[field] = value;
        claims
    }

    async fn sign_in(&self, assertion: &str) -> Result<AccessToken> {
        let client = self.connection.client_id();
        self.directory
            .exchange_assertion(&client, assertion, Vec::new(), Intent::Commit)
            .await
    }

    async fn assert_refused(&self, assertion: &str) {
        let answer = self.sign_in(assertion).await;
        assert!(matches!(answer, Err(Error::Unauthenticated(_))), "{answer:?}");
    }
}

async fn an_assertion_of_the_pinned_issuer_signs_the_connection_in(world: World) {
    let it = Federated::new(world).await;
    let before = it.world.revision().await;
    for audience in [json!(AUDIENCE), json!(["x", AUDIENCE])] {
        let claims = it.claims_with("aud", audience);
        let made = it.sign_in(&it.key.sign(&claims)).await.unwrap();
        assert_eq!(
            made.claims.aud,
            std::slice::from_ref(&made.claims.iss),
            "{SELF_AUDIENCE}"
        );
        let caller = it.directory.authenticate(&made.token.0).await.unwrap();
        let expected = Caller::Scim {
            organization_id: it.connection.organization_id,
            token_id: it.connection.id,
            connection_id: it.connection.id,
            bearer: caller.bearer().unwrap().clone(),
        };
        assert_eq!(caller, expected);
    }
    assert_eq!(it.world.revision().await, before, "signing in is no change");
}

async fn an_assertion_of_somebody_else_is_refused(world: World) {
    let it = Federated::new(world).await;
    for (field, value) in [
        ("iss", json!("https://login.example/other/v2.0")),
        ("sub", json!("another-service-principal")),
        ("aud", json!("api://other")),
        ("aud", json!([])),
        ("aud", Value::Null),
        ("iss", Value::Null),
    ] {
        it.assert_refused(&it.key.sign(&it.claims_with(field, value)))
            .await;
    }
    let forger = Key::ed25519("key-1", 9);
    it.assert_refused(&forger.sign(&it.claims())).await;
}

async fn an_assertion_is_good_once(world: World) {
    let it = Federated::new(world).await;
    let mut claims = it.claims();
    let assertion = it.key.sign(&claims);
    it.sign_in(&assertion).await.unwrap();
    it.assert_refused(&assertion).await;
    claims["nonce"] = json!("another text with the same id");
    it.assert_refused(&it.key.sign(&claims)).await;
    claims.as_object_mut().unwrap().remove("jti");
    let unnamed = it.key.sign(&claims);
    it.sign_in(&unnamed).await.unwrap();
    it.assert_refused(&unnamed).await;
    let (one, two) = (it.key.sign(&it.claims()), it.directory.clone());
    let client = it.connection.client_id();
    let both = tokio::join!(
        it.sign_in(&one),
        two.exchange_assertion(&client, &one, Vec::new(), Intent::Commit)
    );
    assert!(both.0.is_ok() != both.1.is_ok(), "{both:?}");
}

async fn an_assertion_of_a_dry_run_is_good_still(world: World) {
    let it = Federated::new(world).await;
    let (assertion, client) = (it.key.sign(&it.claims()), it.connection.client_id());
    let preview = it
        .directory
        .exchange_assertion(&client, &assertion, Vec::new(), Intent::Validate);
    assert_eq!(preview.await.unwrap().token.0, "");
    it.sign_in(&assertion).await.unwrap();
}

async fn an_assertion_holds_in_its_time_alone(world: World) {
    let it = Federated::new(world).await;
    let now = it.now();
    for (field, at) in [
        ("exp", now - 60),
        ("exp", now + 86_400 + 61),
        ("nbf", now + 61),
        ("iat", now + 61),
        ("iat", now - 86_401),
    ] {
        it.assert_refused(&it.key.sign(&it.claims_with(field, json!(at))))
            .await;
    }
    it.assert_refused(&it.key.sign(&it.claims_with("exp", Value::Null)))
        .await;
    for (field, at) in [("exp", now - 59), ("nbf", now + 60)] {
        let assertion = it.key.sign(&it.claims_with(field, json!(at)));
        it.sign_in(&assertion).await.unwrap();
    }
}

async fn what_is_signed_in_another_way_is_refused(world: World) {
    let it = Federated::new(world).await;
    let public = it.key.public().to_string();
    let mut header = Header::new(Algorithm::HS256);
    header.kid = Some(it.key.kid.into());
    let secret = EncodingKey::from_secret(public.as_bytes());
    it.assert_refused(&encode(&header, &it.claims(), &secret).unwrap())
        .await;
    let unsigned = "eyJhbGciOiJub25lIiwia2lkIjoia2V5LTEifQ";
    let signed = it.key.sign(&it.claims());
    let body = signed.split('.').nth(1).unwrap();
    it.assert_refused(&format!("{unsigned}.{body}.")).await;
    let mut header = Header::new(Algorithm::EdDSA);
    it.assert_refused(&encode(&header, &it.claims(), &it.key.private).unwrap())
        .await;
    let forger = Key::ed25519("key-9", 9);
    header.kid = Some(it.key.kid.into());
    header.jwk = Some(serde_json::from_value(forger.public()).unwrap());
    header.jku = Some("https://evil.example/keys".into());
    it.assert_refused(&encode(&header, &it.claims(), &forger.private).unwrap())
        .await;
    // RFC 7515, section 4.1.11: an extension that must be understood, and is not.
    let mut header = Header::new(Algorithm::EdDSA);
    header.kid = Some(it.key.kid.into());
    header.crit = Some(vec!["b64".into()]);
    it.assert_refused(&encode(&header, &it.claims(), &it.key.private).unwrap())
        .await;
    it.assert_refused(&"a".repeat(20_000)).await;
}

async fn a_new_key_of_the_issuer_is_found_and_an_unknown_one_costs_little(world: World) {
    let it = Federated::new(world).await;
    let asked = || it.issuer.asked.load(Ordering::SeqCst);
    it.sign_in(&it.key.sign(&it.claims())).await.unwrap();
    it.sign_in(&it.key.sign(&it.claims())).await.unwrap();
    assert_eq!(asked(), 1, "kept");
    let new = Key::ed25519("key-2", 2);
    it.publish(&[&new]);
    it.assert_refused(&new.sign(&it.claims())).await;
    assert_eq!(asked(), 1, "not again within a minute");
    it.world.pass(Duration::from_mins(1));
    it.sign_in(&new.sign(&it.claims())).await.unwrap();
    it.assert_refused(&it.key.sign(&it.claims())).await;
    for kid in ["made-up-1", "made-up-2"] {
        it.assert_refused(&Key::ed25519(kid, 3).sign(&it.claims())).await;
    }
    assert_eq!(asked(), 2);
    it.world.pass(Duration::from_hours(1));
    it.publish(&[]);
    it.assert_refused(&new.sign(&it.claims())).await;
    assert_eq!(asked(), 3, "what is an hour old is fetched again");
}

async fn an_issuer_that_does_not_answer_is_an_outage(world: World) {
    let it = Federated::new(world).await;
    *it.issuer.answer.lock().unwrap() = None;
    let away = it.sign_in(&it.key.sign(&it.claims())).await;
    assert!(matches!(away, Err(Error::Unavailable(_))), "{away:?}");
    *it.issuer.answer.lock().unwrap() = Some(b"<html>".to_vec());
    it.world.pass(Duration::from_mins(1));
    let odd = it.sign_in(&it.key.sign(&it.claims())).await;
    assert!(matches!(odd, Err(Error::Unavailable(_))), "{odd:?}");
}

async fn an_unknown_client_is_refused(world: World) {
    let it = Federated::new(world).await;
    let other = it.world.found("other", "").await;
    for client in [
        String::new(),
        it.connection.id.to_string(),
        format!("{}.{}", other.id, it.connection.id),
        format!("{}.{}", it.connection.organization_id, other.id),
    ] {
        let assertion = it.key.sign(&it.claims());
        let answer = it
            .directory
            .exchange_assertion(&client, &assertion, Vec::new(), Intent::Commit);
        let answer = answer.await;
        assert!(matches!(answer, Err(Error::Unauthenticated(_))), "{answer:?}");
    }
}

async fn what_ends_the_connection_ends_its_access_tokens(world: World) {
    let it = Federated::new(world).await;
    let made = it.sign_in(&it.key.sign(&it.claims())).await.unwrap();
    let holds = async || it.directory.authenticate(&made.token.0).await.is_ok();
    assert!(holds().await);
    let waiting = it.key.sign(&it.claims());
    for status in [ConnectionStatus::Disabled, ConnectionStatus::Enabled] {
        let update = ConnectionUpdate {
            status: Some(status),
            ..ConnectionUpdate::default()
        };
        it.change(update).await.unwrap();
        let is_enabled = status == ConnectionStatus::Enabled;
        assert_eq!(holds().await, is_enabled);
        // An assertion that was refused is not used up.
        assert_eq!(it.sign_in(&waiting).await.is_ok(), is_enabled);
    }
    let unpinned = ConnectionUpdate {
        federation: Some(FederationUpdate::Nobody),
        ..ConnectionUpdate::default()
    };
    it.change(unpinned).await.unwrap();
    assert!(!holds().await);
    it.assert_refused(&it.key.sign(&it.claims())).await;
}

async fn other_pins_end_what_was_issued_under_the_former_ones(world: World) {
    let it = Federated::new(world).await;
    let made = it.sign_in(&it.key.sign(&it.claims())).await.unwrap().token.0;
    let caller = it.directory.authenticate(&made).await.unwrap();
    let call = identity_core::caller::Call::new(caller, "request-1");
    let asked = identity_core::directory::Exchange {
        audience: vec![SELF_AUDIENCE.into()],
        ..Default::default()
    };
    let renewed = it.directory.exchange_token(&call, "", &asked).await.unwrap();
    let renewed = renewed.token.0;
    it.directory.authenticate(&renewed).await.unwrap();
    let waiting = it.key.sign(&it.claims());
    let renamed = ConnectionUpdate {
        name: Some("azure".into()),
        ..ConnectionUpdate::default()
    };
    it.change(renamed).await.unwrap();
    it.directory.authenticate(&made).await.unwrap();
    let federation = Federation {
        issuer: ISSUER.into(),
        subject: "another-principal".into(),
        audience: AUDIENCE.into(),
        jwks_uri: ADDRESS.into(),
    };
    let pinned = ConnectionUpdate {
        federation: Some(FederationUpdate::By(federation)),
        ..ConnectionUpdate::default()
    };
    it.change(pinned).await.unwrap();
    for token in [&made, &renewed] {
        assert!(it.directory.authenticate(token).await.is_err());
    }
    // A caller who was recognized a moment before gets nothing that holds.
    let late = it.directory.exchange_token(&call, "", &asked).await;
    assert!(matches!(late, Err(Error::Unauthenticated(_))), "{late:?}");
    it.assert_refused(&waiting).await;
}

async fn of_a_deleted_organization_nobody_signs_in(world: World) {
    let it = Federated::new(world).await;
    let made = it.sign_in(&it.key.sign(&it.claims())).await.unwrap();
    let deleted = it
        .directory
        .delete_organization(it.world.root(), ORGANIZATION, String::new());
    deleted.await.unwrap();
    assert!(it.directory.authenticate(&made.token.0).await.is_err());
    it.assert_refused(&it.key.sign(&it.claims())).await;
}

async fn an_address_that_is_not_fetched_from_is_not_stored(world: World) {
    let it = Federated::new(world).await;
    let before = it.world.revision().await;
    assert_invalid(it.pin("http://login.example/keys").await, "federation.jwks_uri");
    assert_invalid(it.pin("").await, "federation.jwks_uri");
    assert_eq!(it.world.revision().await, before);
}
