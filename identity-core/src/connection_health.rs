//! The health of connections: how their requests went, and what an administrator has to do about it.

use std::{collections::BTreeMap, time::Duration};

use crate::{
    connection::{Connection, ConnectionStatus, IdpKind},
    deactivation_safeguard::SafeguardState,
    id::Id,
    platform::Timestamp,
    provisioning_log::{ProvisioningOutcome, ProvisioningRequest, names},
};

names! {
    /// State of a connection's health. Of several that hold, the first one counts.
    HealthState {
        /// It is disabled.
        Disabled = "disabled",
        /// No token of it holds any more.
        CredentialsExpired = "credentials_expired",
        /// An administrator has to decide on deactivations.
        Held = "held",
        /// Requests fail.
        Failing = "failing",
        /// No request has come yet.
        #[default]
        NeverCalled = "never_called",
        /// The token in use ends soon.
        CredentialsExpiring = "credentials_expiring",
        /// No request has come for longer than is usual.
        Quiet = "quiet",
        /// Requests are answered, and none has changed anything yet.
        Tested = "tested",
        /// Requests are answered, and have changed something.
        Healthy = "healthy",
    }
}

/// Failures in a row that make a connection fail.
const MAX_FAILURES_IN_A_ROW: u32 = 5;
/// Requests that are looked at.
const LOOKED_AT: u32 = 50;
/// Failures among those that a connection has without failing: a fifth of them.
const MAX_FAILURES: u32 = LOOKED_AT / 5;
/// Time before the end of the token in use from which on it ends soon.
const EXPIRING: Duration = Duration::from_hours(14 * 24);
/// Shortest time between two changes of state that the change log is told.
const TOLD_EVERY: Duration = Duration::from_mins(1);
/// Microseconds of an hour.
const HOUR: i64 = 3_600_000_000;
/// Hours whose outcomes are counted: the present one and those before it.
const HOURS: i64 = 24;

/// Health of a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectionHealth {
    /// The connection.
    pub connection: Connection,
    /// Its state.
    pub state: HealthState,
    /// When it came to that state.
    pub since: Timestamp,
    /// The next step, one sentence.
    pub advice: &'static str,
    /// Summary of its requests.
    pub activity: Activity,
    /// Requests of the last 24 hours by their outcomes, to the hour.
    pub outcomes: BTreeMap<&'static str, i64>,
    /// When the token in use ends; `None`: never, or there is none.
    pub credential_ends: Option<Timestamp>,
}

/// A summary of the requests of a connection.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Activity {
    /// The last request.
    pub last_request: Option<Timestamp>,
    /// The last one that was answered.
    pub last_success: Option<Timestamp>,
    /// The last one that changed something.
    pub last_change: Option<Timestamp>,
    /// The last one that failed.
    pub last_failure: Option<Failure>,
    /// Outcomes of the last requests to change something.
    pub(crate) changes: Recent,
    /// Outcomes of the last requests of any kind: failed ones were refused for the caller, or could not be answered.
    pub(crate) requests: Recent,
    /// State that the change log was told last.
    pub(crate) told: Option<Told>,
}

/// Request that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// When it came in.
    pub at: Timestamp,
    /// The HTTP status.
    pub status: i32,
    /// Reason of the refusal, by its name in the API.
    pub reason: String,
    /// Its id in the provisioning log.
    pub(crate) id: Option<Id>,
    /// The text of the refusal and the name of its target, as long as the provisioning log keeps the request.
    pub kept: Option<(String, Option<String>)>,
}

/// A state of which the change log was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Told {
    /// The state.
    pub state: HealthState,
    /// When it began.
    pub since: Timestamp,
    /// When it was told.
    pub at: Timestamp,
}

/// Outcomes of the last requests: bits, 1 for a failure, the newest lowest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Recent(pub(crate) i64);

impl Recent {
    /// Number of bits.
    pub(crate) const BITS: i32 = LOOKED_AT.cast_signed();
    /// All of them.
    pub(crate) const MASK: i64 = (1 << LOOKED_AT) - 1;

