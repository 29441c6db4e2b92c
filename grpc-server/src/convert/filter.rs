//! Filters. A tree is limited in depth while it is read, as its reader calls itself; its other limits are the core's.

use identity_core::{
    error::{Error, Result},
    filter::{Filter, MAX_DEPTH, Operator, Value},
};
use identity_proto::v1::{
    self, ComparisonOperator, FilterList, FilterValue, filter::Condition, filter_value::Kind,
};

use super::{snake_case, time};

pub(crate) fn from_message(filter: v1::Filter) -> Result<Filter> {
    read(filter, MAX_DEPTH, None)
}

/// `list`: the list whose elements the filter is about.
fn read(filter: v1::Filter, depth: usize, list: Option<&str>) -> Result<Filter> {
    let Some(depth) = depth.checked_sub(1) else {
        return Err(refused(None, format!("more than {MAX_DEPTH} levels deep")));
    };
    let all = |filters: FilterList| {
        let filters = filters.filters.into_iter();
        filters
            .map(|filter| read(filter, depth, list))
            .collect::<Result<_>>()
    };
    match filter.condition {
        None => Err(refused(None, "a condition is empty".to_owned())),
        Some(Condition::AllOf(filters)) => Ok(Filter::All(all(filters)?)),
        Some(Condition::AnyOf(filters)) => Ok(Filter::Any(all(filters)?)),
        Some(Condition::Not(inner)) => Ok(Filter::Not(Box::new(read(*inner, depth, list)?))),
        Some(Condition::Comparison(comparison)) => compare(comparison, list),
        Some(Condition::Present(path)) => Ok(Filter::Present(attribute(&path, list))),
        Some(Condition::Element(element)) => {
            let attribute = attribute(&element.attribute, list);
            let inner = element.filter.map(|filter| *filter).unwrap_or_default();
            let filter = Box::new(read(inner, depth, Some(&attribute))?);
            Ok(Filter::Element { attribute, filter })
        }
    }
}

/// Reads an attribute's name: as its field in snake case or, as in JSON, in lower camel case. What refers to a group or a member is a value
/// to the core, with the fields `id` and `display_name` here.
pub(crate) fn attribute(path: &str, list: Option<&str>) -> String {
    let path = snake_case(path);
    let (head, part) = match (list, path.split_once('.')) {
        (Some(list), None) => (list, &*path),
        (None, Some((head, part))) => (head, part),
        _ => return path.into_owned(),
    };
    let part = match (head, part) {
        ("groups" | "members", "id") => "value",
        ("groups", "display_name") => "display",
        _ => return path.into_owned(),
    };
    match list {
        Some(_) => part.to_owned(),
        None => format!("{head}.{part}"),
    }
}

fn compare(comparison: v1::Comparison, list: Option<&str>) -> Result<Filter> {
    let attribute = attribute(&comparison.attribute, list);
    let Some(operator) = operator(comparison.operator) else {
        return Err(refused(Some(attribute), "the operator is unknown".to_owned()));
    };
    let Some(value) = value(comparison.value) else {
        return Err(refused(Some(attribute), "the value is out of range".to_owned()));
    };
    Ok(Filter::Comparison {
        attribute,
        operator,
        value,
    })
}

fn operator(operator: i32) -> Option<Operator> {
    match ComparisonOperator::try_from(operator).ok()? {
        ComparisonOperator::Unspecified => None,
        ComparisonOperator::Equal => Some(Operator::Equal),
        ComparisonOperator::NotEqual => Some(Operator::NotEqual),
        ComparisonOperator::Contains => Some(Operator::Contains),
        ComparisonOperator::StartsWith => Some(Operator::StartsWith),
        ComparisonOperator::EndsWith => Some(Operator::EndsWith),
        ComparisonOperator::GreaterThan => Some(Operator::Greater),
        ComparisonOperator::GreaterOrEqual => Some(Operator::GreaterOrEqual),
        ComparisonOperator::LessThan => Some(Operator::Less),
        ComparisonOperator::LessOrEqual => Some(Operator::LessOrEqual),
    }
}

fn value(value: Option<FilterValue>) -> Option<Value> {
    Some(match value.and_then(|value| value.kind) {
        None => Value::Null,
        Some(Kind::StringValue(text)) => Value::Text(text),
        Some(Kind::BoolValue(value)) => Value::Boolean(value),
        Some(Kind::IntValue(number)) => Value::Integer(number),
        Some(Kind::DoubleValue(number)) => number.is_finite().then_some(Value::Decimal(number))?,
        Some(Kind::TimeValue(time)) => Value::Time(time::read(time)?),
    })
}

