//! Removing the rows of an organization, some at a time.

use diesel::{
    QueryResult,
    backend::Backend,
    query_builder::{AstPass, QueryFragment, QueryId},
    serialize::ToSql,
    sql_types::HasSqlType,
};

use crate::{id::Id, store::types::Guid};

/// The tables below organizations, and the columns that are their keys after `organization_id`. A table comes before those that it
/// refers to.
pub(in crate::store) const TABLES_BELOW: [(&str, &str); 23] = [
    ("requests", "request_id"),
    ("provisioning_requests", "id"),
    ("connection_outcomes", "connection_id, slot, outcome"),
    ("connection_health", "connection_id"),
    ("changes", "revision, sequence"),
    ("used_assertions", "digest"),
    ("revoked_access_tokens", "id"),
    ("former_secrets", "digest"),
    ("tokens", "id"),
    ("service_accounts", "id"),
    ("extension_schemas", "urn_key"),
    ("mapping_rules", "id"),
    ("group_licenses", "group_id"),
    ("role_grants", "principal_id, project_id, role, source"),
    ("former_access", "user_id"),
    ("user_identities", "issuer, subject"),
    ("user_emails", "user_id, position"),
    ("group_members", "group_id, member_id"),
    ("groups", "id"),
    ("users", "id"),
    ("roles", "id"),
    ("projects", "id"),
    ("connections", "id"),
];

/// Rows removed by one statement, so that no writer waits for a long one.
const ROWS: &str = "1000";

/// The removal of some of the rows that an organization has in a table.
pub(in crate::store) struct PurgeRows {
    pub(in crate::store) table: &'static str,
    pub(in crate::store) key: &'static str,
    pub(in crate::store) organization: Id,
}

impl<Db> QueryFragment<Db> for PurgeRows
where
    Db: Backend + HasSqlType<Guid>,
    Id: ToSql<Guid, Db>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Db>) -> QueryResult<()> {
        out.unsafe_to_cache_prepared();
        for text in ["DELETE FROM ", self.table, " WHERE (organization_id, ", self.key] {
            out.push_sql(text);
        }
        for text in [") IN (SELECT organization_id, ", self.key, " FROM ", self.table] {
            out.push_sql(text);
        }
        out.push_sql(" WHERE organization_id = ");
        out.push_bind_param::<Guid, _>(&self.organization)?;
        for text in [" LIMIT ", ROWS, ")"] {
            out.push_sql(text);
        }
        Ok(())
    }
}

impl QueryId for PurgeRows {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::TABLES_BELOW;

    /// Tables whose keys begin with the organization, with the rest of their keys, as `schema.rs` says it.
    fn declared() -> BTreeSet<(&'static str, &'static str)> {
        let lines = include_str!("../schema.rs").lines().map(str::trim);
        let tables = lines.filter_map(|line| line.strip_suffix(") {")?.split_once(" (organization_id, "));
        tables.collect()
    }

    #[test]
    fn every_table_below_organizations_is_purged() {
        assert_eq!(TABLES_BELOW.into_iter().collect::<BTreeSet<_>>(), declared());
    }
}
