//! Features of the service, RFC 7643, section 5, and RFC 9865, section 4.

use serde_json::{Value, json};

const CONFIG: &str = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig";

/// Features that the HTTP part supports.
#[derive(Clone, Copy, Debug)]
pub struct Capabilities {
    /// Operations that one bulk request may hold; nothing: no bulk.
    pub bulk: Option<BulkLimits>,
    /// Support for sorted lists.
    pub sort: Support,
    /// Support for reading lists by cursor (RFC 9865).
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

/// Support for a feature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Support {
    /// The service has the feature.
    Supported,
    /// The service lacks the feature.
    Unsupported,
}

impl Support {
    fn is_there(self) -> bool {
        self == Self::Supported
    }
}

/// The body of `/ServiceProviderConfig`. Clients parse it strictly (quirk Q03), so every member is there even where it says no. `origin` has
/// the page for people and the token endpoint.
pub fn service_provider_config(capabilities: &Capabilities, base: &str, origin: &str) -> Value {
    let limits = capabilities.bulk.unwrap_or(BulkLimits {
        max_operations: 0,
        max_payload_size: 0,
    });
    json!({
        "schemas": [CONFIG],
        "documentationUri": format!("{origin}/"),
        "patch": { "supported": true },
        "bulk": {
            "supported": capabilities.bulk.is_some(),
            "maxOperations": limits.max_operations,
            "maxPayloadSize": limits.max_payload_size,
        },
        "filter": { "supported": true, "maxResults": capabilities.max_results },
        "changePassword": { "supported": false },
        "sort": { "supported": capabilities.sort.is_there() },
        "etag": { "supported": true },
        "pagination": pagination(capabilities),
        "authenticationSchemes": [{
            "type": "oauthbearertoken",
            "name": "Bearer token",
            "description": "A SCIM token of the organization in the header Authorization, behind the word Bearer",
            "specUri": "https://www.rfc-editor.org/info/rfc6750",
            "primary": true,
        }, {
            "type": "oauth2",
            "name": "OAuth 2.0 client credentials",
            "description": format!(
                "An access token from {origin}/oauth2/token for the id and the secret of an OAuth client of the connection"
            ),
            "specUri": "https://www.rfc-editor.org/info/rfc6749",
            "primary": false,
        }],
        "meta": { "resourceType": "ServiceProviderConfig", "location": format!("{base}/ServiceProviderConfig") },
    })
}

fn pagination(capabilities: &Capabilities) -> Value {
    let mut pagination = json!({
        "cursor": capabilities.cursor.is_there(),
        "index": true,
        "defaultPaginationMethod": "index",
        "defaultPageSize": capabilities.default_page_size,
        "maxPageSize": capabilities.max_results,
    });
    if capabilities.cursor.is_there() {
        pagination["cursorTimeout"] = capabilities.cursor_timeout.into();
    }
    pagination
}
