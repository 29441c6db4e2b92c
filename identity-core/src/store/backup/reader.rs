//! Reading of the file. Nothing in it is believed before it was compared with what the file says of itself.

use std::{
    fs::File,
    io::{self, BufReader, Read, Seek},
    path::{Path, PathBuf},
};

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};
use zstd::bulk::Decompressor;

use super::{
    Counter, OnProgress,
    error::BackupError,
    file::{FORMAT, HASH, MAGIC, MANIFEST, MAX_BLOCK, MAX_NAME},
    manifest::{Manifest, ManifestLine, OrganizationManifest},
    row::take_row,
    table::Kind,
    writer::Hashing,
};

/// Reader of a backup, from its beginning to its end.
pub(in crate::store) struct Reader {
    input: Hashing<BufReader<File>>,
    path: PathBuf,
    decompressor: Decompressor<'static>,
    block: Vec<u8>,
    /// Place in the block.
    at: usize,
    section: Sha256,
    /// The checksum of the last section that was read to its end.
    section_hash: [u8; HASH],
    rows: u64,
}

impl Reader {
    fn open(path: &Path) -> Result<Self, BackupError> {
        let file = File::open(path).map_err(BackupError::file(path))?;
        let mut reader = Self {
            input: Hashing::new(BufReader::new(file)),
            path: path.to_owned(),
            decompressor: Decompressor::new().map_err(BackupError::file(path))?,
            block: Vec::new(),
            at: 0,
            section: Sha256::new(),
            section_hash: [0; HASH],
            rows: 0,
        };
        reader.head()?;
        Ok(reader)
    }

    /// Begins the same file again.
    pub(super) fn rewind(&mut self) -> Result<(), BackupError> {
        self.input.hash.reset();
        let rewound = self.input.inner.rewind();
        rewound.map_err(BackupError::file(&self.path))?;
        self.head()
    }

    fn head(&mut self) -> Result<(), BackupError> {
        let mut magic = [0; MAGIC.len()];
        let read = self.input.read_exact(&mut magic);
        if read.is_err() || magic != *MAGIC {
            return Err(BackupError::NotABackup(self.path.clone()));
        }
        match self.number()? {
            FORMAT => Ok(()),
            other => Err(BackupError::Format(other)),
        }
    }

