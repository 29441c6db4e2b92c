//! The caller of a call as far as its refusal tells it.

use http::{HeaderName, HeaderValue, Response};
use identity_core::{caller::Caller, id::Id};
use tonic::body::Body;

const ORGANIZATION: HeaderName = HeaderName::from_static("roster-organization");
const CONNECTION: HeaderName = HeaderName::from_static("roster-connection");

/// Organization and connection of a caller that was recognized.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Known {
    pub(super) organization: Option<Id>,
    pub(super) connection: Option<Id>,
}

impl Known {
    pub(super) fn of(caller: &Caller) -> Self {
        Self {
            organization: caller.organization_id(),
            connection: caller.connection_id(),
        }
    }

    /// Tells a connection's own ids in the refusal, so that the facade can log them.
    pub(super) fn write_to(self, response: &mut Response<Body>) {
        let (Some(organization), Some(connection)) = (self.organization, self.connection) else {
            return;
        };
        for (name, id) in [(ORGANIZATION, organization), (CONNECTION, connection)] {
            if let Ok(value) = HeaderValue::try_from(id.to_string()) {
                response.headers_mut().insert(name, value);
            }
        }
    }
}