fn refused(attribute: Option<String>, why: String) -> Error {
    Error::InvalidFilter { attribute, why }
}

#[cfg(test)]
mod tests {
    use identity_core::{
        error::Error,
        filter::{Filter, MAX_DEPTH, Operator, Value},
        platform::Timestamp,
    };
    use identity_proto::v1::{
        self, Comparison, ElementFilter, FilterList, FilterValue, filter::Condition, filter_value::Kind,
    };

    use super::{attribute, from_message};

    fn filter(condition: Condition) -> v1::Filter {
        v1::Filter {
            condition: Some(condition),
        }
    }

    fn comparison(operator: i32, kind: Option<Kind>) -> v1::Filter {
        filter(Condition::Comparison(Comparison {
            attribute: "title".into(),
            operator,
            value: Some(FilterValue { kind }),
        }))
    }

    fn compared(operator: Operator, value: Value) -> Filter {
        Filter::Comparison {
            attribute: "title".into(),
            operator,
            value,
        }
    }

    #[test]
    fn every_condition_has_its_filter() {
        let present = || filter(Condition::Present("title".into()));
        let list = || FilterList {
            filters: vec![present(), present()],
        };
        let element = ElementFilter {
            attribute: "emails".into(),
            filter: Some(Box::new(present())),
        };
        let inner = || Filter::Present("title".into());
        let table = [
            (Condition::AllOf(list()), Filter::All(vec![inner(), inner()])),
            (Condition::AnyOf(list()), Filter::Any(vec![inner(), inner()])),
            (
                Condition::Not(Box::new(present())),
                Filter::Not(Box::new(inner())),
            ),
            (Condition::Present("title".into()), inner()),
            (
                Condition::Element(Box::new(element)),
                Filter::Element {
                    attribute: "emails".into(),
                    filter: Box::new(inner()),
                },
            ),
        ];
        for (condition, expected) in table {
            assert_eq!(from_message(filter(condition)).unwrap(), expected);
        }
    }

    #[test]
    fn every_operator_and_value_has_its_own() {
        let operators = [
            Operator::Equal,
            Operator::NotEqual,
            Operator::Contains,
            Operator::StartsWith,
            Operator::EndsWith,
            Operator::Greater,
            Operator::GreaterOrEqual,
            Operator::Less,
            Operator::LessOrEqual,
        ];
        for (number, operator) in (1..).zip(operators) {
            let read = from_message(comparison(number, None)).unwrap();
            assert_eq!(read, compared(operator, Value::Null));
        }
        let time = prost_types::Timestamp {
            seconds: 1,
            nanos: 2000,
        };
        let values = [
            (Kind::StringValue("x".into()), Value::Text("x".into())),
            (Kind::BoolValue(true), Value::Boolean(true)),
            (Kind::IntValue(-7), Value::Integer(-7)),
            (Kind::DoubleValue(1.5), Value::Decimal(1.5)),
            (Kind::TimeValue(time), Value::Time(Timestamp(1_000_002))),
        ];
        for (kind, value) in values {
            let read = from_message(comparison(1, Some(kind))).unwrap();
            assert_eq!(read, compared(Operator::Equal, value));
        }
    }

    #[test]
    fn attributes_are_named_as_fields_or_as_in_json() {
        for (path, list, name) in [
            ("userName", None, "user_name"),
            ("name.familyName", None, "name.family_name"),
            ("groups.id", None, "groups.value"),
            ("groups.displayName", None, "groups.display"),
            ("id", Some("members"), "value"),
            ("id", None, "id"),
            ("type", Some("emails"), "type"),
            (
                "urn:example:2.0:User:badgeNumber",
                None,
                "urn:example:2.0:User:badgeNumber",
            ),
        ] {
            assert_eq!(attribute(path, list), name);
        }
    }

    #[test]
    fn what_says_nothing_is_refused() {
        let empty_element = Condition::Element(Box::default());
        let refused = [
            v1::Filter::default(),
            filter(empty_element),
            comparison(0, None),
            comparison(99, None),
            comparison(1, Some(Kind::DoubleValue(f64::NAN))),
        ];
        for message in refused {
            assert!(matches!(from_message(message), Err(Error::InvalidFilter { .. })));
        }
    }

    #[test]
    fn depth_is_limited() {
        let nested = |levels: usize| {
            let leaf = filter(Condition::Present("title".into()));
            (1..levels).fold(leaf, |inner, _| filter(Condition::Not(Box::new(inner))))
        };
        assert!(from_message(nested(MAX_DEPTH)).is_ok());
        assert!(matches!(
            from_message(nested(MAX_DEPTH + 1)),
            Err(Error::InvalidFilter { .. })
        ));
    }
}
