//! Questions about what users may do, and their answers.

use std::{collections::BTreeMap, time::Duration};

use crate::{
    id::Id,
    platform::Timestamp,
    project::ProjectStatus,
    role::{Permissions, RoleScope, RoleValue},
};

/// How fresh the state must be that an answer is computed from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Consistency {
    /// A remembered answer will do, if it is at most half a second old.
    MinimizeLatency,
    /// The state at this revision or later.
    AtLeastAsFresh(i64),
    /// The state when the call arrived or later.
    #[default]
    FullyConsistent,
}

/// A question: may this user do this here?
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Check {
    /// User that is asked about; `None`: an id that belongs to no user.
    pub user: Option<Id>,
    /// Permission that is asked about.
    pub permission: String,
    /// Where; `None`: in a project that there is not.
    pub scope: Option<RoleScope>,
}

/// The answer to a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It may.
    Allowed,
    /// It may not.
    Denied(Denial),
}

/// Why a user may not do something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Denial {
    /// No role of the user has the permission there.
    NotGranted,
    /// There is no such user.
    UserUnknown,
    /// The user is not active.
    UserInactive,
    /// There is no such project.
    ProjectUnknown,
    /// The project is archived.
    ProjectArchived,
    /// The question names no user, or no permission that can be.
    CheckMalformed,
}

/// The answer to one question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decided {
    /// The answer.
    pub decision: Decision,
    /// The organization's revision that it was computed at.
    pub revision: i64,
    /// How long it holds as long as nothing is changed: until the next grant expires. `None`: without end.
    pub valid_for: Option<Duration>,
}

/// Facts that decide one question about a user, all of one state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessFacts {
    /// The organization's revision.
    pub revision: i64,
    /// The version of the organization's policy.
    pub policy_version: i64,
    /// State of the user, true if active; `None`: there is no such user.
    pub active: Option<bool>,
    /// The project that is asked about; `None`: there is none, or none is asked about.
    pub project: Option<ProjectStatus>,
    /// The roles that an active user holds in the organization and in the project, itself or through groups, and until when.
    pub held: Vec<(RoleValue, Option<Timestamp>)>,
}

/// The answers to questions, all of one state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decisions {
    /// In the order of the questions.
    pub decisions: Vec<Decision>,
    /// The organization's revision that they were computed at.
    pub revision: i64,
    /// When the next grant of one of the users expires.
    pub until: Option<Timestamp>,
}

/// Permissions of an active user: in the organization, and beside that in projects.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Abilities {
    /// In the organization, and so in all of its projects.
    pub organization: Permissions,
    /// In each project where it holds a role.
    pub projects: BTreeMap<Id, Permissions>,
}

impl Abilities {
    /// Tells whether the user has this permission there. It does not check that the project is in use.
    pub fn allow(&self, permission: &str, scope: RoleScope) -> bool {
        let in_project = |project| {
            let permissions = self.projects.get(&project);
            permissions.is_some_and(|permissions| permissions.has(permission))
        };
        self.organization.has(permission)
            || match scope {
                RoleScope::Organization => false,
                RoleScope::Project(project) => in_project(project),
            }
    }
}
