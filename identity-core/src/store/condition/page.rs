//! One page of an order: keyset paging, so that page 10,000 costs what page 1 does.

use super::{
    Search,
    fragment::{Caching, Condition, Ordering, SqlPart, caching_of},
    render::{Operand, Renderer, bind},
};
use crate::{
    attributes::{Attribute, AttributeLocation, Column},
    error::{Error, PageFault, Result},
    filter::plan,
    id::Id,
    schema::ExtendedType,
    search::{SortKey, sort_key},
    store::{Direction, ListQuery},
};

/// Parts of a statement for one page, except for its limit.
pub(crate) struct Page {
    /// Condition that the rows meet.
    pub(crate) condition: Condition,
    /// In which order.
    pub(crate) order: Ordering,
}

/// The value that rows are ordered by before their ids.
struct Sort {
    value: Operand,
    absence: Absence,
    caching: Caching,
}

/// Possibility that some rows lack the value.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Absence {
    Possible,
    Impossible,
}

impl Search {
    /// The rows of one page, in their order: by the value, then by id in the same direction, so that one index serves both
    /// directions; rows without the value are last, or first when descending.
    pub(crate) fn page(self, query: &ListQuery) -> Result<Page> {
        let plan = plan(self.resource, &query.filter, &query.schemas)?;
        let sort = self.sort(query)?;
        let caching = match &sort {
            None => caching_of(&plan),
            Some(sort) if plan == crate::filter::Plan::All(Vec::new()) => sort.caching,
            Some(_) => Caching::Forget,
        };
        let mut renderer = Renderer::new(self);
        renderer.of_query(&plan, query, caching);
        renderer.visibility(&query.visibility);
        if let Some(after) = &query.after {
            renderer.sql(" AND ");
            match &sort {
                None => renderer.after_id(query.order.direction, after.id),
                Some(sort) => renderer.after(sort, query.order.direction, after.key.as_deref(), after.id)?,
            }
        }
        let condition = Condition::new(renderer.parts, caching);
        let order = Ordering::new(self.order(sort.as_ref(), query.order.direction), caching);
        Ok(Page { condition, order })
    }

    fn sort(self, query: &ListQuery) -> Result<Option<Sort>> {
        let renderer = Renderer::new(self);
        Ok(match sort_key(self.resource, &query.order, &query.schemas)? {
            SortKey::Id => None,
            SortKey::Value(attribute) => Some(Sort {
                value: renderer.value(&attribute),
                absence: self.absence(&attribute),
                caching: match attribute.location {
                    AttributeLocation::Column(_) => Caching::Keep,
                    AttributeLocation::Key(_) | AttributeLocation::Part(_) => Caching::Forget,
                },
            }),
            SortKey::First(list, part) => {
                let label = part.label().unwrap_or_default().to_owned();
                let list = [
                    renderer.table(),
                    SqlPart::Sql("keys -> "),
                    SqlPart::Text(list.name),
                ];
                let first = [SqlPart::Sql(" -> 0 ->> "), SqlPart::Text(label)];
                Some(Sort {
                    value: renderer.computed(list.into_iter().chain(first).collect()),
                    absence: Absence::Possible,
                    caching: Caching::Forget,
                })
            }
        })
    }

    fn absence(self, attribute: &Attribute) -> Absence {
        match (&attribute.location, self.resource) {
            (AttributeLocation::Column(Column::DisplayName), ExtendedType::Group) => Absence::Impossible,
            (
                AttributeLocation::Column(
                    Column::DisplayName
                    | Column::ExternalId
                    | Column::OrganizationRole
                    | Column::ManagedBy
                    | Column::DeletedAt,
                )
                | AttributeLocation::Key(_)
                | AttributeLocation::Part(_),
                _,
            ) => Absence::Possible,
            (AttributeLocation::Column(_), _) => Absence::Impossible,
        }
    }

    fn order(self, sort: Option<&Sort>, direction: Direction) -> Vec<SqlPart> {
        let mut renderer = Renderer::new(self);
        if let Some(sort) = sort {
            renderer.push(&sort.value);
            renderer.sql(match (sort.absence, direction) {
                (Absence::Impossible, Direction::Ascending) => " ASC, ",
                (Absence::Impossible, Direction::Descending) => " DESC, ",
                // Where SQLite would not put them by itself, and PostgreSQL would.
                (Absence::Possible, Direction::Ascending) => " ASC NULLS LAST, ",
                (Absence::Possible, Direction::Descending) => " DESC NULLS FIRST, ",
            });
        }
        renderer.id();
        renderer.sql(match direction {
            Direction::Ascending => " ASC",
            Direction::Descending => " DESC",
        });
        renderer.parts
    }
}

impl Renderer {
    fn id(&mut self) {
        let table = self.table();
        self.parts.extend([table, SqlPart::Sql("id")]);
    }

    fn after_id(&mut self, direction: Direction, id: Id) {
        self.id();
        self.sql(later(direction));
        self.parts.push(SqlPart::Id(id));
    }

    /// The rows behind a place. `value >= v AND (value > v OR id > i)` and not the shorter form with `OR`, which no index answers.
    fn after(&mut self, sort: &Sort, direction: Direction, key: Option<&str>, id: Id) -> Result<()> {
        let Some(key) = key else {
            self.after_absent(sort, direction, id);
            return Ok(());
        };
        let bound = bind(sort.value.form, key).ok_or(Error::InvalidPage(PageFault::Malformed))?;
        let or_absent = sort.absence == Absence::Possible && direction == Direction::Ascending;
        self.sql(if or_absent { "((" } else { "(" });
        self.push(&sort.value);
        self.sql(match direction {
            Direction::Ascending => " >= ",
            Direction::Descending => " <= ",
        });
        self.parts.push(bound.clone());
        self.sql(" AND (");
        self.push(&sort.value);
        self.sql(later(direction));
        self.parts.push(bound);
        self.sql(" OR ");
        self.after_id(direction, id);
        self.sql("))");
        if or_absent {
            self.sql(" OR ");
            self.push(&sort.value);
            self.sql(" IS NULL)");
        }
        Ok(())
    }

    fn after_absent(&mut self, sort: &Sort, direction: Direction, id: Id) {
        self.sql("((");
        self.push(&sort.value);
        self.sql(" IS NULL AND ");
        self.after_id(direction, id);
        self.sql(")");
        if direction == Direction::Descending {
            self.sql(" OR ");
            self.push(&sort.value);
            self.sql(" IS NOT NULL");
        }
        self.sql(")");
    }
}

fn later(direction: Direction) -> &'static str {
    match direction {
        Direction::Ascending => " > ",
        Direction::Descending => " < ",
    }
}
