//! The lock that keeps a second process away.

use std::{
    fs::{File, TryLockError},
    io,
    path::{Path, PathBuf},
};

use crate::store::OpenError;

/// Held while the database is open. The system lets go of it when the process ends, however it ends.
pub(super) struct Lock {
    _file: File,
}

/// Takes the lock of a database: that of the file beside it whose name ends in `.lock`. The database file itself is no use, as
/// SQLite locks parts of it and lets go of all of them when one of its files is closed.
pub(super) fn take(database: &Path) -> Result<Lock, OpenError> {
    let path = lock_path(database);
    let failed = |source| OpenError::File {
        path: path.clone(),
        source,
    };
    let file = open_private(&path).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(Lock { _file: file }),
        Err(TryLockError::WouldBlock) => Err(OpenError::InUse(database.to_owned())),
        Err(TryLockError::Error(source)) => Err(failed(source)),
    }
}

/// Opens a file of the database, and makes it its owner's alone: it holds personal data, whatever the folder and the umask permit. Files
/// of before 1.0 may be readable for others still.
pub(super) fn open_private(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.create(true).write(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path)?;
    #[cfg(unix)]
    make_private(&file, path)?;
    Ok(file)
}

#[cfg(unix)]
fn make_private(file: &File, path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let mut permissions = file.metadata()?.permissions();
    if permissions.mode() & 0o077 != 0 {
        permissions.set_mode(0o600);
        if let Err(cause) = file.set_permissions(permissions) {
            tracing::warn!(path = %path.display(), %cause, "others may read this file of the database");
        }
    }
    Ok(())
}

fn lock_path(database: &Path) -> PathBuf {
    let mut path = database.as_os_str().to_owned();
    path.push(".lock");
    path.into()
}

#[cfg(all(test, unix))]
mod tests {
    use std::{fs, os::unix::fs::PermissionsExt as _};

    use super::open_private;

    #[test]
    fn a_file_of_an_older_version_becomes_its_owners_alone() {
        let folder = std::env::temp_dir().join(format!("roster-lock-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join("r.db");
        fs::write(&path, "").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        open_private(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        fs::remove_dir_all(folder).unwrap();
    }
}
