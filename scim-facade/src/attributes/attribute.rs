//! Definition of one attribute: the characteristics of RFC 7643, section 2.2, and Roster's additions.

use std::borrow::Cow;

/// Elements that a list may have.
pub(crate) const MAX_ELEMENTS: usize = 100;
/// Roles or entitlements that a user may have.
pub(crate) const MAX_ASSIGNED: usize = 1_000;

/// One line of the table. Built-in ones are made with `text` and its like and then told what differs from the defaults.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute {
    /// The name in SCIM, as the RFCs spell it.
    pub name: Cow<'static, str>,
    /// The name in filters and field masks of roster.identity.v1, without its parent's; absent: the core cannot filter by it.
    pub core: Option<Cow<'static, str>>,
    /// Purpose of the attribute.
    pub description: Cow<'static, str>,
    /// Type of its values.
    pub kind: Kind,
    /// Number of values: one, or a list.
    pub plurality: Plurality,
    /// Necessity of the attribute in a resource.
    pub necessity: Necessity,
    /// How its texts compare.
    pub case: Case,
    /// Right to change it.
    pub mutability: Mutability,
    /// When it is in an answer.
    pub returned: Returned,
    /// Among which resources a value is unique.
    pub uniqueness: Uniqueness,
    /// When two elements of the list are the same one.
    pub identity: ElementIdentity,
    /// Elements that the list may have; members of groups are counted elsewhere.
    pub max_elements: usize,
    /// Content of texts in the place of a value.
    pub text_form: TextForm,
    /// Values that are suggested.
    pub canonical_values: Vec<Cow<'static, str>>,
    /// Types of targets that a reference may have.
    pub reference_types: &'static [&'static str],
    /// The parts of a complex attribute.
    pub sub_attributes: Vec<Attribute>,
}

/// The types of RFC 7643, section 2.3.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Text.
    String,
    /// True or false.
    Boolean,
    /// A number with a fraction.
    Decimal,
    /// A whole number.
    Integer,
    /// A point in time.
    DateTime,
    /// Bytes in base64.
    Binary,
    /// A URI, or the id of a resource.
    Reference,
    /// An object of sub-attributes.
    Complex,
}

/// One value or a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Plurality {
    /// One value.
    Single,
    /// A list.
    Multi,
}

/// Necessity of an attribute in a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Necessity {
    /// It may be absent.
    Optional,
    /// It must have a value.
    Required,
}

/// Treatment of case when texts are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Case {
    /// Case does not count.
    Ignored,
    /// Case counts.
    Exact,
}

/// Right to change the attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mutability {
    /// Only the server.
    ReadOnly,
    /// Anyone with the right.
    ReadWrite,
    /// Given once; an element is replaced as a whole.
    Immutable,
    /// Clients give it and never see it.
    WriteOnly,
}

/// When the attribute is in an answer, RFC 7643, section 7.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Returned {
    /// In every answer, whatever is asked for.
    Always,
    /// Never.
    Never,
    /// Unless it is excluded or others are asked for.
    Default,
    /// If it is asked for.
    Request,
}

/// Among which resources a value is unique.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Uniqueness {
    /// It need not be.
    None,
    /// Among those of the organization.
    Server,
}

/// When two elements of a list are the same one, so that an `add` changes the one that is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ElementIdentity {
    /// With equal `value` and `type`; without a `value`, with equal content.
    ValueAndType,
    /// With equal `value`: the list is a set of names or ids.
    Value,
    /// With a `value` for the same place: the organization, or one project. There is room for one role in each.
    Scope,
}

/// Content of a text that stands for a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TextForm {
    /// The value.
    Plain,
    /// The value, or an object with it as JSON text (quirk Q43).
    MaybeJson,
}

impl Attribute {
    fn new(name: &'static str, core: &'static str, kind: Kind) -> Self {
        Self {
            name: name.into(),
            core: (!core.is_empty()).then_some(core.into()),
            description: "".into(),
            kind,
            plurality: Plurality::Single,
            necessity: Necessity::Optional,
            case: Case::Ignored,
            mutability: Mutability::ReadWrite,
            returned: Returned::Default,
            uniqueness: Uniqueness::None,
            identity: ElementIdentity::ValueAndType,
            max_elements: MAX_ELEMENTS,
            text_form: TextForm::Plain,
            canonical_values: Vec::new(),
            reference_types: &[],
            sub_attributes: Vec::new(),
        }
    }