    fn push(&mut self, is_failure: bool) {
        self.0 = (self.0 << 1 | i64::from(is_failure)) & Self::MASK;
    }

    fn fails(self) -> bool {
        self.0.trailing_ones() >= MAX_FAILURES_IN_A_ROW || self.0.count_ones() > MAX_FAILURES
    }
}

/// Requests of one connection, as its summary takes them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observed {
    /// The organization.
    pub(crate) organization: Id,
    /// The connection.
    pub(crate) connection: Id,
    /// A summary of these requests alone.
    pub(crate) activity: Activity,
    /// Number of requests to change something.
    pub(crate) changes: i32,
    /// Number of requests.
    pub(crate) requests: i32,
    /// Number of requests by hour and outcome.
    pub(crate) outcomes: BTreeMap<(i64, &'static str), i64>,
}

/// Requests by organization and connection, in the order of which everybody who locks their rows does it.
#[derive(Debug, Default)]
pub(crate) struct Observations(BTreeMap<(Id, Id), Observed>);

impl Observations {
    /// Adds a request, if it is one of a connection.
    pub(crate) fn add(&mut self, request: &ProvisioningRequest) {
        let Some(connection) = request.connection_id else {
            return;
        };
        let organization = request.organization_id;
        let observed = self
            .0
            .entry((organization, connection))
            .or_insert_with(|| Observed {
                organization,
                connection,
                activity: Activity::default(),
                changes: 0,
                requests: 0,
                outcomes: BTreeMap::new(),
            });
        observed.add(request);
    }

    /// Hands over what was observed.
    pub(crate) fn into_observed(self) -> Vec<Observed> {
        self.0.into_values().collect()
    }
}

impl Observed {
    fn add(&mut self, request: &ProvisioningRequest) {
        use ProvisioningOutcome as Outcome;
        let (content, at) = (&request.content, request.at);
        let is_success = matches!(
            content.outcome,
            Outcome::Applied | Outcome::Unchanged | Outcome::PartlyIgnored
        );
        // Who is slowed down comes again, which is no failure.
        let is_refused = !is_success && content.status != TOO_MANY_REQUESTS;
        let is_unserved = is_refused && (content.outcome != Outcome::Refused || content.status == FORBIDDEN);
        let is_change = content.action.is_change();
        let activity = &mut self.activity;
        let note = |time: &mut Option<Timestamp>| *time = (*time).max(Some(at));
        note(&mut activity.last_request);
        if is_success {
            note(&mut activity.last_success);
        }
        if content.revision > 0 {
            note(&mut activity.last_change);
        }
        // A look-up that finds nobody is none: identity providers look before they create.
        let is_failure = is_unserved || is_refused && is_change;
        if is_failure && activity.last_failure.as_ref().is_none_or(|last| last.at <= at) {
            activity.last_failure = Some(Failure {
                at,
                status: content.status,
                reason: content.reason.clone(),
                id: Some(request.id),
                kept: None,
            });
        }
        if is_change {
            activity.changes.push(is_refused);
            self.changes = self.changes.saturating_add(1);
        }
        activity.requests.push(is_unserved);
        self.requests = self.requests.saturating_add(1);
        let hour = (hour_of(at), content.outcome.name());
        *self.outcomes.entry(hour).or_default() += 1;
    }
}

const FORBIDDEN: i32 = 403;
const TOO_MANY_REQUESTS: i32 = 429;

fn hour_of(at: Timestamp) -> i64 {
    at.0.div_euclid(HOUR)
}

/// The slot of an hour, in which the same hour of another day was counted before.
pub(crate) fn slot_of(hour: i64) -> i32 {
    i32::try_from(hour.rem_euclid(HOURS)).unwrap_or_default()
}

/// The first hour whose outcomes are counted at a time.
pub(crate) fn first_hour(now: Timestamp) -> i64 {
    hour_of(now) - HOURS + 1
}

/// A token with which a connection signs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Credential {
    /// The connection.
    pub connection: Id,
    /// When the token ends.
    pub expires_at: Option<Timestamp>,
    /// When it was last used.
    pub last_used_at: Option<Timestamp>,
}

