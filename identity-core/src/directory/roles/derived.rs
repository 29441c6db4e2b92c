//! Texts that the server derives for a role that a provisioning client may give.

use super::RoleResolver;
use crate::role::{RoleScope, RoleValue};

/// The `type` of a role in the organization.
pub(super) const IN_ORGANIZATION: &str = "Organization";

/// Texts for people beside a value of `roles`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::directory) struct Derived {
    /// The role's name; in a project, behind the project's.
    pub(in crate::directory) display: String,
    /// `Organization`, or `Project - ` and its name.
    pub(in crate::directory) kind: String,
}

/// The texts of a value that the resolver knows.
pub(in crate::directory) fn derived(resolver: &RoleResolver, value: &RoleValue) -> Derived {
    let name = resolver.name(&value.role).to_owned();
    let project = match value.scope {
        RoleScope::Organization => None,
        RoleScope::Project(id) => resolver.project(id),
    };
    match project {
        Some(project) => Derived {
            display: format!("{} - {name}", project.name),
            kind: format!("Project - {}", project.name),
        },
        None => Derived {
            display: name,
            kind: IN_ORGANIZATION.to_owned(),
        },
    }
}
