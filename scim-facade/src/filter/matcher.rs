//! A value filter, ready to be asked of elements in memory. PATCH paths select with it.

use serde_json::Value;
use time::OffsetDateTime;

use super::{
    text::{fold, meets},
    tree::{Expression, Literal, Operator, Term, Test},
    typed::{self, Typed, typed},
};
use crate::{
    attributes::{Attribute, Case},
    work::Work,
};

/// A condition on one element of a list.
#[derive(Clone, Debug)]
pub struct ElementFilter {
    condition: Condition,
    /// Values that an element must have to meet it, if it says only that: `type eq "work" and primary eq
    /// true`.
    assignments: Option<Vec<(String, Value)>>,
    /// The values that it selects, if it says only that: `value eq "a" or value eq "b"`.
    values: Option<Vec<String>>,
}

#[derive(Clone, Debug)]
enum Condition {
    All(Vec<Condition>),
    Any(Vec<Condition>),
    Not(Box<Condition>),
    Present(Part),
    Compare {
        part: Part,
        operator: Operator,
        wanted: Typed,
    },
}

/// Value of the element that a condition tests.
#[derive(Clone, Debug)]
struct Part {
    /// The name in canonical spelling; absent: the element is a plain value.
    name: Option<String>,
    case: Case,
    /// RFC 7643, section 2.4: `primary` that is not given is false.
    is_primary: bool,
}

impl ElementFilter {
    /// Looks up the names of a filter among the parts of a list's elements.
    pub fn compile(expression: &Expression, attribute: &Attribute) -> Result<Self, String> {
        Ok(Self {
            condition: compile(expression, attribute)?,
            assignments: assignments(expression, attribute),
            values: values(expression),
        })
    }

    /// Tells whether an element meets it. Once nothing is left of the work, the answer means nothing.
    pub fn matches(&self, element: &Value, work: &Work) -> bool {
        self.condition.is_met(element, work)
    }

    /// The parts that a new element gets, so that it meets the filter; absent if that is a matter of choice.
    pub fn assignments(&self) -> Option<&[(String, Value)]> {
        self.assignments.as_deref()
    }

    /// The `value`s of the elements that it selects; absent if it selects by something else.
    pub fn values(&self) -> Option<&[String]> {
        self.values.as_deref()
    }
}

fn compile(expression: &Expression, attribute: &Attribute) -> Result<Condition, String> {
    let each = |parts: &[Expression]| {
        parts
            .iter()
            .map(|part| compile(part, attribute))
            .collect::<Result<Vec<_>, String>>()
    };
    match expression {
        Expression::And(parts) => each(parts).map(Condition::All),
        Expression::Or(parts) => each(parts).map(Condition::Any),
        Expression::Not(inner) => compile(inner, attribute).map(|inner| Condition::Not(Box::new(inner))),
        Expression::Term(term) => compile_term(term, attribute),
        Expression::Element { .. } => Err("brackets cannot stand within brackets".into()),
    }
}

fn compile_term(term: &Term, attribute: &Attribute) -> Result<Condition, String> {
    let leaf = leaf(&term.attribute, attribute)?;
    let part = Part {
        name: attribute.is_complex().then(|| leaf.name.clone().into_owned()),
        case: leaf.case,
        is_primary: leaf.is_primary(),
    };
    let (operator, literal) = match &term.test {
        Test::Present => return Ok(Condition::Present(part)),
        Test::Compare(operator, literal) => (*operator, literal),
    };
    let wanted = match (typed(leaf, operator, literal)?, leaf.case) {
        (Typed::Text(text), Case::Ignored) => Typed::Text(fold(&text)),
        (wanted, _) => wanted,
    };
    if operator == Operator::NotEqual {
        // `ne` is "not eq", so what is absent meets it.
        let equal = Condition::Compare {
            part,
            operator: Operator::Equal,
            wanted,
        };
        return Ok(Condition::Not(Box::new(equal)));
    }
    Ok(Condition::Compare {
        part,
        operator,
        wanted,
    })
}

/// The part of this name; a list of plain values calls each of them `value`.
fn leaf<'a>(name: &str, attribute: &'a Attribute) -> Result<&'a Attribute, String> {
    if !attribute.is_complex() && name.eq_ignore_ascii_case("value") {
        return Ok(attribute);
    }
    attribute
        .sub(name)
        .ok_or_else(|| format!("`{name}` is no part of `{}`", attribute.name))
}

