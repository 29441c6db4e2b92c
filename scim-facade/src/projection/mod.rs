//! `attributes` and `excludedAttributes`, RFC 7644, section 3.9.

use serde_json::{Map, Value};

use crate::{attributes::Table, error::Result};

/// Which attributes an answer has.
#[derive(Clone, Debug, Default)]
pub struct Projection {}

impl Projection {
    /// Reads the two parameters. An unknown name is ignored.
    pub fn parse(_attributes: Option<&str>, _excluded: Option<&str>, _table: &Table) -> Result<Self> {
        Ok(Self {})
    }

    /// Whether nothing is left out, so that `apply` need not be called.
    pub fn is_everything(&self) -> bool {
        true
    }

    /// Whether this top-level attribute is in the answer: ask for `members` before reading them.
    pub fn includes(&self, _attribute: &str) -> bool {
        true
    }

    /// Takes out of a resource what the answer does not have.
    pub fn apply(&self, _resource: &mut Map<String, Value>, _table: &Table) {}
}
