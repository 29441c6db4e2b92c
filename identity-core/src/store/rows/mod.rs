//! Rows: how the types of the core lie in the tables. One set for both databases.

mod adoption;
mod change;
mod connection;
mod connection_health;
mod former;
mod grant;
mod group;
mod identity;
mod mapping;
mod member;
pub(super) mod names;
mod organization;
mod project;
mod provisioning;
mod request;
mod role;
mod schema;
mod service_account;
mod signing_key;
mod space_separated;
mod token;
mod user;

pub(super) use adoption::{UnmanagedGroupRow, UnmanagedUserRow};
pub(super) use change::{ChangeRow, NewChange};
pub(super) use connection::{ConnectionRow, ConnectionUpdate, NewConnection};
pub(super) use connection_health::{ActivityRow, CredentialRow, OutcomesRow, ToldRow};
pub(super) use former::FormerAccessRow;
pub(super) use grant::{GrantRow, NewGrant, ORGANIZATION_ITSELF, project_of, scope_of};
pub(super) use group::{GroupRow, GroupUpdate, NewGroup};
pub(super) use identity::IdentityRow;
pub(super) use mapping::{GroupLicenseRow, MappingRow};
pub(super) use member::MemberRow;
pub(super) use organization::{OrganizationCounters, OrganizationRow, OrganizationUpdate};
pub(super) use project::{NewProject, ProjectRow, ProjectUpdate};
pub(super) use provisioning::{NewProvisioningRequest, ProvisioningRow};
pub(super) use request::RequestRow;
pub(super) use role::{NewRole, RoleRow, RoleUpdate};
pub(super) use schema::SchemaRow;
pub(super) use service_account::{NewServiceAccount, ServiceAccountRow, ServiceAccountUpdate};
pub(super) use signing_key::{NewSigningKey, SigningKeyRow};
pub(super) use token::{NewToken, TokenRow, TokenUpdate};
pub(super) use user::{EmailRow, NewUser, UserDocument, UserRow, UserUpdate, email_rows};

use serde::{Serialize, de::DeserializeOwned};

use crate::error::{Error, Result};

/// Writes a document of ours. What the core puts into documents can always be written.
pub(in crate::store) fn to_json<T: Serialize>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|error| Error::Internal(error.into()))
}

/// Reads a document of ours.
pub(super) fn from_json<T: DeserializeOwned>(text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|error| Error::Internal(error.into()))
}