impl ConnectionHealth {
    /// Judges a connection by its activity and its tokens.
    pub(crate) fn of(
        connection: Connection,
        activity: Activity,
        credentials: &[Credential],
        now: Timestamp,
    ) -> Self {
        let judged = Judged {
            in_use: in_use(credentials, now),
            connection: &connection,
            activity: &activity,
            credentials,
            now,
        };
        let state = judged.state();
        let since = match activity.told {
            Some(told) if told.state == state => told.since,
            _ => judged.since(state).min(now),
        };
        let advice = judged.advice(state);
        let credential_ends = judged.in_use.and_then(|it| it.expires_at);
        Self {
            state,
            since,
            advice,
            credential_ends,
            connection,
            activity,
            outcomes: BTreeMap::new(),
        }
    }

    /// Tells whether the change log has to be told of the state.
    pub(crate) fn is_news(&self) -> bool {
        self.state != self.activity.told.map(|told| told.state).unwrap_or_default()
    }

    /// Tells whether the change log was told of a state a moment ago.
    pub(crate) fn was_just_told(&self, now: Timestamp) -> bool {
        let told = self.activity.told.map(|told| told.at);
        told.is_some_and(|at| (at.0..after(at, TOLD_EVERY).0).contains(&now.0))
    }
}

/// The token that its identity provider uses: of those that hold, the one used last and else the one that lasts longest.
fn in_use(credentials: &[Credential], now: Timestamp) -> Option<Credential> {
    let lasting = credentials.iter().filter(|it| it.holds(now));
    let end = |it: &Credential| it.expires_at.map_or(i64::MAX, |end| end.0);
    lasting.max_by_key(|it| (it.last_used_at, end(it))).copied()
}

impl Credential {
    fn holds(&self, now: Timestamp) -> bool {
        self.expires_at.is_none_or(|end| now < end)
    }
}

/// Facts by which a connection is judged.
struct Judged<'a> {
    connection: &'a Connection,
    activity: &'a Activity,
    credentials: &'a [Credential],
    in_use: Option<Credential>,
    now: Timestamp,
}

impl Judged<'_> {
    fn state(&self) -> HealthState {
        HealthState::ALL
            .iter()
            .copied()
            .find(|state| self.is(*state))
            .unwrap_or_default()
    }

    fn is(&self, state: HealthState) -> bool {
        let activity = self.activity;
        match state {
            HealthState::Disabled => self.connection.status == ConnectionStatus::Disabled,
            HealthState::CredentialsExpired => self.lacks_credentials(),
            HealthState::Held => matches!(
                self.connection.safeguard.state,
                SafeguardState::Held | SafeguardState::Rejected
            ),
            HealthState::Failing => {
                let never_served = activity.last_success.is_none() && activity.last_failure.is_some();
                never_served || activity.changes.fails() || activity.requests.fails()
            }
            HealthState::NeverCalled => activity.last_request.is_none(),
            HealthState::CredentialsExpiring => {
                let end = self.in_use.and_then(|it| it.expires_at);
                self.connection.federation.is_none() && end.is_some_and(|end| end < after(self.now, EXPIRING))
            }
            HealthState::Quiet => self.quiet_since() <= self.now,
            HealthState::Tested => activity.last_change.is_none(),
            HealthState::Healthy => true,
        }
    }

    /// A connection that never had a token is none that lost it.
    fn lacks_credentials(&self) -> bool {
        let had_some = !self.credentials.is_empty() || self.activity.last_request.is_some();
        self.in_use.is_none() && self.connection.federation.is_none() && had_some
    }

    fn quiet_since(&self) -> Timestamp {
        let last = self.activity.last_request.unwrap_or(self.now);
        after(last, quiet_after(self.connection.idp_kind))
    }

    /// When it came to a state, as far as that is known.
    fn since(&self, state: HealthState) -> Timestamp {
        let activity = self.activity;
        let known = match state {
            HealthState::Disabled => Some(self.connection.updated_at),
            HealthState::CredentialsExpired => self.credentials.iter().filter_map(|it| it.expires_at).max(),
            HealthState::Held => self.connection.safeguard.since,
            HealthState::Failing => activity.last_failure.as_ref().map(|failure| failure.at),
            HealthState::NeverCalled => Some(self.connection.created_at),
            HealthState::CredentialsExpiring => {
                let end = self.in_use.and_then(|it| it.expires_at);
                end.map(|end| before(end, EXPIRING).max(self.connection.created_at))
            }
            HealthState::Quiet => Some(self.quiet_since()),
            HealthState::Tested => activity.last_success,
            HealthState::Healthy => activity.last_change.max(activity.last_success),
        };
        known.unwrap_or(self.now)
    }

    fn advice(&self, state: HealthState) -> &'static str {
        match state {
            HealthState::Disabled => "Its requests are refused: enable the connection to serve it again.",
            HealthState::CredentialsExpired => {
                "No token of it holds any more: make or rotate one, and enter its secret at the identity provider."
            }
            HealthState::Held if self.connection.safeguard.state == SafeguardState::Rejected => {
                "Its deactivations are refused: reset the brake when the identity provider is set right."
            }
            HealthState::Held => {
                "It wants to deactivate more people than it may at a time: release the brake, or reject it."
            }
            HealthState::Failing => {
                "Its requests fail: see the last failure, and the provisioning log for those before it."
            }
            HealthState::NeverCalled if self.in_use.is_none() && self.connection.federation.is_none() => {
                "It has no token: make one, and enter base URL and secret at the identity provider."
            }
            HealthState::NeverCalled => {
                "No request has come yet: enter base URL and secret at the identity provider, and test the connection there."
            }
            HealthState::CredentialsExpiring => {
                "The token in use ends soon: rotate it, and enter the new secret at the identity provider."
            }
            HealthState::Quiet => {
                "No request has come for long: see whether provisioning is still switched on at the identity provider."
            }
            HealthState::Tested => {
                "The connection works: assign people and start provisioning at the identity provider."
            }
            HealthState::Healthy => "Nothing has to be done.",
        }
    }
}

