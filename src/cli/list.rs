//! The lists of the CLI: their length, their pages, and conditions on attributes.

use clap::Args;
use identity_proto::v1::{
    Comparison, ComparisonOperator, Filter, FilterList, FilterValue, filter::Condition, filter_value::Kind,
};
use tonic::Status;

use crate::failure::Failure;

/// The most that one call asks for.
const PAGE: usize = 100;

/// The length of a list.
#[derive(Args, Debug)]
pub(crate) struct Limit {
    /// The largest number to show
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub(crate) limit: usize,
}

/// The part of a list that was read.
pub(crate) struct Listed<T> {
    /// The things, in the list's order.
    pub(crate) items: Vec<T>,
    /// For the page after them; empty: there is none.
    pub(crate) next_page_token: String,
}

impl<T> Listed<T> {
    /// A remark when the list goes on.
    pub(crate) fn note(&self) -> Option<String> {
        let more = !self.next_page_token.is_empty();
        more.then(|| format!("these are the first {}; --limit shows more", self.items.len()))
    }
}

impl Limit {
    /// Reads pages until there are as many as asked for. `page` gets a size and a token.
    pub(crate) async fn read<T>(
        &self,
        mut page: impl AsyncFnMut(i32, String) -> Result<(Vec<T>, String), Status>,
    ) -> Result<Listed<T>, Failure> {
        let mut listed = Listed {
            items: Vec::new(),
            next_page_token: String::new(),
        };
        loop {
            let wanted = (self.limit - listed.items.len()).min(PAGE);
            if wanted == 0 {
                return Ok(listed);
            }
            let size = i32::try_from(wanted).unwrap_or(i32::MAX);
            let (items, next) = page(size, std::mem::take(&mut listed.next_page_token)).await?;
            listed.items.extend(items);
            listed.next_page_token = next;
            if listed.next_page_token.is_empty() {
                return Ok(listed);
            }
        }
    }
}

/// The users or groups to list, and their order.
#[derive(Args, Debug)]
pub(crate) struct Selection {
    /// Only where the attribute equals the value; `~` for contains; repeat for more
    #[arg(long = "where", value_name = "ATTRIBUTE=VALUE", value_parser = parse_condition)]
    conditions: Vec<Filter>,
    /// An attribute, with ` desc` behind it for the other way round
    #[arg(long, value_name = "ATTRIBUTE", default_value = "", hide_default_value = true)]
    pub(crate) order_by: String,
}

impl Selection {
    /// The filter that holds where all conditions do.
    pub(crate) fn filter(&self) -> Option<Filter> {
        match self.conditions.as_slice() {
            [] => None,
            [one] => Some(one.clone()),
            all => Some(Filter {
                condition: Some(Condition::AllOf(FilterList {
                    filters: all.to_vec(),
                })),
            }),
        }
    }
}

/// A condition that an attribute is equal to a text.
pub(crate) fn equals(attribute: &str, text: &str) -> Filter {
    comparison(
        attribute,
        ComparisonOperator::Equal,
        Kind::StringValue(text.to_owned()),
    )
}

fn comparison(attribute: &str, operator: ComparisonOperator, kind: Kind) -> Filter {
    Filter {
        condition: Some(Condition::Comparison(Comparison {
            attribute: attribute.to_owned(),
            operator: operator.into(),
            value: Some(FilterValue { kind: Some(kind) }),
        })),
    }
}

fn parse_condition(text: &str) -> Result<Filter, String> {
    let at = text
        .find(['=', '~'])
        .ok_or("a condition is ATTRIBUTE=VALUE or ATTRIBUTE~PART")?;
    let (attribute, value) = (&text[..at], &text[at + 1..]);
    if attribute.is_empty() {
        return Err("a condition starts with an attribute such as user_name".into());
    }
    let operator = match text.as_bytes()[at] {
        b'~' => ComparisonOperator::Contains,
        _ => ComparisonOperator::Equal,
    };
    Ok(comparison(attribute, operator, kind_for(attribute, value)))
}

/// The value in the kind that the attribute has: booleans for those that are, else text.
fn kind_for(attribute: &str, value: &str) -> Kind {
    let boolean = attribute == "active" || attribute.ends_with("primary");
    match value.parse() {
        Ok(value) if boolean => Kind::BoolValue(value),
        _ => Kind::StringValue(value.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn list(limit: usize, there_are: usize) -> (Listed<usize>, Vec<i32>) {
        let mut sizes = Vec::new();
        let page = async |size: i32, token: String| {
            sizes.push(size);
            let start: usize = token.parse().unwrap_or(0);
            let end = (start + usize::try_from(size).unwrap()).min(there_are);
            let next = if end < there_are {
                end.to_string()
            } else {
                String::new()
            };
            Ok(((start..end).collect(), next))
        };
        let listed = Limit { limit }.read(page).await.unwrap();
        (listed, sizes)
    }

    #[tokio::test]
    async fn pages_are_read_until_the_limit() {
        let (listed, sizes) = list(250, 1_000).await;
        assert_eq!((listed.items.len(), sizes), (250, vec![100, 100, 50]));
        assert!(listed.note().is_some());
    }

    #[tokio::test]
    async fn pages_are_read_until_the_end() {
        let (listed, sizes) = list(250, 120).await;
        assert_eq!((listed.items, sizes.len()), ((0..120).collect(), 2));
        assert!(list(250, 120).await.0.note().is_none());
    }

    #[test]
    fn conditions_name_attribute_operator_and_value() {
        let filter = parse_condition("user_name=a=b").unwrap();
        assert_eq!(filter, equals("user_name", "a=b"));
        let filter = parse_condition("active=true").unwrap();
        assert_eq!(
            filter,
            comparison("active", ComparisonOperator::Equal, Kind::BoolValue(true))
        );
        let filter = parse_condition("title~eng").unwrap();
        let expected = comparison(
            "title",
            ComparisonOperator::Contains,
            Kind::StringValue("eng".into()),
        );
        assert_eq!(filter, expected);
        assert!(parse_condition("user_name").is_err() && parse_condition("=x").is_err());
    }
}
