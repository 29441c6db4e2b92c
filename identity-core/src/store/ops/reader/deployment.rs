//! Reading what belongs to the deployment and to no organization, by the statements of this folder.

use async_trait::async_trait;

use super::super::{Conn, access_tokens};
use crate::{error::Result, signing::SigningKey, store::DeploymentReader};

#[async_trait]
impl DeploymentReader for Conn {
    async fn signing_keys(&mut self) -> Result<Vec<SigningKey>> {
        access_tokens::signing_keys(self).await
    }

    async fn deployment_value(&mut self, name: &str) -> Result<Option<String>> {
        access_tokens::deployment_value(self, name).await
    }

    async fn applied_migrations(&mut self) -> Result<Vec<String>> {
        access_tokens::applied_migrations(self).await
    }
}
