//! Signing keys.

use identity_core::{
    directory::Replacement,
    error::Result,
    signing::{SigningAlgorithm, SigningKey},
};
use identity_proto::v1;

use super::{named, time};

pub(crate) fn to_message(key: SigningKey) -> v1::SigningKey {
    v1::SigningKey {
        id: key.id.to_string(),
        algorithm: key.algorithm.name().to_owned(),
        public_jwk: key.public_jwk,
        create_time: Some(time::to_message(key.created_at)),
        sign_time: Some(time::to_message(key.signs_from)),
        expire_time: key.ends_at.map(time::to_message),
    }
}

/// Empty: as before.
pub(crate) fn algorithm(name: &str) -> Result<Option<SigningAlgorithm>> {
    if name.is_empty() {
        return Ok(None);
    }
    let names = SigningAlgorithm::ALL.map(SigningAlgorithm::name);
    named(name, SigningAlgorithm::parse, "algorithm", &names).map(Some)
}

pub(crate) fn replacement(is_compromised: bool) -> Replacement {
    if is_compromised {
        Replacement::Compromised
    } else {
        Replacement::Planned
    }
}
