//! Organization roles.

/// The organization roles, weakest first (rule 68).
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
