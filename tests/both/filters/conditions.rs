//! Conditions as trees, in verbs.

use identity_proto::v1::{
    Comparison, ComparisonOperator, ElementFilter, Filter, FilterList, FilterValue, filter::Condition,
    filter_value::Kind,
};

/// The attribute compares so with this value; without one, with null.
pub(super) fn condition(
    attribute: &str,
    operator: ComparisonOperator,
    kind: impl Into<Option<Kind>>,
) -> Filter {
    let comparison = Comparison {
        attribute: attribute.into(),
        operator: operator.into(),
        value: Some(FilterValue { kind: kind.into() }),
    };
    of(Condition::Comparison(comparison))
}

/// The attribute compares so with this text.
pub(super) fn compare(attribute: &str, operator: ComparisonOperator, value: &str) -> Filter {
    condition(attribute, operator, Kind::StringValue(value.into()))
}

/// The attribute has a value.
pub(super) fn present(attribute: &str) -> Filter {
    of(Condition::Present(attribute.into()))
}

/// The condition does not hold.
pub(super) fn not(inner: Filter) -> Filter {
    of(Condition::Not(Box::new(inner)))
}

/// All of these hold.
pub(super) fn all(filters: Vec<Filter>) -> Filter {
    of(Condition::AllOf(FilterList { filters }))
}

/// One of these holds.
pub(super) fn any(filters: Vec<Filter>) -> Filter {
    of(Condition::AnyOf(FilterList { filters }))
}

/// One element of the attribute meets the condition.
pub(super) fn element(attribute: &str, inner: Filter) -> Filter {
    let filter = Some(Box::new(inner));
    let attribute = attribute.into();
    of(Condition::Element(Box::new(ElementFilter { attribute, filter })))
}

fn of(condition: Condition) -> Filter {
    let condition = Some(condition);
    Filter { condition }
}
