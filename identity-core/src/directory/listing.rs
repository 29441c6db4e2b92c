//! Lists of users and groups: filter, order, page and total, the same for both.

use async_trait::async_trait;

use super::{
    Inner,
    input::{ListRequest, View},
    paging::{List, Pager, RESOURCES, Rows},
};
use crate::{
    error::{Error, Result},
    filter::{Filter, Operator, Value, prepare},
    group::Group,
    id::Id,
    organization::Organization,
    schema::ExtensionSchema,
    search,
    store::{Cost, Deleted, Isolation, ListQuery, Order, Position, Query, Reader, VisibilityFilter},
    user::{GroupReference, User},
};

/// Separator between a schema's URN and the name of its attribute.
const URN_SEPARATOR: char = ':';

/// Resource that can be listed.
#[async_trait]
pub(super) trait Listed: Sized + Send + Sync + 'static {
    /// The list's name, to which page tokens are bound.
    const NAME: &'static str;
    /// How many there are in all, as the organization counts them.
    fn count_of(organization: &Organization) -> i64;
    /// The place in an order.
    fn position(&self, order: &Order, schemas: &[ExtensionSchema]) -> Result<Position>;
    /// One page.
    async fn rows(reader: &mut dyn Reader, organization: Id, query: &ListQuery) -> Result<Vec<Self>>;
    /// How many meet the filter.
    async fn count(reader: &mut dyn Reader, organization: Id, query: &ListQuery) -> Result<i64>;
}

#[async_trait]
impl Listed for User {
    const NAME: &'static str = "users";

    fn count_of(organization: &Organization) -> i64 {
        organization.user_count
    }

    fn position(&self, order: &Order, schemas: &[ExtensionSchema]) -> Result<Position> {
        search::position_of_user(order, self, schemas)
    }

    async fn rows(reader: &mut dyn Reader, organization: Id, query: &ListQuery) -> Result<Vec<Self>> {
        reader.users(organization, query).await
    }

    async fn count(reader: &mut dyn Reader, organization: Id, query: &ListQuery) -> Result<i64> {
        reader.count_users(organization, query).await
    }
}

/// A user with its groups, read in one go: for lists of few.
pub(super) type UserWithGroups = (User, Vec<GroupReference>);

#[async_trait]
impl Listed for UserWithGroups {
    const NAME: &'static str = User::NAME;

    fn count_of(organization: &Organization) -> i64 {
        User::count_of(organization)
    }

    fn position(&self, order: &Order, schemas: &[ExtensionSchema]) -> Result<Position> {
        self.0.position(order, schemas)
    }

    async fn rows(reader: &mut dyn Reader, organization: Id, query: &ListQuery) -> Result<Vec<Self>> {
        reader.users_with_groups(organization, query).await
    }

    async fn count(reader: &mut dyn Reader, organization: Id, query: &ListQuery) -> Result<i64> {
        User::count(reader, organization, query).await
    }
}

#[async_trait]
impl Listed for Group {
    const NAME: &'static str = "groups";

    fn count_of(organization: &Organization) -> i64 {
        organization.group_count
    }

    fn position(&self, order: &Order, schemas: &[ExtensionSchema]) -> Result<Position> {
        search::position_of_group(order, self, schemas)
    }

    async fn rows(reader: &mut dyn Reader, organization: Id, query: &ListQuery) -> Result<Vec<Self>> {
        reader.groups(organization, query).await
    }

    async fn count(reader: &mut dyn Reader, organization: Id, query: &ListQuery) -> Result<i64> {
        reader.count_groups(organization, query).await
    }
}

/// Read of a list.
pub(super) struct Listing {
    pub(super) organization: Id,
    query: ListQuery,
    size: i64,
    view: View,
}

/// Rows and total that were read for a list.
pub(super) struct Found<T> {
    pub(super) rows: Rows<T, Position>,
    pub(super) total: Option<i64>,
}

