//! Small things about HTTP headers that every endpoint shares.

use http::{HeaderMap, HeaderValue, header};

/// RFC 7644, section 8.1. Without a charset: JSON is UTF-8, and the parameter is not defined for it.
pub const SCIM_JSON: HeaderValue = HeaderValue::from_static("application/scim+json");

/// What an answer is called when the client asks for this and not for SCIM's own type.
pub const JSON: HeaderValue = HeaderValue::from_static("application/json");
