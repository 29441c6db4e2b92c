//! Net effect of a list of member changes, before anything is read.
//!
//! Steps happen in order, and only the last word on each id counts. So the cost of a change is that of the ids it names: a step
//! that adds one member to a large group looks at one id.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    directory::input::MemberChange,
    error::{Error, Result},
    id::Id,
};

/// Steps that one change of members may have.
pub(super) const MAX_STEPS: usize = 20_000;
/// Ids that one change of members may name in all.
pub(super) const MAX_IDS: usize = 200_000;

/// The net effect that is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Plan {
    /// Treatment of the members that are not named.
    pub(super) others: Others,
    /// Membership wanted for each id that is named.
    pub(super) named: BTreeMap<Id, Wanted>,
    /// Texts to be added that are no ids, and so name nobody.
    pub(super) nobody: BTreeSet<String>,
}

/// Treatment of members that a change does not name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Others {
    /// They stay.
    Stay,
    /// They leave: a step replaced the whole list.
    Leave,
}

/// Membership wanted for a user or group that a change names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// A member.
    Member,
    /// None.
    Outside,
}

impl Plan {
    /// The net effect of these steps.
    pub(super) fn new(steps: &[MemberChange]) -> Result<Self> {
        limit("steps in one change of members", MAX_STEPS, steps.len())?;
        limit(
            "ids in one change of members",
            MAX_IDS,
            steps.iter().map(ids_in).sum(),
        )?;
        let mut plan = Self {
            others: Others::Stay,
            named: BTreeMap::new(),
            nobody: BTreeSet::new(),
        };
        for step in steps {
            plan.take(step);
        }
        Ok(plan)
    }

    /// A plan that leaves no members.
    pub(super) fn empty_the_group() -> Self {
        Self {
            others: Others::Leave,
            named: BTreeMap::new(),
            nobody: BTreeSet::new(),
        }
    }

    /// The ids that are to be members in the end.
    pub(super) fn wanted(&self) -> impl Iterator<Item = Id> {
        let wanted = self.named.iter().filter(|(_, wanted)| **wanted == Wanted::Member);
        wanted.map(|(id, _)| *id)
    }

    fn take(&mut self, step: &MemberChange) {
        match step {
            MemberChange::Add(ids) => self.name(ids, Wanted::Member),
            MemberChange::Remove(ids) => self.name(ids, Wanted::Outside),
            MemberChange::Replace(ids) => {
                *self = Self::empty_the_group();
                self.name(ids, Wanted::Member);
            }
        }
    }

    fn name(&mut self, ids: &[String], wanted: Wanted) {
        for text in ids {
            match (Id::parse(text), wanted) {
                (Some(id), _) => {
                    self.named.insert(id, wanted);
                }
                (None, Wanted::Member) => {
                    self.nobody.insert(text.clone());
                }
                (None, Wanted::Outside) => {
                    self.nobody.remove(text);
                }
            }
        }
    }
}

fn ids_in(step: &MemberChange) -> usize {
    match step {
        MemberChange::Add(ids) | MemberChange::Remove(ids) | MemberChange::Replace(ids) => ids.len(),
    }
}

fn limit(what: &'static str, maximum: usize, asked: usize) -> Result<()> {
    if asked <= maximum {
        return Ok(());
    }
    Err(Error::TooMany {
        limit: what,
        maximum: u64::try_from(maximum).unwrap_or(u64::MAX),
        retry_after: None,
    })
}

#[cfg(test)]
mod tests {
    use super::{MAX_IDS, MAX_STEPS, Others, Plan, Wanted};
    use crate::{
        directory::input::MemberChange::{self, Add, Remove, Replace},
        error::Error,
        id::Id,
    };

    fn id(number: u128) -> Id {
        Id(uuid::Uuid::from_u128(number))
    }

    fn ids(numbers: &[u128]) -> Vec<String> {
        numbers.iter().map(|number| id(*number).to_string()).collect()
    }

    fn plan(steps: &[MemberChange]) -> Plan {
        Plan::new(steps).expect("within the limits")
    }

    #[test]
    fn the_last_step_that_names_a_member_decides() {
        let plan = plan(&[
            Add(ids(&[1, 2])),
            Remove(ids(&[1])),
            Remove(ids(&[3])),
            Add(ids(&[3])),
        ]);
        assert_eq!(plan.others, Others::Stay);
        assert_eq!(plan.named[&id(1)], Wanted::Outside);
        assert_eq!(plan.wanted().collect::<Vec<_>>(), [id(2), id(3)]);
    }

    #[test]
    fn a_replacement_forgets_the_steps_before_it_and_not_those_after() {
        let plan = plan(&[Add(ids(&[1])), Replace(ids(&[2])), Add(ids(&[3]))]);
        assert_eq!(plan.others, Others::Leave);
        assert_eq!(plan.wanted().collect::<Vec<_>>(), [id(2), id(3)]);
    }

    #[test]
    fn text_that_is_no_id_names_nobody() {
        let plan = plan(&[Add(vec!["x".into(), "y".into()]), Remove(vec!["x".into()])]);
        assert!(plan.named.is_empty());
        assert_eq!(plan.nobody.into_iter().collect::<Vec<_>>(), ["y"]);
    }

    #[test]
    fn steps_and_ids_are_limited() {
        let steps = vec![Add(Vec::new()); MAX_STEPS + 1];
        assert!(matches!(
            Plan::new(&steps),
            Err(Error::TooMany { maximum: 20_000, .. })
        ));
        let many = vec![String::new(); MAX_IDS + 1];
        assert!(matches!(
            Plan::new(&[Add(many)]),
            Err(Error::TooMany { maximum: 200_000, .. })
        ));
    }
}
