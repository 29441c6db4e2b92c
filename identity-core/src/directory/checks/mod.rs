//! Checks of users' permissions, for the services that ask.

mod batch_check;
mod explain;
mod fast_check;
mod projects;

pub use explain::Explanation;

use std::{collections::HashMap, sync::Arc, time::Duration};

use self::{
    batch_check::BatchCheck,
    explain::Explain,
    fast_check::{FastCheck, FullCheck},
    projects::{MemberCursor, Members, Projects},
};
use super::{
    Directory, Inner, id_of,
    input::{Page, PageRequest},
    organization_context::OrganizationContext,
    paging::{List, Pager, RESOURCES, Rows},
};
use crate::{
    access::{Check, Consistency, Decided, Decisions},
    caller::{Call, Scope},
    error::{Error, Resource, Result},
    id::Id,
    role::{RoleScope, is_permission},
};

/// Questions in one call.
pub const MAX_CHECKS: usize = 1000;
/// Projects that one call may ask about by their names, each of which is looked up.
const MAX_NAMES: usize = 100;

/// Key of a remembered answer.
pub(super) type Question = (Id, Check);

/// Permission by which projects are listed unless the caller names another one.
const VIEW: &str = "project.view";

impl Directory {
    /// Tells where these questions are about: in the project of this id or name, or in the organization if it is empty; `None`: in no
    /// project that there is. An id is not looked up; of names there are few in one call.
    pub async fn scopes_named(
        &self,
        call: &Call,
        organization: &str,
        projects: &[&str],
    ) -> Result<Vec<Option<RoleScope>>> {
        let inner = &self.inner;
        let mut named: HashMap<&str, Option<RoleScope>> = HashMap::new();
        for project in projects.iter().filter(|project| scope_of(project).is_none()) {
            if named.contains_key(project) {
                continue;
            }
            if named.len() == MAX_NAMES {
                return Err(Error::TooMany {
                    limit: "names of projects in one call; ids are not limited",
                    maximum: MAX_NAMES as u64,
                    retry_after: None,
                });
            }
            let org = inner.organization(call, organization, Scope::AccessRead).await?;
            let scope = match inner.visible_project(call, org.id, project).await {
                Ok(id) => Some(RoleScope::Project(id)),
                Err(Error::NotFound { .. }) => None,
                Err(error) => return Err(error),
            };
            named.insert(project, scope);
        }
        let scope = |project: &&str| scope_of(project).or_else(|| named.get(project).copied().flatten());
        Ok(projects.iter().map(scope).collect())
    }

    /// Answers one question.
    #[crate::boxed]
    pub async fn check_access(
        &self,
        call: &Call,
        organization: &str,
        check: Check,
        consistency: Consistency,
    ) -> Result<Decided> {
        let inner = &self.inner;
        let org = inner.organization(call, organization, Scope::AccessRead).await?;
        permission(&check.permission, "permission")?;
        require_scope(call, &check)?;
        if consistency != Consistency::MinimizeLatency {
            return inner.check_one(&org, check, consistency).await;
        }
        let question = (org.id, check.clone());
        match inner.decisions.get(&question, inner.platform.now()) {
            Ok(remembered) => Ok(remembered),
            Err(begun) => {
                let now = inner.platform.now();
                let decided = inner.check_one(&org, check, consistency).await?;
                inner.decisions.put(begun, question, decided, now);
                Ok(decided)
            }
        }
    }

    /// Answers many questions, each as [`Directory::check_access`] does, all of one state. A malformed one is an answer of its own.
    #[crate::boxed]
    pub async fn batch_check_access(
        &self,
        call: &Call,
        organization: &str,
        checks: Vec<Check>,
        consistency: Consistency,
    ) -> Result<Decisions> {
        let org = self
            .inner
            .organization(call, organization, Scope::AccessRead)
            .await?;
        if checks.len() > MAX_CHECKS {
            return Err(Error::TooMany {
                limit: "checks in one call",
                maximum: MAX_CHECKS as u64,
                retry_after: None,
            });
        }
        for check in &checks {
            require_scope(call, check)?;
        }
        let query = self.inner.batch_check(&org, checks, consistency);
        self.inner.store.read(query).await
    }

    /// Where what a user may do comes from.
    #[crate::boxed]
    pub async fn explain(
        &self,
        call: &Call,
        organization: &str,
        user: &str,
        consistency: Consistency,
    ) -> Result<Explanation> {
        let inner = &self.inner;
        let org = inner.organization(call, organization, Scope::AccessRead).await?;
        let query = Explain {
            organization: org.id,
            user: id_of(Resource::User, user)?,
            at: inner.platform.now(),
            consistency,
        };
        inner.store.read(query).await
    }

