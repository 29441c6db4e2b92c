//! Custom roles, and roles that can be given.

use identity_core::{
    directory::{
        AssignableRole,
        input::{NewRole, RoleUpdate},
    },
    error::{Error, Result},
    id::Id,
    role::{CustomRole, PredefinedRole, Role, RoleKind},
};
use identity_proto::v1::{self, RoleScope as ScopeMessage, RoleSource, UpdateRoleRequest};

use super::{etag, filled, mask::Fields, required, time};

#[derive(Clone, Copy, PartialEq)]
enum Field {
    Name,
    Permissions,
}

const FIELDS: Fields<Field> = Fields {
    settable: &[("name", Field::Name), ("permissions", Field::Permissions)],
    read_only: &[
        "id",
        "organization_id",
        "scope",
        "source",
        "group_id",
        "etag",
        "create_time",
        "update_time",
    ],
};

pub(crate) fn to_message(role: Role) -> v1::Role {
    match role {
        Role::Predefined(role) => predefined_message(role),
        Role::Custom(role) => custom_message(role),
    }
}

fn predefined_message(role: PredefinedRole) -> v1::Role {
    let scope = if role.in_projects {
        ScopeMessage::Any
    } else {
        ScopeMessage::Organization
    };
    v1::Role {
        id: role.name.clone(),
        organization_id: role.organization_id.to_string(),
        name: role.name,
        scope: scope.into(),
        permissions: role.permissions.names().map(str::to_owned).collect(),
        source: RoleSource::Predefined.into(),
        ..v1::Role::default()
    }
}

pub(crate) fn custom_message(role: CustomRole) -> v1::Role {
    let source = match role.group_id {
        Some(_) => RoleSource::Group,
        None => RoleSource::Custom,
    };
    let scope = match role.kind {
        RoleKind::Organization => ScopeMessage::Organization,
        RoleKind::Project => ScopeMessage::Project,
    };
    v1::Role {
        id: role.id.to_string(),
        organization_id: role.organization_id.to_string(),
        scope: scope.into(),
        permissions: role.permissions.names().map(str::to_owned).collect(),
        source: source.into(),
        group_id: role.group_id.as_ref().map(Id::to_string).unwrap_or_default(),
        etag: etag(role.version),
        create_time: Some(time::to_message(role.created_at)),
        update_time: Some(time::to_message(role.updated_at)),
        name: role.name,
    }
}

pub(crate) fn assignable_message(role: AssignableRole) -> v1::AssignableRole {
    v1::AssignableRole {
        value: role.value.write(),
        display: role.display,
        r#type: role.kind,
    }
}

pub(crate) fn create(role: v1::Role) -> Result<NewRole> {
    let kind = match ScopeMessage::try_from(role.scope) {
        Ok(ScopeMessage::Organization) => RoleKind::Organization,
        Ok(ScopeMessage::Project) => RoleKind::Project,
        Ok(ScopeMessage::Unspecified | ScopeMessage::Any) | Err(_) => {
            return Err(Error::invalid("scope", "must be the organization or projects"));
        }
    };
    Ok(NewRole {
        name: role.name,
        kind,
        permissions: role.permissions,
    })
}

pub(crate) fn update(request: UpdateRoleRequest) -> Result<RoleUpdate> {
    let role = required(request.role, "role")?;
    filled(&role.id, "role.id")?;
    let fields = FIELDS.given(request.update_mask, &role)?;
    let mut update = RoleUpdate {
        id: role.id,
        etag: role.etag,
        ..RoleUpdate::default()
    };
    for field in fields {
        match field {
            Field::Name => update.name = Some(role.name.clone()),
            Field::Permissions => update.permissions = Some(role.permissions.clone()),
        }
    }
    Ok(update)
}
