//! Reading request bodies.

use serde_json::{Map, Value};

use crate::error::{Result, ScimError, ScimType};

/// Reads a body that must be one JSON object.
pub fn read_object(_bytes: &[u8]) -> Result<Map<String, Value>> {
    Err(ScimError::new(ScimType::InvalidSyntax, "not yet"))
}
