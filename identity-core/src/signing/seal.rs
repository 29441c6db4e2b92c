//! Private keys at rest: AES-256-GCM under a key that follows from `ROSTER_SECRET_KEY`.

use std::fmt;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use sha2::{Digest, Sha256};

use crate::{
    error::{Error, Result},
    id::Id,
    platform::Platform,
};

/// Separates these keys from every other use of the secret key.
const DERIVATION: &[u8] = b"roster: sealing of signing keys\0";

/// The keys: the first seals, each of them opens.
#[derive(Clone)]
pub struct SealingKeys(Vec<[u8; 32]>);

impl SealingKeys {
    /// At least one secret key; the second one of two is the former.
    pub fn new(secret_keys: &[String]) -> Self {
        let derived = |secret: &String| {
            let digest = Sha256::new().chain_update(DERIVATION).chain_update(secret);
            digest.finalize().into()
        };
        Self(secret_keys.iter().map(derived).collect())
    }

    /// Seals bytes that belong to this id: a nonce, then what is sealed.
    pub(crate) fn seal(&self, id: Id, plain: &[u8], platform: &dyn Platform) -> Result<Vec<u8>> {
        let key = self
            .0
            .first()
            .ok_or_else(|| Error::Internal("there is no secret key".into()))?;
        let mut nonce = [0; NONCE_LEN];
        platform.random(&mut nonce);
        let mut sealed = plain.to_vec();
        cipher(key)?
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(id.0.as_bytes()),
                &mut sealed,
            )
            .map_err(|error| Error::Internal(error.into()))?;
        Ok([&nonce[..], &sealed].concat())
    }

    /// Decrypts what was sealed for this id, if one of the keys sealed it.
    pub(crate) fn open(&self, id: Id, sealed: &[u8]) -> Option<Vec<u8>> {
        let (nonce, sealed) = sealed.split_at_checked(NONCE_LEN)?;
        self.0.iter().find_map(|key| {
            let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
            let mut bytes = sealed.to_vec();
            let aad = Aad::from(id.0.as_bytes());
            let plain = cipher(key).ok()?.open_in_place(nonce, aad, &mut bytes).ok()?;
            Some(plain.to_vec())
        })
    }
}

impl fmt::Debug for SealingKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealingKeys(…)")
    }
}

fn cipher(key: &[u8; 32]) -> Result<LessSafeKey> {
    let key = UnboundKey::new(&AES_256_GCM, key).map_err(|error| Error::Internal(error.into()))?;
    Ok(LessSafeKey::new(key))
}

#[cfg(test)]
mod tests {
    use super::SealingKeys;
    use crate::{id::Id, platform::SystemPlatform};

    const ONE: Id = Id(uuid::Uuid::from_u128(1));
    const TWO: Id = Id(uuid::Uuid::from_u128(2));

    fn keys(keys: &[&str]) -> SealingKeys {
        SealingKeys::new(&keys.iter().map(ToString::to_string).collect::<Vec<_>>())
    }

    #[test]
    fn a_former_secret_key_still_opens_and_no_longer_seals() {
        let sealed = keys(&["old"]).seal(ONE, b"private", &SystemPlatform).unwrap();
        let both = keys(&["new", "old"]);
        assert_eq!(both.open(ONE, &sealed).unwrap(), b"private");
        let sealed = both.seal(ONE, b"private", &SystemPlatform).unwrap();
        assert_eq!(keys(&["old"]).open(ONE, &sealed), None);
    }

    #[test]
    fn what_was_sealed_for_another_or_changed_does_not_open() {
        let keys = keys(&["one"]);
        let mut sealed = keys.seal(ONE, b"private", &SystemPlatform).unwrap();
        assert!(!sealed.windows(7).any(|window| window == b"private"));
        assert_eq!(keys.open(TWO, &sealed), None);
        assert_eq!(keys.open(ONE, &sealed[..5]), None);
        *sealed.last_mut().unwrap() ^= 1;
        assert_eq!(keys.open(ONE, &sealed), None);
    }
}
