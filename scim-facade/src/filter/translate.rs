//! A filter in the core's words, every name looked up in the table.

use identity_proto::v1::{ElementFilter, Filter, filter::Condition};

use super::{
    core::{all_of, any_of, compare, not, present},
    derived,
    tree::{Expression, Literal, Operator, Term, Test},
    typed::{Typed, typed},
};
use crate::attributes::{Attribute, AttributePath, Table, Target};

/// The filter, or why it has no meaning here.
pub(super) type Translated<T = Filter> = Result<T, String>;

/// Translates a whole filter.
pub(super) fn translate(expression: &Expression, table: &Table) -> Translated {
    walk(expression, &|leaf| match leaf {
        Expression::Term(term) => resource_term(term, table),
        Expression::Element {
            attribute,
            filter,
            then,
        } => element(attribute_path(attribute, table)?, filter, then.as_ref()),
        _ => Ok(all_of(Vec::new())),
    })
}

/// Translates what joins conditions, and leaves the conditions to `leaf`.
fn walk(expression: &Expression, leaf: &dyn Fn(&Expression) -> Translated) -> Translated {
    let each = |parts: &[Expression]| {
        parts
            .iter()
            .map(|part| walk(part, leaf))
            .collect::<Translated<Vec<_>>>()
    };
    match expression {
        Expression::And(parts) => each(parts).map(all_of),
        Expression::Or(parts) => each(parts).map(any_of),
        Expression::Not(inner) => walk(inner, leaf).map(not),
        Expression::Term(_) | Expression::Element { .. } => leaf(expression),
    }
}

/// A term outside of brackets, where names are those of the resource.
fn resource_term(term: &Term, table: &Table) -> Translated {
    let attribute_path = attribute_path(&term.attribute, table)?;
    if let Some(filter) = derived::filter(&attribute_path, &term.test, table)? {
        return Ok(filter);
    }
    let (test, sign) = positive(&term.test);
    let scope = Scope {
        attribute_path: AttributePath {
            sub: None,
            ..attribute_path
        },
    };
    scope
        .close(scope.test(attribute_path.sub, &test)?)
        .map(|filter| sign.apply(filter))
}

/// Brackets and what follows them.
fn element(attribute_path: AttributePath<'_>, filter: &Expression, then: Option<&Term>) -> Translated {
    if attribute_path.sub.is_some() {
        return Err(format!(
            "`{attribute_path}` is a part, and brackets follow a whole attribute"
        ));
    }
    let scope = Scope { attribute_path };
    let inner = walk(filter, &|leaf| match leaf {
        Expression::Term(term) => scope.term(term),
        _ => Err("brackets cannot stand within brackets".into()),
    })?;
    let Some(term) = then else {
        return scope.close(inner);
    };
    // As everywhere, `ne` is "not eq": no element that meets the filter has the value.
    let (test, sign) = positive(&term.test);
    let further = scope.test(Some(scope.part(&term.attribute)?), &test)?;
    scope
        .close(all_of(vec![inner, further]))
        .map(|filter| sign.apply(filter))
}

/// The attribute whose elements or parts a condition is about.
struct Scope<'t> {
    attribute_path: AttributePath<'t>,
}

impl<'t> Scope<'t> {
    /// A term between brackets, where names are those of the parts.
    fn term(&self, term: &Term) -> Translated {
        let (test, sign) = positive(&term.test);
        self.test(Some(self.part(&term.attribute)?), &test)
            .map(|filter| sign.apply(filter))
    }