impl Inner {
    /// Reads what the client wants to have listed. `default_role` is the role of users without an explicit one; `sight` is what the
    /// caller sees.
    pub(super) fn listing<T: Listed>(
        &self,
        organization: Id,
        request: ListRequest,
        default_role: Option<&str>,
        visibility: VisibilityFilter,
    ) -> Result<(Listing, Pager<Position>)> {
        let list = List {
            name: T::NAME,
            organization: Some(organization),
            query: &(&request.filter, &request.order, request.deleted),
            sizes: RESOURCES,
        };
        let pager: Pager<Position> = self.pager(&list, &request.page)?;
        check_skip(&request)?;
        let filter = request.filter.unwrap_or(EVERYTHING);
        let query = ListQuery {
            filter: prepare(filter, default_role)?,
            order: request.order,
            after: pager.after.clone(),
            skip: request.skip,
            limit: pager.limit(),
            schemas: Vec::new(),
            visibility,
        };
        let listing = Listing {
            organization,
            query,
            size: pager.size,
            view: request.view,
        };
        Ok((listing, pager))
    }
}

/// A list out of which few rows can come. Mostly it takes one statement; where it takes more, a total may be newer than the rows.
pub(super) struct PointQuery<Q>(pub(super) Q);

#[async_trait]
impl<Q: Query> Query for PointQuery<Q> {
    type Output = Q::Output;
    const COST: Cost = Cost::Point;
    const ISOLATION: Isolation = Isolation::EachCall;

    fn searched(&self) -> Option<Id> {
        self.0.searched()
    }

    async fn run(&self, reader: &mut dyn Reader) -> Result<Self::Output> {
        self.0.run(reader).await
    }
}

/// The filter that everything meets.
const EVERYTHING: Filter = Filter::All(Vec::new());

fn check_skip(request: &ListRequest) -> Result<()> {
    if request.skip < 0 {
        return Err(Error::invalid("skip", "must not be negative"));
    }
    if request.skip > 0 && !request.page.token.is_empty() {
        return Err(Error::invalid("skip", "cannot be combined with a page token"));
    }
    Ok(())
}

impl Listing {
    /// Tells whether an index finds the few rows that can come out of it.
    pub(super) fn is_point_query(&self) -> bool {
        is_point_query(&self.query.filter)
    }

    /// The organization, unless at most one row is looked at: an index finds few rows only where few share what they are found by.
    pub(super) fn searched(&self) -> Option<Id> {
        let is_unique = self.query.visibility.deleted == Deleted::Hidden && is_unique(&self.query.filter);
        (!is_unique).then_some(self.organization)
    }

    /// Reads it.
    pub(super) async fn read<T: Listed>(&self, reader: &mut dyn Reader) -> Result<Found<T>> {
        let mut query = self.query.clone();
        if names_extension(&query) {
            query.schemas = reader.schemas(self.organization).await?;
        }
        let out_of_sync = query.visibility.out_of_sync;
        let is_wide = query.visibility.deleted == Deleted::Included || out_of_sync.is_some();
        if !is_wide || !self.is_point_query() {
            return self.read_once(&query, reader).await;
        }
        // Each lookup has an index, both together have none; and who is there comes before who was there.
        (query.visibility.deleted, query.visibility.out_of_sync) = (Deleted::Hidden, None);
        let found: Found<T> = self.read_once(&query, reader).await?;
        let is_empty = found.rows.items.is_empty() && found.total.unwrap_or_default() == 0;
        if !is_empty {
            return Ok(found);
        }
        query.visibility.out_of_sync = out_of_sync;
        if out_of_sync.is_none() {
            query.visibility.deleted = Deleted::Only;
        }
        self.read_once(&query, reader).await
    }

    async fn read_once<T: Listed>(&self, query: &ListQuery, reader: &mut dyn Reader) -> Result<Found<T>> {
        let mut rows = Rows {
            items: Vec::new(),
            next: None,
        };
        if self.view != View::TotalOnly {
            let read = T::rows(reader, self.organization, query).await?;
            rows = Rows::cut(read, self.size, |row| row.position(&query.order, &query.schemas))?;
        }
        let total = match self.view {
            View::Resources => None,
            View::WithTotal | View::TotalOnly => Some(self.total(reader, query, &rows).await?),
        };
        Ok(Found { rows, total })
    }

