//! A filter with its attributes resolved and its values as keys: what the databases and the matcher evaluate.

use super::{Filter, MAX_DEPTH, Operator, Value, operand::operand, prepare};
use crate::{
    attributes::{Attribute, List, Target, refuse, resolve},
    error::Result,
    schema::{ExtendedType, ExtensionSchema},
};

/// A condition on a resource or, inside [`Plan::Element`], on an element of a list.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Plan {
    /// All hold.
    All(Vec<Plan>),
    /// One holds.
    Any(Vec<Plan>),
    /// This does not hold.
    Not(Box<Plan>),
    /// The attribute has a value.
    Present(Attribute),
    /// The key of the attribute's value stands in a relation to another key. Without a value it does not.
    Compare(Attribute, Operator, String),
    /// One element of the list meets the whole condition.
    Element(List, Box<Plan>),
}

/// Resolves a filter on resources of this type.
pub(crate) fn plan(resource: ExtendedType, filter: &Filter, schemas: &[ExtensionSchema]) -> Result<Plan> {
    prepare::check(filter, MAX_DEPTH + prepare::ROLE_LEVELS)?;
    let names = ElementNames::Resource(resource, schemas);
    names.plan(filter)
}

/// Tells whether a value means "none"; an empty text does, as it is no value.
pub(super) fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Text(text) => text.is_empty(),
        _ => false,
    }
}

/// Context in which names are resolved.
enum ElementNames<'a> {
    Resource(ExtendedType, &'a [ExtensionSchema]),
    Element(&'a List),
}

impl ElementNames<'_> {
    fn plan(&self, filter: &Filter) -> Result<Plan> {
        let all = |list: &[Filter]| list.iter().map(|it| self.plan(it)).collect::<Result<_>>();
        match filter {
            Filter::All(list) => Ok(Plan::All(all(list)?)),
            Filter::Any(list) => Ok(Plan::Any(all(list)?)),
            Filter::Not(inner) => Ok(not(self.plan(inner)?)),
            Filter::Present(name) => Ok(present(self.target(name)?)),
            Filter::Comparison {
                attribute,
                operator,
                value,
            } => {
                let target = self.target(attribute)?;
                match operator {
                    Operator::NotEqual => Ok(not(compare(target, attribute, Operator::Equal, value)?)),
                    operator => compare(target, attribute, *operator, value),
                }
            }
            Filter::Element { attribute, filter } => match self.target(attribute)? {
                Target::List(list) => {
                    let inner = ElementNames::Element(&list).plan(filter)?;
                    Ok(Plan::Element(list, Box::new(inner)))
                }
                _ => Err(refuse(attribute, "the attribute has no elements to choose among")),
            },
        }
    }

    fn target(&self, name: &str) -> Result<Target> {
        match self {
            Self::Resource(resource, schemas) => resolve(*resource, name, schemas),
            Self::Element(list) => match list.part(name) {
                Some(part) => Ok(Target::Value(part.clone())),
                None => Err(refuse(
                    &format!("{}.{name}", list.name),
                    "there is no attribute of this name",
                )),
            },
        }
    }
}

fn not(plan: Plan) -> Plan {
    Plan::Not(Box::new(plan))
}

fn present(target: Target) -> Plan {
    match target {
        Target::Value(attribute) => Plan::Present(attribute),
        Target::Object(parts) => Plan::Any(parts.into_iter().map(present).collect()),
        Target::List(list) => Plan::Element(list, Box::new(Plan::All(Vec::new()))),
        Target::Each(list, part) => Plan::Element(list, Box::new(Plan::Present(part))),
    }
}

fn compare(target: Target, name: &str, operator: Operator, value: &Value) -> Result<Plan> {
    if operator == Operator::Equal && is_nothing(value) {
        return Ok(not(present(target)));
    }
    let one = |attribute: Attribute| {
        let operand = operand(&attribute, operator, value)?;
        Ok(
            if operand.is_empty() && operator != Operator::Less && operator != Operator::LessOrEqual {
                // Every value contains, follows, begins and ends with the empty text.
                Plan::Present(attribute)
            } else {
                Plan::Compare(attribute, operator, operand)
            },
        )
    };
    match target {
        Target::Value(attribute) => one(attribute),
        Target::Object(_) => Err(refuse(name, "the attribute is an object; name one of its parts")),
        Target::Each(list, part) => Ok(Plan::Element(list, Box::new(one(part)?))),
        Target::List(list) => {
            let part = list.value().cloned();
            let part =
                part.ok_or_else(|| refuse(name, "the elements are objects; name one of their parts"))?;
            Ok(Plan::Element(list, Box::new(one(part)?)))
        }
    }
}