    fn part(&self, name: &str) -> Translated<&'t Attribute> {
        let attribute = self.attribute_path.attribute;
        if !attribute.is_complex() && attribute.is_multi_valued() && name.eq_ignore_ascii_case("value") {
            return Ok(attribute);
        }
        attribute
            .sub(name)
            .ok_or_else(|| format!("`{name}` is no part of `{}`", self.attribute_path))
    }

    fn test(&self, part: Option<&'t Attribute>, test: &Test) -> Translated {
        let attribute = part.unwrap_or(self.attribute_path.attribute);
        if !attribute.is_complex() {
            return condition(attribute, self.name(attribute)?, test);
        }
        match (attribute.sub("value"), test) {
            // RFC 7644, section 3.4.2.2: an object compares by its `value`, so `members eq "id"` (quirk Q17).
            (Some(value), _) => self.test(Some(value), test),
            (None, Test::Present) => {
                let names = attribute
                    .sub_attributes
                    .iter()
                    .filter_map(|part| self.name(part).ok());
                Ok(any_of(names.map(present).collect()))
            }
            (None, Test::Compare(..)) => {
                let example = attribute.sub_attributes.first().map_or("", |part| &part.name);
                Err(format!(
                    "`{0}` has parts, so say which, such as `{0}.{example}`",
                    self.attribute_path
                ))
            }
        }
    }

    /// How the core calls a part: within an element by its own name, in an object by the whole one.
    fn name(&self, part: &'t Attribute) -> Translated<String> {
        let is_whole = std::ptr::eq(part, self.attribute_path.attribute);
        let attribute_path = if is_whole {
            self.attribute_path
        } else {
            self.attribute_path.with_sub(part)
        };
        let name = match (self.attribute_path.attribute.is_multi_valued(), is_whole) {
            (false, _) => attribute_path.core_name(),
            (true, true) => Some("value".to_owned()),
            (true, false) => part.core.as_deref().map(str::to_owned),
        };
        name.ok_or_else(|| derived::unfilterable(&attribute_path))
    }

    /// A condition on one element as a condition on the resource.
    fn close(&self, filter: Filter) -> Translated {
        let attribute = self.attribute_path.attribute;
        if !attribute.is_multi_valued() {
            return Ok(filter);
        }
        let name = self
            .attribute_path
            .core_name()
            .ok_or_else(|| derived::unfilterable(&self.attribute_path))?;
        let whole = |part: &str| {
            if attribute.is_complex() {
                format!("{name}.{part}")
            } else {
                name.clone()
            }
        };
        // A single comparison needs no brackets, and the core has indexes for some of them.
        let condition = match filter.condition {
            Some(Condition::Comparison(mut comparison)) => {
                comparison.attribute = whole(&comparison.attribute);
                Condition::Comparison(comparison)
            }
            Some(Condition::Present(part)) => Condition::Present(whole(&part)),
            condition => {
                let filter = Some(Box::new(Filter { condition }));
                Condition::Element(Box::new(ElementFilter {
                    attribute: name,
                    filter,
                }))
            }
        };
        Ok(Filter {
            condition: Some(condition),
        })
    }
}

fn attribute_path<'t>(name: &str, table: &'t Table) -> Translated<AttributePath<'t>> {
    match table.resolve(name) {
        Ok(Target::Attribute(attribute_path)) => Ok(attribute_path),
        Ok(Target::Schema(schema)) => Err(format!(
            "`{}` is a schema, so name one of its attributes",
            schema.urn
        )),
        Err(unknown) => Err(unknown.to_string()),
    }
}

fn condition(attribute: &Attribute, name: String, test: &Test) -> Translated {
    let (operator, literal) = match test {
        Test::Present => return Ok(present(name)),
        Test::Compare(operator, literal) => (*operator, literal),
    };
    match typed(attribute, operator, literal)? {
        // RFC 7643, section 2.4: `primary` that is not given is false.
        Typed::Boolean(false) if attribute.is_primary() => {
            Ok(not(compare(name, operator, Typed::Boolean(true))))
        }
        value => Ok(compare(name, operator, value)),
    }
}

/// Sense of a condition: as it stands, or the other way round.
#[derive(Clone, Copy)]
pub(super) enum Sign {
    AsIs,
    Negated,
}

impl Sign {
    pub(super) fn apply(self, filter: Filter) -> Filter {
        match self {
            Self::AsIs => filter,
            Self::Negated => not(filter),
        }
    }
}

/// `ne` is "not eq", and comparing with null asks whether there is a value: what remains is a test that a value meets.
pub(super) fn positive(test: &Test) -> (Test, Sign) {
    match test {
        Test::Compare(Operator::Equal, Literal::Null) => (Test::Present, Sign::Negated),
        Test::Compare(Operator::NotEqual, Literal::Null) => (Test::Present, Sign::AsIs),
        Test::Compare(Operator::NotEqual, value) => {
            (Test::Compare(Operator::Equal, value.clone()), Sign::Negated)
        }
        test => (test.clone(), Sign::AsIs),
    }
}
