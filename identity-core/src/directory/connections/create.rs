//! Creating a connection.

use async_trait::async_trait;
use serde_json::json;

use super::{record, rules};
use crate::{
    change::Action,
    connection::{Connection, ConnectionStatus, IdpKind},
    deactivation_safeguard::DeactivationSafeguard,
    directory::{
        change_context::ChangeContext, input::NewConnection, provisioning_access::ProvisioningAccess,
        record::created, requests::Request, roles::set_ceiling,
    },
    error::{Error, Resource, Result},
    id::Id,
    store::{Transaction, Unit, Write},
    validate,
};

/// Where the kind of a new connection comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::directory) enum Kind {
    /// It was given.
    Given,
    /// The policy says which is expected.
    ByPolicy,
}

/// A connection as it begins.
pub(in crate::directory) fn new_connection(
    context: &ChangeContext,
    organization: Id,
    id: Id,
    new: NewConnection,
) -> Result<Connection> {
    Ok(Connection {
        id,
        organization_id: organization,
        name: new.name,
        idp_kind: new.idp_kind.unwrap_or(IdpKind::Generic),
        status: ConnectionStatus::Enabled,
        safeguard: rules::limited(DeactivationSafeguard::default(), new.safeguard)?,
        version: 1,
        created_at: context.at,
        updated_at: context.at,
        max_role: new.max_role,
        roles_read_at: None,
        federation: None,
    })
}

/// Creates a connection, or finds the one that the first call of this request created.
pub(super) struct CreateConnection {
    context: ChangeContext,
    /// Complete but for a kind that was not given.
    connection: Connection,
    kind: Kind,
    request: Request,
}

impl CreateConnection {
    pub(super) fn new(
        context: ChangeContext,
        connection: Connection,
        kind: Kind,
        request_id: &str,
    ) -> Result<Self> {
        validate::connection_name(&connection.name)?;
        let request = Request::new(request_id, "create_connection", &context.caller, || {
            let safeguard = connection.safeguard;
            let limits = (safeguard.count, safeguard.share, safeguard.window.as_secs());
            Ok(json!([
                connection.name,
                connection.idp_kind.name(),
                limits,
                connection.max_role
            ]))
        })?;
        Ok(Self {
            context,
            connection,
            kind,
            request,
        })
    }
}

#[async_trait]
impl Unit for CreateConnection {
    type Output = Connection;

    async fn run(&self, transaction: &mut Transaction<'_>) -> Result<Connection> {
        self.context.authorize(transaction.organization()?)?;
        let organization = self.connection.organization_id;
        let reader = &mut *transaction.reader;
        if let Some(id) = self
            .request
            .repeats(reader, organization, self.context.at)
            .await?
        {
            let id = Id::parse(&id).ok_or_else(|| Error::not_found(Resource::Connection, id))?;
            return rules::live(reader, organization, id).await;
        }
        let connection = insert(&self.context, &self.connection, self.kind, transaction).await?;
        self.request.remember(
            &mut transaction.writes,
            organization,
            &self.connection.id,
            self.context.at,
        );
        Ok(connection)
    }
}

/// Adds a connection, if its name is free and plan and policy allow one more.
pub(in crate::directory) async fn insert(
    context: &ChangeContext,
    connection: &Connection,
    kind: Kind,
    transaction: &mut Transaction<'_>,
) -> Result<Connection> {
    ProvisioningAccess::of(transaction.organization()?).allow_scim()?;
    let policy = &transaction.organization()?.policy;
    let maximum = policy.connections_max;
    let mut connection = connection.clone();
    if kind == Kind::ByPolicy {
        connection.idp_kind = policy.idp_kind.first().copied().unwrap_or(IdpKind::Generic);
    }
    rules::refuse_unexpected_kind(policy, connection.idp_kind)?;
    let existing = rules::all(transaction.reader, connection.organization_id).await?;
    let count = existing.len();
    rules::refuse_taken_name(existing, &connection)?;
    rules::refuse_one_too_many(count, maximum)?;
    set_ceiling(connection.max_role.as_deref(), transaction.organization()?)?;
    transaction
        .writes
        .push(Write::InsertConnection(Box::new(connection.clone())));
    let detail = created(&record::of(&connection));
    let entry = context.entry(Resource::Connection, &connection.id, Action::Created, detail);
    transaction.entries.push(entry);
    Ok(connection)
}
