//! Form of the file: constants that writer and reader share.

/// Beginning of a backup.
pub(super) const MAGIC: &[u8; 8] = b"ROSTERBK";
/// Version of the format that is written, and the only one that is read.
pub(super) const FORMAT: u32 = 1;
/// Name of the first section.
pub(super) const MANIFEST: &str = "manifest";
/// Bytes of rows after which a block is compressed and written.
pub(super) const BLOCK: usize = 256 << 10;
/// Bytes of a block at most, compressed or not: a full one and the row that did not fit.
pub(super) const MAX_BLOCK: usize = BLOCK + super::row::MAX_ROW;
/// Bytes of a section's name at most.
pub(super) const MAX_NAME: usize = 63;
/// Bytes of a SHA-256.
pub(super) const HASH: usize = 32;
