//! Permissions of roles; `docs/roles.md` has the table.

use std::collections::BTreeSet;

use super::OrganizationRole;

/// Characters that the name of a permission may have.
const MAX_NAME: usize = 128;

/// Returns the permissions that a built-in role adds to those of the weaker ones.
pub(super) const fn of_built_in(role: OrganizationRole) -> &'static [&'static str] {
    match role {
        OrganizationRole::Member => &["organization.view"],
        OrganizationRole::Viewer => &["project.view"],
        OrganizationRole::InteractiveViewer => &["project.explore"],
        OrganizationRole::Editor => &["project.edit"],
        OrganizationRole::Developer => &["project.develop"],
        OrganizationRole::Admin => &[
            "groups.edit",
            "organization.edit",
            "project.create",
            "project.manage",
            "roles.edit",
            "tokens.edit",
            "users.edit",
        ],
    }
}

/// A set of permissions, in order of their names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Permissions(BTreeSet<String>);

impl Permissions {
    /// Tells whether this permission is among them.
    pub fn has(&self, name: &str) -> bool {
        self.0.contains(name)
    }

    /// Tells whether all of the others are among them.
    pub fn covers(&self, others: &Self) -> bool {
        self.0.is_superset(&others.0)
    }

    /// How many they are.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Their names, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

impl<'a> Extend<&'a str> for Permissions {
    fn extend<I: IntoIterator<Item = &'a str>>(&mut self, names: I) {
        self.0.extend(names.into_iter().map(str::to_owned));
    }
}

impl<'a> Extend<&'a &'a str> for Permissions {
    fn extend<I: IntoIterator<Item = &'a &'a str>>(&mut self, names: I) {
        self.extend(names.into_iter().copied());
    }
}

impl<'a> FromIterator<&'a str> for Permissions {
    fn from_iter<I: IntoIterator<Item = &'a str>>(names: I) -> Self {
        let mut permissions = Self::default();
        permissions.extend(names);
        permissions
    }
}

/// Tells whether a text names a permission: at least two words of `a-z`, `0-9` and `_`, with dots between.
/// Services name their own; those of Roster have the same form.
pub fn is_permission(text: &str) -> bool {
    let word = |word: &str| {
        word.starts_with(|first: char| first.is_ascii_lowercase())
            && word
                .bytes()
                .all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'_')
    };
    text.len() <= MAX_NAME && text.contains('.') && text.split('.').all(word)
}

#[cfg(test)]
mod tests {
    use super::{OrganizationRole, is_permission, of_built_in};

    #[test]
    fn permissions_are_words_with_dots_between() {
        for name in ["project.view", "billing.invoices.pay_2"] {
            assert!(is_permission(name), "{name}");
        }
        for name in [
            "",
            "project",
            "project.",
            ".view",
            "Project.view",
            "a..b",
            "a.b c",
            "a.2",
        ] {
            assert!(!is_permission(name), "{name}");
        }
    }

    #[test]
    fn no_permission_belongs_to_two_built_in_roles() {
        let mut all: Vec<_> = OrganizationRole::ALL.into_iter().flat_map(of_built_in).collect();
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count);
        assert!(all.into_iter().all(|name| is_permission(name)));
    }
}
