//! Service accounts.

use identity_core::{
    directory::input::{NewServiceAccount, ServiceAccountUpdate},
    error::Result,
    service_account::ServiceAccount,
};
use identity_proto::v1::{self, UpdateServiceAccountRequest};

use super::{
    etag, filled,
    mask::Fields,
    required, time,
    token::{scope_names, scopes},
};

#[derive(Clone, Copy, PartialEq)]
enum Field {
    Name,
    Description,
    Scopes,
    Projects,
}

const FIELDS: Fields<Field> = Fields {
    settable: &[
        ("name", Field::Name),
        ("description", Field::Description),
        ("scopes", Field::Scopes),
        ("project_ids", Field::Projects),
    ],
    read_only: &["id", "organization_id", "etag", "create_time", "update_time"],
};

pub(crate) fn to_message(account: ServiceAccount) -> v1::ServiceAccount {
    v1::ServiceAccount {
        id: account.id.to_string(),
        organization_id: account.organization_id.to_string(),
        name: account.name,
        description: account.description,
        scopes: scope_names(&account.scopes),
        project_ids: account.projects.iter().map(ToString::to_string).collect(),
        etag: etag(account.version),
        create_time: Some(time::to_message(account.created_at)),
        update_time: Some(time::to_message(account.updated_at)),
    }
}

pub(crate) fn create(account: v1::ServiceAccount) -> Result<NewServiceAccount> {
    Ok(NewServiceAccount {
        scopes: scopes(&account.scopes)?,
        name: account.name,
        description: account.description,
        projects: account.project_ids,
    })
}

pub(crate) fn update(request: UpdateServiceAccountRequest) -> Result<ServiceAccountUpdate> {
    let account = required(request.service_account, "service_account")?;
    filled(&account.id, "service_account.id")?;
    let fields = FIELDS.given(request.update_mask, &account)?;
    let mut update = ServiceAccountUpdate {
        id: account.id,
        etag: account.etag,
        ..ServiceAccountUpdate::default()
    };
    for field in fields {
        match field {
            Field::Name => update.name = Some(account.name.clone()),
            Field::Description => update.description = Some(account.description.clone()),
            Field::Scopes => update.scopes = Some(scopes(&account.scopes)?),
            Field::Projects => update.projects = Some(account.project_ids.clone()),
        }
    }
    Ok(update)
}
