//! Grants of roles.

use identity_core::{
    directory::input::{GrantQuery, GrantRevocation, NewGrant},
    error::{Error, Result},
    group::{MemberKind, Source},
    id::Id,
    role::{Grant, RoleScope},
};
use identity_proto::v1::{self, GrantRoleRequest, GrantSource, MemberType, RevokeRoleRequest};

use super::{group::source_message, time};

pub(crate) fn to_message(grant: Grant) -> v1::Grant {
    let kind = match grant.principal_kind {
        MemberKind::User => MemberType::User,
        MemberKind::Group => MemberType::Group,
    };
    let project = match grant.key.scope {
        RoleScope::Organization => None,
        RoleScope::Project(id) => Some(id),
    };
    v1::Grant {
        principal_id: grant.key.principal_id.to_string(),
        principal_type: kind.into(),
        project_id: id(project),
        role: grant.key.role,
        source: source_message(grant.key.source).into(),
        connection_id: id(grant.connection_id),
        expire_time: grant.expires_at.map(time::to_message),
        create_time: Some(time::to_message(grant.created_at)),
    }
}

pub(crate) fn create(request: GrantRoleRequest) -> Result<NewGrant> {
    Ok(NewGrant {
        principal: request.principal_id,
        project: request.project,
        role: request.role,
        source: source(request.source)?.unwrap_or(Source::Manual),
        expires_at: time::from_message(request.expire_time, "expire_time")?,
    })
}

pub(crate) fn revocation(request: RevokeRoleRequest) -> Result<GrantRevocation> {
    Ok(GrantRevocation {
        principal: request.principal_id,
        project: request.project,
        role: request.role,
        source: source(request.source)?,
    })
}

pub(crate) fn query(principal: String, project: String) -> GrantQuery {
    GrantQuery { principal, project }
}

fn source(source: i32) -> Result<Option<Source>> {
    Ok(match GrantSource::try_from(source) {
        Ok(GrantSource::Unspecified) => None,
        Ok(GrantSource::Scim) => Some(Source::Scim),
        Ok(GrantSource::Manual) => Some(Source::Manual),
        Ok(GrantSource::Group) => Some(Source::Group),
        Ok(GrantSource::Default) => Some(Source::Default),
        Ok(GrantSource::Mapping) => Some(Source::Mapping),
        Err(_) => return Err(Error::invalid("source", "must be a known source")),
    })
}

fn id(id: Option<Id>) -> String {
    id.map(|id| id.to_string()).unwrap_or_default()
}
