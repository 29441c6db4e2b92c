//! Form of a row: for each column the length of the value, 4 bytes, big-endian, -1 for NULL, and the value in the form of its [`Kind`].

use super::{
    error::BackupError,
    table::{Column, Kind},
};

/// Bytes of a row at most: more than any that the limits of requests permit, and few enough to hold some of them in memory.
pub(super) const MAX_ROW: usize = 32 << 20;
/// The length of a value that is NULL.
const NULL: i32 = -1;

/// A row that is being put together.
#[derive(Default)]
pub(in crate::store) struct RowBuffer(Vec<u8>);

impl RowBuffer {
    /// Begins a new row.
    pub(in crate::store) fn clear(&mut self) {
        self.0.clear();
    }

    /// Returns the row.
    pub(in crate::store) fn as_slice(&self) -> &[u8] {
        &self.0
    }

    /// Adds the next value, which must have the form of its kind; a document may be written in any way.
    pub(in crate::store) fn push(&mut self, kind: Kind, value: Option<&[u8]>) -> Result<(), BackupError> {
        let Some(value) = value else {
            self.0.extend(NULL.to_be_bytes());
            return Ok(());
        };
        if kind == Kind::Document {
            return self.append(&canonical(value)?);
        }
        self.append(value)
    }

    fn append(&mut self, value: &[u8]) -> Result<(), BackupError> {
        if self.0.len() + value.len() > MAX_ROW {
            return Err(BackupError::read(format!("a row has more than {MAX_ROW} bytes")));
        }
        let length = i32::try_from(value.len()).map_err(BackupError::read)?;
        self.0.extend(length.to_be_bytes());
        self.0.extend(value);
        Ok(())
    }
}

/// Writes a document in the one form that both databases lead to: PostgreSQL keeps neither white space nor the order of members.
fn canonical(document: &[u8]) -> Result<Vec<u8>, BackupError> {
    let mut value: serde_json::Value = serde_json::from_slice(document).map_err(BackupError::read)?;
    value.sort_all_objects();
    serde_json::to_vec(&value).map_err(BackupError::read)
}

/// Takes the next value off a row.
pub(in crate::store) fn take_value<'row>(row: &mut &'row [u8]) -> Result<Option<&'row [u8]>, BackupError> {
    let cut_off = || BackupError::damaged("a row is cut off");
    let (length, rest) = row.split_first_chunk().ok_or_else(cut_off)?;
    let length = i32::from_be_bytes(*length);
    *row = rest;
    if length == NULL {
        return Ok(None);
    }
    let length = usize::try_from(length).map_err(|_| cut_off())?;
    let (value, rest) = rest.split_at_checked(length).ok_or_else(cut_off)?;
    *row = rest;
    Ok(Some(value))
}

/// Takes the next row off a block, and checks that each value has the form of its column.
pub(super) fn take_row<'block>(
    block: &mut &'block [u8],
    columns: impl Iterator<Item = (Kind, bool)>,
) -> Result<&'block [u8], BackupError> {
    let all = *block;
    for (kind, nullable) in columns {
        let well_formed = match take_value(block)? {
            None => nullable,
            Some(value) => has_form(kind, value),
        };
        if !well_formed {
            return Err(BackupError::damaged("a value has another form than its column"));
        }
    }
    Ok(&all[..all.len() - block.len()])
}

fn has_form(kind: Kind, value: &[u8]) -> bool {
    match kind {
        Kind::Guid => value.len() == 16,
        Kind::Moment | Kind::BigInt => value.len() == 8,
        Kind::Integer => value.len() == 4,
        Kind::Bool => matches!(value, [0 | 1]),
        Kind::Text | Kind::Document => std::str::from_utf8(value).is_ok(),
        Kind::Binary => true,
    }
}

/// The values of a row by the names of their columns.
pub(super) struct NamedValues<'row> {
    columns: &'static [Column],
    row: &'row [u8],
}

impl<'row> NamedValues<'row> {
    pub(super) fn new(columns: &'static [Column], row: &'row [u8]) -> Self {
        Self { columns, row }
    }

    /// Returns the value of a column; an unknown one is NULL.
    pub(super) fn value(&self, name: &str) -> Result<Option<&'row [u8]>, BackupError> {
        let mut rest = self.row;
        for column in self.columns {
            let value = take_value(&mut rest)?;
            if column.name == name {
                return Ok(value);
            }
        }
        Ok(None)
    }

    pub(super) fn text(&self, name: &str) -> Result<String, BackupError> {
        let value = self.value(name)?.unwrap_or_default();
        Ok(String::from_utf8_lossy(value).into_owned())
    }

    pub(super) fn number(&self, name: &str) -> Result<i64, BackupError> {
        let value = self.value(name)?.unwrap_or_default().try_into();
        value.map(i64::from_be_bytes).map_err(BackupError::read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_has_one_form() {
        let mut row = RowBuffer::default();
        for document in [
            r#"{ "b": ["x", {"z": 1, "a": "ä"}], "a": null }"#,
            r#"{"a":null,"b":["x",{"a":"ä","z":1}]}"#,
        ] {
            row.clear();
            row.push(Kind::Document, Some(document.as_bytes())).unwrap();
            assert_eq!(
                &row.as_slice()[4..],
                r#"{"a":null,"b":["x",{"a":"ä","z":1}]}"#.as_bytes()
            );
        }
    }

    #[test]
    fn values_of_another_form_are_refused() {
        for (kind, value) in [
            (Kind::Guid, &[0; 15][..]),
            (Kind::BigInt, &[0; 4]),
            (Kind::Bool, &[2]),
            (Kind::Text, &[0xff]),
        ] {
            let mut row = RowBuffer::default();
            row.push(kind, Some(value)).unwrap();
            assert!(
                take_row(&mut row.as_slice(), [(kind, true)].into_iter()).is_err(),
                "{kind:?}"
            );
        }
        let mut row = RowBuffer::default();
        row.push(Kind::Text, None).unwrap();
        assert!(take_row(&mut row.as_slice(), [(Kind::Text, true)].into_iter()).is_ok());
        assert!(take_row(&mut row.as_slice(), [(Kind::Text, false)].into_iter()).is_err());
        assert!(take_row(&mut &row.as_slice()[..3], [(Kind::Text, true)].into_iter()).is_err());
    }
}
