//! THE attribute table: what is known of every SCIM attribute stands here once. `/Schemas`, filters, PATCH paths, projection
//! and the reading of bodies all look it up.

use std::sync::Arc;

use identity_proto::v1;

/// The two kinds of resources.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ResourceKind {
    /// `/Users`.
    User,
    /// `/Groups`.
    Group,
}

/// The tables of one organization: the built-in schemas and those that it declared.
#[derive(Debug)]
pub struct Tables {
    /// Attributes of users.
    pub user: Table,
    /// Attributes of groups.
    pub group: Table,
}

/// The attributes that one kind of resource has.
#[derive(Debug)]
pub struct Table {
    /// Which kind.
    pub kind: ResourceKind,
}

impl Tables {
    /// The tables of an organization without declared schemas.
    pub fn builtin() -> Arc<Self> {
        Arc::new(Self::with_declared(&[]))
    }

    /// The tables of an organization that declared these schemas.
    pub fn with_declared(_declared: &[v1::ExtensionSchema]) -> Self {
        Self { user: Table { kind: ResourceKind::User }, group: Table { kind: ResourceKind::Group } }
    }

    /// The table of one kind.
    pub fn of(&self, kind: ResourceKind) -> &Table {
        match kind {
            ResourceKind::User => &self.user,
            ResourceKind::Group => &self.group,
        }
    }
}
