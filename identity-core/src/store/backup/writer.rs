//! Writing of the file.

use std::{
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
};

use sha2::{Digest, Sha256};
use zstd::bulk::Compressor;

use super::{
    error::BackupError,
    file::{BLOCK, FORMAT, MAGIC},
    partial_file::PartialFile,
};

/// Level of the compression: the default of zstd, which is faster than the databases.
const LEVEL: i32 = 3;

/// Writer of a backup.
pub(super) struct Writer {
    out: Hashing<BufWriter<PartialFile>>,
    path: PathBuf,
    compressor: Compressor<'static>,
    block: Vec<u8>,
    section: Sha256,
    rows: u64,
}

impl Writer {
    /// Begins a file.
    pub(super) fn create(path: &Path) -> Result<Self, BackupError> {
        let file = PartialFile::create(path)?;
        let mut writer = Self {
            out: Hashing::new(BufWriter::new(file)),
            path: path.to_owned(),
            compressor: Compressor::new(LEVEL).map_err(BackupError::file(path))?,
            block: Vec::with_capacity(BLOCK),
            section: Sha256::new(),
            rows: 0,
        };
        writer.write(MAGIC)?;
        writer.write(&FORMAT.to_be_bytes())?;
        Ok(writer)
    }

    /// Begins a section.
    pub(super) fn begin(&mut self, name: &str) -> Result<(), BackupError> {
        let length = u8::try_from(name.len()).map_err(BackupError::read)?;
        self.write(&[length])?;
        self.write(name.as_bytes())
    }

    /// Adds a row, or a line of the manifest.
    pub(super) fn row(&mut self, row: &[u8]) -> Result<(), BackupError> {
        self.block.extend(row);
        self.rows += 1;
        if self.block.len() >= BLOCK {
            self.end_block()?;
        }
        Ok(())
    }

    /// Ends a section.
    pub(super) fn end(&mut self) -> Result<(), BackupError> {
        self.end_block()?;
        self.write(&0_u32.to_be_bytes())?;
        let rows = std::mem::take(&mut self.rows);
        self.write(&rows.to_be_bytes())?;
        let hash = self.section.finalize_reset();
        self.write(&hash)
    }

    /// Ends the file, and puts it into its place.
    pub(super) fn finish(mut self) -> Result<(), BackupError> {
        self.write(&[0])?;
        let Hashing { mut inner, hash } = self.out;
        let failed = BackupError::file(&self.path);
        let written = inner.write_all(&hash.finalize());
        let file = written.and_then(|()| inner.into_inner().map_err(io::IntoInnerError::into_error));
        file.map_err(failed)?.complete()
    }

    fn end_block(&mut self) -> Result<(), BackupError> {
        if self.block.is_empty() {
            return Ok(());
        }
        self.section.update(&self.block);
        let compressed = self.compressor.compress(&self.block);
        let compressed = compressed.map_err(BackupError::file(&self.path))?;
        for length in [compressed.len(), self.block.len()] {
            let length = u32::try_from(length).map_err(BackupError::read)?;
            self.write(&length.to_be_bytes())?;
        }
        self.write(&compressed)?;
        self.block.clear();
        self.block.shrink_to(BLOCK);
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), BackupError> {
        self.out.write_all(bytes).map_err(BackupError::file(&self.path))
    }
}

/// Bytes on their way, and their SHA-256.
pub(super) struct Hashing<T> {
    pub(super) inner: T,
    pub(super) hash: Sha256,
}

impl<T> Hashing<T> {
    pub(super) fn new(inner: T) -> Self {
        Self {
            inner,
            hash: Sha256::new(),
        }
    }
}

impl<T: Write> Hashing<T> {
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.hash.update(bytes);
        self.inner.write_all(bytes)
    }
}

impl<T: io::Read> Hashing<T> {
    pub(super) fn read_exact(&mut self, bytes: &mut [u8]) -> io::Result<()> {
        self.inner.read_exact(bytes)?;
        self.hash.update(bytes);
        Ok(())
    }
}