    async fn total<T: Listed>(
        &self,
        reader: &mut dyn Reader,
        query: &ListQuery,
        rows: &Rows<T, Position>,
    ) -> Result<i64> {
        if query.filter == EVERYTHING && query.visibility == VisibilityFilter::default() {
            let organization = reader.organization(self.organization).await?;
            return Ok(organization.as_ref().map_or(0, T::count_of));
        }
        // A first page that is also the last one has counted them.
        let whole = self.view == View::WithTotal && query.after.is_none() && query.skip == 0;
        if whole && rows.next.is_none() {
            return Ok(i64::try_from(rows.items.len()).unwrap_or(i64::MAX));
        }
        T::count(reader, self.organization, query).await
    }
}

/// Attributes that no two live users or groups share.
const UNIQUE: [&str; 2] = ["id", "user_name"];

/// Attributes whose equality an index finds.
const LOOKUPS: [&str; 5] = ["id", "user_name", "external_id", "display_name", "emails.value"];

fn is_point_query(filter: &Filter) -> bool {
    match filter {
        Filter::Element { attribute, filter } => attribute == "emails" && equals(filter, &["value"]),
        Filter::All(filters) => filters.iter().any(is_point_query),
        _ => equals(filter, &LOOKUPS),
    }
}

fn is_unique(filter: &Filter) -> bool {
    equals(filter, &UNIQUE)
}

/// Tells whether the filter requires a certain text in one of these attributes.
fn equals(filter: &Filter, attributes: &[&str]) -> bool {
    match filter {
        Filter::Comparison {
            attribute,
            operator: Operator::Equal,
            value: Value::Text(_),
        } => attributes.contains(&attribute.as_str()),
        Filter::All(filters) => filters.iter().any(|filter| equals(filter, attributes)),
        _ => false,
    }
}

fn names_extension(query: &ListQuery) -> bool {
    let order = query.order.attribute.as_deref();
    order.is_some_and(|name| name.contains(URN_SEPARATOR)) || filter_names_extension(&query.filter)
}

fn filter_names_extension(filter: &Filter) -> bool {
    match filter {
        Filter::All(filters) | Filter::Any(filters) => filters.iter().any(filter_names_extension),
        Filter::Not(inner) => filter_names_extension(inner),
        Filter::Comparison { attribute, .. }
        | Filter::Present(attribute)
        | Filter::Element { attribute, .. } => attribute.contains(URN_SEPARATOR),
    }
}

#[cfg(test)]
mod tests {
    use super::{is_point_query, is_unique};
    use crate::filter::{Filter, Operator, Value};

    fn compare(attribute: &str, operator: Operator) -> Filter {
        Filter::Comparison {
            attribute: attribute.into(),
            operator,
            value: Value::Text("x".into()),
        }
    }

    #[test]
    fn only_what_an_index_finds_is_a_look_up() {
        let name = compare("user_name", Operator::Equal);
        let title = compare("title", Operator::Equal);
        let work = vec![
            compare("type", Operator::Equal),
            compare("value", Operator::Equal),
        ];
        for (filter, expected) in [
            (name.clone(), true),
            (Filter::All(vec![title.clone(), name.clone()]), true),
            (Filter::Any(vec![name.clone()]), false),
            (compare("display_name", Operator::Equal), false),
            (compare("emails.value", Operator::Equal), false),
        ] {
            assert_eq!(is_unique(&filter), expected, "{filter:?}");
        }
        let email = |filter| Filter::Element {
            attribute: "emails".into(),
            filter: Box::new(filter),
        };
        assert!(is_point_query(&name));
        assert!(is_point_query(&Filter::All(vec![title.clone(), name.clone()])));
        assert!(is_point_query(&email(Filter::All(work))));
        for scan in [
            Filter::All(Vec::new()),
            Filter::Any(vec![name.clone()]),
            Filter::Not(Box::new(name)),
            compare("user_name", Operator::Contains),
            email(compare("type", Operator::Equal)),
            title,
        ] {
            assert!(!is_point_query(&scan), "{scan:?}");
        }
    }
}
