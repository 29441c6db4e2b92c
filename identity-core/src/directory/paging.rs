//! Pages: how large one is, where it starts, and the token of the next.

use std::fmt::Debug;

use serde::{Serialize, de::DeserializeOwned};

use super::{
    Inner,
    input::{Page, PageRequest},
};
use crate::{
    error::{Error, PageFault, Result},
    id::Id,
    page_token::Binding,
};

/// How many items a page has.
#[derive(Clone, Copy)]
pub(super) struct Sizes {
    /// Unless the client says otherwise.
    default: i64,
    /// At most.
    maximum: i64,
}

/// Pages of resources and log entries.
pub(super) const RESOURCES: Sizes = Sizes {
    default: 100,
    maximum: 1000,
};
/// Pages of members, which are small.
pub(super) const MEMBERS: Sizes = Sizes {
    default: 1000,
    maximum: 10_000,
};

/// A list of which a page is asked for. Its page tokens serve no other list.
pub(super) struct List<'a, Q> {
    /// Name of the list.
    pub(super) name: &'static str,
    /// The organization; `None` for the list of organizations.
    pub(super) organization: Option<Id>,
    /// Further input that decides on its items and their order.
    pub(super) query: &'a Q,
    /// How long its pages are.
    pub(super) sizes: Sizes,
}

/// A page that was asked for; `P` is a position in its list.
pub(super) struct Pager<P> {
    binding: Binding,
    /// How many items it has at most.
    pub(super) size: i64,
    /// Where the page before ended; `None`: this is the first.
    pub(super) after: Option<P>,
}

/// Items that were read for a page.
pub(super) struct Rows<T, P> {
    pub(super) items: Vec<T>,
    /// The position of the last one, if another page follows.
    pub(super) next: Option<P>,
}

impl<T, P> Rows<T, P> {
    /// A page of `size` items, out of one item more than that if there are so many.
    pub(super) fn cut(mut items: Vec<T>, size: i64, position: impl FnOnce(&T) -> Result<P>) -> Result<Self> {
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        let more = items.len() > size;
        items.truncate(size);
        let next = items.last().filter(|_| more).map(position).transpose()?;
        Ok(Self { items, next })
    }
}

impl<P> Pager<P> {
    /// How many rows to read to see whether another page follows.
    pub(super) fn limit(&self) -> i64 {
        self.size + 1
    }
}

impl Inner {
    /// Reads what the client says of the page that it wants.
    pub(super) fn pager<P: DeserializeOwned, Q: Debug>(
        &self,
        list: &List<'_, Q>,
        page: &PageRequest,
    ) -> Result<Pager<P>> {
        let binding = Binding::new(list.name, list.organization, list.query);
        let after = match page.token.as_str() {
            "" => None,
            token => Some(self.page_tokens.open(token, &binding, self.platform.now())?),
        };
        Ok(Pager {
            size: size(page.size, list.sizes)?,
            binding,
            after,
        })
    }

    /// The page as the client gets it.
    pub(super) fn page<T, P: Serialize>(&self, pager: &Pager<P>, rows: Rows<T, P>) -> Result<Page<T>> {
        let next_page_token = match &rows.next {
            Some(position) => self
                .page_tokens
                .sign(&pager.binding, position, self.platform.now())?,
            None => String::new(),
        };
        Ok(Page {
            items: rows.items,
            next_page_token,
            total: None,
        })
    }
}

fn size(asked: i32, sizes: Sizes) -> Result<i64> {
    match i64::from(asked) {
        0 => Ok(sizes.default),
        negative if negative < 0 => Err(Error::InvalidPage(PageFault::Size)),
        size => Ok(size.min(sizes.maximum)),
    }
}

#[cfg(test)]
mod tests {
    use super::{MEMBERS, RESOURCES, Rows, size};
    use crate::error::{Error, PageFault};

    #[test]
    fn a_page_is_as_long_as_asked_for_within_its_limits() {
        let sizes = [(0, 100), (1, 1), (1000, 1000), (i32::MAX, 1000)];
        for (asked, given) in sizes {
            assert_eq!(size(asked, RESOURCES).expect("not negative"), given);
        }
        assert_eq!(size(0, MEMBERS).expect("not negative"), 1000);
        assert!(matches!(
            size(-1, MEMBERS),
            Err(Error::InvalidPage(PageFault::Size))
        ));
    }

    #[test]
    fn the_row_too_many_is_not_shown_and_says_that_a_page_follows() {
        let page = Rows::cut(vec![1, 2, 3], 2, |item| Ok(*item)).expect("a page");
        assert_eq!((page.items, page.next), (vec![1, 2], Some(2)));
        let last = Rows::cut(vec![1, 2], 2, |item| Ok(*item)).expect("a page");
        assert_eq!((last.items, last.next), (vec![1, 2], None));
    }
}