    /// Tells whether it is a list.
    pub fn is_multi_valued(&self) -> bool {
        self.plurality == Plurality::Multi
    }

    /// Tells whether it is an object, or a list of objects.
    pub fn is_complex(&self) -> bool {
        self.kind == Kind::Complex
    }

    /// Tells whether clients may set it.
    pub fn is_writable(&self) -> bool {
        self.mutability != Mutability::ReadOnly
    }

    /// The sub-attribute of this name, in any case.
    pub fn sub(&self, name: &str) -> Option<&Attribute> {
        find(&self.sub_attributes, name)
    }

    /// Tells whether a bare value may stand for the whole: the object or element then has it as its `value`.
    pub fn has_value(&self) -> bool {
        self.sub("value").is_some()
    }

    /// Tells whether it marks the preferred element of a list, RFC 7643, section 2.4.
    pub fn is_primary(&self) -> bool {
        self.kind == Kind::Boolean && self.name == "primary"
    }

    pub(super) fn about(mut self, description: &'static str) -> Self {
        self.description = description.into();
        self
    }

    pub(super) fn list(mut self) -> Self {
        self.plurality = Plurality::Multi;
        self
    }

    /// One element for each project of a large organization.
    pub(super) fn one_a_project(mut self) -> Self {
        self.max_elements = MAX_ASSIGNED;
        self
    }

    pub(super) fn set_by_value(mut self) -> Self {
        self.identity = ElementIdentity::Value;
        self
    }

    pub(super) fn maybe_json_text(mut self) -> Self {
        self.text_form = TextForm::MaybeJson;
        self
    }

    pub(super) fn required(mut self) -> Self {
        self.necessity = Necessity::Required;
        self
    }

    pub(super) fn exact(mut self) -> Self {
        self.case = Case::Exact;
        self
    }

    pub(super) fn unique(mut self) -> Self {
        self.uniqueness = Uniqueness::Server;
        self
    }

    pub(super) fn returned(mut self, returned: Returned) -> Self {
        self.returned = returned;
        self
    }

    pub(super) fn mutability(mut self, mutability: Mutability) -> Self {
        self.mutability = mutability;
        self
    }

    /// Read-only, and so are all its parts.
    pub(super) fn read_only(mut self) -> Self {
        self.mutability = Mutability::ReadOnly;
        for sub in &mut self.sub_attributes {
            sub.mutability = Mutability::ReadOnly;
        }
        self
    }

    pub(super) fn suggests(mut self, values: &[&'static str]) -> Self {
        self.canonical_values = values.iter().map(|value| Cow::Borrowed(*value)).collect();
        self
    }
}

/// The attribute of this name, in any case (RFC 7643, section 2.1).
pub(crate) fn find<'a>(attributes: &'a [Attribute], name: &str) -> Option<&'a Attribute> {
    attributes
        .iter()
        .find(|attribute| attribute.name.eq_ignore_ascii_case(name))
}

/// A text.
pub(super) fn text(name: &'static str, core: &'static str) -> Attribute {
    Attribute::new(name, core, Kind::String)
}

/// A boolean.
pub(super) fn boolean(name: &'static str, core: &'static str) -> Attribute {
    Attribute::new(name, core, Kind::Boolean)
}

/// A point in time.
pub(super) fn date_time(name: &'static str, core: &'static str) -> Attribute {
    Attribute::new(name, core, Kind::DateTime)
}

/// Bytes. RFC 7643, section 2.3.6: base64 is compared with case.
pub(super) fn binary(name: &'static str, core: &'static str) -> Attribute {
    Attribute::new(name, core, Kind::Binary).exact()
}

/// A reference. RFC 7643, section 2.3.7: it is compared with case.
pub(super) fn reference(name: &'static str, core: &'static str, to: &'static [&'static str]) -> Attribute {
    let mut attribute = Attribute::new(name, core, Kind::Reference).exact();
    attribute.reference_types = to;
    attribute
}

/// An object of sub-attributes.
pub(super) fn complex(name: &'static str, core: &'static str, sub_attributes: Vec<Attribute>) -> Attribute {
    let mut attribute = Attribute::new(name, core, Kind::Complex);
    attribute.sub_attributes = sub_attributes;
    attribute
}
