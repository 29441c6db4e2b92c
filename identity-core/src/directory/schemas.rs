//! Extension schemas.

use async_trait::async_trait;
use serde_json::{Map, Value, json};

use super::{
    Directory,
    change_context::ChangeContext,
    input::NewSchema,
    organization_context::OrganizationContext,
    record::{self, Record, created},
    requests::Request,
    roles::legacy_schemas,
};
use crate::{
    caller::{Call, Scope},
    change::{Action, Detail},
    error::{Error, Resource, Result, Rule},
    id::Id,
    schema::{ExtendedType, ExtensionSchema},
    store::{Cost, Query, Reader, Transaction, Unit, Write},
    text::fold,
};

/// Schemas that an organization may declare.
const MAX_SCHEMAS: usize = 20;

impl Directory {
    /// Declares an extension schema.
    #[crate::boxed]
    pub async fn create_schema(
        &self,
        call: &Call,
        organization: &str,
        schema: NewSchema,
        request_id: &str,
    ) -> Result<ExtensionSchema> {
        let inner = &self.inner;
        let org = inner
            .organization(call, organization, Scope::SchemasWrite)
            .await?;
        let context = ChangeContext::new(call, &*inner.platform);
        let schema = declared(&context, org.id, schema);
        schema.validate()?;
        let request = Request::new(request_id, "create_schema", &context.caller, || {
            Ok(json!([schema.urn, record_of(&schema)?]))
        })?;
        let unit = CreateSchema {
            context,
            schema,
            request,
        };
        inner.write(&call.caller, org.id, unit).await
    }

    /// Gets a schema by its URN.
    #[crate::boxed]
    pub async fn get_schema(&self, call: &Call, organization: &str, urn: &str) -> Result<ExtensionSchema> {
        let org = self
            .inner
            .organization(call, organization, Scope::SchemasRead)
            .await?;
        find(self.published(&org).await?, urn)
    }

    /// All schemas of an organization.
    #[crate::boxed]
    pub async fn list_schemas(&self, call: &Call, organization: &str) -> Result<Vec<ExtensionSchema>> {
        let org = self
            .inner
            .organization(call, organization, Scope::SchemasRead)
            .await?;
        self.published(&org).await
    }

    /// The declared schemas, and what the policy adds to them.
    async fn published(&self, org: &OrganizationContext) -> Result<Vec<ExtensionSchema>> {
        let mut schemas = self.inner.store.read(AllSchemas(org.id)).await?;
        schemas.extend(legacy_schemas(&org.policy, &schemas, org.id));
        schemas.sort_by_key(|schema| fold(&schema.urn));
        Ok(org.licensing.publish(schemas, org.id, org.since))
    }

    /// Deletes a schema that nothing uses.
    #[crate::boxed]
    pub async fn delete_schema(&self, call: &Call, organization: &str, urn: &str) -> Result<()> {
        let org = self
            .inner
            .organization(call, organization, Scope::SchemasWrite)
            .await?;
        let unit = DeleteSchema {
            context: ChangeContext::new(call, &*self.inner.platform),
            organization: org.id,
            urn: urn.to_owned(),
        };
        self.inner.write(&call.caller, org.id, unit).await
    }
}

/// The schemas that values of extensions refer to; none are read where there are no values.
pub(super) async fn schemas_of(
    reader: &mut dyn Reader,
    organization: Id,
    values: &Map<String, Value>,
) -> Result<Vec<ExtensionSchema>> {
    if values.is_empty() {
        return Ok(Vec::new());
    }
    reader.schemas(organization).await
}

fn find(schemas: Vec<ExtensionSchema>, urn: &str) -> Result<ExtensionSchema> {
    let key = fold(urn);
    let mut schemas = schemas.into_iter();
    let found = schemas.find(|schema| fold(&schema.urn) == key);
    found.ok_or_else(|| Error::not_found(Resource::Schema, urn))
}

