//! Facts that handlers find out about a request.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use identity_proto::v1::{
    CallEffect, Filter, Group, ProvisioningAction as Action, UpdateGroupRequest, UpdateUserRequest, User,
    filter::Condition, filter_value::Kind, member_change::Change,
};
use prost::Message as _;
use tonic::metadata::MetadataMap;
use uuid::Uuid;

use crate::{attributes::ResourceKind, endpoints::list::CoreQuery, error::CallerIds};

/// Carries what a call changed.
const EFFECT: &str = "roster-effect-bin";
/// Resources in a list that identity providers ask for to try a connection.
const MAX_TRIED: i32 = 2;

/// Facts about one request. Clones share them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Notes(Arc<Mutex<Facts>>);

/// Facts, as far as they are known.
#[derive(Debug, Default)]
pub(super) struct Facts {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) external_id: String,
    /// Meaning of the request, where the route does not say.
    pub(super) action: Option<Action>,
    /// Members or operations.
    pub(super) count: i32,
    /// Effect of the change.
    pub(super) effect: Option<CallEffect>,
    /// Values that were read in another form than they were sent.
    pub(super) coerced: Vec<String>,
    /// The connection that calls.
    caller: Option<Arc<CallerIds>>,
    /// Activity of the user before the change, if it was read.
    was_active: Option<bool>,
}

impl Notes {
    fn lock(&self) -> MutexGuard<'_, Facts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes the connection that calls, as the declarations of its organization tell.
    pub(crate) fn called_by(&self, caller: &Arc<CallerIds>) {
        self.lock().caller = Some(Arc::clone(caller));
    }

    /// The connection that calls, if it was found out.
    pub(crate) fn caller(&self) -> Option<Arc<CallerIds>> {
        self.lock().caller.clone()
    }

    /// Takes what was noted.
    pub(super) fn take(&self) -> Facts {
        std::mem::take(&mut *self.lock())
    }

    /// Notes how many operations a bulk request has.
    pub(crate) fn operations(&self, count: usize) {
        self.lock().count = saturated(count);
    }

    /// Notes which resource is asked for.
    pub(crate) fn id(&self, id: &str) {
        let mut facts = self.lock();
        if facts.id != id {
            id.clone_into(&mut facts.id);
        }
    }

    /// Notes a user as the client describes it, or as it is.
    pub(crate) fn user(&self, user: &User) {
        let mut facts = self.lock();
        facts.names(&user.id, &user.user_name, &user.external_id);
        if !user.id.is_empty() {
            facts.was_active = user.active;
        }
    }

    /// Notes a group as the client describes it, or as it is.
    pub(crate) fn group(&self, group: &Group) {
        self.lock()
            .names(&group.id, &group.display_name, &group.external_id);
    }

    /// Notes values that were read in another form than they were sent.
    pub(crate) fn coerced(&self, statements: Vec<String>) {
        if !statements.is_empty() {
            self.lock().coerced = statements;
        }
    }

    /// Notes what a change of a user asks for.
    pub(crate) fn user_update(&self, message: &UpdateUserRequest) {
        let (Some(user), Some(mask)) = (&message.user, &message.update_mask) else {
            return;
        };
        let has = |field: &str| mask.paths.iter().any(|path| path == field);
        let mut facts = self.lock();
        let was_active = facts.was_active;
        let given = |field, value| if has(field) { value } else { "" };
        facts.names(
            &user.id,
            given("user_name", user.user_name.as_str()),
            given("external_id", user.external_id.as_str()),
        );
        facts.action = match (has("active").then_some(user.active).flatten(), was_active) {
            (Some(false), Some(true) | None) => Some(Action::Deactivate),
            (Some(true), Some(false)) => Some(Action::Reactivate),
            _ => facts.action,
        };
    }

    /// Notes that a change of a user names its activity, and no more than it is.
    pub(crate) fn same_activity(&self, active: Option<bool>) {
        self.lock().action = active.map(|active| {
            if active {
                Action::Reactivate
            } else {
                Action::Deactivate
            }
        });
    }

