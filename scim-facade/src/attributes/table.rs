//! The tables of an organization, and how a name finds its attribute.

use std::{
    fmt,
    sync::{Arc, LazyLock},
};

use identity_proto::v1::{ExtendedType, ExtensionSchema};

use super::{
    assignable::Dialect,
    attribute::{Attribute, ElementIdentity, Mutability, find},
    common, declared, enterprise, group,
    schema::Schema,
    user,
};

/// Characters of an unknown name that an error shows.
const MAX_SHOWN: usize = 200;

/// The two kinds of resources.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ResourceKind {
    /// `/Users`.
    User,
    /// `/Groups`.
    Group,
}

impl ResourceKind {
    /// The name of the resource type.
    pub const fn name(self) -> &'static str {
        match self {
            Self::User => "User",
            Self::Group => "Group",
        }
    }

    /// The path below the base URL.
    pub const fn endpoint(self) -> &'static str {
        match self {
            Self::User => "/Users",
            Self::Group => "/Groups",
        }
    }
}

/// The tables of one organization: the built-in schemas and those that it declared.
#[derive(Debug)]
pub struct Tables {
    /// Attributes of users.
    pub user: Table,
    /// Attributes of groups.
    pub group: Table,
    /// Under which URNs roles and entitlements are served.
    pub dialect: Dialect,
}

static BUILTIN: LazyLock<Arc<Tables>> = LazyLock::new(|| Arc::new(Tables::with_declared(&[])));

impl Tables {
    /// The tables of an organization without declared schemas; made once.
    pub fn builtin() -> Arc<Self> {
        Arc::clone(&BUILTIN)
    }

    /// The tables of an organization that declared these schemas.
    pub fn with_declared(schemas: &[ExtensionSchema]) -> Self {
        let of = |extended: ExtendedType| {
            schemas
                .iter()
                .filter(move |schema| schema.extends() == extended)
                .map(declared::schema)
        };
        let user_extensions = std::iter::once(enterprise::schema())
            .chain(of(ExtendedType::User))
            .collect();
        Self {
            user: Table::new(ResourceKind::User, user::schema(), user_extensions),
            group: Table::new(
                ResourceKind::Group,
                group::schema(),
                of(ExtendedType::Group).collect(),
            ),
            dialect: Dialect::default(),
        }
    }

    /// The same, with roles and entitlements under the URNs of this dialect.
    #[must_use]
    pub fn in_dialect(self, dialect: Dialect) -> Self {
        Self { dialect, ..self }
    }

    /// The same, for an organization where a user holds one role in each place: to add another is to replace it.
    #[must_use]
    pub fn with_one_role_per_place(mut self) -> Self {
        let attributes = self.user.core.attributes.iter_mut();
        for roles in attributes.filter(|attribute| attribute.name == "roles") {
            roles.identity = ElementIdentity::Scope;
        }
        self
    }

    /// The table of one kind.
    pub fn of(&self, kind: ResourceKind) -> &Table {
        match kind {
            ResourceKind::User => &self.user,
            ResourceKind::Group => &self.group,
        }
    }
}

/// The attributes that one kind of resource has.
#[derive(Debug)]
pub struct Table {
    /// Kind of the resources.
    pub kind: ResourceKind,
    /// The attributes of RFC 7643, section 3.1, which stand in no schema.
    pub common: Vec<Attribute>,
    /// The kind's own schema.
    pub core: Schema,
    /// The schemas that extend it.
    pub extensions: Vec<Schema>,
}

/// Target of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target<'t> {
    /// All attributes of a schema: the name is its bare URN.
    Schema(&'t Schema),
    /// An attribute.
    Attribute(AttributePath<'t>),
}

/// An attribute and where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AttributePath<'t> {
    /// The extension that it belongs to; absent: it stands at the top of the resource.
    pub extension: Option<&'t Schema>,
    /// The attribute.
    pub attribute: &'t Attribute,
    /// A part of it.
    pub sub: Option<&'t Attribute>,
}

/// A name that the table does not have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unknown {
    name: String,
    kind: ResourceKind,
}

impl fmt::Display for Unknown {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "`{}` is no attribute of a {}",
            self.name,
            self.kind.name()
        )
    }
}

impl Table {
    fn new(kind: ResourceKind, core: Schema, extensions: Vec<Schema>) -> Self {
        Self {
            kind,
            common: common::attributes(),
            core,
            extensions,
        }
    }

    /// The attribute of the common ones or of the core schema with this name, in any case.
    pub fn find(&self, name: &str) -> Option<&Attribute> {
        self.core.find(name).or_else(|| find(&self.common, name))
    }

    /// The schema, core or extension, that this URN means.
    pub fn schema(&self, urn: &str) -> Option<&Schema> {
        self.schemas().find(|schema| schema.is_named(urn))
    }

