//! Results of an undo.

use crate::{
    change::{Action, FieldChange},
    error::{Error, Resource, Result, Rule},
    id::Id,
    store::{Entry, FormerMembership},
};

/// A name that an undo makes free: its field, and the value as it is compared.
pub(in crate::directory) type ReleasedName = (Resource, &'static str, String);

/// Effect of an undo, or of its preview, on one user, group or connection.
#[derive(Clone, Debug, PartialEq)]
pub struct RevertedResource {
    /// Kind of the resource.
    pub resource: Resource,
    /// Its id.
    pub resource_id: String,
    /// Its user name or display name; empty where it is not known.
    pub name: String,
    /// The action of the undo; `None`: nothing is changed.
    pub action: Option<Action>,
    /// Fields that change.
    pub fields: Vec<FieldChange>,
    /// Members that the group gets back.
    pub added_members: Vec<Id>,
    /// Members that the group loses.
    pub removed_members: Vec<Id>,
    /// Values that others changed since, which stay.
    pub conflicts: Vec<Conflict>,
    /// Reason for which a rule refuses the change.
    pub refusal: Option<String>,
    /// Statement about what does not come back.
    pub lost: Option<String>,
    /// The revision that the change made; `None` in a preview and where nothing is changed.
    pub revision: Option<i64>,
}

/// A value that others changed after the changes to undo.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// The field; `members` for a membership, `existence` for the user or group itself.
    pub field: String,
    /// The member, of a membership.
    pub member: Option<Id>,
    /// The revision of the others' change; 0 where it is not known.
    pub revision: i64,
}

impl RevertedResource {
    pub(in crate::directory) fn new(resource: Resource, id: &impl ToString) -> Self {
        Self {
            resource,
            resource_id: id.to_string(),
            name: String::new(),
            action: None,
            fields: Vec::new(),
            added_members: Vec::new(),
            removed_members: Vec::new(),
            conflicts: Vec::new(),
            refusal: None,
            lost: None,
            revision: None,
        }
    }

    pub(in crate::directory) fn is_empty(&self) -> bool {
        self.action.is_none() && self.conflicts.is_empty() && self.refusal.is_none() && self.lost.is_none()
    }
}

/// Result of the undo of one user or group, with what matters to those that follow.
#[derive(Debug)]
pub(in crate::directory) struct Done {
    pub(in crate::directory) item: RevertedResource,
    /// By how much the number of active users changed.
    pub(in crate::directory) active: i64,
    /// Set if it was deleted and exists again.
    pub(in crate::directory) is_back: bool,
    /// Groups that it leaves by it.
    pub(in crate::directory) left: Vec<Id>,
    /// Memberships that the user had when its access was taken.
    pub(in crate::directory) former: Vec<FormerMembership>,
    /// Names that are free now.
    pub(in crate::directory) released: Vec<ReleasedName>,
}

impl Done {
    pub(in crate::directory) fn of(item: RevertedResource) -> Self {
        Self {
            item,
            active: 0,
            is_back: false,
            left: Vec::new(),
            former: Vec::new(),
            released: Vec::new(),
        }
    }

    /// Answers nothing where there is nothing to say.
    pub(in crate::directory) fn unless_empty(item: RevertedResource) -> Option<Self> {
        Some(Self::of(item)).filter(|done| !done.item.is_empty())
    }
}

/// Groups that a user or group leaves by these entries.
pub(in crate::directory) fn groups_left(member: Id, entries: &[Entry]) -> Vec<Id> {
    let left = entries
        .iter()
        .filter(|it| it.resource == Resource::Group && it.detail.removed_members.contains(&member));
    left.filter_map(|it| Id::parse(&it.resource_id)).collect()
}

/// The result of a step that a rule refuses. What is no rule ends the undo.
pub(super) fn refused(item: RevertedResource, error: Error) -> Result<RevertedResource> {
    match error {
        Error::Unavailable(_)
        | Error::Internal(_)
        | Error::Unauthenticated(_)
        | Error::VersionMismatch { .. }
        | Error::RuleBroken(Rule::OrganizationSuspended) => Err(error),
        refusal => Ok(RevertedResource {
            action: None,
            fields: Vec::new(),
            added_members: Vec::new(),
            removed_members: Vec::new(),
            refusal: Some(refusal.to_string()),
            ..item
        }),
    }
}

/// The statement about a change of something else than users and groups, which an undo leaves. A connection that is held is no damage.
pub(super) fn lost(resource: Resource, id: &str) -> Option<RevertedResource> {
    let lost = match resource {
        Resource::Connection => return None,
        Resource::Token => "tokens and secrets do not come back: make new ones".to_owned(),
        Resource::Grant => "roles that were not among the user's own are not given back".to_owned(),
        _ => "an undo changes users and groups alone".to_owned(),
    };
    Some(RevertedResource {
        lost: Some(lost),
        ..RevertedResource::new(resource, &id)
    })
}
