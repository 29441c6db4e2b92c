//! Effects of an undo so far, on which its next steps depend. A preview keeps them instead of the database.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use super::result::{Conflict, Done, ReleasedName, RevertedResource};
use crate::{change::Action, directory::groups::MemberPlan, error::Resource, group::Source, id::Id};

/// Effects of the units so far that the next ones depend on: memberships of those who come back or go, and no more.
#[derive(Debug, Default)]
pub(super) struct Carried {
    pub(super) active: i64,
    pub(super) back: HashSet<Id>,
    gone: HashSet<Id>,
    /// Groups that are deleted, or left as they are.
    pub(super) closed: HashSet<Id>,
    /// Names under which groups were told of.
    pub(super) names: HashMap<Id, String>,
    /// Memberships that ended, as pairs of group and member.
    left: HashSet<(Id, Id)>,
    pub(super) origins: HashMap<(Id, Id), (Source, Option<Id>)>,
    pub(super) released: Arc<HashSet<ReleasedName>>,
}

/// Members to give back and to take.
#[derive(Debug, Default)]
pub(super) struct MemberChanges {
    pub(super) added: Vec<Id>,
    pub(super) removed: Vec<Id>,
    pub(super) conflicts: Vec<Conflict>,
}

impl Carried {
    /// Takes over what matters of a result.
    pub(super) fn take(&mut self, resource: Resource, id: Id, done: Done) -> RevertedResource {
        self.active += done.active;
        if done.is_back {
            self.back.insert(id);
        }
        if done.item.action == Some(Action::Deleted) {
            self.gone.insert(id);
        }
        let is_left = done.item.conflicts.iter().any(Conflict::is_of_existence);
        if resource == Resource::Group && (is_left || done.item.action == Some(Action::Deleted)) {
            self.closed.insert(id);
        }
        if resource == Resource::Group {
            self.names.insert(id, done.item.name.clone());
        }
        self.left.extend(done.left.into_iter().map(|group| (group, id)));
        // Memberships are given back to those who get their access back.
        let returns = done.active > 0 || done.is_back;
        for former in done.former.into_iter().filter(|_| returns) {
            let origin = (former.source, former.connection);
            self.origins.insert((former.group, id), origin);
        }
        if !done.released.is_empty() {
            Arc::make_mut(&mut self.released).extend(done.released);
        }
        done.item
    }

    /// Finds the members of a group that change.
    pub(super) fn changes(&self, group: Id, plan: &MemberPlan) -> MemberChanges {
        let mut changes = MemberChanges::default();
        for (member, track) in &plan.history.members {
            let is_member = plan.members.contains(member) && !self.left.contains(&(group, *member));
            if is_member == track.target {
                continue;
            }
            let exists = plan.existing.contains(member) && !self.gone.contains(member);
            let exists = exists || self.back.contains(member);
            match (track.changed_by_others, track.target) {
                // Who is deleted for good cannot be a member; the user's own result says so.
                (_, true) if !exists => {}
                (Some(revision), _) => changes.conflicts.push(Conflict {
                    member: Some(*member),
                    ..Conflict::of("members", revision)
                }),
                (None, true) => changes.added.push(*member),
                (None, false) => changes.removed.push(*member),
            }
        }
        changes
    }
}
