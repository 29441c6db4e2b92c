//! Rules of texts.

use crate::{
    error::{Error, Result},
    text::{fold, is_deceptive},
};

/// Characters that a text may have.
pub(crate) const MAX_CHARACTERS: usize = 1024;
/// Characters that a URL or a whole address may have: pictures have signed URLs.
pub(crate) const MAX_LONG_CHARACTERS: usize = 8 * 1024;
/// Characters that bytes in base64 may have: certificates are longer than other texts.
pub(crate) const MAX_BASE64_CHARACTERS: usize = 16 * 1024;
/// Bytes that a text may have once it is folded, if an index holds it. PostgreSQL takes at most 2,704 in an entry.
pub(crate) const MAX_INDEXED_BYTES: usize = 2048;

/// Refuses a text that is too long or holds a NUL, which PostgreSQL cannot store.
pub fn text(field: &str, value: &str) -> Result<()> {
    at_most(field, value, MAX_CHARACTERS)
}

/// The same for bytes in base64.
pub(crate) fn base64(field: &str, value: &str) -> Result<()> {
    at_most(field, value, MAX_BASE64_CHARACTERS)
}

/// The same for a text that an index holds.
pub(crate) fn indexed(field: &str, value: &str) -> Result<()> {
    text(field, value)?;
    indexed_within(field, value, MAX_INDEXED_BYTES)
}

/// Refuses a text whose folded form has more than `bytes` bytes.
pub(crate) fn indexed_within(field: &str, value: &str, bytes: usize) -> Result<()> {
    // No text grows more than this when it is folded, so most need no folding here.
    const GROWTH: usize = 18;
    if value.len() > bytes / GROWTH && fold(value).len() > bytes {
        return Err(Error::invalid(
            field,
            format!("must have at most {bytes} bytes without case"),
        ));
    }
    Ok(())
}

/// Refuses a name that shows nothing, has more than `characters` characters, or a control character.
pub(crate) fn name(field: &str, value: &str, characters: usize) -> Result<()> {
    if value.chars().all(|it| it.is_whitespace() || is_deceptive(it)) {
        return Err(Error::invalid(field, "must not be blank"));
    }
    at_most(field, value, characters)?;
    if value.contains(char::is_control) {
        return Err(Error::invalid(field, "must not contain control characters"));
    }
    Ok(())
}

/// Refuses a text that has more than `characters` characters, or a NUL.
pub(crate) fn at_most(field: &str, value: &str, characters: usize) -> Result<()> {
    // A character has at least one byte.
    if value.len() > characters && value.chars().count() > characters {
        return Err(Error::invalid(
            field,
            format!("must have at most {characters} characters"),
        ));
    }
    if value.contains('\0') {
        return Err(Error::invalid(field, "must not contain NUL"));
    }
    Ok(())
}

/// The beginning of a text that a client sent, for a message about it.
pub(crate) fn excerpt(value: &str) -> String {
    const CHARACTERS: usize = 64;
    match value.char_indices().nth(CHARACTERS) {
        Some((end, _)) => format!("{}…", &value[..end]),
        None => value.to_owned(),
    }
}
