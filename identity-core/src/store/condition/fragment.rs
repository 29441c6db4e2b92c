//! A piece of SQL that diesel takes as an expression.

use std::marker::PhantomData;

use diesel::{
    QueryResult,
    backend::Backend,
    expression::{
        AppearsOnTable, Expression, TypedExpressionType, ValidGrouping, expression_types::Untyped,
        is_aggregate,
    },
    query_builder::{AstPass, QueryFragment, QueryId},
    serialize::ToSql,
    sql_types::{Bool, Double, HasSqlType, Integer, Nullable, Text},
};

use crate::{
    attributes::{Attribute, AttributeLocation, Column, Elements, List},
    filter::{Operator, Plan},
    id::Id,
    platform::Timestamp,
    store::types::{Guid, Moment},
};

/// Text or a value of a statement. Values are always bound, labels of documents too.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum SqlPart {
    Sql(&'static str),
    Text(String),
    Id(Id),
    Flag(bool),
    Moment(Timestamp),
    Number(f64),
    Length(i32),
}

/// Permission for a connection to keep the prepared statement; only a few dozen shapes have it, or clients
/// could fill the connection's memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Caching {
    Keep,
    Forget,
}

/// An expression of SQL type `T`.
#[derive(Clone, Debug)]
pub(crate) struct Fragment<T> {
    pub(super) parts: Vec<SqlPart>,
    caching: Caching,
    sql_type: PhantomData<T>,
}

/// Condition of a `WHERE` clause.
pub(crate) type Condition = Fragment<Nullable<Bool>>;
/// Order of an `ORDER BY` clause.
pub(crate) type Ordering = Fragment<Untyped>;

impl<T> Fragment<T> {
    pub(super) fn new(parts: Vec<SqlPart>, caching: Caching) -> Self {
        Self {
            parts,
            caching,
            sql_type: PhantomData,
        }
    }
}

impl<T: TypedExpressionType> Expression for Fragment<T> {
    type SqlType = T;
}

impl<T: TypedExpressionType, Source> AppearsOnTable<Source> for Fragment<T> {}

impl<T, Grouping> ValidGrouping<Grouping> for Fragment<T> {
    type IsAggregate = is_aggregate::No;
}

impl<T> QueryId for Fragment<T> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<T, Db> QueryFragment<Db> for Fragment<T>
where
    Db: Backend + HasSqlType<Bool> + HasSqlType<Guid> + HasSqlType<Moment>,
    str: ToSql<Text, Db>,
    String: ToSql<Text, Db>,
    Id: ToSql<Guid, Db>,
    bool: ToSql<Bool, Db>,
    Timestamp: ToSql<Moment, Db>,
    f64: ToSql<Double, Db>,
    i32: ToSql<Integer, Db>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Db>) -> QueryResult<()> {
        if self.caching == Caching::Forget {
            out.unsafe_to_cache_prepared();
        }
        for part in &self.parts {
            match part {
                SqlPart::Sql(sql) => out.push_sql(sql),
                SqlPart::Text(text) => out.push_bind_param::<Text, _>(text)?,
                SqlPart::Id(id) => out.push_bind_param::<Guid, _>(id)?,
                SqlPart::Flag(flag) => out.push_bind_param::<Bool, _>(flag)?,
                SqlPart::Moment(time) => out.push_bind_param::<Moment, _>(time)?,
                SqlPart::Number(number) => out.push_bind_param::<Double, _>(number)?,
                SqlPart::Length(length) => out.push_bind_param::<Integer, _>(length)?,
            }
        }
        Ok(())
    }
}

/// Kept are: no condition, one equality that an index answers, and two of them.
pub(super) fn caching_of(plan: &Plan) -> Caching {
    let fixed = match plan {
        Plan::All(plans) => plans.len() <= 2 && plans.iter().all(is_indexed),
        plan => is_indexed(plan),
    };
    if fixed { Caching::Keep } else { Caching::Forget }
}

fn is_indexed(plan: &Plan) -> bool {
    match plan {
        Plan::Compare(
            Attribute {
                location: AttributeLocation::Column(column),
                ..
            },
            Operator::Equal,
            _,
        ) => matches!(
            column,
            Column::Id | Column::UserName | Column::ExternalId | Column::DisplayName | Column::Active
        ),
        Plan::Element(
            List {
                elements: Elements::Emails,
                ..
            },
            inner,
        ) => match &**inner {
            Plan::All(parts) => parts.len() == 2 && parts.iter().all(|it| equals(it, &["value", "type"])),
            part => equals(part, &["value"]),
        },
        Plan::Element(
            List {
                elements: Elements::Groups | Elements::Members,
                ..
            },
            inner,
        ) => equals(inner, &["value"]),
        _ => false,
    }
}

fn equals(plan: &Plan, labels: &[&str]) -> bool {
    match plan {
        Plan::Compare(part, Operator::Equal, _) => part.label().is_some_and(|it| labels.contains(&it)),
        _ => false,
    }
}
