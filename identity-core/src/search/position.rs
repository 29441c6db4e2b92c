//! Where a resource stands in an order: what the token of the next page tells.

use super::Resource;
use crate::{
    attributes::{Attribute, List, Target, resolve},
    error::{Error, Result},
    group::Group,
    schema::{ExtendedType, ExtensionSchema},
    store::{Order, Position},
    user::User,
};

/// By what an order sorts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum SortKey {
    /// By id alone.
    Id,
    /// By the key of one value.
    Value(Attribute),
    /// By the key of the first element, which is the primary one if there is one (RFC 7644, section 3.4.2.3).
    First(List, Attribute),
}

/// By what an order of resources of this type sorts.
pub(crate) fn sort_key(
    resource: ExtendedType,
    order: &Order,
    schemas: &[ExtensionSchema],
) -> Result<SortKey> {
    let Some(name) = order.attribute.as_deref().filter(|name| *name != "id") else {
        return Ok(SortKey::Id);
    };
    let unordered = || {
        Error::invalid(
            "order_by",
            format!("`{name}`: nothing can be ordered by this attribute"),
        )
    };
    let (list, part) = match resolve(resource, name, schemas)? {
        Target::Value(attribute) => return Ok(SortKey::Value(attribute)),
        Target::Object(_) => return Err(unordered()),
        Target::List(list) => {
            let part = list.value().ok_or_else(unordered)?.clone();
            (list, part)
        }
        Target::Each(list, part) => (list, part),
    };
    if list.in_keys() {
        Ok(SortKey::First(list, part))
    } else {
        Err(unordered())
    }
}

/// The place of a user in an order.
pub fn position_of_user(order: &Order, user: &User, schemas: &[ExtensionSchema]) -> Result<Position> {
    let sort = sort_key(ExtendedType::User, order, schemas)?;
    let key = sort.key(|| Resource::of_user(user, &[], schemas));
    Ok(Position { key, id: user.id })
}

/// The place of a group in an order.
pub fn position_of_group(order: &Order, group: &Group, schemas: &[ExtensionSchema]) -> Result<Position> {
    let sort = sort_key(ExtendedType::Group, order, schemas)?;
    let key = sort.key(|| Resource::of_group(group, &[], schemas));
    Ok(Position { key, id: group.id })
}

impl SortKey {
    fn key(&self, resource: impl FnOnce() -> Resource) -> Option<String> {
        match self {
            Self::Id => None,
            Self::Value(attribute) => resource().key(attribute).map(str::to_owned),
            Self::First(list, part) => {
                let resource = resource();
                let first = resource.elements(&list.name).first()?;
                Some(first.get(part.label()?)?.as_str()?.to_owned())
            }
        }
    }
}
