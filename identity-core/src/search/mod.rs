//! Search keys: what filters and orders look at, folded once, here.
//!
//! A key is a text whose bytes compare as its value does, so that both databases and the in-memory matcher of the tests
//! need nothing but byte comparison:
//! text without case → [`crate::text::fold`]; text with case → itself; boolean → `false` / `true`; time → RFC 3339 in UTC with
//! six decimals; whole numbers and decimals → 16 hexadecimal digits that sort by size ([`key::number`]).

pub mod key;
mod keys;
mod position;
mod resource;

pub use keys::{of_group, of_user};
pub(crate) use position::{SortKey, sort_key};
pub use position::{position_of_group, position_of_user};
pub use resource::Resource;

use serde_json::{Map, Value};

/// The keys of one resource, as one JSON object: `{"title": "clerk", "name.family_name": "port",
/// "emails": [{"value": "a@x", "type": "work", "primary": "true"}], "urn:…:User:badge": "…"}`.
/// Names are those of filters; a single value is a text, a multi-valued attribute an array of objects (of `{"value": …}` where
/// it is a list of simple values), the primary one first, as lists are ordered by their first element. Absent values are absent,
/// and what has a column of its own is not repeated here.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SearchKeys(pub Map<String, Value>);
