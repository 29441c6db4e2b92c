//! Undo: takes back what a connection, a token or a request did in a span of time, as the change log tells it.
//!
//! The work is done in small units, one user or group each, so that no other writer waits for a long one. Each unit reads the history of
//! its subject under the organization's lock, and gives back what the selected changes found ([`History`]). A value that others set
//! afterwards is a conflict and stays. What is right already is passed over, so an undo that was interrupted and is repeated is done once.
//!
//! Users and groups come in the reverse order of their last selected change, and who finds its name taken comes again at the end, so that
//! names are free when an earlier holder takes them back; memberships come last, when everybody is back. A preview makes the same units
//! dry runs. What one of them makes possible for a later one (seats, names, members that exist again) is carried along in [`Carried`].

mod carried;
mod history;
mod result;
mod select;

use std::{collections::VecDeque, sync::Arc};

use carried::Carried;
pub(super) use history::{Existence, History};
pub use result::{Conflict, RevertedResource};
pub(super) use result::{Done, ReleasedName, groups_left};
use result::{lost, refused};
pub(super) use select::Selection;
use select::select;

use super::{
    Directory, Inner,
    change_context::ChangeContext,
    connections::HoldSafeguard,
    groups::{PlanMembers, RevertGroup, RevertMembers},
    input::RevertRequest,
    users::RevertUser,
};
use crate::{
    caller::{Call, Intent, Scope},
    change::{Action, FieldChange},
    deactivation_safeguard::SafeguardState,
    error::{Error, Resource, Result},
    group::Group,
    id::Id,
};

/// Members of a group that one unit gives back or takes.
const MEMBERS_PER_UNIT: usize = 1_000;
/// Attempts to take a name back that another user or group of the same undo may still have.
const NAME_ATTEMPTS: usize = 3;
/// Attempts to change a group that others change at the same time.
const ATTEMPTS: usize = 3;

/// Scope that the undo of a user or a group takes, beside `roles:write` where it gives or takes roles.
fn scope_of(resource: Resource) -> Scope {
    match resource {
        Resource::Group => Scope::GroupsWrite,
        _ => Scope::UsersWrite,
    }
}

/// A step of an undo.
#[derive(Clone, Debug)]
enum Step {
    Hold(Id),
    /// The number counts attempts.
    Revert(Resource, Id, usize),
    Members(Id),
    Lost(Resource, String),
}

/// An undo under way. Dropping it ends it after the unit that is being written.
pub struct Revert {
    inner: Arc<Inner>,
    call: Call,
    organization: Id,
    selection: Arc<Selection>,
    steps: VecDeque<Step>,
    /// Steps that come when those are done.
    last_steps: VecDeque<Step>,
    results: VecDeque<RevertedResource>,
    carried: Carried,
}

impl Directory {
    /// Undoes what a connection, a token or a request did in a span of time, step by step as [`Revert::next`] is called.
    #[crate::boxed]
    pub async fn revert_changes(
        &self,
        call: &Call,
        organization: &str,
        request: RevertRequest,
    ) -> Result<Revert> {
        let inner = Arc::clone(&self.inner);
        let org = inner
            .organization(call, organization, Scope::ChangesRevert)
            .await?;
        if !request.keep_serving {
            call.caller.require(Scope::ConnectionsWrite)?;
        }
        if request.connection.is_none() && request.token.is_none() && request.request_id.is_none() {
            return Err(Error::invalid(
                "actor_connection_id",
                "a connection, a token or a request must be named",
            ));
        }
        if request.until.is_some_and(|until| until <= request.from) {
            return Err(Error::invalid("end_time", "must be after start_time"));
        }
        let keep_serving = request.keep_serving;
        let (selection, selected) = select(&inner, org.id, request).await?;
        let holds = selected.connections.into_iter().filter(|_| !keep_serving);
        let mut steps: VecDeque<Step> = holds.map(Step::Hold).collect();
        let mut last_steps = VecDeque::new();
        for (resource, id) in selected.subjects {
            steps.push_back(Step::Revert(resource, id, 1));
            if resource == Resource::Group {
                last_steps.push_back(Step::Members(id));
            }
        }
        let others = selected.others.into_iter();
        last_steps.extend(others.map(|(resource, id)| Step::Lost(resource, id)));
        Ok(Revert {
            inner,
            call: call.clone(),
            organization: org.id,
            selection: Arc::new(selection),
            steps,
            last_steps,
            results: VecDeque::new(),
            carried: Carried::default(),
        })
    }
}

impl Revert {
    /// Does the next steps until there is something to tell; `None`: all is done.
    #[crate::boxed]
    pub async fn next(&mut self) -> Result<Option<RevertedResource>> {
        loop {
            if let Some(result) = self.results.pop_front() {
                return Ok(Some(result));
            }
            let step = self.steps.pop_front().or_else(|| self.last_steps.pop_front());
            match step {
                Some(Step::Hold(connection)) => self.hold(connection).await?,
                Some(Step::Revert(resource, id, attempt)) => self.revert((resource, id), attempt).await?,
                Some(Step::Members(group)) => self.members(group).await?,
                Some(Step::Lost(resource, id)) => self.results.extend(lost(resource, &id)),
                None => return Ok(None),
            }
        }
    }

    /// Asks again what [`Directory::revert_changes`] asked: whether the caller may undo changes.
    #[crate::boxed]
    pub async fn reauthorize(&self, call: &Call) -> Result<()> {
        let name = self.organization.to_string();
        self.inner
            .organization(call, &name, Scope::ChangesRevert)
            .await
            .map(drop)
    }

    fn context(&self) -> ChangeContext {
        ChangeContext::new(&self.call, &*self.inner.platform)
    }

