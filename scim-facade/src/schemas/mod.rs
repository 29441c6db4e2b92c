//! Bodies of the discovery endpoints, RFC 7644, section 4, made from the attribute table so that they are true.

use serde_json::Value;

use crate::attributes::Tables;

/// What the HTTP part supports, for `/ServiceProviderConfig`.
#[derive(Clone, Copy, Debug)]
pub struct Capabilities {
    /// Operations that one bulk request may hold; nothing: no bulk.
    pub bulk: Option<BulkLimits>,
    /// Whether lists can be sorted.
    pub sort: Support,
    /// Whether cursors are there (RFC 9865) and how.
    pub cursor: Support,
    /// Resources that one answer holds at most.
    pub max_results: u32,
    /// Resources in a page if the client does not say how many.
    pub default_page_size: u32,
    /// Seconds that a cursor is valid.
    pub cursor_timeout: u32,
}

/// Limits of `/Bulk`.
#[derive(Clone, Copy, Debug)]
pub struct BulkLimits {
    /// Operations in one request.
    pub max_operations: u32,
    /// Bytes of one request.
    pub max_payload_size: u32,
}

/// Whether something is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Support {
    /// It is.
    Supported,
    /// It is not.
    Unsupported,
}

/// Every schema, for `/Schemas`.
pub fn schemas(_tables: &Tables, _base: &str) -> Vec<Value> {
    Vec::new()
}

/// One schema by its URN, without case.
pub fn schema(_tables: &Tables, _base: &str, _urn: &str) -> Option<Value> {
    None
}

/// Both resource types, for `/ResourceTypes`.
pub fn resource_types(_tables: &Tables, _base: &str) -> Vec<Value> {
    Vec::new()
}

/// One resource type by its name.
pub fn resource_type(_tables: &Tables, _base: &str, _name: &str) -> Option<Value> {
    None
}

/// The body of `/ServiceProviderConfig`.
pub fn service_provider_config(_capabilities: &Capabilities, _base: &str) -> Value {
    Value::Null
}