    /// Notes what a change of a group asks for.
    pub(crate) fn group_update(&self, message: &UpdateGroupRequest) {
        let (mut added, mut removed) = (0, 0);
        for change in message.member_changes.iter().filter_map(|it| it.change.as_ref()) {
            match change {
                Change::Add(members) => added += members.ids.len(),
                Change::Remove(members) => removed += members.ids.len(),
                Change::Replace(_) => {}
            }
        }
        let mut facts = self.lock();
        if let Some(group) = &message.group {
            facts.names(&group.id, &group.display_name, &group.external_id);
        }
        facts.members(added, removed);
    }

    /// Notes a list.
    pub(crate) fn list(&self, kind: ResourceKind, query: &CoreQuery) {
        let mut facts = self.lock();
        let Some(filter) = &query.filter else {
            let is_start = query.skip == 0 && query.page_token.is_empty();
            let is_trial = is_start && (0..=MAX_TRIED).contains(&query.page_size);
            facts.action = is_trial.then_some(Action::ConnectionTest);
            return;
        };
        let Some((attribute, value)) = equality(filter) else {
            return;
        };
        let name = match kind {
            ResourceKind::User => "user_name",
            ResourceKind::Group => "display_name",
        };
        match attribute {
            "id" => facts.names(value, "", ""),
            "external_id" => facts.names("", "", value),
            // Whoever looks for an address means the person that it belongs to.
            _ if attribute == name || attribute.starts_with("emails") => facts.names("", value, ""),
            _ => return,
        }
        // Entra looks for a name that it has just made up.
        facts.action = Some(if Uuid::try_parse(value).is_ok() && attribute == name {
            Action::ConnectionTest
        } else {
            Action::LookUp
        });
    }

    /// Notes the one resource that a list has, if it was looked for.
    pub(crate) fn found(&self, note: impl FnOnce(&Self)) {
        let is_look_up = self.lock().action == Some(Action::LookUp);
        if is_look_up {
            note(self);
        }
    }

    /// Notes what a call changed, as its answer tells.
    pub(crate) fn effect(&self, metadata: &MetadataMap) {
        let Some(value) = metadata.get_bin(EFFECT) else {
            return;
        };
        let decoded = value.to_bytes().ok().map(CallEffect::decode);
        if let Some(Ok(effect)) = decoded {
            self.lock().effect = Some(effect);
        }
    }
}

impl Facts {
    /// Sets the names that have a value.
    fn names(&mut self, id: &str, name: &str, external_id: &str) {
        let known = [
            (&mut self.id, id),
            (&mut self.name, name),
            (&mut self.external_id, external_id),
        ];
        for (known, new) in known {
            if !new.is_empty() && known != new {
                new.clone_into(known);
            }
        }
    }

    fn members(&mut self, added: usize, removed: usize) {
        if added > 0 {
            self.action = Some(Action::MembersAdded);
            self.count = saturated(added);
        } else if removed > 0 {
            self.action = Some(Action::MembersRemoved);
            self.count = saturated(removed);
        }
    }

    /// Meaning of a change, as far as its effect tells more than the request.
    pub(super) fn changed(&mut self, kind: Option<ResourceKind>) -> Option<Action> {
        let Some(effect) = &self.effect else {
            return self.action;
        };
        let (added, removed) = (effect.members_added, effect.members_removed);
        let action = match (kind, effect.active) {
            (Some(ResourceKind::User), Some(false)) => Some(Action::Deactivate),
            (Some(ResourceKind::User), Some(true)) => Some(Action::Reactivate),
            _ if effect.renamed => Some(Action::Rename),
            (Some(ResourceKind::Group), _) if added > 0 || removed > 0 => {
                self.members(count(added), count(removed));
                self.action
            }
            // It may have asked for more, and that was so already.
            (Some(ResourceKind::User), None) => None,
            _ => self.action,
        };
        self.action = action;
        action
    }
}

/// Attribute and text of a filter that is one comparison for equality.
fn equality(filter: &Filter) -> Option<(&str, &str)> {
    let Some(Condition::Comparison(comparison)) = &filter.condition else {
        return None;
    };
    let is_equality = comparison.operator() == identity_proto::v1::ComparisonOperator::Equal;
    match &comparison.value.as_ref()?.kind {
        Some(Kind::StringValue(value)) if is_equality => Some((&comparison.attribute, value)),
        _ => None,
    }
}

fn saturated(count: usize) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

fn count(count: i32) -> usize {
    usize::try_from(count).unwrap_or(0)
}
