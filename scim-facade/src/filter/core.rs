//! Conditions of roster.identity.v1, in few words.

use identity_proto::v1::{
    Comparison, ComparisonOperator, Filter, FilterList, FilterValue, filter::Condition, filter_value::Kind,
};
use prost_types::Timestamp;
use time::OffsetDateTime;

use super::{tree::Operator, typed::Typed};

pub(super) fn all_of(mut filters: Vec<Filter>) -> Filter {
    match filters.pop() {
        Some(only) if filters.is_empty() => only,
        last => {
            filters.extend(last);
            Condition::AllOf(FilterList { filters }).into_filter()
        }
    }
}

pub(super) fn any_of(mut filters: Vec<Filter>) -> Filter {
    match filters.pop() {
        Some(only) if filters.is_empty() => only,
        last => {
            filters.extend(last);
            Condition::AnyOf(FilterList { filters }).into_filter()
        }
    }
}

pub(super) fn not(filter: Filter) -> Filter {
    Condition::Not(Box::new(filter)).into_filter()
}

pub(super) fn present(attribute: String) -> Filter {
    Condition::Present(attribute).into_filter()
}

pub(super) fn compare(attribute: String, operator: Operator, value: Typed) -> Filter {
    let comparison = Comparison {
        attribute,
        operator: comparison_operator(operator).into(),
        value: Some(FilterValue { kind: kind(value) }),
    };
    Condition::Comparison(comparison).into_filter()
}

/// How many levels a condition has.
pub(super) fn depth(filter: &Filter) -> usize {
    let deepest = |list: &FilterList| list.filters.iter().map(depth).max().unwrap_or_default();
    1 + match &filter.condition {
        Some(Condition::AllOf(list) | Condition::AnyOf(list)) => deepest(list),
        Some(Condition::Not(inner)) => depth(inner),
        Some(Condition::Element(element)) => element.filter.as_deref().map_or(0, depth),
        Some(Condition::Comparison(_) | Condition::Present(_)) | None => 0,
    }
}

trait IntoFilter {
    fn into_filter(self) -> Filter;
}

impl IntoFilter for Condition {
    fn into_filter(self) -> Filter {
        Filter {
            condition: Some(self),
        }
    }
}

fn comparison_operator(operator: Operator) -> ComparisonOperator {
    match operator {
        Operator::Equal => ComparisonOperator::Equal,
        Operator::NotEqual => ComparisonOperator::NotEqual,
        Operator::Contains => ComparisonOperator::Contains,
        Operator::StartsWith => ComparisonOperator::StartsWith,
        Operator::EndsWith => ComparisonOperator::EndsWith,
        Operator::Greater => ComparisonOperator::GreaterThan,
        Operator::GreaterOrEqual => ComparisonOperator::GreaterOrEqual,
        Operator::Less => ComparisonOperator::LessThan,
        Operator::LessOrEqual => ComparisonOperator::LessOrEqual,
    }
}

fn kind(value: Typed) -> Option<Kind> {
    match value {
        Typed::Null => None,
        Typed::Text(text) => Some(Kind::StringValue(text)),
        Typed::Boolean(value) => Some(Kind::BoolValue(value)),
        Typed::Integer(number) => Some(Kind::IntValue(number)),
        Typed::Decimal(number) => Some(Kind::DoubleValue(number)),
        Typed::Time(time) => Some(Kind::TimeValue(timestamp(time))),
    }
}

fn timestamp(time: OffsetDateTime) -> Timestamp {
    // Less than a second, so it always fits.
    let nanos = i32::try_from(time.nanosecond()).unwrap_or_default();
    Timestamp {
        seconds: time.unix_timestamp(),
        nanos,
    }
}
