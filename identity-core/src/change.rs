//! The change log.

use serde::{Deserialize, Serialize};

use crate::{error::Resource, id::Id, platform::Timestamp};

/// One entry of an organization's change log; the entries of one change share a revision.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// The organization.
    pub organization_id: Id,
    /// The revision that the change made.
    pub revision: i64,
    /// The place within the revision, from 0.
    pub sequence: i32,
    /// When it was made.
    pub at: Timestamp,
    /// Kind of resource that it is about.
    pub resource: Resource,
    /// Its id: a UUID as text, or a schema's URN.
    pub resource_id: String,
    /// Action that was taken.
    pub action: Action,
    /// Details of the action, as stored.
    pub detail: Detail,
    /// Actor that took the action.
    pub actor: Actor,
    /// The id of the request that did it.
    pub request_id: String,
}

/// Action that a change-log entry records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// It was created.
    Created,
    /// Fields or members changed.
    Updated,
    /// It was deleted.
    Deleted,
    /// Nothing changed, as all that was sent was ignored by policy.
    Ignored,
    /// A token's secret was replaced.
    Rotated,
    /// A token ends within a week; said once for each end.
    ExpiresSoon,
    /// An access token was revoked before its end.
    Revoked,
    /// It was deleted and is back.
    Undeleted,
    /// It was erased: nothing but its id is left of it.
    Erased,
    /// A connection came to another state of health.
    HealthChanged,
}

/// Details of an entry beside its key. Stored as one JSON document.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Detail {
    /// The fields that changed, in order of their names.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<FieldChange>,
    /// Members that a group got, at most [`MEMBERS_PER_ENTRY`].
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub added_members: Vec<Id>,
    /// Members that a group lost, at most [`MEMBERS_PER_ENTRY`].
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub removed_members: Vec<Id>,
    /// Statements about input that had no effect, one sentence each.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ignored: Vec<String>,
    /// Why the caller overrode the policy, if it did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub break_glass: Option<String>,
    /// The newest revision that the change takes back, if it is an undo.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reverts: Option<i64>,
}

/// Value that stands for one that was erased.
pub const ERASED: &str = "erased";
/// Field of a token that says whose it is. An id stays, so that later entries about the token are known for that person's.
pub(crate) const OWNER: &str = "user_id";

impl Detail {
    /// Returns the same details without values: of a field it is told that there was one, and of a statement that there was one.
    pub(crate) fn erased(&self) -> Self {
        let erased = |value: &serde_json::Value| match value {
            serde_json::Value::Null => serde_json::Value::Null,
            _ => ERASED.into(),
        };
        let field = |it: &FieldChange| match it.field.as_str() {
            OWNER => it.clone(),
            _ => FieldChange {
                field: it.field.clone(),
                before: erased(&it.before),
                after: erased(&it.after),
            },
        };
        Self {
            fields: self.fields.iter().map(field).collect(),
            ignored: self.ignored.iter().map(|_| ERASED.to_owned()).collect(),
            break_glass: self.break_glass.as_ref().map(|_| ERASED.to_owned()),
            ..self.clone()
        }
    }
}

/// Members named in one entry; a larger change continues in the next, so that no entry grows without end.
pub const MEMBERS_PER_ENTRY: usize = 1000;

/// A field before and after. Secrets never appear.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FieldChange {
    /// The field, by its name in the API.
    pub field: String,
    /// Before; null: none.
    #[serde(default, skip_serializing_if = "serde_json::Value::is_null")]
    pub before: serde_json::Value,
    /// After; null: none.
    #[serde(default, skip_serializing_if = "serde_json::Value::is_null")]
    pub after: serde_json::Value,
}

/// Actor behind a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Actor {
    /// The operator.
    Root,
    /// An internal service.
    Service {
        /// Its token.
        token_id: Id,
    },
    /// An identity provider.
    Scim {
        /// Its token.
        token_id: Id,
        /// Its connection.
        connection_id: Id,
    },
    /// A person.
    User {
        /// Its token.
        token_id: Id,
        /// Id of the user.
        user_id: Id,
    },
    /// The service itself.
    System,
}

/// Conditions on the entries to list; all conditions given must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChangeQuery {
    /// Only entries of later revisions.
    pub after_revision: i64,
    /// Only entries about this kind of thing.
    pub resource: Option<Resource>,
    /// Only entries about the thing of this id.
    pub resource_id: Option<String>,
    /// Only entries that record this.
    pub action: Option<Action>,
    /// Only entries by this token.
    pub actor_token_id: Option<Id>,
    /// Only entries by this connection.
    pub actor_connection_id: Option<Id>,
    /// Only entries at this time or later.
    pub from: Option<Timestamp>,
    /// Only entries before this time.
    pub until: Option<Timestamp>,
}
