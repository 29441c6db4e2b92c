//! A file that appears whole or not at all.

use std::{
    fs::{self, File, TryLockError},
    io,
    path::{Path, PathBuf},
};

use super::error::BackupError;

/// A file that is being written beside its place, for its owner alone. Dropped before it is complete, it is removed; one that a killed
/// program left is replaced.
pub(super) struct PartialFile {
    file: File,
    path: PathBuf,
    place: PathBuf,
    complete: bool,
}

impl PartialFile {
    /// Begins a file for a place that is free.
    pub(super) fn create(place: &Path) -> Result<Self, BackupError> {
        if place.symlink_metadata().is_ok() {
            return Err(BackupError::Exists(place.to_owned()));
        }
        let mut path = place.as_os_str().to_owned();
        path.push(".partial");
        let path = PathBuf::from(path);
        if let Ok(left) = File::open(&path) {
            lock(&left, &path)?;
            fs::remove_file(&path).map_err(BackupError::file(&path))?;
        }
        let file = create_private(&path).map_err(BackupError::file(&path))?;
        lock(&file, &path)?;
        Ok(Self {
            file,
            path,
            place: place.to_owned(),
            complete: false,
        })
    }

    /// Puts the file into its place, after it is on the disk.
    pub(super) fn complete(mut self) -> Result<(), BackupError> {
        self.file.sync_all().map_err(BackupError::file(&self.path))?;
        fs::rename(&self.path, &self.place).map_err(BackupError::file(&self.place))?;
        self.complete = true;
        let folder = self.place.parent().filter(|it| !it.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new("."));
        let synced = File::open(folder).and_then(|folder| folder.sync_all());
        synced.map_err(BackupError::file(folder))
    }
}

impl io::Write for PartialFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for PartialFile {
    fn drop(&mut self) {
        if !self.complete {
            // The next attempt removes it if it stays.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Tells that the file is being written.
fn lock(file: &File, path: &Path) -> Result<(), BackupError> {
    file.try_lock().map_err(|refused| match refused {
        TryLockError::WouldBlock => BackupError::InUse(path.to_owned()),
        TryLockError::Error(source) => BackupError::file(path)(source),
    })
}

fn create_private(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