impl Condition {
    fn is_met(&self, element: &Value, work: &Work) -> bool {
        match self {
            Self::All(all) => all.iter().all(|condition| condition.is_met(element, work)),
            Self::Any(any) => any.iter().any(|condition| condition.is_met(element, work)),
            Self::Not(inner) => !inner.is_met(element, work),
            Self::Present(part) => work.look_at("") && part.of(element).is_some_and(is_assigned),
            Self::Compare {
                part,
                operator,
                wanted,
            } => {
                let value = part.of(element);
                let is_met = || match (value, wanted) {
                    (None | Some(Value::Null), Typed::Null) => true,
                    (None, Typed::Boolean(false)) => part.is_primary,
                    (Some(value), wanted) => compares(value, *operator, wanted, part.case, work),
                    (None, _) => false,
                };
                work.look_at(value.and_then(Value::as_str).unwrap_or_default()) && is_met()
            }
        }
    }
}

impl Part {
    fn of<'v>(&self, element: &'v Value) -> Option<&'v Value> {
        match &self.name {
            Some(name) => element.get(name),
            None => Some(element),
        }
    }
}

/// RFC 7643, section 2.5; an empty text is no value either.
fn is_assigned(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(elements) => !elements.is_empty(),
        Value::Object(parts) => !parts.is_empty(),
        Value::Bool(_) | Value::Number(_) => true,
    }
}

fn compares(value: &Value, operator: Operator, wanted: &Typed, case: Case, work: &Work) -> bool {
    match (value, wanted) {
        (Value::String(text), Typed::Text(wanted)) => match case {
            Case::Ignored => meets(&work.fold(text), operator, wanted),
            Case::Exact => meets(text, operator, wanted),
        },
        (Value::String(text), Typed::Time(wanted)) => {
            typed::time(text).is_some_and(|time| orders::<OffsetDateTime>(&time, operator, wanted))
        }
        (Value::Bool(value), Typed::Boolean(wanted)) => value == wanted,
        (Value::Number(number), Typed::Integer(wanted)) => number
            .as_i64()
            .is_some_and(|number| orders(&number, operator, wanted)),
        (Value::Number(number), Typed::Decimal(wanted)) => number
            .as_f64()
            .is_some_and(|number| orders(&number, operator, wanted)),
        _ => false,
    }
}

fn orders<T: PartialOrd>(value: &T, operator: Operator, wanted: &T) -> bool {
    match operator {
        Operator::Equal => value == wanted,
        Operator::Greater => value > wanted,
        Operator::GreaterOrEqual => value >= wanted,
        Operator::Less => value < wanted,
        Operator::LessOrEqual => value <= wanted,
        Operator::NotEqual | Operator::Contains | Operator::StartsWith | Operator::EndsWith => false,
    }
}

/// The parts that `and` and `eq` alone determine.
fn assignments(expression: &Expression, attribute: &Attribute) -> Option<Vec<(String, Value)>> {
    match expression {
        Expression::And(parts) => {
            let mut all = Vec::new();
            for part in parts {
                all.extend(assignments(part, attribute)?);
            }
            Some(all)
        }
        Expression::Term(Term {
            attribute: name,
            test: Test::Compare(operator @ Operator::Equal, literal),
        }) => {
            let leaf = leaf(name, attribute).ok()?;
            let value = match (typed(leaf, *operator, literal).ok()?, literal) {
                (Typed::Null, _) => return None,
                (Typed::Boolean(value), _) => value.into(),
                (Typed::Integer(number), _) => number.into(),
                (Typed::Decimal(number), _) => number.into(),
                (_, Literal::Text(text)) => text.as_str().into(),
                (_, literal) => literal.to_string().into(),
            };
            Some(vec![(leaf.name.clone().into_owned(), value)])
        }
        _ => None,
    }
}

/// The values that `or` and `value eq` alone select.
fn values(expression: &Expression) -> Option<Vec<String>> {
    match expression {
        Expression::Or(parts) => {
            let mut all = Vec::new();
            for part in parts {
                all.extend(values(part)?);
            }
            Some(all)
        }
        Expression::Term(Term {
            attribute,
            test: Test::Compare(Operator::Equal, Literal::Text(text)),
        }) if attribute.eq_ignore_ascii_case("value") => Some(vec![text.clone()]),
        _ => None,
    }
}