    /// Reads the manifest, and answers its first line.
    pub(super) fn manifest(
        &mut self,
        each: &mut dyn FnMut(ManifestLine<'_>),
    ) -> Result<Manifest, BackupError> {
        self.begin(MANIFEST)?;
        let malformed = |cause| BackupError::damaged(format!("its manifest cannot be read: {cause}"));
        let first = self
            .line()?
            .ok_or_else(|| BackupError::damaged("its manifest is empty"))?;
        let manifest: Manifest = serde_json::from_slice(first).map_err(malformed)?;
        if manifest.tables.iter().any(|table| table.columns.is_empty()) {
            return Err(BackupError::damaged("a table has no columns"));
        }
        each(ManifestLine::Backup(&manifest));
        while let Some(line) = self.line()? {
            let organization: OrganizationManifest = serde_json::from_slice(line).map_err(malformed)?;
            each(ManifestLine::Organization(&organization));
        }
        Ok(manifest)
    }

    /// Begins the next section, which must have this name.
    pub(super) fn begin(&mut self, name: &str) -> Result<(), BackupError> {
        let mut length = [0];
        self.read_exact(&mut length)?;
        let mut found = vec![0; usize::from(length[0]).min(MAX_NAME)];
        self.read_exact(&mut found)?;
        if found != name.as_bytes() {
            return Err(BackupError::damaged(format!("its section {name} is missing")));
        }
        Ok(())
    }

    /// Reads the next row of the section; `None` after the last, when the section is what was written.
    pub(in crate::store) fn row(
        &mut self,
        forms: impl Iterator<Item = (Kind, bool)>,
    ) -> Result<Option<&[u8]>, BackupError> {
        if !self.more()? {
            return Ok(None);
        }
        let mut rest = &self.block[self.at..];
        let row = take_row(&mut rest, forms)?;
        self.at = self.block.len() - rest.len();
        self.rows += 1;
        Ok(Some(row))
    }

    fn line(&mut self) -> Result<Option<&[u8]>, BackupError> {
        if !self.more()? {
            return Ok(None);
        }
        let rest = &self.block[self.at..];
        let length = rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
        self.at += (length + 1).min(rest.len());
        self.rows += 1;
        Ok(Some(&rest[..length]))
    }

    /// Tells whether the section goes on; reads the next block if it must. At the end compares the section with its sums.
    fn more(&mut self) -> Result<bool, BackupError> {
        if self.at < self.block.len() {
            return Ok(true);
        }
        let compressed = self.block_length()?;
        if compressed == 0 {
            self.block.clear();
            self.at = 0;
            return self.end().map(|()| false);
        }
        let length = self.block_length()?;
        let mut bytes = vec![0; compressed];
        self.read_exact(&mut bytes)?;
        let block = self.decompressor.decompress(&bytes, length);
        self.block = block.map_err(|cause| BackupError::damaged(cause.to_string()))?;
        self.at = 0;
        if self.block.len() != length || length == 0 {
            return Err(BackupError::damaged("a block has another length than it should"));
        }
        self.section.update(&self.block);
        Ok(true)
    }

    fn end(&mut self) -> Result<(), BackupError> {
        let mut rows = [0; 8];
        self.read_exact(&mut rows)?;
        let mut hash = [0; HASH];
        self.read_exact(&mut hash)?;
        self.section_hash = self.section.finalize_reset().into();
        if self.section_hash != hash || std::mem::take(&mut self.rows) != u64::from_be_bytes(rows) {
            return Err(BackupError::damaged("a section is not what was written"));
        }
        Ok(())
    }

    /// Reads the end of the file, and answers the checksum that the file was compared with.
    pub(super) fn finish(&mut self) -> Result<String, BackupError> {
        let mut no_name = [0];
        self.read_exact(&mut no_name)?;
        let whole: [u8; HASH] = self.input.hash.finalize_reset().into();
        let mut hash = [0; HASH];
        let read = self.input.inner.read_exact(&mut hash);
        read.map_err(|cause| self.failed(cause))?;
        let after = self.input.inner.read(&mut [0]);
        let after = after.map_err(|cause| self.failed(cause))?;
        if no_name != [0] || hash != whole || after != 0 {
            return Err(BackupError::damaged("the file is not what was written"));
        }
        Ok(HEXLOWER.encode(&hash))
    }

    fn block_length(&mut self) -> Result<usize, BackupError> {
        match usize::try_from(self.number()?) {
            Ok(length) if length <= MAX_BLOCK => Ok(length),
            _ => Err(BackupError::damaged("a block is too long")),
        }
    }

    fn number(&mut self) -> Result<u32, BackupError> {
        let mut number = [0; 4];
        self.read_exact(&mut number)?;
        Ok(u32::from_be_bytes(number))
    }

    fn read_exact(&mut self, bytes: &mut [u8]) -> Result<(), BackupError> {
        let read = self.input.read_exact(bytes);
        read.map_err(|cause| self.failed(cause))
    }

    fn failed(&self, cause: io::Error) -> BackupError {
        match cause.kind() {
            io::ErrorKind::UnexpectedEof => BackupError::damaged("it ends too early"),
            _ => BackupError::file(&self.path)(cause),
        }
    }
}

/// Reads the manifest of a backup, and nothing after it.
pub fn show(path: &Path, each: &mut dyn FnMut(ManifestLine<'_>)) -> Result<Manifest, BackupError> {
    Reader::open(path)?.manifest(each)
}

/// A backup that was verified.
#[derive(Clone, Debug)]
pub struct Verification {
    /// The manifest.
    pub manifest: Manifest,
    /// The sections.
    pub sections: Vec<Section>,
    /// SHA-256 of the file but for its end, in hexadecimal.
    pub sha256: String,
}

/// A section that was verified. Two databases with the same rows have equal sections, whatever they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// Name of the table.
    pub table: String,
    /// Number of its rows.
    pub rows: u64,
    /// SHA-256 of the rows, in hexadecimal.
    pub sha256: String,
}

/// Verifies every byte of a backup.
pub fn verify(path: &Path, on_progress: &mut OnProgress<'_>) -> Result<Verification, BackupError> {
    verified(path, on_progress).map(|(_, verification)| verification)
}

/// Verifies every byte of a backup, and answers the reader too.
pub(super) fn verified(
    path: &Path,
    on_progress: &mut OnProgress<'_>,
) -> Result<(Reader, Verification), BackupError> {
    let mut reader = Reader::open(path)?;
    let mut lines = 0;
    let manifest = reader.manifest(&mut |_| lines += 1)?;
    if lines != manifest.organizations.saturating_add(1) {
        return Err(BackupError::damaged("its manifest lacks organizations"));
    }
    let mut sections = Vec::with_capacity(manifest.tables.len());
    for table in &manifest.tables {
        let mut counter = Counter::new("verified", &table.name, table.rows);
        reader.begin(&table.name)?;
        while reader.row(table.forms())?.is_some() {
            counter.count(on_progress);
        }
        if counter.progress.rows != table.rows {
            return Err(BackupError::damaged(format!(
                "its section {} lacks rows",
                table.name
            )));
        }
        sections.push(Section {
            table: table.name.clone(),
            rows: table.rows,
            sha256: HEXLOWER.encode(&reader.section_hash),
        });
    }
    let verification = Verification {
        sha256: reader.finish()?,
        manifest,
        sections,
    };
    Ok((reader, verification))
}
