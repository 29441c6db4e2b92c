//! Etags: the decimal version, as text.

use crate::error::{Error, Result};

/// Refuses a change that was made from another version than the stored one; without an etag any version will do.
pub(super) fn check(etag: &str, stored: i64) -> Result<()> {
    let actual = stored.to_string();
    if etag.is_empty() || etag == actual {
        return Ok(());
    }
    Err(Error::VersionMismatch {
        expected: etag.to_owned(),
        actual,
    })
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn only_the_stored_version_or_none_at_all_passes() {
        assert!(check("", 3).is_ok());
        assert!(check("3", 3).is_ok());
        assert!(check("2", 3).is_err());
        assert!(check("03", 3).is_err());
    }
}
