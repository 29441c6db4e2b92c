//! Random organizations and random filters on them, for tests that compare evaluators.
//!
//! [`World::users_that_meet`] and its neighbours say what is right, by the in-memory matcher. Values come from small pools, so that
//! filters meet something.

mod extension;
mod filters;
mod people;
mod values;

use identity_core::{
    error::Result,
    filter::{Filter, matches},
    group::{Group, Member},
    id::Id,
    schema::{ExtendedType, ExtensionSchema},
    search::{Resource, position_of_group, position_of_user},
    store::{Direction, Order, Position},
    user::{GroupReference, User},
};

pub(crate) use filters::{group_filter, group_order, user_filter, user_order};
pub(crate) use people::world;

/// An organization with its users, groups and schemas.
#[derive(Clone, Debug)]
pub(crate) struct World {
    /// Its id.
    pub(crate) organization: Id,
    /// Its users with the groups they belong to, the indirect ones included.
    pub(crate) users: Vec<(User, Vec<GroupReference>)>,
    /// Its groups with their direct members.
    pub(crate) groups: Vec<(Group, Vec<Member>)>,
    /// Its schemas.
    pub(crate) schemas: Vec<ExtensionSchema>,
}

impl World {
    /// The ids of the users that meet the filter, in this order.
    pub(crate) fn users_that_meet(&self, filter: &Filter, order: &Order) -> Result<Vec<Id>> {
        let mut found = Vec::new();
        for (user, groups) in &self.users {
            let resource = Resource::of_user(user, groups, &self.schemas);
            // Asked of every user, so that an invalid filter or order is refused whatever there is.
            let meets = matches(filter, ExtendedType::User, &resource, &self.schemas)?;
            let position = position_of_user(order, user, &self.schemas)?;
            if meets {
                found.push(position);
            }
        }
        Ok(sorted(found, order.direction))
    }

    /// The ids of the groups that meet the filter, in this order.
    pub(crate) fn groups_that_meet(&self, filter: &Filter, order: &Order) -> Result<Vec<Id>> {
        let mut found = Vec::new();
        for (group, members) in &self.groups {
            let resource = Resource::of_group(group, members, &self.schemas);
            let meets = matches(filter, ExtendedType::Group, &resource, &self.schemas)?;
            let position = position_of_group(order, group, &self.schemas)?;
            if meets {
                found.push(position);
            }
        }
        Ok(sorted(found, order.direction))
    }
}

/// By key, then by id; the absent last, and all of it backwards when descending.
fn sorted(mut found: Vec<Position>, direction: Direction) -> Vec<Id> {
    found.sort_by_key(|it| (it.key.is_none(), it.key.clone(), it.id));
    if direction == Direction::Descending {
        found.reverse();
    }
    found.into_iter().map(|it| it.id).collect()
}
