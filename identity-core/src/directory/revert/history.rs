//! History of one user or group: what the selected changes did to it, what they found, and what others did later.

use std::{collections::BTreeMap, hash::Hash};

use serde_json::Value;

use super::{Conflict, Selection};
use crate::{
    change::{Action, Change, ChangeQuery, ERASED, FieldChange},
    directory::record::{DELETE_TIME, Record},
    error::{Error, Resource, Result},
    id::Id,
    store::Reader,
};

/// Entries that are read at a time; one names up to 1,000 members.
const PAGE: i64 = 500;
/// Entries about one user or group that an undo looks at, under the organization's lock.
const MAX_ENTRIES: usize = 10_000;
/// Name of the field that says whether a user may use anything.
const ACTIVE: &str = "active";
/// Name under which the existence of a user or group is a conflict.
const EXISTENCE: &str = "existence";

/// A value that the selected changes set.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::directory) struct Track<T> {
    /// The value that they found: the one before the first of them or, if others set it in between, the one of the others.
    pub(in crate::directory) target: T,
    /// The last revision by which others set it afterwards.
    pub(in crate::directory) changed_by_others: Option<i64>,
}

/// All that the change log tells of one user or group from the first selected change on.
#[derive(Debug, Default)]
pub(in crate::directory) struct History {
    /// Existence; set where selected changes created, deleted or brought it back.
    existence: Option<Track<bool>>,
    /// Values of fields; null: none.
    fields: BTreeMap<String, Track<Value>>,
    /// Membership in the group.
    pub(in crate::directory) members: BTreeMap<Id, Track<bool>>,
    /// The newest selected revision; 0: none.
    pub(in crate::directory) last_selected: i64,
    /// The newest revision by others after a selected one; those of an undo are not counted.
    by_others: Option<i64>,
}

/// Existence that an undo wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::directory) enum Existence {
    /// It is there or not, as it should be.
    AsItIs,
    /// It is to be deleted.
    Deleted,
    /// It is to come back.
    Restored,
    /// Others had to do with it since.
    Conflict(i64),
}

impl History {
    /// Reads it.
    pub(in crate::directory) async fn read(
        selection: &Selection,
        reader: &mut dyn Reader,
        organization: Id,
        (resource, id): (Resource, Id),
    ) -> Result<Self> {
        let query = ChangeQuery {
            after_revision: selection.first_revision - 1,
            resource: Some(resource),
            resource_id: Some(id.to_string()),
            ..ChangeQuery::default()
        };
        let (mut history, mut after, mut read) = (Self::default(), None, 0);
        loop {
            let page = reader.changes(organization, &query, after, PAGE).await?;
            for change in &page {
                history.take(change, selection.has(change));
            }
            after = page.last().map(|last| (last.revision, last.sequence));
            read += page.len();
            if i64::try_from(page.len()).is_ok_and(|length| length < PAGE) {
                return Ok(history);
            }
            if read >= MAX_ENTRIES {
                return Err(Error::TooMany {
                    limit: "entries of the change log about one user or group in an undo",
                    maximum: u64::try_from(MAX_ENTRIES).unwrap_or(u64::MAX),
                    retry_after: None,
                });
            }
        }
    }

    fn take(&mut self, change: &Change, is_selected: bool) {
        if change.action == Action::Ignored {
            return;
        }
        let by = By {
            is_selected,
            revision: change.revision,
        };
        if is_selected {
            self.last_selected = change.revision;
        } else if self.last_selected > 0 && change.detail.reverts.is_none() {
            self.by_others = Some(change.revision);
        }
        let detail = &change.detail;
        let returns = detail.fields.iter().any(|it| it.field == DELETE_TIME);
        match change.action {
            Action::Created | Action::Undeleted => by.sets(&mut self.existence, false),
            Action::Deleted => {
                by.sets(&mut self.existence, true);
                let was_active = detail.fields.iter().all(|it| it.field != ACTIVE);
                if change.resource == Resource::User {
                    by.sets_in(&mut self.fields, ACTIVE.to_owned(), Value::Bool(was_active));
                }
            }
            _ if returns => by.sets(&mut self.existence, false),
            _ => {}
        }
        if !matches!(
            change.action,
            Action::Created | Action::Deleted | Action::Undeleted
        ) {
            // A value that was erased is none to give back.
            let known = |it: &&FieldChange| it.field != DELETE_TIME && it.before != ERASED;
            for field in detail.fields.iter().filter(known) {
                by.sets_in(&mut self.fields, field.field.clone(), field.before.clone());
            }
        }
        for (members, before) in [(&detail.added_members, false), (&detail.removed_members, true)] {
            for member in members {
                by.sets_in(&mut self.members, *member, before);
            }
        }
    }

