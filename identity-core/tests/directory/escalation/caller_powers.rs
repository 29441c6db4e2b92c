//! The powers of a caller, and the state of an organization as seen from outside.

use std::collections::{BTreeMap, BTreeSet};

use identity_core::{
    caller::{Caller, Reach, Scope},
    connection::Connection,
    id::Id,
    platform::Timestamp,
    role::{Permissions, RoleScope, RoleValue},
};

/// The powers of a caller, as its own kind, scopes, limits and end say.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct CallerPowers {
    pub(super) scopes: BTreeSet<&'static str>,
    /// `None`: all.
    projects: Option<BTreeSet<Id>>,
    ends_at: Option<Timestamp>,
    /// The person.
    person: Option<Id>,
    /// Set if that administers.
    is_admin: bool,
    /// Set if it presents no access token.
    is_opaque: bool,
}

/// A permission of a user somewhere.
pub(super) type Permission = (Id, RoleScope, String);

/// The visible state of an organization.
#[derive(Default)]
pub(super) struct VisibleState {
    pub(super) permissions: BTreeSet<Permission>,
    /// The powers of the secrets that are served.
    pub(super) secrets: BTreeMap<String, CallerPowers>,
    /// All secrets, those that are not served too.
    pub(super) known: BTreeSet<String>,
    pub(super) users: BTreeSet<Id>,
    pub(super) break_glass: BTreeSet<Id>,
    /// The permissions of the role that everybody has.
    pub(super) everybody: Permissions,
    pub(super) connections: Vec<Connection>,
}

impl CallerPowers {
    pub(super) fn of(caller: &Caller) -> Self {
        let named = |scopes: &[Scope]| scopes.iter().map(|scope| scope.name()).collect();
        let limit = |projects: &[Id]| (!projects.is_empty()).then(|| projects.iter().copied().collect());
        let bearer = caller.bearer().cloned().unwrap_or_default();
        let mut is_admin = false;
        let (scopes, projects, person) = match caller {
            Caller::Root => panic!("root may everything"),
            Caller::Service { scopes, projects, .. } => (named(scopes), limit(projects), None),
            // A connection gives roles.
            Caller::Scim { .. } => {
                let mut scopes: BTreeSet<_> = named(&Scope::SCIM);
                scopes.insert(Scope::RolesWrite.name());
                (scopes, None, None)
            }
            Caller::User {
                user_id,
                scopes,
                reach,
                projects,
                ..
            } => {
                is_admin = *reach == Reach::Organization;
                let has: BTreeSet<_> = if is_admin { named(scopes) } else { BTreeSet::new() };
                (has, limit(projects), Some(*user_id))
            }
        };
        Self {
            scopes,
            projects,
            ends_at: bearer.ends_at,
            person,
            is_admin,
            is_opaque: bearer.access_tokens.is_empty(),
        }
    }

    pub(super) fn has(&self, scope: Scope) -> bool {
        self.scopes.contains(scope.name())
    }

    pub(super) fn changes_something(&self) -> bool {
        self.scopes.iter().any(|scope| scope.ends_with(":write"))
    }

    /// Tells whether it might give roles there.
    fn gives_roles(&self, scope: RoleScope) -> bool {
        let sees = match (scope, &self.projects) {
            (_, None) => true,
            (RoleScope::Organization, Some(_)) => false,
            (RoleScope::Project(project), Some(projects)) => projects.contains(&project),
        };
        sees && self.has(Scope::RolesWrite)
    }

    /// Tells whether a secret that opens the other gives this one nothing more.
    fn covers(&self, other: &Self) -> bool {
        let is_there = self.is_admin && self.is_opaque;
        let may_stand_for = other.person.is_none() || self.is_admin || self.person == other.person;
        let lasts = is_there || self.outlasts(other);
        may_stand_for && lasts && self.sees(other) && other.scopes.is_subset(&self.scopes)
    }

    fn sees(&self, other: &Self) -> bool {
        match (&self.projects, &other.projects) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(own), Some(theirs)) => theirs.is_subset(own),
        }
    }

    fn outlasts(&self, other: &Self) -> bool {
        self.ends_at
            .is_none_or(|own| other.ends_at.is_some_and(|end| end <= own))
    }

    /// Tells whether it might make and unmake what signs a connection in.
    fn might_be_a_connection(&self) -> bool {
        let asked = Scope::SCIM
            .into_iter()
            .chain([Scope::RolesWrite, Scope::TokensWrite]);
        self.projects.is_none() && asked.into_iter().all(|scope| self.has(scope))
    }
}

impl VisibleState {
    /// Nobody gained what the caller lacked.
    pub(super) fn assert_no_gain(&self, before: &Self, caller: &CallerPowers, own_secret: &str, at: &str) {
        for gained in self.permissions.difference(&before.permissions) {
            let is_everybodys = gained.1 == RoleScope::Organization && before.everybody.has(&gained.2);
            assert!(
                is_everybodys || caller.gives_roles(gained.1),
                "{at}\ngained: {gained:?}"
            );
        }
        for (secret, now) in &self.secrets {
            let Some(earlier) = before.secrets.get(secret) else {
                // One of a connection that is enabled again is served again, and nobody learned it.
                let is_new = !before.known.contains(secret);
                assert!(!is_new || caller.covers(now), "{at}\ngot: {now:?}");
                continue;
            };
            // A person who was made an administrator has a token that administers: that is what the role is for.
            let was_promoted = now.person.is_some() && caller.gives_roles(RoleScope::Organization);
            let gained = now
                .scopes
                .difference(&earlier.scopes)
                .all(|scope| caller.scopes.contains(scope));
            let is_wider = !earlier.sees(now) || !earlier.outlasts(now);
            assert!(
                was_promoted || (gained && (!is_wider || caller.covers(now))),
                "{at}\nwas {earlier:?}\nis {now:?}, its own: {}",
                secret == own_secret
            );
        }
        let changed = self.break_glass.symmetric_difference(&before.break_glass);
        let is_there = |user: &&Id| self.users.contains(*user);
        assert!(
            changed.filter(is_there).count() == 0 || caller.has(Scope::BreakGlass),
            "{at}\nbreak glass"
        );
        for now in &self.connections {
            let earlier = before.connections.iter().find(|it| it.id == now.id);
            let Some(earlier) = earlier else { continue };
            let is_pinned = now.federation.is_some() && now.federation != earlier.federation;
            let is_lifted = rank(earlier) < rank(now);
            assert!(
                !(is_pinned || is_lifted) || caller.might_be_a_connection(),
                "{at}\nthe connection is {now:?}"
            );
        }
    }
}

fn rank(connection: &Connection) -> usize {
    let names = [
        "member",
        "viewer",
        "interactive_viewer",
        "editor",
        "developer",
        "admin",
    ];
    let rank = |role: &String| names.iter().position(|name| name == role).unwrap_or_default();
    connection.max_role.as_ref().map_or(usize::MAX, rank)
}

/// The scope of a value of `roles`.
pub(super) fn value(scope: RoleScope, role: &str) -> String {
    RoleValue {
        scope,
        role: role.to_owned(),
    }
    .write()
}
