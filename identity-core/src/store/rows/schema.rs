//! Rows of `extension_schemas`.

use diesel::prelude::*;

use super::{from_json, names::Named, to_json};
use crate::{
    error::{Error, Result},
    id::Id,
    platform::Timestamp,
    schema::ExtensionSchema,
    store::schema::extension_schemas,
    text::fold,
};

/// A whole row.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = extension_schemas, treat_none_as_default_value = false)]
pub(in crate::store) struct SchemaRow {
    organization_id: Id,
    urn_key: String,
    urn: String,
    name: String,
    description: String,
    extends: String,
    attributes: String,
    version: i64,
    created_at: Timestamp,
    updated_at: Timestamp,
}

impl TryFrom<&ExtensionSchema> for SchemaRow {
    type Error = Error;

    fn try_from(schema: &ExtensionSchema) -> Result<Self> {
        Ok(Self {
            organization_id: schema.organization_id,
            urn_key: fold(&schema.urn),
            urn: schema.urn.clone(),
            name: schema.name.clone(),
            description: schema.description.clone(),
            extends: schema.extends.stored().into(),
            attributes: to_json(&schema.attributes)?,
            version: schema.version,
            created_at: schema.created_at,
            updated_at: schema.updated_at,
        })
    }
}

impl TryFrom<SchemaRow> for ExtensionSchema {
    type Error = Error;

    fn try_from(row: SchemaRow) -> Result<Self> {
        Ok(Self {
            urn: row.urn,
            organization_id: row.organization_id,
            name: row.name,
            description: row.description,
            extends: Named::read(&row.extends)?,
            attributes: from_json(&row.attributes)?,
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}
