//! The deactivation safeguard, `brake` in the API: a connection that takes access away faster than it may is held
//! until an administrator decides.

use std::time::Duration;

use crate::platform::Timestamp;

/// How long the window is unless an administrator says otherwise.
pub const DEFAULT_WINDOW: Duration = Duration::from_hours(1);
/// When a client that is held should try again. Nothing but an administrator's decision ends the hold.
pub const RETRY_HELD: Duration = Duration::from_mins(5);

const PERCENT: i64 = 100;

/// The limits of a connection, and where it stands.
///
/// A window begins with the first deactivation after the last window ended. Within it, as many pass as both limits allow; the next
/// one is held, and so is every later one until an administrator releases or rejects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeactivationSafeguard {
    /// How many deactivations and deletions of active users pass in a window; 0: any number.
    pub count: i64,
    /// How many percent of the active users that the connection manages as the window begins, at least one user; 0: all.
    pub share: i64,
    /// How long a window is.
    pub window: Duration,
    /// Where it stands.
    pub state: SafeguardState,
    /// When the window began or, after a decision, when that was made.
    pub since: Option<Timestamp>,
    /// How many passed in this window.
    pub used: i64,
    /// How many may pass in this window.
    pub allowed: i64,
}

/// The state of a safeguard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SafeguardState {
    /// It counts.
    Ready,
    /// It was triggered: deactivations wait for an administrator.
    Held,
    /// An administrator let them pass; it counts again when a window has gone by.
    Released,
    /// An administrator refused them, until it is reset.
    Rejected,
}

/// The verdict on one more deactivation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It passes; the safeguard is then this one.
    Passes(DeactivationSafeguard),
    /// It is held, and the safeguard is triggered by it.
    Triggers(DeactivationSafeguard),
    /// It is held.
    Held,
    /// It is refused.
    Rejected,
}

impl Default for DeactivationSafeguard {
    fn default() -> Self {
        Self {
            count: 0,
            share: 0,
            window: DEFAULT_WINDOW,
            state: SafeguardState::Ready,
            since: None,
            used: 0,
            allowed: 0,
        }
    }
}

impl DeactivationSafeguard {
    /// Tells whether there is a limit.
    pub fn is_on(&self) -> bool {
        self.count > 0 || self.share > 0
    }

    /// Tells whether deactivations ask it: there is a limit, or a decision holds them.
    pub fn applies(&self) -> bool {
        self.is_on() || matches!(self.state, SafeguardState::Held | SafeguardState::Rejected)
    }

    /// The same limits with nothing counted.
    #[must_use]
    pub fn reset(self) -> Self {
        Self {
            state: SafeguardState::Ready,
            since: None,
            used: 0,
            allowed: 0,
            ..self
        }
    }

    /// After an administrator's decision.
    #[must_use]
    pub fn decided(self, state: SafeguardState, now: Timestamp) -> Self {
        Self {
            state,
            since: Some(now),
            ..self
        }
    }

    /// Tells whether the next deactivation begins a window, for which the active users have to be counted.
    pub fn begins_window(&self, now: Timestamp) -> bool {
        matches!(self.state, SafeguardState::Ready | SafeguardState::Released) && !self.is_within_window(now)
    }

    /// Decides on one more deactivation; `active_users` matters only if that begins a window.
    pub fn check(self, now: Timestamp, active_users: i64) -> Verdict {
        match self.state {
            SafeguardState::Held => Verdict::Held,
            SafeguardState::Rejected => Verdict::Rejected,
            SafeguardState::Released if self.is_within_window(now) => Verdict::Passes(self),
            SafeguardState::Ready if self.is_within_window(now) => self.count_one(now),
            SafeguardState::Released | SafeguardState::Ready => {
                self.new_window(now, active_users).count_one(now)
            }
        }
    }

    fn new_window(self, now: Timestamp, active_users: i64) -> Self {
        let by_count = Some(self.count).filter(|count| *count > 0);
        let by_share = Some(self.share).filter(|share| *share > 0);
        let by_share = by_share.map(|share| (active_users.saturating_mul(share) / PERCENT).max(1));
        let limits = by_count.into_iter().chain(by_share);
        Self {
            state: SafeguardState::Ready,
            since: Some(now),
            used: 0,
            allowed: limits.min().unwrap_or(i64::MAX),
            ..self
        }
    }

    fn count_one(self, now: Timestamp) -> Verdict {
        if self.used < self.allowed {
            let used = self.used + 1;
            Verdict::Passes(Self { used, ..self })
        } else {
            Verdict::Triggers(self.decided(SafeguardState::Held, now))
        }
    }

    fn is_within_window(&self, now: Timestamp) -> bool {
        let window = i64::try_from(self.window.as_micros()).unwrap_or(i64::MAX);
        self.since
            .is_some_and(|since| now.0 < since.0.saturating_add(window))
    }
}

#[cfg(test)]
mod tests {
    use super::{DeactivationSafeguard, SafeguardState, Verdict};
    use crate::platform::Timestamp;

    const HOUR: i64 = 3_600_000_000;

    fn pass(safeguard: DeactivationSafeguard, now: i64) -> DeactivationSafeguard {
        match safeguard.check(Timestamp(now), 10) {
            Verdict::Passes(safeguard) => safeguard,
            other => panic!("{other:?}"),
        }
    }

    fn limited(count: i64, share: i64) -> DeactivationSafeguard {
        DeactivationSafeguard {
            count,
            share,
            ..DeactivationSafeguard::default()
        }
    }

    #[test]
    fn the_one_after_the_last_allowed_triggers_and_stays_held() {
        let safeguard = pass(pass(limited(2, 0), 0), 1);
        let Verdict::Triggers(triggered) = safeguard.check(Timestamp(2), 10) else {
            panic!("it passes")
        };
        assert_eq!(triggered.check(Timestamp(100 * HOUR), 10), Verdict::Held);
    }

    #[test]
    fn a_window_that_is_over_counts_no_more() {
        let safeguard = pass(limited(1, 0), 0);
        assert_eq!(pass(safeguard, HOUR).used, 1);
    }

    #[test]
    fn a_share_is_of_the_users_as_the_window_begins_and_the_smaller_limit_holds() {
        assert_eq!(pass(limited(0, 35), 0).allowed, 3);
        assert_eq!(pass(limited(2, 35), 0).allowed, 2);
        assert_eq!(pass(limited(0, 1), 0).allowed, 1);
    }

    #[test]
    fn a_release_lets_all_pass_for_a_window() {
        let released = limited(1, 0).decided(SafeguardState::Released, Timestamp(0));
        assert_eq!(pass(released, HOUR - 1), released);
        assert_eq!(pass(released, HOUR).state, SafeguardState::Ready);
    }

    #[test]
    fn a_rejection_holds_until_it_is_reset() {
        let rejected = limited(1, 0).decided(SafeguardState::Rejected, Timestamp(0));
        assert_eq!(rejected.check(Timestamp(9 * HOUR), 10), Verdict::Rejected);
        assert_eq!(pass(rejected.reset(), 0).used, 1);
    }
}