    /// Decides on the existence of what exists now, or does not.
    pub(in crate::directory) fn existence(&self, exists: bool) -> Existence {
        let Some(track) = &self.existence else {
            let is_untouched = self.fields.is_empty() && self.members.is_empty();
            return match self.by_others.filter(|_| !exists && !is_untouched) {
                Some(revision) => Existence::Conflict(revision),
                None => Existence::AsItIs,
            };
        };
        // Who is to go must be as the selected changes left it.
        let others = track
            .changed_by_others
            .or(self.by_others.filter(|_| !track.target));
        match (exists == track.target, others) {
            (true, _) => Existence::AsItIs,
            (false, Some(revision)) => Existence::Conflict(revision),
            (false, None) if track.target => Existence::Restored,
            (false, None) => Existence::Deleted,
        }
    }

    /// Gives fields the values back that the selected changes found. Answers those that others changed since.
    pub(in crate::directory) fn restore(&self, fields: &mut Record) -> Vec<Conflict> {
        let mut conflicts = Vec::new();
        for (field, track) in &self.fields {
            let present = fields.get(field).unwrap_or(&Value::Null);
            if *present == track.target {
                continue;
            }
            if let Some(revision) = track.changed_by_others {
                conflicts.push(Conflict::of(field, revision));
            } else if track.target.is_null() {
                fields.remove(field);
            } else {
                fields.insert(field.clone(), track.target.clone());
            }
        }
        conflicts
    }
}

impl Conflict {
    /// A field that others changed.
    pub(in crate::directory) fn of(field: &str, revision: i64) -> Self {
        Self {
            field: field.to_owned(),
            member: None,
            revision,
        }
    }

    /// A user or group that others had to do with.
    pub(in crate::directory) fn of_existence(revision: i64) -> Self {
        Self::of(EXISTENCE, revision)
    }

    /// Tells whether others had to do with the user or group, and not only with a field.
    pub(super) fn is_of_existence(&self) -> bool {
        self.field == EXISTENCE
    }
}

/// The author of an entry.
#[derive(Clone, Copy)]
struct By {
    is_selected: bool,
    revision: i64,
}

impl By {
    fn sets<T>(self, track: &mut Option<Track<T>>, before: T) {
        match (self.is_selected, track.as_mut()) {
            (true, Some(track)) if track.changed_by_others.is_none() => {}
            (true, _) => {
                *track = Some(Track {
                    target: before,
                    changed_by_others: None,
                });
            }
            (false, Some(track)) => track.changed_by_others = Some(self.revision),
            (false, None) => {}
        }
    }

    fn sets_in<K: Hash + Ord, T>(self, tracks: &mut BTreeMap<K, Track<T>>, key: K, before: T) {
        let mut track = tracks.remove(&key);
        self.sets(&mut track, before);
        if let Some(track) = track {
            tracks.insert(key, track);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{By, Existence, History, Track};
    use crate::directory::record::Record;

    fn by(is_selected: bool, revision: i64) -> By {
        By {
            is_selected,
            revision,
        }
    }

    fn track(steps: &[(bool, i64)]) -> Option<Track<i64>> {
        let mut track = None;
        for (revision, (is_selected, before)) in (1..).zip(steps) {
            by(*is_selected, revision).sets(&mut track, *before);
        }
        track
    }

    #[test]
    fn the_value_before_the_first_selected_change_comes_back() {
        let track = track(&[(true, 10), (true, 11)]).unwrap();
        assert_eq!((track.target, track.changed_by_others), (10, None));
    }

    #[test]
    fn what_others_set_in_between_stays_theirs() {
        let between = track(&[(true, 10), (false, 11), (true, 12)]).unwrap();
        assert_eq!((between.target, between.changed_by_others), (12, None));
        let after = track(&[(true, 10), (false, 11)]).unwrap();
        assert_eq!((after.target, after.changed_by_others), (10, Some(2)));
        assert_eq!(track(&[(false, 10)]), None);
    }

    #[test]
    fn a_value_that_is_right_already_is_no_conflict() {
        let mut history = History::default();
        by(true, 1).sets_in(&mut history.fields, "title".to_owned(), json!("Clerk"));
        by(false, 2).sets_in(&mut history.fields, "title".to_owned(), json!("Head"));
        let mut fields = Record::from_iter([("title".to_owned(), json!("Clerk"))]);
        assert!(history.restore(&mut fields).is_empty());
        fields.insert("title".to_owned(), json!("Queen"));
        assert_eq!(history.restore(&mut fields)[0].revision, 2);
        assert_eq!(fields["title"], json!("Queen"));
    }

    #[test]
    fn a_field_that_had_no_value_loses_it() {
        let mut history = History::default();
        by(true, 1).sets_in(&mut history.fields, "title".to_owned(), Value::Null);
        let mut fields = Record::from_iter([("title".to_owned(), json!("Clerk"))]);
        assert!(history.restore(&mut fields).is_empty());
        assert!(fields.is_empty());
    }

    #[test]
    fn who_was_created_and_touched_by_others_is_left() {
        let mut history = History::default();
        by(true, 1).sets(&mut history.existence, false);
        assert_eq!(history.existence(true), Existence::Deleted);
        assert_eq!(history.existence(false), Existence::AsItIs);
        history.by_others = Some(2);
        assert_eq!(history.existence(true), Existence::Conflict(2));
    }
}
