//! Roles and entitlements as resources: what a provisioning client may put into `roles` and `entitlements`. The shape is that of the
//! IETF's draft on roles and entitlements; Okta has URNs of its own for the same.

use super::{
    attribute::{Attribute, Mutability, boolean, complex, text},
    schema::Schema,
};

/// Under which URNs roles and entitlements are served.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// URNs of the IETF's draft.
    #[default]
    Draft,
    /// Okta's.
    Okta,
}

/// Kind of assignment to a user, beside groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Assignable {
    /// A role.
    Role,
    /// An entitlement: a license.
    Entitlement,
}

impl Assignable {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Role, Self::Entitlement];

    /// The name of the resource type.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Role => "Role",
            Self::Entitlement => "Entitlement",
        }
    }

    /// The path below the base URL.
    pub const fn endpoint(self) -> &'static str {
        match self {
            Self::Role => "/Roles",
            Self::Entitlement => "/Entitlements",
        }
    }

    /// The URN of the schema.
    pub const fn urn(self, dialect: Dialect) -> &'static str {
        match (self, dialect) {
            (Self::Role, Dialect::Draft) => "urn:ietf:params:scim:schemas:core:2.0:Role",
            (Self::Entitlement, Dialect::Draft) => "urn:ietf:params:scim:schemas:core:2.0:Entitlement",
            (Self::Role, Dialect::Okta) => "urn:okta:scim:schemas:core:1.0:Role",
            (Self::Entitlement, Dialect::Okta) => "urn:okta:scim:schemas:core:1.0:Entitlement",
        }
    }

    /// Returns its description.
    pub const fn description(self) -> &'static str {
        match self {
            Self::Role => "A role that can be given to users by their roles",
            Self::Entitlement => "A license that users can have",
        }
    }

    /// The schema.
    pub fn schema(self, dialect: Dialect) -> Schema {
        Schema {
            urn: self.urn(dialect).into(),
            aliases: &[],
            name: self.name().into(),
            description: self.description().into(),
            core_prefix: "".into(),
            attributes: parts(dialect),
        }
    }

    /// The resource as one element, for filters in memory.
    pub fn element(self, dialect: Dialect) -> Attribute {
        let mut all = vec![fixed(text("id", "").exact()).about("The same as the value")];
        all.extend(parts(dialect));
        complex(self.name(), "", all)
    }
}

fn parts(dialect: Dialect) -> Vec<Attribute> {
    let mut parts = vec![
        fixed(text("value", "value").exact()).about("What stands in the user's list"),
        fixed(text("display", "display")).about("The value for people"),
        fixed(text("type", "type")).about("Where it holds"),
        fixed(boolean("supported", "")).about("Whether it has effect when a client gives it"),
    ];
    if dialect == Dialect::Okta {
        parts.push(fixed(text("displayName", "")).about("The same as the display"));
    }
    parts
}

fn fixed(attribute: Attribute) -> Attribute {
    attribute.mutability(Mutability::ReadOnly)
}
