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

/// Opens a file of the database, for its owner alone if it is made: it holds personal data, whatever the folder and the umask permit.
pub(super) fn open_private(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.create(true).write(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn lock_path(database: &Path) -> PathBuf {
    let mut path = database.as_os_str().to_owned();
    path.push(".lock");
    path.into()
}