    fn is_preview(&self) -> bool {
        self.call.intent == Intent::Validate
    }

    async fn hold(&mut self, id: Id) -> Result<()> {
        let unit = HoldSafeguard {
            context: self.context(),
            organization: self.organization,
            id,
        };
        if let Some((before, after)) = self
            .inner
            .write(&self.call.caller, self.organization, unit)
            .await?
        {
            let mut item = RevertedResource::new(Resource::Connection, &id);
            item.name = after.name;
            item.action = Some(Action::Updated);
            let state = |state: SafeguardState| super::connections::state_name(state).into();
            item.fields = vec![FieldChange {
                field: "brake_state".to_owned(),
                before: state(before.safeguard.state),
                after: state(after.safeguard.state),
            }];
            self.tell(item);
        }
        Ok(())
    }

    async fn revert(&mut self, (resource, id): (Resource, Id), attempt: usize) -> Result<()> {
        let (context, caller) = (self.context(), &self.call.caller);
        let (organization, selection) = (self.organization, Arc::clone(&self.selection));
        let released = Arc::clone(&self.carried.released);
        let outcome = if let Err(lacking) = caller.require(scope_of(resource)) {
            Err(lacking)
        } else if resource == Resource::Group {
            let unit = RevertGroup {
                context,
                organization,
                id,
                selection,
                released,
            };
            self.inner.write(caller, organization, unit).await
        } else {
            let active_before = if self.is_preview() { self.carried.active } else { 0 };
            let unit = RevertUser {
                context,
                organization,
                id,
                selection,
                active_before,
                released,
            };
            self.inner.write(caller, organization, unit).await
        };
        match outcome {
            Ok(None) => {}
            Ok(Some(done)) => {
                let item = self.carried.take(resource, id, done);
                self.tell(item);
            }
            Err(Error::AlreadyExists { .. }) if attempt < NAME_ATTEMPTS => {
                self.steps.push_back(Step::Revert(resource, id, attempt + 1));
            }
            Err(error) => self.tell(refused(RevertedResource::new(resource, &id), error)?),
        }
        Ok(())
    }

    fn tell(&mut self, mut item: RevertedResource) {
        if item.action.is_some() && !self.is_preview() {
            item.revision = self.call.revision();
        }
        self.results.push_back(item);
    }

    /// Gives a group its members back. Others may change the group meanwhile; then it is looked at again.
    async fn members(&mut self, group: Id) -> Result<()> {
        // Without the scope it was refused already.
        let is_lacking = self.call.caller.require(scope_of(Resource::Group)).is_err();
        if is_lacking || self.carried.closed.contains(&group) {
            return Ok(());
        }
        for _ in 0..ATTEMPTS {
            match self.try_members(group).await {
                Err(Error::VersionMismatch { .. }) => {}
                outcome => return outcome,
            }
        }
        self.tell(RevertedResource {
            refusal: Some("others change the members at the same time: repeat the undo".to_owned()),
            ..RevertedResource::new(Resource::Group, &group)
        });
        Ok(())
    }

    async fn try_members(&mut self, group: Id) -> Result<()> {
        let query = PlanMembers {
            organization: self.organization,
            group,
            selection: Arc::clone(&self.selection),
        };
        let plan = self.inner.store.read(query).await?;
        if plan.group.is_none() && !self.carried.back.contains(&group) {
            return Ok(());
        }
        let change = self.carried.changes(group, &plan);
        let told = self.carried.names.get(&group);
        let name = told.or(plan.group.as_ref().map(|it| &it.display_name));
        let name = name.cloned().unwrap_or_default();
        let item = || RevertedResource {
            name: name.clone(),
            ..RevertedResource::new(Resource::Group, &group)
        };
        for conflicts in change.conflicts.chunks(MEMBERS_PER_UNIT) {
            let conflicts = conflicts.to_vec();
            self.tell(RevertedResource { conflicts, ..item() });
        }
        let mut version = plan.group.as_ref().map_or(0, |it| it.version);
        let none = <&[Id]>::default;
        let additions = change.added.chunks(MEMBERS_PER_UNIT).map(|it| (it, none()));
        let removals = change.removed.chunks(MEMBERS_PER_UNIT).map(|it| (none(), it));
        for (added, removed) in additions.chain(removals) {
            let item = RevertedResource {
                action: Some(Action::Updated),
                added_members: added.to_vec(),
                removed_members: removed.to_vec(),
                ..item()
            };
            // In a preview some are not back yet: what asks for them waits for the undo.
            let present: Vec<Id> = added
                .iter()
                .filter(|id| plan.existing.contains(id))
                .copied()
                .collect();
            let asked = plan
                .group
                .as_ref()
                .filter(|_| !present.is_empty() || !removed.is_empty());
            let Some(before) = asked else {
                self.tell(item);
                continue;
            };
            let reverts = plan.history.last_selected;
            match self
                .change_members((before, version), (&present, removed), reverts)
                .await
            {
                Ok(after) => {
                    version = if self.is_preview() { version } else { after };
                    self.tell(item);
                }
                Err(error) => self.tell(refused(item, error)?),
            }
        }
        Ok(())
    }

    async fn change_members(
        &self,
        (group, version): (&Group, i64),
        (added, removed): (&[Id], &[Id]),
        reverts: i64,
    ) -> Result<i64> {
        let known = |member: &Id| {
            let origin = self.carried.origins.get(&(group.id, *member))?;
            Some((*member, *origin))
        };
        let origins = added.iter().filter_map(known).collect();
        let context = self.context().reverting(reverts);
        let unit = RevertMembers::new(context, (group, version), (added, removed), origins)?;
        self.inner.write(&self.call.caller, self.organization, unit).await
    }
}
