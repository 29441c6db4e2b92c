//! Statements on `extension_schemas`.

use diesel::prelude::*;

use super::{Conn, Pipeline, RunQueryDsl, all, found_value};
use crate::{
    error::Result,
    id::Id,
    schema::ExtensionSchema,
    store::{
        rows::SchemaRow,
        schema::{extension_schemas, groups, users},
        sql::{Extensions, HasExtension},
    },
    text::fold,
};

pub(super) async fn list(conn: &mut Conn, organization: Id) -> Result<Vec<ExtensionSchema>> {
    let query = extension_schemas::table
        .filter(extension_schemas::organization_id.eq(organization))
        .order(extension_schemas::urn_key)
        .select(SchemaRow::as_select());
    all(query.load(conn).await)
}

/// Looks through all users and groups, deleted ones included; it is asked only before a schema is deleted.
pub(super) async fn in_use(conn: &mut Conn, organization: Id, urn: &str) -> Result<bool> {
    let in_users = users::table
        .filter(users::organization_id.eq(organization))
        .filter(HasExtension::new(Extensions::OfUser, urn))
        .select(users::id)
        .limit(1);
    if found_value(in_users.get_result::<Id>(conn).await)?.is_some() {
        return Ok(true);
    }
    let in_groups = groups::table
        .filter(groups::organization_id.eq(organization))
        .filter(HasExtension::new(Extensions::OfGroup, urn))
        .select(groups::id)
        .limit(1);
    Ok(found_value(in_groups.get_result::<Id>(conn).await)?.is_some())
}

pub(super) fn insert(pipeline: &mut Pipeline<'_>, schema: &ExtensionSchema) -> Result<()> {
    let row = SchemaRow::try_from(schema)?;
    pipeline.push(
        "insert schema",
        diesel::insert_into(extension_schemas::table).values(row),
    );
    Ok(())
}

pub(super) fn delete(pipeline: &mut Pipeline<'_>, organization: Id, urn: &str) {
    let target = extension_schemas::table.find((organization, fold(urn)));
    pipeline.push("delete schema", diesel::delete(target));
}
