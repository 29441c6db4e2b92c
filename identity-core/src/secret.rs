//! Secrets of tokens: `rst_`, then in lower-case base32 the organization's id, 24 random bytes, and a CRC-32 of both.
//!
//! The id lets a lookup stay within one organization. The checksum tells a mistyped or cut-off secret from a revoked one without
//! asking the database, and lets scanners of source code know one when they see it. Only the digest is stored.

use std::fmt;

use data_encoding::BASE32_NOPAD;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::{id::Id, platform::Platform};

/// Prefix of every secret.
pub const PREFIX: &str = "rst_";
/// How much of a secret is kept to tell tokens apart. The first 30 characters are the same in all tokens of an organization; what
/// is shown beyond them leaves 170 random bits hidden.
pub const SHOWN_CHARACTERS: usize = 34;

const ID_BYTES: usize = 16;
const RANDOM_BYTES: usize = 24;
const CHECKED_BYTES: usize = ID_BYTES + RANDOM_BYTES;
const CHECKSUM_BYTES: usize = 4;

/// A secret in the clear: shown once, never stored.
#[derive(Clone, PartialEq, Eq)]
pub struct TokenSecret(String);

impl TokenSecret {
    /// A new secret for a token of this organization.
    pub fn generate(organization: Id, platform: &dyn Platform) -> Self {
        let mut random = [0; RANDOM_BYTES];
        platform.random(&mut random);
        let mut bytes = Vec::with_capacity(CHECKED_BYTES + CHECKSUM_BYTES);
        bytes.extend_from_slice(organization.0.as_bytes());
        bytes.extend_from_slice(&random);
        bytes.extend_from_slice(&crc32(&bytes).to_be_bytes());
        let mut text = PREFIX.to_owned();
        text.push_str(&BASE32_NOPAD.encode(&bytes).to_ascii_lowercase());
        Self(text)
    }

    /// The secret itself.
    pub fn reveal(self) -> String {
        self.0
    }

    /// Returns the digest that is stored.
    pub fn digest(&self) -> [u8; 32] {
        digest(&self.0)
    }

    /// Returns the part of the secret that is shown later.
    pub fn shown(&self) -> String {
        self.0.chars().take(SHOWN_CHARACTERS).collect()
    }
}

impl fmt::Debug for TokenSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenSecret(…)")
    }
}

/// SHA-256 of a secret. It has enough random bits to need neither salt nor a slow hash.
pub fn digest(secret: &str) -> [u8; 32] {
    Sha256::digest(secret).into()
}

/// The organization that a secret names; `None` for what no secret of ours looks like.
pub fn organization_of(secret: &str) -> Option<Id> {
    let text = secret.strip_prefix(PREFIX)?;
    // One secret has one spelling.
    if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return None;
    }
    let bytes = BASE32_NOPAD.decode(text.to_ascii_uppercase().as_bytes()).ok()?;
    let (checked, checksum) = bytes.split_at_checked(CHECKED_BYTES)?;
    if checksum != crc32(checked).to_be_bytes() {
        return None;
    }
    let id = checked.get(..ID_BYTES)?;
    Uuid::from_slice(id).ok().map(Id)
}

/// The CRC-32 of Ethernet and ZIP, bit by bit: 40 bytes need no table.
fn crc32(bytes: &[u8]) -> u32 {
    const POLYNOMIAL: u32 = 0xEDB8_8320;
    let mut crc = u32::MAX;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 {
                (crc >> 1) ^ POLYNOMIAL
            } else {
                crc >> 1
            };
        }
    }
    !crc
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::Timestamp;

    struct Fixed;

    impl Platform for Fixed {
        fn now(&self) -> Timestamp {
            Timestamp(0)
        }
        fn random(&self, bytes: &mut [u8]) {
            bytes.fill(0x5a);
        }
    }

    fn organization() -> Id {
        Id(Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0001))
    }

    #[test]
    fn a_secret_names_its_organization() {
        let secret = TokenSecret::generate(organization(), &Fixed).reveal();
        assert_eq!(organization_of(&secret), Some(organization()));
        assert_eq!(secret.len(), 75);
    }

    #[test]
    fn a_mistyped_secret_is_none() {
        let secret = TokenSecret::generate(organization(), &Fixed).reveal();
        for (at, old) in secret.char_indices() {
            let new = if old == 'a' { "b" } else { "a" };
            let mut wrong = secret.clone();
            wrong.replace_range(at..=at, new);
            assert_eq!(organization_of(&wrong), None, "{wrong}");
        }
    }

    #[test]
    fn what_is_no_secret_is_none() {
        let secret = TokenSecret::generate(organization(), &Fixed).reveal();
        let upper = secret.to_uppercase();
        let longer = format!("{secret}a");
        for text in [
            "",
            "rst_",
            "rst_aaaa",
            "Bearer",
            "rst_é",
            &secret[1..],
            &secret[..74],
            &upper,
            &longer,
        ] {
            assert_eq!(organization_of(text), None, "{text}");
        }
    }

    #[test]
    fn the_checksum_is_the_usual_one() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
    }

    #[test]
    fn a_secret_is_not_in_its_debug_form() {
        let secret = TokenSecret::generate(organization(), &Fixed);
        assert_eq!(format!("{secret:?}"), "TokenSecret(…)");
    }
}
