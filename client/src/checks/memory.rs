//! Answers, and what becomes of them when something changes.

use std::{collections::HashMap, time::Instant};

use identity_proto::v1::{Change, EntityType};

use super::Question;

/// An answer that is remembered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Remembered {
    pub(super) allowed: bool,
    /// The revision that it was computed at.
    pub(super) revision: i64,
    /// When it may change without a change of anything, as a grant expires.
    pub(super) until: Option<Instant>,
}

/// By user, project and permission, so that looking one up makes no text.
#[derive(Debug, Default)]
pub(super) struct Memory {
    answers: HashMap<String, HashMap<String, HashMap<String, Remembered>>>,
    count: usize,
    /// The revision up to which changes have been applied.
    applied: i64,
}

impl Memory {
    /// How fresh the memory is.
    pub(super) fn applied(&self) -> i64 {
        self.applied
    }

    pub(super) fn find(&self, question: &Question<'_>) -> Option<Remembered> {
        let of_user = self.answers.get(question.user)?;
        of_user.get(question.project)?.get(question.permission).copied()
    }

    /// Remembers an answer, unless something has changed since it was computed.
    pub(super) fn put(&mut self, question: &Question<'_>, answer: Remembered, maximum: usize) {
        if answer.revision < self.applied {
            return;
        }
        if self.count >= maximum {
            self.clear();
        }
        let of_user = self.answers.entry(question.user.to_owned()).or_default();
        let there = of_user.entry(question.project.to_owned()).or_default();
        if there.insert(question.permission.to_owned(), answer).is_none() {
            self.count += 1;
        }
    }

    /// Forgets what a change may have made wrong. Answers that were computed after it stay.
    pub(super) fn apply(&mut self, change: &Change) {
        match change.entity_type() {
            // Who signs in how, and what attributes there are, decides nothing here.
            EntityType::Token | EntityType::Schema => {}
            EntityType::User => {
                let of_user = self.answers.get_mut(&change.entity_id);
                let there = of_user.into_iter().flat_map(HashMap::values_mut);
                self.count -= forget(there, change.revision);
            }
            // The log does not tell whom they reach. A kind that is newer than this client is
            // unspecified.
            EntityType::Unspecified
            | EntityType::Organization
            | EntityType::Group
            | EntityType::Connection
            | EntityType::MappingRule
            | EntityType::ServiceAccount
            | EntityType::Policy
            | EntityType::Project
            | EntityType::Role
            | EntityType::Grant => {
                let there = self.answers.values_mut().flat_map(HashMap::values_mut);
                self.count -= forget(there, change.revision);
            }
        }
    }

    /// All changes up to this revision have been applied.
    pub(super) fn advance(&mut self, revision: i64) {
        self.applied = self.applied.max(revision);
        if self.count == 0 {
            self.answers.clear();
        }
    }

    /// Knows nothing any more, and goes on from this revision.
    pub(super) fn begin(&mut self, revision: i64) {
        self.clear();
        self.applied = revision;
    }

    fn clear(&mut self) {
        self.answers.clear();
        self.count = 0;
    }
}

/// Forgets answers that were computed before a revision; answers how many.
fn forget<'a>(answers: impl Iterator<Item = &'a mut HashMap<String, Remembered>>, revision: i64) -> usize {
    let of_one = |there: &mut HashMap<String, Remembered>| {
        let before = there.len();
        there.retain(|_, answer| answer.revision >= revision);
        before - there.len()
    };
    answers.map(of_one).sum()
}

#[cfg(test)]
mod tests {
    use super::{Change, EntityType, Memory, Question, Remembered};

    const ADA: Question<'_> = Question {
        user: "ada",
        permission: "project.view",
        project: "p",
    };

    fn at(revision: i64) -> Remembered {
        Remembered {
            allowed: true,
            revision,
            until: None,
        }
    }

    fn change(entity_type: EntityType, entity_id: &str, revision: i64) -> Change {
        Change {
            entity_type: entity_type.into(),
            entity_id: entity_id.into(),
            revision,
            ..Change::default()
        }
    }

    fn remembering() -> Memory {
        let mut memory = Memory::default();
        memory.begin(5);
        memory.put(&ADA, at(5), 10);
        memory
    }

    #[test]
    fn a_change_of_somebody_else_leaves_an_answer() {
        let mut memory = remembering();
        memory.apply(&change(EntityType::User, "bob", 6));
        memory.apply(&change(EntityType::Token, "t", 7));
        assert_eq!(memory.find(&ADA), Some(at(5)));
    }

    #[test]
    fn a_change_of_the_user_or_of_what_may_reach_it_takes_the_answer() {
        for (kind, id) in [
            (EntityType::User, "ada"),
            (EntityType::Group, "g"),
            (EntityType::Grant, "x"),
            (EntityType::Policy, "o"),
            (EntityType::Unspecified, "x"),
        ] {
            let mut memory = remembering();
            memory.apply(&change(kind, id, 6));
            assert_eq!(memory.find(&ADA), None, "{kind:?}");
        }
    }

    #[test]
    fn a_change_that_the_answer_already_knows_leaves_it() {
        let mut memory = remembering();
        memory.put(&ADA, at(8), 10);
        memory.apply(&change(EntityType::User, "ada", 8));
        assert_eq!(memory.find(&ADA), Some(at(8)));
    }

    #[test]
    fn an_answer_that_a_change_overtook_is_not_remembered() {
        let mut memory = remembering();
        memory.begin(9);
        memory.put(&ADA, at(8), 10);
        assert_eq!(memory.find(&ADA), None);
    }

    #[test]
    fn a_full_memory_forgets_instead_of_growing() {
        let mut memory = Memory::default();
        for n in 0..25 {
            let user = n.to_string();
            let question = Question { user: &user, ..ADA };
            memory.put(&question, at(1), 10);
            assert!(memory.count <= 10);
        }
    }
}
