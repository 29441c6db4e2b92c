//! Reading connections, what they manage, and their health.

use async_trait::async_trait;

use crate::{
    connection::Connection,
    connection_health::{Activity, Credential},
    error::Result,
    group::MemberKind,
    id::Id,
    policy::MatchKey,
    provisioning_log::ProvisioningOutcome,
    store::{HolderOfId, Unmanaged},
};

/// Reads connections, what they manage, and their health.
#[async_trait]
pub trait ConnectionReader: Send {
    /// A connection.
    async fn connection(&mut self, organization: Id, id: Id) -> Result<Option<Connection>>;
    /// Connections in order of their ids, after the given one.
    async fn connections(
        &mut self,
        organization: Id,
        after: Option<Id>,
        limit: i64,
    ) -> Result<Vec<Connection>>;
    /// Live users or groups that nobody manages, or a connection that is gone, in order of their ids after the given one.
    async fn unmanaged(
        &mut self,
        organization: Id,
        kind: MemberKind,
        after: Option<Id>,
        limit: i64,
    ) -> Result<Vec<Unmanaged>>;
    /// The live users or groups with these external ids, whoever manages them.
    async fn holders_of_ids(
        &mut self,
        organization: Id,
        kind: MemberKind,
        external_ids: &[String],
    ) -> Result<Vec<HolderOfId>>;
    /// The users that one of these values names, each with the value that does.
    async fn users_by_values(
        &mut self,
        organization: Id,
        key: MatchKey,
        values: &[String],
    ) -> Result<Vec<(String, Unmanaged)>>;
    /// Active users that a connection manages, by id and name, in order of their ids.
    async fn active_managed_users(
        &mut self,
        organization: Id,
        connection: Id,
        limit: i64,
    ) -> Result<Vec<(Id, String)>>;
    /// Finds the users or groups that a connection manages under an external id that an unmanaged one has
    /// too, in order of ids.
    async fn release_clashes(
        &mut self,
        organization: Id,
        connection: Id,
        kind: MemberKind,
    ) -> Result<Vec<HolderOfId>>;
    /// Active users and groups that a connection manages, counted.
    async fn managed_counts(&mut self, organization: Id, connection: Id) -> Result<(i64, i64)>;
    /// Summaries of the requests of some connections; none of a connection without requests.
    async fn activity_of_connections(&mut self, organization: Id, ids: &[Id]) -> Result<Vec<(Id, Activity)>>;
    /// Numbers of requests of some connections by outcome, an hour each, from an hour on.
    async fn outcomes_of_connections(
        &mut self,
        organization: Id,
        ids: &[Id],
        from_hour: i64,
    ) -> Result<Vec<(Id, ProvisioningOutcome, i64)>>;
    /// Tokens of some connections.
    async fn credentials_of_connections(&mut self, organization: Id, ids: &[Id]) -> Result<Vec<Credential>>;
}
