//! Common parts of lists: pages, orders and views.

use identity_core::{
    directory::input::{Deleted, Direction, ListRequest, Order, PageRequest, View},
    error::{Error, PageFault, Result},
};
use identity_proto::v1::{Filter, ListView};

use super::filter;

/// Parameters of a list of users or groups, the same in both requests.
pub(crate) struct Query {
    pub(crate) page_size: i32,
    pub(crate) page_token: String,
    pub(crate) filter: Option<Filter>,
    pub(crate) order_by: String,
    pub(crate) skip: i64,
    pub(crate) view: i32,
}

pub(crate) fn request(query: Query) -> Result<ListRequest> {
    Ok(ListRequest {
        page: page(query.page_size, query.page_token),
        filter: query.filter.map(filter::from_message).transpose()?,
        order: order(&query.order_by)?,
        skip: query.skip,
        view: view(query.view)?,
        ..ListRequest::default()
    })
}

/// Reads the request for deleted resources (AIP-164).
pub(crate) fn deleted(show: bool) -> Deleted {
    if show { Deleted::Included } else { Deleted::Hidden }
}

pub(crate) fn page(size: i32, token: String) -> PageRequest {
    PageRequest { size, token }
}

/// AIP-132: an attribute, and ` desc` for the other way round; spaces beyond one do not matter.
fn order(order_by: &str) -> Result<Order> {
    let tokens: Vec<_> = order_by.split_whitespace().collect();
    let (attribute, direction) = match tokens.as_slice() {
        [] => return Ok(Order::default()),
        [attribute] => (*attribute, Direction::Ascending),
        [attribute, "desc"] => (*attribute, Direction::Descending),
        _ => {
            return Err(bad_order(
                "must be one attribute, and \" desc\" for the other way round",
            ));
        }
    };
    if attribute.contains(',') {
        return Err(bad_order("must name one attribute"));
    }
    Ok(Order {
        attribute: Some(filter::attribute(attribute, None)),
        direction,
    })
}

fn bad_order(rule: &str) -> Error {
    Error::invalid("order_by", rule)
}

fn view(view: i32) -> Result<View> {
    match ListView::try_from(view) {
        Ok(ListView::Unspecified) => Ok(View::Resources),
        Ok(ListView::WithTotal) => Ok(View::WithTotal),
        Ok(ListView::TotalOnly) => Ok(View::TotalOnly),
        Err(_) => Err(Error::invalid("view", "must be a known view")),
    }
}

/// For lists that are one page, whatever its size, so that no token of ours exists.
pub(crate) fn only_page(page_size: i32, page_token: &str) -> Result<()> {
    if page_size < 0 {
        return Err(Error::InvalidPage(PageFault::Size));
    }
    if !page_token.is_empty() {
        return Err(Error::InvalidPage(PageFault::Malformed));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use identity_core::directory::input::{Direction, Order};

    use super::{order, view};

    fn by(attribute: &str, direction: Direction) -> Order {
        Order {
            attribute: Some(attribute.to_owned()),
            direction,
        }
    }

    #[test]
    fn an_order_is_an_attribute_and_a_direction() {
        assert_eq!(order("").unwrap(), Order::default());
        assert_eq!(order("user_name").unwrap(), by("user_name", Direction::Ascending));
        assert_eq!(order("userName").unwrap(), by("user_name", Direction::Ascending));
        assert_eq!(
            order(" user_name  desc ").unwrap(),
            by("user_name", Direction::Descending)
        );
        assert_eq!(
            order("urn:x:User:badge desc").unwrap(),
            by("urn:x:User:badge", Direction::Descending)
        );
    }

    #[test]
    fn any_other_order_is_refused() {
        for text in [
            "user_name asc",
            "user_name DESC",
            "user_name, title",
            "a b c",
            "a,b",
        ] {
            assert!(order(text).is_err(), "{text}");
        }
    }

    #[test]
    fn an_unknown_view_is_refused() {
        assert!(view(2).is_ok());
        assert!(view(3).is_err());
    }
}