    /// The core schema, then the extensions.
    pub fn schemas(&self) -> impl Iterator<Item = &Schema> {
        std::iter::once(&self.core).chain(&self.extensions)
    }

    /// Resolves a name: `userName`, `name.givenName`, either behind a URN and a colon (RFC 7644, section
    /// 3.10), or a bare URN. Names are found without case.
    pub fn resolve(&self, name: &str) -> Result<Target<'_>, Unknown> {
        let unknown = || Unknown {
            // Enough to know it by: the text is a client's.
            name: name.chars().take(MAX_SHOWN).collect(),
            kind: self.kind,
        };
        if !name.contains(':') {
            return self
                .attribute_path(None, name)
                .map(Target::Attribute)
                .ok_or_else(unknown);
        }
        if let Some(schema) = self.schema(name) {
            return Ok(Target::Schema(schema));
        }
        // URNs hold colons and dots themselves, so the known ones tell where the attribute's name begins.
        let longest = self
            .schemas()
            .filter_map(|schema| schema.prefix_of(name).map(|length| (length, schema)))
            .max_by_key(|(length, _)| *length);
        let (length, schema) = longest.ok_or_else(unknown)?;
        self.attribute_path(self.extension(schema), &name[length..])
            .map(Target::Attribute)
            .ok_or_else(unknown)
    }

    /// The schema, if it is an extension and not the core one.
    pub(crate) fn extension<'t>(&self, schema: &'t Schema) -> Option<&'t Schema> {
        (schema.urn != self.core.urn).then_some(schema)
    }

    /// An attribute by its name within a schema, with or without a part of it.
    pub(crate) fn attribute_path<'t>(
        &'t self,
        extension: Option<&'t Schema>,
        name: &str,
    ) -> Option<AttributePath<'t>> {
        let (name, part) = match name.split_once('.') {
            Some((name, part)) => (name, Some(part)),
            None => (name, None),
        };
        let attribute = match extension {
            Some(schema) => schema.find(name)?,
            None => self.find(name)?,
        };
        let sub = match part {
            Some(part) => Some(attribute.sub(part)?),
            None => None,
        };
        Some(AttributePath {
            extension,
            attribute,
            sub,
        })
    }
}

impl<'t> AttributePath<'t> {
    /// The name in roster.identity.v1's filters, of the attribute or of its part; absent if the core cannot filter by it.
    pub fn core_name(&self) -> Option<String> {
        let prefix = self.extension.map_or("", |schema| schema.core_prefix.as_ref());
        match (self.attribute.core.as_deref(), self.sub) {
            (Some(name), None) => Some(format!("{prefix}{name}")),
            (Some(name), Some(sub)) => Some(format!("{prefix}{name}.{}", sub.core.as_deref()?)),
            // `meta` is no object in roster.identity.v1: its parts stand at the top.
            (None, Some(sub)) => sub.core.as_deref().map(str::to_owned),
            (None, None) => None,
        }
    }

    /// The field of roster.identity.v1's `User` or `Group` that holds it, for update masks; absent: clients cannot set it.
    pub fn field(&self) -> Option<&'t str> {
        match self.extension {
            None => self.attribute.core.as_deref(),
            Some(schema) => Some(schema.field()),
        }
    }

    /// Tells whether it is a group's list of members, which are ids by the ten thousand and stored apart from
    /// the group.
    pub fn is_members(&self) -> bool {
        self.extension.is_none() && self.attribute.core.as_deref() == Some("members") && self.sub.is_none()
    }

    /// Tells whether it switches a user on and off.
    pub fn is_active(&self) -> bool {
        self.extension.is_none() && self.attribute.core.as_deref() == Some("active")
    }

    /// Tells whether values that clients give are kept: not read-only ones, and not a password.
    pub fn is_kept(&self) -> bool {
        let is_kept = |it: &Attribute| matches!(it.mutability, Mutability::ReadWrite | Mutability::Immutable);
        is_kept(self.attribute) && is_kept(self.leaf())
    }

    /// The attribute that a value or condition is about: the part, if one is named.
    pub fn leaf(&self) -> &'t Attribute {
        self.sub.unwrap_or(self.attribute)
    }

    /// The same attribute with another part.
    #[must_use]
    pub fn with_sub(self, sub: &'t Attribute) -> Self {
        Self {
            sub: Some(sub),
            ..self
        }
    }
}

impl fmt::Display for AttributePath<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(schema) = self.extension {
            write!(formatter, "{}:", schema.urn)?;
        }
        formatter.write_str(&self.attribute.name)?;
        self.sub.map_or(Ok(()), |sub| write!(formatter, ".{}", sub.name))
    }
}
