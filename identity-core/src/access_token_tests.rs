//! Attacks on access tokens, one after the other.

use data_encoding::BASE64URL_NOPAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Claims, KeySet, MAX_BYTES, SubjectKind, TYPE};
use crate::{
    error::Error,
    id::Id,
    platform::{SystemPlatform, Timestamp},
    signing::{SealingKeys, SigningAlgorithm, SigningKey, encoding_key, generate},
};

const NOW: Timestamp = Timestamp(1_800_000_000_000_000);
const NOW_SECONDS: i64 = 1_800_000_000;
const ISSUER: &str = "https://id.example";

fn sealing() -> SealingKeys {
    SealingKeys::new(&["secret".to_owned()])
}

fn key(algorithm: SigningAlgorithm) -> SigningKey {
    generate(algorithm, NOW, &SystemPlatform, &sealing()).unwrap()
}

fn set(keys: &[&SigningKey]) -> KeySet {
    KeySet::new(keys.iter().map(|key| (*key).clone()).collect(), &sealing(), NOW).unwrap()
}

fn claims() -> Claims {
    let id = Id(Uuid::from_u128(7));
    Claims {
        iss: ISSUER.into(),
        sub: id.to_string(),
        aud: vec!["billing".into()],
        exp: NOW_SECONDS + 300,
        nbf: NOW_SECONDS,
        iat: NOW_SECONDS,
        jti: id,
        client_id: id.to_string(),
        scope: "users:read".into(),
        organization: id,
        kind: SubjectKind::Service,
        credential: id,
        revision: 3,
        roles: Vec::new(),
        projects: Vec::new(),
        act: None,
        ancestors: Vec::new(),
        origin: None,
    }
}

/// A token with this header and these claims, signed by this key whatever the header says.
fn forged(header: &Header, claims: &Value, key: &EncodingKey) -> String {
    encode(header, claims, key).unwrap()
}

fn private(key: &SigningKey) -> EncodingKey {
    encoding_key(key.algorithm, &sealing().open(key.id, &key.sealed).unwrap())
}

fn header(key: &SigningKey) -> Header {
    let mut header = Header::new(key.algorithm.jose());
    header.typ = Some(TYPE.into());
    header.kid = Some(key.id.to_string());
    header
}

#[track_caller]
fn assert_refused(set: &KeySet, token: &str) {
    let answer = set.verify(token, ISSUER, NOW);
    assert!(matches!(answer, Err(Error::Unauthenticated(_))), "{answer:?}");
}

#[test]
fn a_token_of_ours_says_what_it_was_made_to_say() {
    for algorithm in SigningAlgorithm::ALL {
        let set = set(&[&key(algorithm)]);
        let token = set.sign(&claims(), NOW).unwrap();
        assert_eq!(set.verify(&token, ISSUER, NOW).unwrap(), claims());
    }
}

#[test]
fn an_unsigned_token_is_refused() {
    let key = key(SigningAlgorithm::EdDsa);
    let kid = key.id.to_string();
    for alg in ["none", "None", "NONE", ""] {
        let header = json!({ "alg": alg, "typ": TYPE, "kid": kid }).to_string();
        let claims = serde_json::to_string(&claims()).unwrap();
        let parts = [header, claims].map(|part| BASE64URL_NOPAD.encode(part.as_bytes()));
        assert_refused(&set(&[&key]), &format!("{}.{}.", parts[0], parts[1]));
    }
}

#[test]
fn a_token_whose_signature_was_taken_away_or_changed_is_refused() {
    let set = set(&[&key(SigningAlgorithm::EdDsa)]);
    let token = set.sign(&claims(), NOW).unwrap();
    let (head, signature) = token.rsplit_once('.').unwrap();
    let mut other = claims();
    other.scope = "users:write".into();
    let other = set.sign(&other, NOW).unwrap();
    let swapped = format!("{}.{signature}", other.rsplit_once('.').unwrap().0);
    for token in [head, &format!("{head}."), &swapped, &format!("{token}a"), ".."] {
        assert_refused(&set, token);
    }
}

/// The public half of a key is known to everybody; it must never serve as the secret of an HMAC.
#[test]
fn a_public_key_is_no_shared_secret() {
    for algorithm in SigningAlgorithm::ALL {
        let key = key(algorithm);
        let mut header = header(&key);
        header.alg = Algorithm::HS256;
        let claims = serde_json::to_value(claims()).unwrap();
        let jwk: Value = serde_json::from_str(&key.public_jwk).unwrap();
        let texts = ["x", "n"].into_iter().filter_map(|part| jwk[part].as_str());
        let secrets = texts.flat_map(|text| {
            let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).unwrap();
            [
                bytes,
                text.as_bytes().to_vec(),
                key.public_jwk.as_bytes().to_vec(),
            ]
        });
        for secret in secrets {
            let token = forged(&header, &claims, &EncodingKey::from_secret(&secret));
            assert_refused(&set(&[&key]), &token);
        }
    }
}

#[test]
fn the_algorithm_is_that_of_the_key_and_not_that_of_the_header() {
    let (eddsa, es256) = (key(SigningAlgorithm::EdDsa), key(SigningAlgorithm::Es256));
    let mut swapped = header(&eddsa);
    swapped.alg = Algorithm::ES256;
    let claims = serde_json::to_value(claims()).unwrap();
    let token = forged(&swapped, &claims, &private(&es256));
    assert_refused(&set(&[&eddsa, &es256]), &token);
}

