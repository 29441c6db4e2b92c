//! Random filters and orders: nearly always valid, now and then not.

use identity_core::{
    filter::{Filter, Operator, Value},
    store::{Direction, Order},
};
use proptest::{collection::vec, prelude::*, sample::select};

use super::values::{TIMES, decimal, id_text, integer, moment, text};

/// Type of value that an attribute can be compared with.
#[derive(Clone, Copy, Debug)]
enum Kind {
    Text,
    Id,
    Flag,
    Number,
    Time,
    Bytes,
}

use Kind::{Bytes, Flag, Id, Number, Text, Time};

type Named = (&'static str, Kind);
/// A list and the parts of its elements.
type Listed = (&'static str, &'static [Named]);

const USER_VALUES: [Named; 34] = [
    ("id", Id),
    ("organization_id", Id),
    ("etag", Text),
    ("user_name", Text),
    ("external_id", Text),
    ("display_name", Text),
    ("active", Flag),
    ("organization_role", Text),
    ("managed_by", Id),
    ("create_time", Time),
    ("update_time", Time),
    ("delete_time", Time),
    ("name.formatted", Text),
    ("name.family_name", Text),
    ("nick_name", Text),
    ("profile_url", Text),
    ("title", Text),
    ("enterprise.department", Text),
    ("enterprise.manager", Id),
    ("emails", Text),
    ("emails.type", Text),
    ("emails.primary", Flag),
    ("photos.value", Text),
    ("x509_certificates.value", Bytes),
    ("roles", Text),
    ("addresses.locality", Text),
    ("groups", Id),
    ("groups.display", Text),
    ("urn:example:2.0:User:badge", Text),
    ("urn:example:2.0:User:code", Text),
    ("urn:example:2.0:User:vip", Flag),
    ("urn:example:2.0:User:LEVEL", Number),
    ("urn:example:2.0:User:score", Number),
    ("URN:example:2.0:user:since", Time),
];
const TYPED: &[Named] = &[
    ("value", Text),
    ("type", Text),
    ("primary", Flag),
    ("display", Text),
];
const DESK: &[Named] = &[("floor", Number), ("room", Text), ("primary", Flag)];
const USER_LISTS: [Listed; 7] = [
    ("emails", &[("value", Text), ("type", Text), ("primary", Flag)]),
    ("emails", TYPED),
    ("roles", TYPED),
    ("addresses", &[("locality", Text), ("type", Text)]),
    ("groups", &[("value", Id), ("display", Text)]),
    ("urn:example:2.0:User:tags", &[("value", Text)]),
    ("urn:example:2.0:User:desks", DESK),
];
const USER_OBJECTS: [&str; 5] = [
    "name",
    "enterprise",
    "addresses",
    "urn:example:2.0:User",
    "urn:example:2.0:User:office",
];

const GROUP_VALUES: [Named; 12] = [
    ("id", Id),
    ("etag", Text),
    ("external_id", Text),
    ("display_name", Text),
    ("member_count", Number),
    ("create_time", Time),
    ("members", Id),
    ("members.type", Text),
    ("urn:example:2.0:Group:badge", Text),
    ("urn:example:2.0:Group:office.floor", Number),
    ("urn:example:2.0:Group:desks.room", Text),
    ("urn:example:2.0:Group:tags", Text),
];
const GROUP_LISTS: [Listed; 2] = [
    ("members", &[("value", Id), ("type", Text)]),
    ("urn:example:2.0:Group:desks", DESK),
];
const GROUP_OBJECTS: [&str; 2] = ["urn:example:2.0:Group", "urn:example:2.0:Group:office"];

/// A filter on users.
pub(crate) fn user_filter() -> impl Strategy<Value = Filter> {
    filter(&USER_VALUES, &USER_LISTS, &USER_OBJECTS)
}

/// A filter on groups.
pub(crate) fn group_filter() -> impl Strategy<Value = Filter> {
    filter(&GROUP_VALUES, &GROUP_LISTS, &GROUP_OBJECTS)
}

/// An order of users.
pub(crate) fn user_order() -> impl Strategy<Value = Order> {
    order(&USER_VALUES)
}

/// An order of groups.
pub(crate) fn group_order() -> impl Strategy<Value = Order> {
    order(&GROUP_VALUES)
}

fn order(values: &'static [Named]) -> impl Strategy<Value = Order> {
    let attribute = proptest::option::of(select(values).prop_map(|named| named.0.to_owned()));
    let direction = select(vec![Direction::Ascending, Direction::Descending]);
    (attribute, direction).prop_map(|(attribute, direction)| Order { attribute, direction })
}

fn filter(
    values: &'static [Named],
    lists: &'static [Listed],
    objects: &'static [&'static str],
) -> impl Strategy<Value = Filter> {
    let object = select(objects).prop_map(|name| Filter::Present(name.to_owned()));
    combined(prop_oneof![8 => leaf(values), 3 => element(lists), 1 => object].boxed())
}

