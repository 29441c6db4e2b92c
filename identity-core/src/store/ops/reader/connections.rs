//! Reading connections, what they manage, and their health, by the statements of this folder.

use async_trait::async_trait;

use super::super::{Conn, adoption, connection_health, connections};
use crate::{
    connection::Connection,
    connection_health::{Activity, Credential},
    error::Result,
    group::MemberKind,
    id::Id,
    policy::MatchKey,
    provisioning_log::ProvisioningOutcome,
    store::{ConnectionReader, HolderOfId, Unmanaged},
};

#[async_trait]
impl ConnectionReader for Conn {
    async fn connection(&mut self, organization: Id, id: Id) -> Result<Option<Connection>> {
        connections::by_id(self, organization, id).await
    }

    async fn connections(
        &mut self,
        organization: Id,
        after: Option<Id>,
        limit: i64,
    ) -> Result<Vec<Connection>> {
        connections::page(self, organization, after, limit).await
    }

    async fn unmanaged(
        &mut self,
        organization: Id,
        kind: MemberKind,
        after: Option<Id>,
        limit: i64,
    ) -> Result<Vec<Unmanaged>> {
        adoption::unmanaged(self, organization, kind, after, limit).await
    }

    async fn holders_of_ids(
        &mut self,
        organization: Id,
        kind: MemberKind,
        external_ids: &[String],
    ) -> Result<Vec<HolderOfId>> {
        adoption::holders_of_ids(self, organization, kind, external_ids).await
    }

    async fn users_by_values(
        &mut self,
        organization: Id,
        key: MatchKey,
        values: &[String],
    ) -> Result<Vec<(String, Unmanaged)>> {
        match key {
            MatchKey::ExternalId => adoption::users_by_external_ids(self, organization, values).await,
            MatchKey::UserName => adoption::users_by_names(self, organization, values).await,
            MatchKey::Email => adoption::users_by_emails(self, organization, values).await,
        }
    }

    async fn active_managed_users(
        &mut self,
        organization: Id,
        connection: Id,
        limit: i64,
    ) -> Result<Vec<(Id, String)>> {
        adoption::active_managed_users(self, organization, connection, limit).await
    }

    async fn release_clashes(
        &mut self,
        organization: Id,
        connection: Id,
        kind: MemberKind,
    ) -> Result<Vec<HolderOfId>> {
        adoption::release_clashes(self, organization, connection, kind).await
    }

    async fn managed_counts(&mut self, organization: Id, connection: Id) -> Result<(i64, i64)> {
        connections::managed_counts(self, organization, connection).await
    }

    async fn activity_of_connections(&mut self, organization: Id, ids: &[Id]) -> Result<Vec<(Id, Activity)>> {
        connection_health::activity(self, organization, ids).await
    }

    async fn outcomes_of_connections(
        &mut self,
        organization: Id,
        ids: &[Id],
        from_hour: i64,
    ) -> Result<Vec<(Id, ProvisioningOutcome, i64)>> {
        connection_health::outcomes(self, organization, ids, from_hour).await
    }

    async fn credentials_of_connections(&mut self, organization: Id, ids: &[Id]) -> Result<Vec<Credential>> {
        connection_health::credentials(self, organization, ids).await
    }
}