    /// Lists the scopes in which a user holds roles, with their explanation: `None`, the organization, before its projects.
    #[crate::boxed]
    pub async fn effective_roles(
        &self,
        call: &Call,
        organization: &str,
        user: &str,
        consistency: Consistency,
        page: PageRequest,
    ) -> Result<(Page<Option<Id>>, Explanation)> {
        let inner = &self.inner;
        let org = inner.organization(call, organization, Scope::AccessRead).await?;
        let id = id_of(Resource::User, user)?;
        let pager: Pager<Option<Id>> = inner.pager(&list("effective_roles", &org, &id), &page)?;
        let explained = self.explain(call, organization, user, consistency).await?;
        let scopes = explained.scopes();
        let limit = usize::try_from(pager.limit()).unwrap_or(usize::MAX);
        let following = scopes.filter(|scope| pager.after.is_none_or(|after| *scope > after));
        let rows = Rows::cut(following.take(limit).collect(), pager.size, |scope| Ok(*scope))?;
        Ok((inner.page(&pager, rows)?, explained))
    }

    /// Lists the projects in which a user may do something; `permission` empty: see it.
    #[crate::boxed]
    pub async fn accessible_projects(
        &self,
        call: &Call,
        organization: &str,
        (user, permitted): (&str, &str),
        page: PageRequest,
    ) -> Result<(Page<Id>, i64)> {
        let inner = &self.inner;
        let org = inner.organization(call, organization, Scope::AccessRead).await?;
        let wanted = if permitted.is_empty() { VIEW } else { permitted };
        permission(wanted, "permission")?;
        let user = id_of(Resource::User, user)?;
        let pager: Pager<Id> = inner.pager(&list("accessible_projects", &org, &(user, wanted)), &page)?;
        let query = Projects {
            organization: org.id,
            user,
            permission: wanted.to_owned(),
            after: pager.after,
            size: pager.size,
            at: inner.platform.now(),
        };
        let (mut rows, revision) = inner.store.read(query).await?;
        rows.items.retain(|project| call.caller.sees_project(*project));
        Ok((inner.page(&pager, rows)?, revision))
    }

    /// Lists the active users who hold a role in a project, with the strongest one there.
    #[crate::boxed]
    pub async fn project_members(
        &self,
        call: &Call,
        organization: &str,
        project: &str,
        page: PageRequest,
    ) -> Result<(Page<(Id, String)>, i64)> {
        let inner = &self.inner;
        let org = inner.organization(call, organization, Scope::AccessRead).await?;
        let project = inner.visible_project(call, org.id, project).await?;
        let pager: Pager<MemberCursor> = inner.pager(&list("project_members", &org, &project), &page)?;
        let query = Members {
            organization: org.id,
            project,
            after: pager.after,
            size: pager.size,
            at: inner.platform.now(),
        };
        let (rows, revision) = inner.store.read(query).await?;
        Ok((inner.page(&pager, rows)?, revision))
    }
}

impl Inner {
    async fn check_one(
        &self,
        org: &Arc<OrganizationContext>,
        check: Check,
        consistency: Consistency,
    ) -> Result<Decided> {
        let now = self.platform.now();
        let query = FastCheck {
            org: Arc::clone(org),
            check: check.clone(),
            consistency,
            at: now,
        };
        let decided = if let Some(decided) = self.store.read(query).await? {
            decided
        } else {
            let query = self.batch_check(org, vec![check], consistency);
            self.store.read(FullCheck(query)).await?
        };
        let decision = decided.decisions.first().copied();
        let left = decided
            .until
            .map(|until| u64::try_from(until.0 - now.0).unwrap_or(0));
        Ok(Decided {
            decision: decision.ok_or_else(|| Error::Internal("a question has no answer".into()))?,
            revision: decided.revision,
            valid_for: left.map(Duration::from_micros),
        })
    }

    fn batch_check(
        &self,
        org: &OrganizationContext,
        checks: Vec<Check>,
        consistency: Consistency,
    ) -> BatchCheck {
        BatchCheck {
            organization: org.id,
            checks,
            consistency,
            at: self.platform.now(),
        }
    }
}

fn list<'a, Q>(name: &'static str, org: &OrganizationContext, query: &'a Q) -> List<'a, Q> {
    List {
        name,
        organization: Some(org.id),
        query,
        sizes: RESOURCES,
    }
}

/// Refuses a question about what the caller may have nothing to do with.
fn require_scope(call: &Call, check: &Check) -> Result<()> {
    match check.scope {
        Some(RoleScope::Organization) => call.caller.require_unlimited(),
        Some(RoleScope::Project(project)) => call.caller.require_project(Some(project), project),
        None => Ok(()),
    }
}

fn permission(name: &str, field: &str) -> Result<()> {
    if is_permission(name) {
        Ok(())
    } else {
        Err(Error::invalid(
            field,
            "must be words of a-z, 0-9 and _ with dots between",
        ))
    }
}

/// Where a role is held: in the project of this id, or in the organization if it is empty; `None`: in no project that there is.
pub fn scope_of(project: &str) -> Option<RoleScope> {
    if project.is_empty() {
        return Some(RoleScope::Organization);
    }
    Id::parse(project).map(RoleScope::Project)
}
