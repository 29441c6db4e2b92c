//! Operations on the members of a group, as steps that the core takes. They need not know who is a member, unless a filter asks for
//! something else than an id.

use std::collections::{HashMap, HashSet};

use identity_proto::v1::{Member, MemberChange, MemberIds, MemberType, member_change};
use serde_json::{Value, json};

use super::{
    ReplaceMissing,
    elements::no_target,
    engine::{Change, MemberOperation, read_only},
    location::Elements,
    request::at,
};
use crate::{attributes::Mutability, error::Result, filter::ElementFilter, json::member_ids, work::Work};

/// The steps so far.
pub(super) struct Steps {
    taken: Vec<MemberChange>,
    /// Members after the steps so far, if the members before them are known.
    present: Option<Present>,
    missing: ReplaceMissing,
    work: Work,
}

/// Members by id, as elements that a filter can be asked of.
struct Present {
    members: HashMap<String, Value>,
}

enum Step {
    Add(Vec<String>),
    Remove(Vec<String>),
    Replace(Vec<String>),
}

impl Steps {
    /// The steps of all operations; nothing if one of them needs the members.
    pub(super) fn of(
        operations: &[MemberOperation<'_, '_>],
        known: Option<&[Member]>,
        missing: ReplaceMissing,
        work: &Work,
    ) -> Result<Option<Vec<MemberChange>>> {
        let mut steps = Self {
            taken: Vec::new(),
            present: known.map(Present::new),
            missing,
            work: work.clone(),
        };
        for operation in operations {
            let taken = match &operation.selected {
                None => steps.whole(operation.change).map(Some),
                Some(selected) => steps.selected(selected, operation.change),
            };
            if taken.map_err(|error| at(operation.index, error))?.is_none() {
                return Ok(None);
            }
        }
        Ok(Some(steps.taken))
    }

    /// An operation on the list as a whole.
    fn whole(&mut self, change: Change<'_>) -> Result<()> {
        self.take(match change {
            Change::Add(value) => Step::Add(member_ids(value)?),
            Change::Replace(value) => Step::Replace(member_ids(value)?),
            // Quirk Q57: Entra and JumpCloud name in the value whom they remove.
            Change::Remove(Some(value)) => Step::Remove(member_ids(value)?),
            // RFC 7644, section 3.5.2.2: without a filter, all.
            Change::Remove(None) => Step::Replace(Vec::new()),
        });
        Ok(())
    }

    /// An operation on the members that a filter selects; nothing if the members must be known.
    fn selected(&mut self, selected: &Elements<'_>, change: Change<'_>) -> Result<Option<()>> {
        if selected
            .part
            .is_some_and(|part| part.mutability == Mutability::Immutable)
        {
            return Err(read_only(&selected.whole()));
        }
        match (change, selected.filter.values()) {
            (Change::Remove(_), Some(ids)) => self.take(Step::Remove(ids.to_vec())),
            (Change::Add(value), Some(ids)) => {
                let given = member_ids(value).ok().filter(|ids| !ids.is_empty());
                self.take(Step::Add(given.unwrap_or_else(|| ids.to_vec())));
            }
            (change, _) => {
                let Some(found) = self.matching(&selected.filter)? else {
                    return Ok(None);
                };
                self.found(found, selected, change)?;
            }
        }
        Ok(Some(()))
    }

    /// An operation on the members that were found.
    fn found(&mut self, found: Vec<String>, selected: &Elements<'_>, change: Change<'_>) -> Result<()> {
        match change {
            Change::Remove(_) => self.take(Step::Remove(found)),
            Change::Replace(_) if found.is_empty() && self.missing == ReplaceMissing::NoTarget => {
                return Err(no_target(selected));
            }
            // As a list of its own, which the core refuses if nothing of it is known: it would leave the group without members.
            Change::Replace(value) if self.are_all(&found) => self.take(Step::Replace(member_ids(value)?)),
            Change::Replace(value) => {
                self.take(Step::Remove(found));
                self.take(Step::Add(member_ids(value)?));
            }
            Change::Add(value) => self.take(Step::Add(member_ids(value)?)),
        }
        Ok(())
    }

    fn are_all(&self, found: &[String]) -> bool {
        let present = self.present.as_ref();
        !found.is_empty() && present.is_some_and(|present| present.members.len() == found.len())
    }

    /// The ids of the members that meet a filter; nothing if the members are not known.
    fn matching(&self, filter: &ElementFilter) -> Result<Option<Vec<String>>> {
        let Some(present) = &self.present else {
            return Ok(None);
        };
        let found = present
            .members
            .iter()
            .filter(|(id, member)| filter.matches(member, &self.work) && self.work.look_at(id));
        let mut ids: Vec<String> = found.map(|(id, _)| id.clone()).collect();
        self.work.check()?;
        ids.sort_unstable();
        Ok(Some(ids))
    }

    /// Takes a step. One that does the same as the step before joins it: Entra sends an operation for each member.
    fn take(&mut self, step: Step) {
        if let Some(present) = &mut self.present {
            present.take(&step);
        }
        let last = self.taken.last_mut().and_then(|step| step.change.as_mut());
        match (last, step) {
            (_, Step::Add(ids) | Step::Remove(ids)) if ids.is_empty() => {}
            (Some(member_change::Change::Add(before)), Step::Add(ids))
            | (Some(member_change::Change::Remove(before)), Step::Remove(ids)) => before.ids.extend(ids),
            (_, Step::Replace(ids)) => self.push(member_change::Change::Replace(MemberIds { ids })),
            (_, Step::Add(ids)) => self.push(member_change::Change::Add(MemberIds { ids })),
            (_, Step::Remove(ids)) => self.push(member_change::Change::Remove(MemberIds { ids })),
        }
    }

    fn push(&mut self, change: member_change::Change) {
        self.taken.push(MemberChange { change: Some(change) });
    }
}

impl Present {
    fn new(known: &[Member]) -> Self {
        let elements = known.iter().map(|member| {
            let kind = match member.r#type() {
                MemberType::Group => "Group",
                MemberType::User | MemberType::Unspecified => "User",
            };
            let element = json!({ "value": member.id, "type": kind, "display": member.display_name });
            (member.id.clone(), element)
        });
        Self {
            members: elements.collect(),
        }
    }

    fn take(&mut self, step: &Step) {
        match step {
            Step::Add(ids) => ids.iter().for_each(|id| {
                self.members
                    .entry(id.clone())
                    .or_insert_with(|| json!({ "value": id }));
            }),
            Step::Remove(ids) => ids.iter().for_each(|id| {
                self.members.remove(id);
            }),
            Step::Replace(ids) => {
                let stay: HashSet<&String> = ids.iter().collect();
                self.members.retain(|id, _| stay.contains(id));
                self.take(&Step::Add(ids.clone()));
            }
        }
    }
}