#[test]
fn only_the_key_that_the_token_names_is_tried_and_it_must_be_one_of_ours() {
    let (ours, other) = (key(SigningAlgorithm::EdDsa), key(SigningAlgorithm::EdDsa));
    let claims = serde_json::to_value(claims()).unwrap();
    let mut headers = vec![header(&ours), header(&other), header(&ours), header(&ours)];
    headers[2].kid = None;
    headers[3].kid = Some("../../etc/passwd".into());
    for header in &headers {
        assert_refused(&set(&[&ours]), &forged(header, &claims, &private(&other)));
    }
    for header in &headers[1..] {
        assert_refused(&set(&[&ours]), &forged(header, &claims, &private(&ours)));
    }
}

/// Checks that keys and addresses of keys in a header are ignored.
#[test]
fn a_key_in_the_header_is_not_believed() {
    let (ours, other) = (key(SigningAlgorithm::EdDsa), key(SigningAlgorithm::EdDsa));
    let mut header = header(&ours);
    header.jwk = Some(serde_json::from_str(&other.public_jwk).unwrap());
    header.jku = Some("https://evil.example/jwks.json".into());
    let claims = serde_json::to_value(claims()).unwrap();
    assert_refused(&set(&[&ours]), &forged(&header, &claims, &private(&other)));
}

#[test]
fn a_jwt_that_was_made_for_something_else_is_no_access_token() {
    let key = key(SigningAlgorithm::EdDsa);
    let claims = serde_json::to_value(claims()).unwrap();
    for typ in [None, Some("JWT"), Some("dpop+jwt")] {
        let mut header = header(&key);
        header.typ = typ.map(ToOwned::to_owned);
        assert_refused(&set(&[&key]), &forged(&header, &claims, &private(&key)));
    }
    let mut critical = header(&key);
    critical.crit = Some(vec!["b64".into()]);
    assert_refused(&set(&[&key]), &forged(&critical, &claims, &private(&key)));
}

#[test]
fn a_token_holds_in_its_time_and_for_its_issuer_alone() {
    let key = key(SigningAlgorithm::EdDsa);
    let with = |field: &str, value: Value| {
        let mut claims = serde_json::to_value(claims()).unwrap();
        claims[field] = value;
        forged(&header(&key), &claims, &private(&key))
    };
    let set = set(&[&key]);
    for token in [
        with("exp", json!(NOW_SECONDS)),
        with("exp", json!(NOW_SECONDS - 1)),
        with("exp", Value::Null),
        with("exp", json!("never")),
        with("nbf", json!(NOW_SECONDS + 60)),
        with("iss", json!("https://evil.example")),
        with("iss", json!([ISSUER])),
        with("aud", Value::Null),
        with("org", json!("acme")),
    ] {
        assert_refused(&set, &token);
    }
    assert!(
        set.verify(&with("nbf", json!(NOW_SECONDS + 5)), ISSUER, NOW)
            .is_ok()
    );
}

#[test]
fn an_oversized_token_is_refused_unread() {
    let key = key(SigningAlgorithm::EdDsa);
    let mut claims = claims();
    claims.scope = "x".repeat(MAX_BYTES);
    let set = set(&[&key]);
    let token = set.sign(&claims, NOW).unwrap();
    assert_refused(&set, &token);
    assert_refused(&set, &"a".repeat(1 << 20));
}

#[test]
fn a_key_that_ended_verifies_nothing_and_is_not_published() {
    let mut old = key(SigningAlgorithm::EdDsa);
    let token = set(&[&old]).sign(&claims(), NOW).unwrap();
    let new = key(SigningAlgorithm::EdDsa);
    old.ends_at = Some(Timestamp(NOW.0 + 1));
    assert!(set(&[&old, &new]).verify(&token, ISSUER, NOW).is_ok());
    old.ends_at = Some(NOW);
    let after = set(&[&old, &new]);
    assert_refused(&after, &token);
    assert_eq!(after.jwks()["keys"].as_array().unwrap().len(), 1);
}

#[test]
fn the_newest_key_signs_once_its_time_has_come() {
    let (old, mut new) = (key(SigningAlgorithm::EdDsa), key(SigningAlgorithm::EdDsa));
    let kid = |set: &KeySet, now| super::kid(&set.sign(&claims(), now).unwrap()).unwrap();
    new.signs_from = Timestamp(NOW.0 + 1);
    let both = set(&[&new, &old]);
    assert_eq!(kid(&both, NOW), old.id.to_string());
    assert_eq!(kid(&both, Timestamp(NOW.0 + 1)), new.id.to_string());
}

#[test]
fn a_key_that_cannot_be_opened_still_verifies() {
    let key = key(SigningAlgorithm::EdDsa);
    let token = set(&[&key]).sign(&claims(), NOW).unwrap();
    let other = SealingKeys::new(&["another".to_owned()]);
    let closed = KeySet::new(vec![key], &other, NOW).unwrap();
    assert!(closed.verify(&token, ISSUER, NOW).is_ok());
    assert!(!closed.signs(NOW));
}
