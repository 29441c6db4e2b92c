//! Reading what belongs to the deployment and to no organization.

use async_trait::async_trait;

use crate::{error::Result, signing::SigningKey};

/// Reads what belongs to the deployment and to no organization.
#[async_trait]
pub trait DeploymentReader: Send {
    /// The signing keys of the deployment, oldest first.
    async fn signing_keys(&mut self) -> Result<Vec<SigningKey>>;
    /// The value of this name among those that belong to the database itself, if there is one.
    async fn deployment_value(&mut self, name: &str) -> Result<Option<String>>;
    /// Reads the names of the migrations that ran, oldest first.
    async fn applied_migrations(&mut self) -> Result<Vec<String>>;
}