fn element(lists: &'static [Listed]) -> impl Strategy<Value = Filter> {
    select(lists).prop_flat_map(|(list, parts)| {
        combined(leaf(parts).boxed()).prop_map(move |filter| Filter::Element {
            attribute: list.to_owned(),
            filter: Box::new(filter),
        })
    })
}

fn combined(leaf: BoxedStrategy<Filter>) -> impl Strategy<Value = Filter> {
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Filter::All),
            vec(inner.clone(), 0..4).prop_map(Filter::Any),
            inner.prop_map(|it| Filter::Not(Box::new(it))),
        ]
    })
}

fn leaf(values: &'static [Named]) -> impl Strategy<Value = Filter> {
    let comparison = select(values).prop_flat_map(|(name, kind)| {
        (operator(kind), value(kind)).prop_map(move |(operator, value)| Filter::Comparison {
            attribute: name.to_owned(),
            operator,
            value,
        })
    });
    let present = select(values).prop_map(|named| Filter::Present(named.0.to_owned()));
    prop_oneof![300 => comparison, 60 => present, 1 => careless(values)]
}

/// Generates comparisons with values of any type, most of which are refused.
fn careless(values: &'static [Named]) -> impl Strategy<Value = Filter> {
    let anything = prop_oneof![value(Text), value(Flag), value(Number), value(Time)];
    (select(values), operator(Text), anything).prop_map(|(named, operator, value)| Filter::Comparison {
        attribute: named.0.to_owned(),
        operator,
        value,
    })
}

fn operator(kind: Kind) -> impl Strategy<Value = Operator> {
    use Operator as O;
    let all = [
        O::Equal,
        O::NotEqual,
        O::Contains,
        O::StartsWith,
        O::EndsWith,
        O::Greater,
        O::GreaterOrEqual,
        O::Less,
        O::LessOrEqual,
    ];
    select(match kind {
        Text | Id => all.to_vec(),
        Flag | Bytes => all[..2].to_vec(),
        Number | Time => [&all[..2], &all[5..]].concat(),
    })
}

fn value(kind: Kind) -> BoxedStrategy<Value> {
    let nothing = select(vec![Value::Null, Value::Text(String::new())]);
    let text = text().prop_map(Value::Text);
    match kind {
        Text => prop_oneof![20 => text, 1 => Just(Value::Text(String::new()))].boxed(),
        Bytes => prop_oneof![20 => text, 1 => nothing].boxed(),
        Id => prop_oneof![3 => id_text().prop_map(Value::Text), 1 => text, 1 => part_of_id()].boxed(),
        Flag => prop_oneof![
            any::<bool>().prop_map(Value::Boolean),
            Just(Value::Text("TRUE".to_owned()))
        ]
        .boxed(),
        Number => prop_oneof![
            integer().prop_map(Value::Integer),
            decimal().prop_map(Value::Decimal)
        ]
        .boxed(),
        Time => {
            let spelled = select(TIMES.as_slice()).prop_map(|it| Value::Text(it.to_owned()));
            prop_oneof![moment().prop_map(Value::Time), spelled].boxed()
        }
    }
}

fn part_of_id() -> impl Strategy<Value = Value> {
    (id_text(), 0..36_usize).prop_map(|(id, from)| Value::Text(id.chars().skip(from).take(4).collect()))
}
