//! The root token and the secret key: given by the operator, or made once and kept beside the SQLite database.

use std::{
    fmt, fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

use data_encoding::HEXLOWER;
use identity_core::platform::Platform;
use sha2::{Digest, Sha256};

use super::sources::SettingError;

/// While one is replaced by another, both are accepted.
const MAX_ALTERNATIVES: usize = 2;
/// Random bytes in a secret that is made here.
const SECRET_BYTES: usize = 32;
/// Separates the key that is derived from a root token from every other use of that token.
const DERIVATION: &[u8] = b"roster: secret key derived from a root token\0";

/// One or two accepted secrets, the newest first. `Debug` hides them.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Secrets(Vec<String>);

impl Secrets {
    /// The secrets, the newest first; at least one.
    pub(crate) fn texts(&self) -> &[String] {
        &self.0
    }

    /// The newest one.
    pub(crate) fn newest(&self) -> &str {
        self.0.first().map_or("", String::as_str)
    }

    /// The length of the shortest one.
    pub(super) fn shortest(&self) -> usize {
        self.0.iter().map(String::len).min().unwrap_or(0)
    }

    /// Keys for another purpose that only a holder of these secrets can compute.
    pub(super) fn derive(&self) -> Self {
        let derived = |secret: &String| {
            hex(&Sha256::new()
                .chain_update(DERIVATION)
                .chain_update(secret)
                .finalize())
        };
        Self(self.0.iter().map(derived).collect())
    }

    /// Reads one secret, or two separated by a comma. A secret travels in a header, so it is printable ASCII.
    pub(super) fn parse(name: &str, text: &str) -> Result<Self, SettingError> {
        let secrets: Vec<_> = text.split(',').map(|secret| secret.trim().to_owned()).collect();
        if secrets.len() > MAX_ALTERNATIVES {
            return Err(SettingError::new(name, "holds more than two secrets"));
        }
        let printable =
            |secret: &String| !secret.is_empty() && secret.bytes().all(|byte| byte.is_ascii_graphic());
        if !secrets.iter().all(printable) {
            return Err(SettingError::new(
                name,
                "must be printable ASCII without spaces, and not empty",
            ));
        }
        Ok(Self(secrets))
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Secrets({} hidden)", self.0.len())
    }
}

/// The secret in the file named like the setting; made if there is no such file.
pub(super) fn keep(name: &str, folder: &Path, platform: &dyn Platform) -> Result<Secrets, SettingError> {
    let path = folder.join(name);
    let wrong = |rule: String| SettingError::new(name, format!("{}: {rule}", path.display()));
    match make(&path, platform) {
        Err(cause) if cause.kind() != io::ErrorKind::AlreadyExists => return Err(wrong(cause.to_string())),
        _ => {}
    }
    refuse_open_file(&path).map_err(wrong)?;
    let text = fs::read_to_string(&path).map_err(|cause| wrong(cause.to_string()))?;
    Secrets::parse(name, text.trim())
}

fn make(path: &PathBuf, platform: &dyn Platform) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    let mut bytes = [0; SECRET_BYTES];
    platform.random(&mut bytes);
    writeln!(file, "{}", hex(&bytes))?;
    file.sync_all()
}

#[cfg(unix)]
fn refuse_open_file(path: &Path) -> Result<(), String> {
    let mode = fs::metadata(path).map(|data| std::os::unix::fs::PermissionsExt::mode(&data.permissions()));
    match mode {
        Ok(mode) if mode & 0o077 != 0 => Err("others may read this file; chmod 600 it".into()),
        Ok(_) => Ok(()),
        Err(cause) => Err(cause.to_string()),
    }
}

#[cfg(not(unix))]
fn refuse_open_file(_: &Path) -> Result<(), String> {
    Ok(())
}

fn hex(bytes: &[u8]) -> String {
    HEXLOWER.encode(bytes)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use identity_core::platform::SystemPlatform as System;

    use super::*;
    use crate::test_folder::TestFolder;

    #[test]
    fn one_or_two_secrets_are_accepted() {
        assert_eq!(
            Secrets::parse("root-token", "new, old").unwrap().texts(),
            ["new", "old"]
        );
        assert_eq!(Secrets::parse("root-token", "one").unwrap().newest(), "one");
        for text in ["a,b,c", "a,", "with space", "ümlaut", "a\tb"] {
            let refused = Secrets::parse("root-token", text).unwrap_err().to_string();
            assert!(
                refused.starts_with("ROSTER_ROOT_TOKEN: ") && !refused.contains(text),
                "{text}"
            );
        }
    }

    #[test]
    fn secrets_are_never_printed() {
        let secrets = Secrets::parse("root-token", "hunter2").unwrap();
        assert_eq!(format!("{secrets:?}"), "Secrets(1 hidden)");
    }

    #[test]
    fn a_secret_is_made_once_and_for_its_owner_alone() {
        let folder = TestFolder::new();
        let made = keep("root-token", folder.path(), &System).unwrap();
        assert_eq!(keep("root-token", folder.path(), &System).unwrap(), made);
        assert_eq!(made.newest().len(), 2 * SECRET_BYTES);
        let file = fs::metadata(folder.path().join("root-token")).unwrap();
        assert_eq!(file.permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_file_that_others_may_read_is_refused() {
        let folder = TestFolder::new();
        keep("secret-key", folder.path(), &System).unwrap();
        let path = folder.path().join("secret-key");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        let refused = keep("secret-key", folder.path(), &System)
            .unwrap_err()
            .to_string();
        assert!(
            refused.starts_with("ROSTER_SECRET_KEY: ") && refused.contains("chmod 600"),
            "{refused}"
        );
    }

    #[test]
    fn derived_keys_differ_from_their_secrets_and_from_each_other() {
        let derived = Secrets::parse("root-token", "a,b").unwrap().derive();
        let [first, second] = derived.texts() else {
            panic!("two are derived")
        };
        assert!(first != second && first != "a" && second != "b");
    }
}
