//! Making a key.

use aws_lc_rs::{
    encoding::{AsDer, Pkcs8V1Der},
    rsa,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair},
};
use jsonwebtoken::{
    EncodingKey,
    jwk::{Jwk, PublicKeyUse},
};

use super::{SealingKeys, SigningAlgorithm, SigningKey};
use crate::{
    error::{Error, Result},
    id::Id,
    platform::{Platform, Timestamp},
};

const SEED_BYTES: usize = 32;
/// Where the bytes of an RSA key begin in the PKCS#8 form of one of 2,048 bits (RFC 5208): after two lengths, the version and the
/// name of the algorithm.
const RSA_IN_PKCS8: usize = 26;

/// A new key that signs from a time on.
pub(crate) fn generate(
    algorithm: SigningAlgorithm,
    signs_from: Timestamp,
    platform: &dyn Platform,
    sealing: &SealingKeys,
) -> Result<SigningKey> {
    let id = Id::generate(platform);
    let private = private_key(algorithm, platform)?;
    Ok(SigningKey {
        id,
        algorithm,
        public_jwk: public_jwk(id, algorithm, &private)?,
        sealed: sealing.seal(id, &private, platform)?,
        created_at: platform.now(),
        signs_from,
        ends_at: None,
    })
}

/// The key as a signer of JWTs reads it.
pub(crate) fn encoding_key(algorithm: SigningAlgorithm, private: &[u8]) -> EncodingKey {
    match algorithm {
        SigningAlgorithm::EdDsa => EncodingKey::from_ed_der(private),
        SigningAlgorithm::Es256 => EncodingKey::from_ec_der(private),
        SigningAlgorithm::Rs256 => EncodingKey::from_rsa_der(private),
    }
}

/// Where the library lets us, from the platform's randomness; it makes EC and RSA keys from its own alone.
fn private_key(algorithm: SigningAlgorithm, platform: &dyn Platform) -> Result<Vec<u8>> {
    match algorithm {
        SigningAlgorithm::EdDsa => {
            let mut seed = [0; SEED_BYTES];
            platform.random(&mut seed);
            let pair = Ed25519KeyPair::from_seed_unchecked(&seed).map_err(failed)?;
            Ok(pair.to_pkcs8v1().map_err(failed)?.as_ref().to_vec())
        }
        SigningAlgorithm::Es256 => {
            let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).map_err(failed)?;
            Ok(pair.to_pkcs8v1().map_err(failed)?.as_ref().to_vec())
        }
        SigningAlgorithm::Rs256 => {
            let pair = rsa::KeyPair::generate(rsa::KeySize::Rsa2048).map_err(failed)?;
            let pkcs8 = AsDer::<Pkcs8V1Der<'_>>::as_der(&pair).map_err(failed)?;
            let inner = pkcs8.as_ref().get(RSA_IN_PKCS8..);
            inner
                .map(<[u8]>::to_vec)
                .ok_or_else(|| Error::Internal("an RSA key in another form than expected".into()))
        }
    }
}

fn public_jwk(id: Id, algorithm: SigningAlgorithm, private: &[u8]) -> Result<String> {
    let key = encoding_key(algorithm, private);
    let mut jwk = Jwk::from_encoding_key(&key, algorithm.jose()).map_err(failed)?;
    jwk.common.key_id = Some(id.to_string());
    jwk.common.public_key_use = Some(PublicKeyUse::Signature);
    serde_json::to_string(&jwk).map_err(failed)
}

fn failed(cause: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::Internal(cause.into())
}

#[cfg(test)]
mod tests {
    use jsonwebtoken::{DecodingKey, Header, Validation, decode, encode, jwk::Jwk};
    use serde_json::{Value, json};

    use super::{encoding_key, generate};
    use crate::{
        platform::SystemPlatform,
        signing::{SealingKeys, SigningAlgorithm},
    };

    #[test]
    fn what_a_key_of_any_algorithm_signs_its_jwk_verifies() {
        let sealing = SealingKeys::new(&["one".to_owned()]);
        for algorithm in SigningAlgorithm::ALL {
            let now = crate::platform::Timestamp(1);
            let key = generate(algorithm, now, &SystemPlatform, &sealing).unwrap();
            let private = sealing.open(key.id, &key.sealed).unwrap();
            let signer = encoding_key(algorithm, &private);
            let token = encode(&Header::new(algorithm.jose()), &json!({"sub": "ada"}), &signer).unwrap();
            let jwk: Jwk = serde_json::from_str(&key.public_jwk).unwrap();
            let mut validation = Validation::new(algorithm.jose());
            validation.validate_exp = false;
            validation.required_spec_claims.clear();
            let key = DecodingKey::from_jwk(&jwk).unwrap();
            let claims = decode::<Value>(&token, &key, &validation).unwrap().claims;
            assert_eq!(claims["sub"], "ada", "{algorithm:?}");
        }
    }

    #[test]
    fn a_jwk_holds_nothing_private() {
        let sealing = SealingKeys::new(&["one".to_owned()]);
        for algorithm in SigningAlgorithm::ALL {
            let now = crate::platform::Timestamp(1);
            let key = generate(algorithm, now, &SystemPlatform, &sealing).unwrap();
            let jwk: Value = serde_json::from_str(&key.public_jwk).unwrap();
            for private in ["d", "p", "q", "dp", "dq", "qi", "k"] {
                assert!(jwk.get(private).is_none(), "{algorithm:?} {private}");
            }
            assert_eq!(jwk["alg"], algorithm.name());
            assert_eq!(jwk["kid"], key.id.to_string());
        }
    }
}
