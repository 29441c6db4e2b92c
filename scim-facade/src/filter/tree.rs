//! A filter as it is written: names are still text, nothing is looked up.

use std::fmt::{self, Display, Formatter};

use serde_json::Number;

/// A filter of RFC 7644, section 3.4.2.2. Its `Display` is text that parses to the same tree.
#[derive(Clone, Debug, PartialEq)]
pub enum Expression {
    /// All of these; at least two.
    And(Vec<Expression>),
    /// One of these; at least two.
    Or(Vec<Expression>),
    /// Not this.
    Not(Box<Expression>),
    /// A test of an attribute.
    Term(Term),
    /// A test of the elements of an attribute: `emails[type eq "work"]`.
    Element {
        /// The attribute.
        attribute: String,
        /// Filter that one element must meet as a whole.
        filter: Box<Expression>,
        /// A further test of a part of the same element: `emails[type eq "work"].value eq "a@x"` (quirk Q15).
        then: Option<Term>,
    },
}

/// A test of one attribute.
#[derive(Clone, Debug, PartialEq)]
pub struct Term {
    /// The attribute's name as written, possibly behind a URN.
    pub attribute: String,
    /// The test.
    pub test: Test,
}

/// Requirement on an attribute.
#[derive(Clone, Debug, PartialEq)]
pub enum Test {
    /// That it has a value.
    Present,
    /// How it compares.
    Compare(Operator, Literal),
}

/// How an attribute compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operator {
    /// `eq`
    Equal,
    /// `ne`
    NotEqual,
    /// `co`
    Contains,
    /// `sw`
    StartsWith,
    /// `ew`
    EndsWith,
    /// `gt`
    Greater,
    /// `ge`
    GreaterOrEqual,
    /// `lt`
    Less,
    /// `le`
    LessOrEqual,
}

/// A value as written.
#[derive(Clone, Debug, PartialEq)]
pub enum Literal {
    /// `null`
    Null,
    /// `true` or `false`
    Boolean(bool),
    /// A JSON number.
    Number(Number),
    /// A JSON string.
    Text(String),
}

/// The path of a PATCH operation: `name.familyName`, `emails[type eq "work"].value`, a URN. Its `Display` parses to the same path.
#[derive(Clone, Debug, PartialEq)]
pub struct Path {
    /// The attribute's name as written, possibly behind a URN, possibly with a part.
    pub attribute: String,
    /// Filter that selects elements.
    pub filter: Option<Expression>,
    /// Part of those elements; only behind a filter.
    pub part: Option<String>,
}

impl Operator {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Equal,
        Self::NotEqual,
        Self::Contains,
        Self::StartsWith,
        Self::EndsWith,
        Self::Greater,
        Self::GreaterOrEqual,
        Self::Less,
        Self::LessOrEqual,
    ];

    /// The name of the operator in a filter.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Equal => "eq",
            Self::NotEqual => "ne",
            Self::Contains => "co",
            Self::StartsWith => "sw",
            Self::EndsWith => "ew",
            Self::Greater => "gt",
            Self::GreaterOrEqual => "ge",
            Self::Less => "lt",
            Self::LessOrEqual => "le",
        }
    }

    /// The operator of this name, in any case (quirk Q18).
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|operator| operator.name().eq_ignore_ascii_case(name))
    }
}

impl Display for Expression {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::And(all) => join(f, all, " and ", |inner| {
                matches!(inner, Self::And(_) | Self::Or(_))
            }),
            Self::Or(any) => join(f, any, " or ", |inner| matches!(inner, Self::Or(_))),
            Self::Not(inner) => write!(f, "not ({inner})"),
            Self::Term(term) => term.fmt(f),
            Self::Element {
                attribute,
                filter,
                then: None,
            } => write!(f, "{attribute}[{filter}]"),
            Self::Element {
                attribute,
                filter,
                then: Some(term),
            } => write!(f, "{attribute}[{filter}].{term}"),
        }
    }
}

fn join(
    f: &mut Formatter<'_>,
    parts: &[Expression],
    name: &str,
    needs_parentheses: fn(&Expression) -> bool,
) -> fmt::Result {
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            f.write_str(name)?;
        }
        if needs_parentheses(part) {
            write!(f, "({part})")?;
        } else {
            part.fmt(f)?;
        }
    }
    Ok(())
}

impl Display for Term {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.test {
            Test::Present => write!(f, "{} pr", self.attribute),
            Test::Compare(operator, value) => write!(f, "{} {} {value}", self.attribute, operator.name()),
        }
    }
}

impl Display for Literal {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Boolean(value) => value.fmt(f),
            Self::Number(number) => number.fmt(f),
            Self::Text(text) => serde_json::Value::from(text.as_str()).fmt(f),
        }
    }
}

impl Display for Path {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&self.attribute)?;
        if let Some(filter) = &self.filter {
            write!(f, "[{filter}]")?;
        }
        self.part.as_ref().map_or(Ok(()), |part| write!(f, ".{part}"))
    }
}
