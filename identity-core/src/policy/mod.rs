//! The provisioning policy: how an organization wants to be provisioned.

/// One value for every setting of the table in `docs/policy.md`.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Policy {}
