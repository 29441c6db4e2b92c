//! Keys that sign access tokens: made here, sealed where they are stored, published as JWKs.

mod generate;
mod seal;

pub(crate) use generate::{encoding_key, generate};
pub use seal::SealingKeys;

use jsonwebtoken::Algorithm;

use crate::{id::Id, platform::Timestamp};

/// With what a key signs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum SigningAlgorithm {
    /// `EdDSA` over Ed25519.
    #[default]
    EdDsa,
    /// ECDSA over P-256.
    Es256,
    /// RSA of 2,048 bits, for verifiers that know nothing newer.
    Rs256,
}

impl SigningAlgorithm {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::EdDsa, Self::Es256, Self::Rs256];

    /// The name in every API, which is that of JOSE.
    pub const fn name(self) -> &'static str {
        match self {
            Self::EdDsa => "EdDSA",
            Self::Es256 => "ES256",
            Self::Rs256 => "RS256",
        }
    }

    /// The algorithm of this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.name() == name)
    }

    pub(crate) const fn jose(self) -> Algorithm {
        match self {
            Self::EdDsa => Algorithm::EdDSA,
            Self::Es256 => Algorithm::ES256,
            Self::Rs256 => Algorithm::RS256,
        }
    }
}

/// A key of the deployment. Its private half is sealed with a secret key that is not in the database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SigningKey {
    /// Never changes; the `kid` of what it signs.
    pub id: Id,
    /// With what it signs.
    pub algorithm: SigningAlgorithm,
    /// The public half, a JWK in JSON.
    pub public_jwk: String,
    /// The private half, sealed.
    pub sealed: Vec<u8>,
    /// When it was made, and from when on it is published.
    pub created_at: Timestamp,
    /// From when on it signs.
    pub signs_from: Timestamp,
    /// From when on it is not published and nothing that it signed is accepted.
    pub ends_at: Option<Timestamp>,
}
