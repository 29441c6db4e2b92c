//! The caller of a call as far as its refusal tells it.

use identity_core::{caller::Caller, id::Id};
use tonic::{Status, metadata::MetadataValue};

const ORGANIZATION: &str = "roster-organization";
const CONNECTION: &str = "roster-connection";

/// A caller that was recognized.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Known {
    pub(super) organization: Option<Id>,
    pub(super) connection: Option<Id>,
    /// Set if it is refused for the rate of its calls.
    pub(super) calls_too_often: bool,
}

impl Known {
    pub(super) fn of(caller: &Caller) -> Self {
        Self {
            organization: caller.organization_id(),
            connection: caller.connection_id(),
            calls_too_often: false,
        }
    }

    /// Tells a connection's own ids in the refusal, so that the facade can log them.
    pub(super) fn write_to(self, refusal: &mut Status) {
        let (Some(organization), Some(connection)) = (self.organization, self.connection) else {
            return;
        };
        for (name, id) in [(ORGANIZATION, organization), (CONNECTION, connection)] {
            if let Ok(value) = MetadataValue::try_from(id.to_string()) {
                refusal.metadata_mut().insert(name, value);
            }
        }
    }
}
