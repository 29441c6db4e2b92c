//! Roles as provisioning clients write them.

use super::RoleScope;
use crate::id::Id;

/// A value of `roles`: where, and which. A role in the organization is its bare name; one in a project stands behind the project's id and
/// a colon. Neither changes when something is renamed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RoleValue {
    /// Where.
    pub scope: RoleScope,
    /// Name of a role of the catalog, or id of a custom role.
    pub role: String,
}

impl RoleValue {
    /// Reads a value. What has no id of a project before its first colon is the name of a role in the organization.
    pub fn parse(text: &str) -> Self {
        let in_project = text
            .split_once(':')
            .and_then(|(project, role)| Some((Id::parse(project)?, role)));
        match in_project {
            Some((project, role)) => Self {
                scope: RoleScope::Project(project),
                role: role.to_owned(),
            },
            None => Self {
                scope: RoleScope::Organization,
                role: text.to_owned(),
            },
        }
    }

    /// The value as it is written.
    pub fn write(&self) -> String {
        match self.scope {
            RoleScope::Organization => self.role.clone(),
            RoleScope::Project(project) => format!("{project}:{}", self.role),
        }
    }
}

/// Tells whether a value stands for no role: some identity providers cannot send an optional attribute empty.
pub fn is_no_role(text: &str) -> bool {
    const ENDING: &str = "no-role";
    let start = text.len().checked_sub(ENDING.len());
    start.is_some_and(|start| text.as_bytes()[start..].eq_ignore_ascii_case(ENDING.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::{RoleValue, is_no_role};
    use crate::{id::Id, role::RoleScope};

    #[test]
    fn a_value_is_split_at_its_first_colon_behind_the_id_of_a_project() {
        let project = Id(uuid::Uuid::from_u128(7));
        let value = RoleValue::parse(&format!("{project}:a:b"));
        assert_eq!(value.scope, RoleScope::Project(project));
        assert_eq!(value.role, "a:b");
        assert_eq!(RoleValue::parse(&value.write()), value);
    }

    #[test]
    fn what_names_no_project_is_a_role_in_the_organization() {
        for text in ["admin", "urn:x:admin", ""] {
            let value = RoleValue::parse(text);
            assert_eq!(
                (value.scope, value.write().as_str()),
                (RoleScope::Organization, text)
            );
        }
    }

    #[test]
    fn no_role_is_known_in_any_case_by_its_end() {
        for text in ["no-role", "NO-ROLE", "x:No-Role"] {
            assert!(is_no_role(text), "{text}");
        }
        for text in ["no-roles", "role", "", "ño-rol"] {
            assert!(!is_no_role(text), "{text}");
        }
    }
}
