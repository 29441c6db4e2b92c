//! The powers of secrets, and the rule for handing them out: nobody gives what he lacks. [`check()`] asks it once of all that a unit writes, so that no
//! operation can forget to.

mod check;
mod moves;

pub(super) use check::check;

use crate::{
    caller::{Caller, Reach, Scope},
    error::{Error, Result},
    id::Id,
    platform::Timestamp,
    role::RoleScope,
    service_account::ServiceAccount,
};

/// The powers of a token, a service account or a connection.
pub(super) struct Powers {
    pub(super) scopes: Vec<Scope>,
    /// The projects that it is limited to; none: it is not limited.
    pub(super) projects: Vec<Id>,
}

impl Powers {
    /// Answers those of a connection: what the facade calls, and the roles that it gives.
    pub(super) fn of_connection() -> Self {
        let mut scopes = Scope::SCIM.to_vec();
        scopes.push(Scope::RolesWrite);
        Self {
            scopes,
            projects: Vec::new(),
        }
    }

    /// Answers those of a service account, and so of a key that has nothing of its own.
    pub(super) fn of_account(account: &ServiceAccount) -> Self {
        Self::of_key(Vec::new(), Vec::new(), account)
    }

    /// Answers those of a key with these scopes and projects of its own.
    pub(super) fn of_key(scopes: Vec<Scope>, projects: Vec<Id>, account: &ServiceAccount) -> Self {
        Self {
            scopes: within(scopes, &account.scopes),
            projects: both(projects, account.projects.clone()),
        }
    }

    /// Refuses a caller that lacks some of it.
    pub(super) fn refuse_beyond(&self, caller: &Caller) -> Result<()> {
        let lacking = self
            .scopes
            .iter()
            .filter(|scope| caller.require(**scope).is_err());
        match lacking.collect::<Vec<_>>().as_slice() {
            [] => {}
            [scope] => caller.require(**scope)?,
            several => return Err(Error::ScopesMissing(several.iter().map(|it| it.name()).collect())),
        }
        let sees = |project: &Id| caller.sees_project(*project);
        if caller.is_limited() && (self.projects.is_empty() || !self.projects.iter().all(sees)) {
            return Err(Error::CallerNotAllowed(
                "a caller that is limited to projects hands out nothing beyond them",
            ));
        }
        Ok(())
    }
}

/// Refuses to let a secret that the caller learns hold longer than the caller's own. An administrator's personal token may end: the person
/// is there to make another. An access token stands for nobody longer than it holds itself.
fn refuse_later_end(caller: &Caller, ends_at: Option<Timestamp>) -> Result<()> {
    let Some(bearer) = caller.bearer() else {
        return Ok(());
    };
    let Some(own_end) = bearer.ends_at else {
        return Ok(());
    };
    let is_person = is_admin(caller) && bearer.access_tokens.is_empty();
    if is_person || ends_at.is_some_and(|end| end <= own_end) {
        return Ok(());
    }
    Err(Error::invalid(
        "expire_time",
        "must not be later than the end of the caller's own token",
    ))
}

/// Refuses a caller that may neither give nor take roles there.
fn refuse_roles(caller: &Caller, scope: RoleScope) -> Result<()> {
    caller.require(Scope::RolesWrite)?;
    let sees = match scope {
        RoleScope::Organization => !caller.is_limited(),
        RoleScope::Project(project) => caller.sees_project(project),
    };
    if sees {
        return Ok(());
    }
    Err(Error::CallerNotAllowed(
        "a caller that is limited to projects gives and takes roles in them alone",
    ))
}

fn is_admin(caller: &Caller) -> bool {
    match caller {
        Caller::Root => true,
        Caller::User { reach, .. } => *reach == Reach::Organization,
        Caller::Service { .. } | Caller::Scim { .. } => false,
    }
}

/// A key without scopes of its own has those of its account, and none has more.
fn within(mut own: Vec<Scope>, account: &[Scope]) -> Vec<Scope> {
    if own.is_empty() {
        return account.to_vec();
    }
    own.retain(|scope| account.contains(scope));
    own
}

/// Limited by both: where one does not limit, the other does.
fn both(mut own: Vec<Id>, account: Vec<Id>) -> Vec<Id> {
    if own.is_empty() || account.is_empty() {
        own.extend(account);
        return own;
    }
    let limited_to_none = Id(uuid::Uuid::nil());
    own.retain(|project| account.contains(project));
    if own.is_empty() {
        // No project has this id; an empty list would mean every project.
        own.push(limited_to_none);
    }
    own
}

#[cfg(test)]
mod tests {
    use super::{both, within};
    use crate::{caller::Scope, id::Id};

    const ONE: Id = Id(uuid::Uuid::from_u128(1));
    const TWO: Id = Id(uuid::Uuid::from_u128(2));

    #[test]
    fn a_key_has_no_scope_that_its_account_lost() {
        let account = [Scope::UsersRead, Scope::GroupsRead];
        assert_eq!(within(vec![], &account), account);
        assert_eq!(
            within(vec![Scope::UsersRead, Scope::UsersWrite], &account),
            [Scope::UsersRead]
        );
    }

    #[test]
    fn limits_to_projects_add_up() {
        assert_eq!(both(vec![], vec![]), []);
        assert_eq!(both(vec![ONE], vec![]), [ONE]);
        assert_eq!(both(vec![], vec![TWO]), [TWO]);
        assert_eq!(both(vec![ONE, TWO], vec![TWO]), [TWO]);
        assert_eq!(both(vec![ONE], vec![TWO]), [Id(uuid::Uuid::nil())]);
    }
}