/// Time without a request after which a connection is quiet. Identity providers call when something changes, and Entra ID also looks at each
/// person anew now and then, so it is silent for a week only where it is switched off or has nobody assigned.
fn quiet_after(kind: IdpKind) -> Duration {
    match kind {
        IdpKind::Entra => Duration::from_hours(7 * 24),
        IdpKind::Okta
        | IdpKind::Jumpcloud
        | IdpKind::Onelogin
        | IdpKind::Sailpoint
        | IdpKind::Google
        | IdpKind::Ping
        | IdpKind::Generic => Duration::from_hours(30 * 24),
    }
}

fn micros(time: Duration) -> i64 {
    i64::try_from(time.as_micros()).unwrap_or(i64::MAX)
}

fn after(at: Timestamp, time: Duration) -> Timestamp {
    Timestamp(at.0.saturating_add(micros(time)))
}

fn before(at: Timestamp, time: Duration) -> Timestamp {
    Timestamp(at.0.saturating_sub(micros(time)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_fails_after_five_failures_in_a_row_or_with_more_than_a_fifth() {
        let after = |outcomes: &str| {
            let mut recent = Recent::default();
            outcomes.chars().for_each(|outcome| recent.push(outcome == 'x'));
            recent.fails()
        };
        assert!(!after("xxxx") && after("xxxxx") && !after("xxxxx."));
        assert!(!after(&"x.".repeat(10)) && after(&"x.".repeat(11)));
        let long_ago = ["x.".repeat(25), ".".repeat(50)].concat();
        assert!(!after(&long_ago));
    }

    #[test]
    fn of_an_hour_and_the_same_of_the_day_before_one_is_counted() {
        let now = Timestamp(500 * HOUR + 7);
        let hours: Vec<_> = (first_hour(now)..=500).collect();
        assert_eq!(hours.len(), 24);
        let slots: std::collections::BTreeSet<_> = hours.iter().map(|hour| slot_of(*hour)).collect();
        assert_eq!(slots.len(), 24);
        assert_eq!(slot_of(500 - 24), slot_of(500));
    }
}
