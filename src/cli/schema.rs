//! `roster schema`.

use std::{
    fs,
    io::{self, Read},
    path::Path,
};

use clap::Subcommand;
use identity_proto::v1::{
    CreateSchemaRequest, DeleteSchemaRequest, ExtensionSchema, GetSchemaRequest, ListSchemasRequest,
};
use prost::{Message, Name};

use super::{
    InOrg,
    output::{Answer, from_json},
    session::Session,
};
use crate::failure::Failure;

const CREATE_EXAMPLE: &str = r#"Example:
  roster schema create --org acme badge.json
with badge.json:
  {"id": "urn:example:params:scim:schemas:extension:badge:2.0:User", "name": "Badge", "extends": "EXTENDED_TYPE_USER",
   "attributes": [{"name": "number", "type": "ATTRIBUTE_TYPE_STRING", "caseExact": true}]}"#;

/// The commands about extension schemas.
#[derive(Debug, Subcommand)]
pub(crate) enum SchemaCommand {
    /// Declare a schema from a file that holds it in the proto's JSON form
    #[command(after_help = CREATE_EXAMPLE)]
    Create {
        #[command(flatten)]
        org: InOrg,
        /// The file; - for standard input
        #[arg(value_name = "FILE")]
        file: String,
    },
    /// List schemas
    #[command(after_help = "Example:\n  roster schema list --org acme")]
    List {
        #[command(flatten)]
        org: InOrg,
    },
    /// Show a schema
    #[command(
        after_help = "Example:\n  roster schema get --org acme urn:example:params:scim:schemas:extension:badge:2.0:User"
    )]
    Get {
        #[command(flatten)]
        org: InOrg,
        /// The schema's URN
        #[arg(value_name = "URN")]
        urn: String,
    },
    /// Delete a schema that no resource has values of
    #[command(
        after_help = "Example:\n  roster schema delete --org acme urn:example:params:scim:schemas:extension:badge:2.0:User"
    )]
    Delete {
        #[command(flatten)]
        org: InOrg,
        /// The schema's URN
        #[arg(value_name = "URN")]
        urn: String,
    },
}

impl SchemaCommand {
    pub(super) fn question(&self) -> Option<String> {
        match self {
            Self::Delete { urn, .. } => Some(format!("Delete the schema {urn:?}?")),
            _ => None,
        }
    }

    pub(super) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let mut client = session.schemas();
        match self {
            Self::Create { org, file } => {
                let schema: ExtensionSchema = read_message(&file)?;
                let request = CreateSchemaRequest {
                    organization: org.org,
                    schema: Some(schema),
                    ..Default::default()
                };
                let made = client.create_schema(request).await?.into_inner();
                Answer::rows(&made, &[made.schema.clone().unwrap_or_default()])
            }
            Self::List { org } => {
                let request = ListSchemasRequest {
                    organization: org.org,
                    ..ListSchemasRequest::default()
                };
                let all = client.list_schemas(request).await?.into_inner();
                Answer::rows(&all, &all.schemas)
            }
            Self::Get { org, urn } => {
                let request = GetSchemaRequest {
                    organization: org.org,
                    id: urn,
                };
                let found = client.get_schema(request).await?.into_inner();
                Answer::details(&found, &found.schema.clone().unwrap_or_default())
            }
            Self::Delete { org, urn } => {
                let request = DeleteSchemaRequest {
                    organization: org.org,
                    id: urn,
                    ..Default::default()
                };
                let gone = client.delete_schema(request).await?.into_inner();
                Answer::text(&gone, "deleted\n".into())
            }
        }
    }
}

/// A message from a file in the proto's JSON form.
pub(super) fn read_message<M: Message + Name + Default>(file: &str) -> Result<M, Failure> {
    let text = if file == "-" {
        let mut text = String::new();
        io::stdin().read_to_string(&mut text).map(|_| text)
    } else {
        fs::read_to_string(Path::new(file))
    };
    let text = text.map_err(|cause| Failure::Usage(format!("{file}: {cause}")))?;
    from_json(&text).map_err(|cause| Failure::Usage(format!("{file}: {cause}")))
}
