//! Preparation of a filter before any database sees it: its limits are checked, and the policy's default role
//! is put in.

use super::{Filter, MAX_DEPTH, MAX_PARTS, MAX_TERMS, MAX_TEXT, Operator, Value, plan::is_nothing};
use crate::{
    attributes::refuse,
    error::{Error, Result},
    text::fold,
};

/// The attribute whose absent value stands for the policy's default.
const ROLE: &str = "organization_role";

/// Levels that putting in the default role can add.
pub(crate) const ROLE_LEVELS: usize = 3;

/// Checks a client's filter against the limits, and makes conditions on the effective organization role of conditions on the
/// explicit one and the policy's default.
pub fn prepare(filter: Filter, default_role: Option<&str>) -> Result<Filter> {
    check(&filter, MAX_DEPTH)?;
    Ok(match default_role {
        Some(role) => with_default(filter, role),
        None => filter,
    })
}

/// Refuses a filter that is deeper than `max_depth`, or has too many terms or too long texts.
pub(crate) fn check(filter: &Filter, max_depth: usize) -> Result<()> {
    check_level(filter, max_depth, &mut TermCount::default())
}

/// The terms of a filter so far.
#[derive(Default)]
struct TermCount {
    all: usize,
    /// Terms that look for a part of a text.
    parts: usize,
}

fn check_level(filter: &Filter, levels_left: usize, terms: &mut TermCount) -> Result<()> {
    let below = levels_left
        .checked_sub(1)
        .ok_or_else(|| too_large(format!("more than {MAX_DEPTH} levels")))?;
    match filter {
        Filter::All(list) | Filter::Any(list) if !list.is_empty() => {
            return list.iter().try_for_each(|it| check_level(it, below, terms));
        }
        Filter::Not(inner) | Filter::Element { filter: inner, .. } => {
            return check_level(inner, below, terms);
        }
        Filter::Comparison {
            attribute,
            operator,
            value: Value::Text(text),
        } => {
            check_text(attribute, text)?;
            terms.parts += usize::from(matches!(operator, Operator::Contains | Operator::EndsWith));
        }
        Filter::All(_) | Filter::Any(_) | Filter::Comparison { .. } | Filter::Present(_) => {}
    }
    terms.all += 1;
    if terms.all > MAX_TERMS {
        return Err(too_large(format!("more than {MAX_TERMS} terms")));
    }
    if terms.parts > MAX_PARTS {
        return Err(too_large(format!(
            "more than {MAX_PARTS} terms that look for a part of a text (co, ew)"
        )));
    }
    Ok(())
}

fn check_text(attribute: &str, text: &str) -> Result<()> {
    if text.chars().nth(MAX_TEXT).is_some() {
        return Err(refuse(
            attribute,
            format!("the text has more than {MAX_TEXT} characters"),
        ));
    }
    if text.contains('\0') {
        return Err(refuse(attribute, "the text must not contain NUL"));
    }
    Ok(())
}

fn too_large(why: String) -> Error {
    Error::InvalidFilter { attribute: None, why }
}

fn with_default(filter: Filter, role: &str) -> Filter {
    let all = |list: Vec<Filter>| list.into_iter().map(|it| with_default(it, role)).collect();
    match filter {
        Filter::All(list) => Filter::All(all(list)),
        Filter::Any(list) => Filter::Any(all(list)),
        Filter::Not(inner) => Filter::Not(Box::new(with_default(*inner, role))),
        // Everybody has one.
        Filter::Present(name) if name == ROLE => Filter::All(Vec::new()),
        Filter::Comparison {
            attribute,
            operator,
            value,
        } if attribute == ROLE => comparison(operator, value, role),
        // The attributes of an element are its own.
        Filter::Comparison { .. } | Filter::Present(_) | Filter::Element { .. } => filter,
    }
}

/// A comparison with the effective role: nobody is without one.
fn comparison(operator: Operator, value: Value, role: &str) -> Filter {
    let absent = || Filter::Not(Box::new(Filter::Present(ROLE.to_owned())));
    let explicit = |operator, value| Filter::Comparison {
        attribute: ROLE.to_owned(),
        operator,
        value,
    };
    match (operator, &value) {
        (Operator::NotEqual, _) => Filter::Not(Box::new(comparison(Operator::Equal, value, role))),
        (Operator::Equal, value) if is_nothing(value) => Filter::Any(Vec::new()),
        (_, Value::Text(text)) if operator.holds(&fold(role), &fold(text)) => {
            Filter::Any(vec![absent(), explicit(operator, value)])
        }
        _ => explicit(operator, value),
    }
}
