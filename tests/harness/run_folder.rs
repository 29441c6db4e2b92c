//! The folder of one test run: databases, the PostgreSQL cluster, and a link to the program.

use std::{
    fs,
    os::unix::fs::{PermissionsExt, symlink},
    path::{Path, PathBuf},
    sync::{
        OnceLock,
        atomic::{AtomicU32, Ordering},
    },
};

use super::reaper;

static FOLDER: OnceLock<PathBuf> = OnceLock::new();
static NAMES: AtomicU32 = AtomicU32::new(0);

/// The folder of this run. It is gone soon after the run has ended, however it ended.
pub(crate) fn path() -> &'static Path {
    FOLDER.get_or_init(|| {
        let folder = std::env::temp_dir().join(format!("roster-e2e-{}", std::process::id()));
        fs::create_dir(&folder).expect("make the folder of this run");
        // PostgreSQL does not run as root; its own user must get through.
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).expect("open the folder");
        symlink(env!("CARGO_BIN_EXE_roster"), folder.join("roster")).expect("link the program");
        reaper::remove_at_end(&folder);
        folder
    })
}

/// The program. Its path is below [`path`], so that a process list tells whose it is.
pub(crate) fn program() -> PathBuf {
    path().join("roster")
}

/// A name that nothing else in this run has: it serves as a file's, a database's, an organization's or a person's.
pub(crate) fn fresh_name(kind: &str) -> String {
    format!("{kind}{}", NAMES.fetch_add(1, Ordering::Relaxed))
}
