//! Conditions on resources, as a tree. Text is parsed by the API; here a filter is already a tree.

mod matcher;
mod operand;
mod plan;
mod prepare;
#[cfg(test)]
mod tests;

pub use matcher::matches;
pub(crate) use plan::{Plan, plan};
pub use prepare::prepare;

use crate::platform::Timestamp;

/// Levels of nesting that a filter may have.
pub const MAX_DEPTH: usize = 20;
/// Terms that a filter may have in all.
pub const MAX_TERMS: usize = 200;
/// Terms that look for a part of a text (`contains`, `ends with`), which no index answers.
pub const MAX_PARTS: usize = 20;
/// Characters that a text in a filter may have.
pub const MAX_TEXT: usize = 1024;

/// A condition on a resource. What each case means, `roster/identity/v1/filter.proto` says.
#[derive(Clone, Debug, PartialEq)]
pub enum Filter {
    /// All of these hold.
    All(Vec<Filter>),
    /// One of these holds.
    Any(Vec<Filter>),
    /// This does not hold.
    Not(Box<Filter>),
    /// An attribute compares with a value.
    Comparison {
        /// The attribute, as the API names it.
        attribute: String,
        /// How.
        operator: Operator,
        /// With what.
        value: Value,
    },
    /// The attribute has a value.
    Present(String),
    /// One element of the multi-valued attribute meets the whole condition.
    Element {
        /// The multi-valued attribute.
        attribute: String,
        /// The condition, its attributes named from the element on.
        filter: Box<Filter>,
    },
}

/// How an attribute compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operator {
    /// Equal.
    Equal,
    /// Not equal.
    NotEqual,
    /// Contains the text.
    Contains,
    /// Starts with the text.
    StartsWith,
    /// Ends with the text.
    EndsWith,
    /// Greater than.
    Greater,
    /// Greater than or equal.
    GreaterOrEqual,
    /// Less than.
    Less,
    /// Less than or equal.
    LessOrEqual,
}

/// A value to compare with.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// No value.
    Null,
    /// Text.
    Text(String),
    /// A boolean.
    Boolean(bool),
    /// A whole number.
    Integer(i64),
    /// A decimal number.
    Decimal(f64),
    /// A point in time.
    Time(Timestamp),
}

impl Operator {
    /// Tells whether a value's key stands in this relation to the key it is compared with.
    pub fn holds(self, key: &str, operand: &str) -> bool {
        match self {
            Self::Equal => key == operand,
            Self::NotEqual => key != operand,
            Self::Contains => key.contains(operand),
            Self::StartsWith => key.starts_with(operand),
            Self::EndsWith => key.ends_with(operand),
            Self::Greater => key > operand,
            Self::GreaterOrEqual => key >= operand,
            Self::Less => key < operand,
            Self::LessOrEqual => key <= operand,
        }
    }
}
