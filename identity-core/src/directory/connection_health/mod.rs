//! The health of connections: read as it is now, and told to the change log when its state changes.

mod read;
mod tell;
mod touched;

pub(super) use touched::TouchedOrganizations;
