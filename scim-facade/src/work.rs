//! Work that one request may cause, so that a small body cannot occupy a processor for long.
//!
//! A unit is about one byte of text looked at. What is spent is shared by all attempts of a PATCH and all operations of a `/Bulk`.

use std::{
    borrow::Cow,
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use serde_json::Value;

use crate::{
    error::{Result, ScimError, ScimType},
    filter::fold,
    limits::MAX_WORK,
};

/// Units of one comparison beside the text that it looks at.
const COMPARISON: usize = 32;
/// Units of a pair of elements that are held against each other.
const PAIR: usize = 64;
/// Units of folding one byte that is not ASCII: normalization looks every character up.
const FOLDING: usize = 64;
/// Units of copying one byte: what is copied also takes memory.
const COPYING: usize = 4;

/// Tells that a request needs more work than it may cause.
pub(crate) const TOO_MUCH: &str =
    "the filters and operations of the request need more work than one request may cause";

/// The length of some work: other requests must not wait for what is long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Length {
    /// It takes less than handing it to another thread is worth.
    Short,
    /// It may take long.
    Long,
}

impl Length {
    /// Calls long what exceeds a limit.
    pub(crate) fn long_if(is_long: bool) -> Self {
        if is_long { Self::Long } else { Self::Short }
    }
}

/// The work that is left to a request. Clones share it.
#[derive(Clone, Debug)]
pub struct Work(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    left: AtomicU64,
    /// Texts in folded form: each is folded once a request.
    folded: Mutex<HashMap<String, String>>,
}

impl Default for Work {
    fn default() -> Self {
        Self(Arc::new(Inner {
            left: AtomicU64::new(MAX_WORK),
            folded: Mutex::default(),
        }))
    }
}

impl Work {
    /// Spends units; answers whether there were more left. From then on nothing is left.
    pub(crate) fn spend(&self, units: usize) -> bool {
        let units = units as u64;
        let spend = |left: u64| Some(left.saturating_sub(units));
        let left = &self.0.left;
        left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, spend)
            .is_ok_and(|left| left > units)
    }

    /// Spends what looking at a text takes.
    pub(crate) fn look_at(&self, text: &str) -> bool {
        self.spend(COMPARISON + text.len())
    }

    /// Spends what holding each of so many elements against each of others takes.
    pub(crate) fn pair(&self, ones: usize, others: usize) -> bool {
        self.spend(ones.saturating_mul(others).saturating_mul(PAIR))
    }

    /// Spends what so many copies of a value take.
    pub(crate) fn copy(&self, value: &Value, copies: usize) -> bool {
        self.spend(size(value).saturating_mul(copies).saturating_mul(COPYING))
    }

    /// Refuses a request to which nothing is left.
    pub(crate) fn check(&self) -> Result<()> {
        if self.0.left.load(Ordering::Relaxed) > 0 {
            Ok(())
        } else {
            Err(too_much())
        }
    }

    /// Takes away what is left, so that what nobody waits for any more ends soon.
    pub(crate) fn end(&self) {
        self.0.left.store(0, Ordering::Relaxed);
    }

    /// Folds a text; empty once nothing is left.
    pub(crate) fn fold<'t>(&self, text: &'t str) -> Cow<'t, str> {
        if text.is_ascii() {
            let is_folded = !text.bytes().any(|byte| byte.is_ascii_uppercase());
            return if is_folded { text.into() } else { fold(text).into() };
        }
        let mut folded = self.0.folded.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = folded.get(text) {
            return known.clone().into();
        }
        if !self.spend(FOLDING * text.len()) {
            return "".into();
        }
        let new = fold(text);
        folded.insert(text.to_owned(), new.clone());
        new.into()
    }
}

/// RFC 7644, section 3.12: `tooMany` is for what the server is not willing to process.
pub(crate) fn too_much() -> ScimError {
    ScimError::new(ScimType::TooMany, TOO_MUCH)
}

/// Bytes of the texts in a value, and some for each value.
fn size(value: &Value) -> usize {
    COMPARISON
        + match value {
            Value::Array(elements) => elements.iter().map(size).sum(),
            Value::Object(parts) => parts.iter().map(|(name, part)| name.len() + size(part)).sum(),
            Value::String(text) => text.len(),
            Value::Null | Value::Bool(_) | Value::Number(_) => 0,
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_folded_once_and_what_is_spent_is_shared() {
        let work = Work::default();
        let text = "Ä".repeat(1_000);
        for _ in 0..3 {
            assert_eq!(work.clone().fold(&text), "ä".repeat(1_000));
        }
        let spent = MAX_WORK - work.0.left.load(Ordering::Relaxed);
        assert_eq!(spent, (FOLDING * text.len()) as u64);
    }

    #[test]
    fn nothing_more_is_spent_once_nothing_is_left() {
        let work = Work::default();
        assert!(work.look_at("a") && work.check().is_ok());
        work.end();
        assert!(!work.look_at("a") && work.fold("Ä").is_empty());
        assert_eq!(work.check().unwrap_err().scim_type, Some(ScimType::TooMany));
    }
}
