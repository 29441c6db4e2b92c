//! Rows of `provisioning_requests`.

use std::time::Duration;

use diesel::{
    dsl::SqlTypeOf,
    pg::Pg,
    prelude::*,
    query_builder::{AstPass, QueryFragment},
    sqlite::Sqlite,
};

use super::{from_json, names::Named, to_json};
use crate::{
    error::{Error, Result},
    id::Id,
    platform::Timestamp,
    provisioning_log::{Content, ProvisioningRequest, Target},
    store::schema::provisioning_requests,
    text::fold,
};

/// A whole row.
#[derive(Queryable, Selectable)]
#[diesel(table_name = provisioning_requests)]
pub(in crate::store) struct ProvisioningRow {
    organization_id: Id,
    id: Id,
    at: Timestamp,
    connection_id: Option<Id>,
    token_id: Option<Id>,
    request_id: String,
    user_agent: String,
    method: String,
    path: String,
    resource_type: String,
    target_id: Option<String>,
    target_name: Option<String>,
    target_external_id: Option<String>,
    action: String,
    count: i32,
    outcome: String,
    status: i32,
    scim_type: String,
    detail: String,
    reason: String,
    revision: i64,
    statements: String,
    duration_micros: i64,
}

impl TryFrom<ProvisioningRow> for ProvisioningRequest {
    type Error = Error;

    fn try_from(row: ProvisioningRow) -> Result<Self> {
        Ok(Self {
            organization_id: row.organization_id,
            id: row.id,
            at: row.at,
            connection_id: row.connection_id,
            token_id: row.token_id,
            content: Content {
                request_id: row.request_id,
                user_agent: row.user_agent,
                method: row.method,
                path: row.path,
                resource_type: row.resource_type,
                target: Target {
                    id: row.target_id,
                    name: row.target_name,
                    external_id: row.target_external_id,
                },
                action: Named::read(&row.action)?,
                count: row.count,
                outcome: Named::read(&row.outcome)?,
                status: row.status,
                scim_type: row.scim_type,
                detail: row.detail,
                reason: row.reason,
                revision: row.revision,
                statements: from_json(&row.statements)?,
                duration: Duration::from_micros(row.duration_micros.unsigned_abs()),
            },
        })
    }
}

/// A new row, which is its own insertion.
pub(in crate::store) struct NewProvisioningRequest {
    organization_id: Id,
    id: Id,
    at: Timestamp,
    connection_id: Option<Id>,
    token_id: Option<Id>,
    request_id: String,
    user_agent: String,
    method: String,
    path: String,
    resource_type: String,
    target_id: Option<String>,
    target_name: Option<String>,
    target_name_key: Option<String>,
    target_external_id: Option<String>,
    target_external_id_key: Option<String>,
    action: &'static str,
    count: i32,
    outcome: &'static str,
    status: i32,
    scim_type: String,
    detail: String,
    reason: String,
    revision: i64,
    statements: String,
    duration_micros: i64,
}

/// Diesel's own insertion asks each column for its name, and whether there is a value at all, at each run: of 25 columns that took 8,000 of
/// the 50,000 instructions of the whole, and there is one for each SCIM request.
macro_rules! insertion {
    ($($database:ty)+) => {$(
        insertion! {
            $database:
            organization_id id at connection_id token_id request_id user_agent method path resource_type target_id target_name
            target_name_key target_external_id target_external_id_key action count outcome status scim_type detail reason revision
            statements duration_micros
        }
    )+};
    ($database:ty: $($column:ident)+) => {
        impl QueryFragment<$database> for NewProvisioningRequest {
            fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, $database>) -> QueryResult<()> {
                out.push_sql("INSERT INTO provisioning_requests ");
                let mut before = "(";
                $(
                    out.push_sql(before);
                    out.push_sql(stringify!($column));
                    before = ", ";
                )+
                out.push_sql(") VALUES ");
                before = "(";
                $(
                    out.push_sql(before);
                    out.push_bind_param::<SqlTypeOf<provisioning_requests::$column>, _>(&self.$column)?;
                    before = ", ";
                )+
                out.push_sql(")");
                Ok(())
            }
        }
    };
}

insertion!(Sqlite Pg);

impl TryFrom<ProvisioningRequest> for NewProvisioningRequest {
    type Error = Error;

    fn try_from(request: ProvisioningRequest) -> Result<Self> {
        let content = request.content;
        let target = content.target;
        Ok(Self {
            organization_id: request.organization_id,
            id: request.id,
            at: request.at,
            connection_id: request.connection_id,
            token_id: request.token_id,
            request_id: content.request_id,
            user_agent: content.user_agent,
            method: content.method,
            path: content.path,
            resource_type: content.resource_type,
            target_id: target.id,
            target_name_key: target.name.as_deref().map(fold),
            target_name: target.name,
            target_external_id_key: target.external_id.as_deref().map(fold),
            target_external_id: target.external_id,
            action: content.action.stored(),
            count: content.count,
            outcome: content.outcome.stored(),
            status: content.status,
            scim_type: content.scim_type,
            detail: content.detail,
            reason: content.reason,
            revision: content.revision,
            statements: to_json(&content.statements)?,
            duration_micros: i64::try_from(content.duration.as_micros()).unwrap_or(i64::MAX),
        })
    }
}
