//! A filter evaluated in memory: the plainest reading of what the databases have to find.

use serde_json::Value;

use super::{Filter, Plan, plan};
use crate::{
    attributes::Attribute,
    error::Result,
    schema::{ExtendedType, ExtensionSchema},
    search::Resource,
};

/// Tells whether a resource meets a filter.
pub fn matches(
    filter: &Filter,
    kind: ExtendedType,
    resource: &Resource,
    schemas: &[ExtensionSchema],
) -> Result<bool> {
    let plan = plan(kind, filter, schemas)?;
    Ok(Scope::Resource(resource).meets(&plan))
}

/// Subject of a condition: a resource or an element of a list.
#[derive(Clone, Copy)]
enum Scope<'a> {
    Resource(&'a Resource),
    Element(&'a Value),
}

impl<'a> Scope<'a> {
    fn meets(self, plan: &Plan) -> bool {
        match plan {
            Plan::All(plans) => plans.iter().all(|it| self.meets(it)),
            Plan::Any(plans) => plans.iter().any(|it| self.meets(it)),
            Plan::Not(inner) => !self.meets(inner),
            Plan::Present(attribute) => self.key(attribute).is_some(),
            Plan::Compare(attribute, operator, operand) => self
                .key(attribute)
                .is_some_and(|key| operator.holds(key, operand)),
            Plan::Element(list, inner) => match self {
                Self::Resource(resource) => {
                    let mut elements = resource.elements(&list.name).iter();
                    elements.any(|element| Scope::Element(element).meets(inner))
                }
                // Lists hold no lists.
                Self::Element(_) => false,
            },
        }
    }

    fn key(self, attribute: &Attribute) -> Option<&'a str> {
        match self {
            Self::Resource(resource) => resource.key(attribute),
            Self::Element(element) => element.get(attribute.label()?)?.as_str(),
        }
    }
}