fn declared(context: &ChangeContext, organization: Id, new: NewSchema) -> ExtensionSchema {
    ExtensionSchema {
        urn: new.urn,
        organization_id: organization,
        name: new.name,
        description: new.description,
        extends: new.extends,
        attributes: new.attributes,
        version: 1,
        created_at: context.at,
        updated_at: context.at,
    }
}

/// A schema as the change log shows it.
fn record_of(schema: &ExtensionSchema) -> Result<Record> {
    let extends = match schema.extends {
        ExtendedType::User => "user",
        ExtendedType::Group => "group",
    };
    let fields = [
        ("name", json!(schema.name)),
        ("description", json!(schema.description)),
        ("extends", json!(extends)),
        ("attributes", record::value(&schema.attributes)?),
    ];
    Ok(fields
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect())
}

/// All schemas: there are never many.
struct AllSchemas(Id);

#[async_trait]
impl Query for AllSchemas {
    type Output = Vec<ExtensionSchema>;
    const COST: Cost = Cost::Point;

    async fn run(&self, reader: &mut dyn Reader) -> Result<Self::Output> {
        reader.schemas(self.0).await
    }
}

/// Declares a schema, or finds the one that the first call of this request declared.
struct CreateSchema {
    context: ChangeContext,
    schema: ExtensionSchema,
    request: Request,
}

#[async_trait]
impl Unit for CreateSchema {
    type Output = ExtensionSchema;

    async fn run(&self, transaction: &mut Transaction<'_>) -> Result<ExtensionSchema> {
        let schema = &self.schema;
        self.context.authorize(transaction.organization()?)?;
        let reader = &mut *transaction.reader;
        let schemas = reader.schemas(schema.organization_id).await?;
        let earlier = self
            .request
            .repeats(reader, schema.organization_id, self.context.at)
            .await?;
        if let Some(urn) = earlier {
            return find(schemas, &urn);
        }
        refuse_one_too_many(&schemas, schema)?;
        self.request.remember(
            &mut transaction.writes,
            schema.organization_id,
            &schema.urn,
            self.context.at,
        );
        transaction
            .writes
            .push(Write::InsertSchema(Box::new(schema.clone())));
        let detail = created(&record_of(schema)?);
        let entry = self
            .context
            .entry(Resource::Schema, &schema.urn, Action::Created, detail);
        transaction.entries.push(entry);
        Ok(schema.clone())
    }
}

fn refuse_one_too_many(schemas: &[ExtensionSchema], new: &ExtensionSchema) -> Result<()> {
    let key = fold(&new.urn);
    if schemas.iter().any(|schema| fold(&schema.urn) == key) {
        return Err(Error::AlreadyExists {
            resource: Resource::Schema,
            field: "id",
        });
    }
    if schemas.len() < MAX_SCHEMAS {
        return Ok(());
    }
    Err(Error::TooMany {
        limit: "schemas in one organization",
        maximum: u64::try_from(MAX_SCHEMAS).unwrap_or(u64::MAX),
        retry_after: None,
    })
}

/// Deletes a schema that no user or group has values of.
struct DeleteSchema {
    context: ChangeContext,
    organization: Id,
    urn: String,
}

#[async_trait]
impl Unit for DeleteSchema {
    type Output = ();

    async fn run(&self, transaction: &mut Transaction<'_>) -> Result<()> {
        self.context.authorize(transaction.organization()?)?;
        let reader = &mut *transaction.reader;
        let schema = find(reader.schemas(self.organization).await?, &self.urn)?;
        if reader.schema_in_use(self.organization, &schema.urn).await? {
            return Err(Error::RuleBroken(Rule::PolicyForbids("attributes.custom")));
        }
        let entry = self
            .context
            .entry(Resource::Schema, &schema.urn, Action::Deleted, Detail::default());
        transaction.entries.push(entry);
        transaction
            .writes
            .push(Write::DeleteSchema(self.organization, schema.urn));
        Ok(())
    }
}
