//! The roles that an organization's product has, weakest first.

use std::sync::{Arc, LazyLock};

use super::permission::{self, Permissions};

/// The roles that there are unless a policy names others, weakest first (rule 68).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OrganizationRole {
    /// Belongs, and nothing more.
    Member,
    /// Looks at what is shared.
    Viewer,
    /// Explores what is shared.
    InteractiveViewer,
    /// Changes content.
    Editor,
    /// Changes how content is made.
    Developer,
    /// Changes the organization.
    Admin,
}

impl OrganizationRole {
    /// All of them, weakest first.
    pub const ALL: [Self; 6] = [
        Self::Member,
        Self::Viewer,
        Self::InteractiveViewer,
        Self::Editor,
        Self::Developer,
        Self::Admin,
    ];

    /// The name in every API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Member => "member",
            Self::Viewer => "viewer",
            Self::InteractiveViewer => "interactive_viewer",
            Self::Editor => "editor",
            Self::Developer => "developer",
            Self::Admin => "admin",
        }
    }

    /// The role of this name, with case.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }
}

/// The roles of an organization, weakest first: those of the policy setting `roles.catalog`, or the built-in six where it names none,
/// as somebody must be able to administer the organization. The last one is the administrator's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Catalog(Arc<[String]>);

/// The built-in one, which most checks need.
static BUILT_IN: LazyLock<Arc<[String]>> =
    LazyLock::new(|| OrganizationRole::ALL.map(|role| role.name().to_owned()).into());

impl Catalog {
    /// The catalog of these names.
    pub fn new(names: &[String]) -> Self {
        if names.is_empty() {
            Self(Arc::clone(&BUILT_IN))
        } else {
            Self(names.into())
        }
    }

    /// All names, weakest first.
    pub fn names(&self) -> &[String] {
        &self.0
    }

    /// The roles that one can hold in a project: all but the weakest, which says no more than that one belongs to the organization.
    pub fn project_names(&self) -> &[String] {
        self.0.get(1..).unwrap_or_default()
    }

    /// Returns the strength of a role; `None`: it is none of the catalog.
    pub fn rank(&self, name: &str) -> Option<usize> {
        self.0.iter().position(|it| it == name)
    }

    /// The role whose holders administer the organization.
    pub fn admin(&self) -> &str {
        self.0
            .last()
            .map_or(OrganizationRole::Admin.name(), String::as_str)
    }

    /// The strongest of these roles that the catalog has.
    pub fn strongest<'a>(&self, roles: impl IntoIterator<Item = &'a str>) -> Option<&str> {
        let ranks = roles.into_iter().filter_map(|role| self.rank(role));
        ranks.max().and_then(|rank| self.0.get(rank)).map(String::as_str)
    }

    /// Returns the permissions of a role of the catalog: those it is named for, and all of the weaker ones. A
    /// role that is not built in has the permissions of the built-in role at the same height, and the last
    /// role has all.
    pub fn permissions(&self, name: &str) -> Permissions {
        let mut permissions = Permissions::default();
        permissions.extend(self.permitted(name));
        permissions
    }

    /// Tells whether a role of the catalog permits this.
    pub fn permits(&self, name: &str, permission: &str) -> bool {
        self.permitted(name).any(|permitted| permitted == permission)
    }

    /// All that the built-in roles up to the strongest one of the name and the weaker ones permit, also those that the catalog leaves out.
    fn permitted(&self, name: &str) -> impl Iterator<Item = &'static str> {
        let up_to = self.rank(name).map_or(0, |rank| rank + 1);
        let weaker = self.0.iter().enumerate().take(up_to);
        let strongest = weaker.map(|(at, name)| self.built_in(at, name)).max();
        let built_in = OrganizationRole::ALL
            .into_iter()
            .take_while(move |role| Some(*role) <= strongest);
        built_in.flat_map(permission::of_built_in).copied()
    }

    fn built_in(&self, rank: usize, name: &str) -> OrganizationRole {
        let highest = OrganizationRole::ALL.len() - 1;
        let last = self.0.len() - 1;
        if rank == last {
            return OrganizationRole::Admin;
        }
        OrganizationRole::parse(name).unwrap_or_else(|| OrganizationRole::ALL[rank * highest / last])
    }
}

#[cfg(test)]
mod tests {
    use super::{Catalog, OrganizationRole};

    fn catalog(names: &[&str]) -> Catalog {
        Catalog::new(&names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn a_catalog_without_names_has_the_built_in_roles() {
        let names = OrganizationRole::ALL.map(OrganizationRole::name);
        assert_eq!(catalog(&[]).names(), names);
        assert_eq!(catalog(&[]).project_names(), &names[1..]);
    }

    #[test]
    fn each_role_permits_all_that_a_weaker_one_permits_and_something_more() {
        for names in [&[][..], &["basic", "manager"], &["a", "b", "viewer", "d", "e"]] {
            let catalog = catalog(names);
            for pair in catalog.names().windows(2) {
                let (weak, strong) = (catalog.permissions(&pair[0]), catalog.permissions(&pair[1]));
                assert!(strong.covers(&weak), "{pair:?}");
                for name in strong.names() {
                    assert!(catalog.permits(&pair[1], name), "{pair:?} {name}");
                    assert_eq!(catalog.permits(&pair[0], name), weak.has(name), "{pair:?} {name}");
                }
            }
            assert!(catalog.permissions(catalog.admin()).has("organization.edit"));
            let weakest = catalog.permissions(&catalog.names()[0]);
            assert!(!weakest.has("organization.edit"));
        }
    }

    #[test]
    fn a_shorter_catalog_leaves_no_permission_out() {
        let (short, whole) = (catalog(&["basic", "editor", "owner"]), catalog(&[]));
        for (name, same) in [("basic", "member"), ("editor", "editor"), ("owner", "admin")] {
            assert_eq!(short.permissions(name), whole.permissions(same), "{name}");
            assert_eq!(short.permits(name, "project.view"), name != "basic", "{name}");
        }
    }

    #[test]
    fn the_only_role_of_a_catalog_is_the_administrators() {
        let catalog = catalog(&["owner"]);
        assert_eq!(catalog.admin(), "owner");
        assert!(catalog.permissions("owner").has("roles.edit"));
        assert!(catalog.project_names().is_empty());
    }

    #[test]
    fn the_strongest_is_the_last_of_the_catalog_and_others_do_not_count() {
        let catalog = catalog(&[]);
        assert_eq!(catalog.strongest(["viewer", "editor", "owner"]), Some("editor"));
        assert_eq!(catalog.strongest(["owner"]), None);
    }
}
