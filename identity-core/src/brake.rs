//! The brake on mass deactivation: a connection that takes access away faster than it may is held until an administrator decides.

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
pub struct Brake {
    /// How many deactivations and deletions of active users pass in a window; 0: any number.
    pub count: i64,
    /// How many percent of the active users that the connection manages as the window begins, at least one user; 0: all.
    pub share: i64,
    /// How long a window is.
    pub window: Duration,
    /// Where it stands.
    pub state: BrakeState,
    /// When the window began or, after a decision, when that was made.
    pub since: Option<Timestamp>,
    /// How many passed in this window.
    pub used: i64,
    /// How many may pass in this window.
    pub allowed: i64,
}

/// Where a brake stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BrakeState {
    /// It counts.
    Ready,
    /// It has tripped: deactivations wait for an administrator.
    Held,
    /// An administrator let them pass; it counts again when a window has gone by.
    Released,
    /// An administrator refused them, until it is reset.
    Rejected,
}

/// What a brake says to one more deactivation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It passes; the brake is then this one.
    Passes(Brake),
    /// It is held, and the brake has tripped by it.
    Trips(Brake),
    /// It is held.
    Held,
    /// It is refused.
    Rejected,
}

impl Default for Brake {
    fn default() -> Self {
        Self {
            count: 0,
            share: 0,
            window: DEFAULT_WINDOW,
            state: BrakeState::Ready,
            since: None,
            used: 0,
            allowed: 0,
        }
    }
}

impl Brake {
    /// Whether there is a limit.
    pub fn is_on(&self) -> bool {
        self.count > 0 || self.share > 0
    }

    /// The same limits with nothing counted.
    #[must_use]
    pub fn reset(self) -> Self {
        Self {
            state: BrakeState::Ready,
            since: None,
            used: 0,
            allowed: 0,
            ..self
        }
    }

    /// After an administrator's decision.
    #[must_use]
    pub fn decided(self, state: BrakeState, now: Timestamp) -> Self {
        Self {
            state,
            since: Some(now),
            ..self
        }
    }

    /// Whether the next deactivation begins a window, for which the active users have to be counted.
    pub fn begins_window(&self, now: Timestamp) -> bool {
        matches!(self.state, BrakeState::Ready | BrakeState::Released) && !self.is_within_window(now)
    }

    /// What it says to one more deactivation; `active_users` matters where it begins a window.
    pub fn press(self, now: Timestamp, active_users: i64) -> Verdict {
        match self.state {
            BrakeState::Held => Verdict::Held,
            BrakeState::Rejected => Verdict::Rejected,
            BrakeState::Released if self.is_within_window(now) => Verdict::Passes(self),
            BrakeState::Ready if self.is_within_window(now) => self.count_one(now),
            BrakeState::Released | BrakeState::Ready => self.new_window(now, active_users).count_one(now),
        }
    }

    fn new_window(self, now: Timestamp, active_users: i64) -> Self {
        let by_count = Some(self.count).filter(|count| *count > 0);
        let by_share = Some(self.share).filter(|share| *share > 0);
        let by_share = by_share.map(|share| (active_users.saturating_mul(share) / PERCENT).max(1));
        let limits = by_count.into_iter().chain(by_share);
        Self {
            state: BrakeState::Ready,
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
            Verdict::Trips(self.decided(BrakeState::Held, now))
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
    use super::{Brake, BrakeState, Verdict};
    use crate::platform::Timestamp;

    const HOUR: i64 = 3_600_000_000;

    fn pass(brake: Brake, now: i64) -> Brake {
        match brake.press(Timestamp(now), 10) {
            Verdict::Passes(brake) => brake,
            other => panic!("{other:?}"),
        }
    }

    fn limited(count: i64, share: i64) -> Brake {
        Brake {
            count,
            share,
            ..Brake::default()
        }
    }

    #[test]
    fn the_one_after_the_last_allowed_trips_and_stays_held() {
        let brake = pass(pass(limited(2, 0), 0), 1);
        let Verdict::Trips(tripped) = brake.press(Timestamp(2), 10) else {
            panic!("it passes")
        };
        assert_eq!(tripped.press(Timestamp(100 * HOUR), 10), Verdict::Held);
    }

    #[test]
    fn a_window_that_is_over_counts_no_more() {
        let brake = pass(limited(1, 0), 0);
        assert_eq!(pass(brake, HOUR).used, 1);
    }

    #[test]
    fn a_share_is_of_the_users_as_the_window_begins_and_the_smaller_limit_holds() {
        assert_eq!(pass(limited(0, 35), 0).allowed, 3);
        assert_eq!(pass(limited(2, 35), 0).allowed, 2);
        assert_eq!(pass(limited(0, 1), 0).allowed, 1);
    }

    #[test]
    fn a_release_lets_all_pass_for_a_window() {
        let released = limited(1, 0).decided(BrakeState::Released, Timestamp(0));
        assert_eq!(pass(released, HOUR - 1), released);
        assert_eq!(pass(released, HOUR).state, BrakeState::Ready);
    }

    #[test]
    fn a_rejection_holds_until_it_is_reset() {
        let rejected = limited(1, 0).decided(BrakeState::Rejected, Timestamp(0));
        assert_eq!(rejected.press(Timestamp(9 * HOUR), 10), Verdict::Rejected);
        assert_eq!(pass(rejected.reset(), 0).used, 1);
    }
}
