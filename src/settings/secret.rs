//! The root token and the secret key: given by the operator, or made once and kept beside the SQLite database.

use std::{
    fmt, fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

use data_encoding::HEXLOWER;
use identity_core::platform::Platform;

use super::sources::SettingError;

/// While one is replaced by another, both are accepted.
const MAX_ALTERNATIVES: usize = 2;
/// Random bytes in a secret that is made here.
const SECRET_BYTES: usize = 32;
/// Characters that a secret must have: fewer can be guessed, on loopback too, where any program or proxy of the machine can try.
const MIN_CHARACTERS: usize = 24;

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
        if secrets.iter().any(|secret| secret.len() < MIN_CHARACTERS) {
            let rule =
                format!("needs at least {MIN_CHARACTERS} characters, such as from: openssl rand -hex 32");
            return Err(SettingError::new(name, rule));
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

fn refuse_open_file(path: &Path) -> Result<(), String> {
    match is_open(path, GROUP | OTHERS) {
        Ok(true) => Err("others may read this file; chmod 600 it".into()),
        Ok(false) => Ok(()),
        Err(cause) => Err(cause.to_string()),
    }
}

/// The permission bits of a file's group.
pub(crate) const GROUP: u32 = 0o070;
/// The permission bits of everybody else.
pub(crate) const OTHERS: u32 = 0o007;

/// Answers whether a file has one of these permission bits.
#[cfg(unix)]
pub(crate) fn is_open(path: &Path, bits: u32) -> io::Result<bool> {
    let permissions = fs::metadata(path)?.permissions();
    Ok(std::os::unix::fs::PermissionsExt::mode(&permissions) & bits != 0)
}

#[cfg(not(unix))]
pub(crate) fn is_open(_: &Path, _: u32) -> io::Result<bool> {
    Ok(false)
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

    const NEW: &str = "a-new-secret-of-some-length";
    const OLD: &str = "an-old-secret-of-some-length";

    #[test]
    fn one_or_two_secrets_are_accepted() {
        let two = format!("{NEW}, {OLD}");
        assert_eq!(Secrets::parse("root-token", &two).unwrap().texts(), [NEW, OLD]);
        assert_eq!(Secrets::parse("root-token", NEW).unwrap().newest(), NEW);
    }

    #[test]
    fn secrets_that_are_short_or_unprintable_are_refused_without_being_shown() {
        let long = "x".repeat(MIN_CHARACTERS);
        for text in [
            format!("{long},{long},{long}"),
            format!("{long},"),
            format!("{long} with space"),
            format!("{long}ümlaut"),
            format!("{long}a\tb"),
            format!("{long},{}", &long[1..]),
            long[1..].to_owned(),
        ] {
            let refused = Secrets::parse("root-token", &text).unwrap_err().to_string();
            assert!(
                refused.starts_with("ROSTER_ROOT_TOKEN: ") && !refused.contains(&text),
                "{text}"
            );
        }
        assert!(Secrets::parse("root-token", &long).is_ok());
    }

    #[test]
    fn secrets_are_never_printed() {
        let secrets = Secrets::parse("root-token", NEW).unwrap();
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
}
