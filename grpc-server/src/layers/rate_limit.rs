//! Rate limits: how many calls a second one connection, or one token of another kind, may make at this instance.
//!
//! They bound what a client that runs wild takes from the others. Root is the operator and has none.

use std::num::NonZeroU32;

use governor::{
    Quota, RateLimiter,
    clock::{Clock as _, MonotonicClock},
    state::keyed::HashMapStateStore,
};
use identity_core::{
    caller::Caller,
    error::{Error, Result},
    id::Id,
};

/// Limited connections or tokens whose calls are remembered before those without recent calls are forgotten.
const MAX_REMEMBERED: usize = 4_096;
/// Log lines a minute about one connection or token.
const LOGGED_PER_MINUTE: NonZeroU32 = NonZeroU32::MIN;

/// Calls a second that an operator allows; `None`: any number.
#[derive(Clone, Copy, Debug, Default)]
pub struct RateLimits {
    /// Of one connection, with all of its tokens.
    pub connection: Option<NonZeroU32>,
    /// Of one token of a service or a person.
    pub token: Option<NonZeroU32>,
}

/// The calls of the last second, by connection or token.
pub(super) struct Rates {
    connections: Option<Rate>,
    tokens: Option<Rate>,
}

struct Rate {
    per_second: NonZeroU32,
    limit: &'static str,
    calls: Buckets,
    log_lines: Buckets,
}

type Buckets = RateLimiter<Id, HashMapStateStore<Id>, MonotonicClock>;

impl Rates {
    pub(super) fn new(limits: RateLimits) -> Self {
        let rate = |per_second: NonZeroU32, limit| Rate {
            per_second,
            limit,
            calls: buckets(Quota::per_second(per_second)),
            log_lines: buckets(Quota::per_minute(LOGGED_PER_MINUTE)),
        };
        let of_connection = limits.connection;
        let of_token = limits.token;
        Self {
            connections: of_connection.map(|number| rate(number, "calls a second of one connection")),
            tokens: of_token.map(|number| rate(number, "calls a second of one token")),
        }
    }

    /// Counts a call; refuses it if its caller makes too many.
    pub(super) fn count(&self, caller: &Caller) -> Result<()> {
        let (rate, id) = match caller.connection_id() {
            Some(connection) => (&self.connections, Some(connection)),
            None => (&self.tokens, caller.token_id()),
        };
        match (rate, id) {
            (Some(rate), Some(id)) => rate.count(id, caller),
            _ => Ok(()),
        }
    }
}

impl Rate {
    fn count(&self, id: Id, caller: &Caller) -> Result<()> {
        let Err(not_until) = self.calls.check_key(&id) else {
            return Ok(());
        };
        for buckets in [&self.calls, &self.log_lines] {
            if buckets.len() > MAX_REMEMBERED {
                buckets.retain_recent();
            }
        }
        if self.log_lines.check_key(&id).is_ok() {
            tracing::warn!(
                organization = caller.organization_id().map(tracing::field::display),
                connection = caller.connection_id().map(tracing::field::display),
                token = caller.token_id().map(tracing::field::display),
                maximum = self.per_second,
                "too many {}, refusals are not logged one by one",
                self.limit
            );
        }
        Err(Error::TooMany {
            limit: self.limit,
            maximum: u64::from(self.per_second.get()),
            retry_after: Some(not_until.wait_time_from(self.calls.clock().now())),
        })
    }
}

fn buckets(quota: Quota) -> Buckets {
    RateLimiter::new(quota, HashMapStateStore::default(), MonotonicClock)
}

#[cfg(test)]
mod tests {
    use std::{num::NonZeroU32, time::Duration};

    use identity_core::{
        caller::{Bearer, Caller},
        error::Error,
        id::Id,
    };
    use uuid::Uuid;

    use super::{RateLimits, Rates};

    fn id(number: u128) -> Id {
        Id(Uuid::from_u128(number))
    }

    fn scim(connection: u128, token: u128) -> Caller {
        Caller::Scim {
            organization_id: id(1),
            token_id: id(token),
            connection_id: id(connection),
            bearer: Bearer::default(),
        }
    }

    fn service(token: u128) -> Caller {
        Caller::Service {
            organization_id: id(1),
            token_id: id(token),
            scopes: Vec::new(),
            projects: Vec::new(),
            bearer: Bearer::default(),
        }
    }

    fn rates(connection: u32, token: u32) -> Rates {
        Rates::new(RateLimits {
            connection: NonZeroU32::new(connection),
            token: NonZeroU32::new(token),
        })
    }

    fn allowed(rates: &Rates, caller: &Caller, calls: usize) -> usize {
        (0..calls).filter(|_| rates.count(caller).is_ok()).count()
    }

    #[test]
    fn a_connection_has_one_rate_with_all_its_tokens_and_leaves_others_theirs() {
        let rates = rates(3, 0);
        assert_eq!(allowed(&rates, &scim(10, 1), 2), 2);
        assert_eq!(allowed(&rates, &scim(10, 2), 5), 1);
        assert_eq!(allowed(&rates, &scim(11, 3), 5), 3);
        assert_eq!(allowed(&rates, &service(4), 50), 50);
    }

    #[test]
    fn a_token_has_its_own_rate_and_root_none() {
        let rates = rates(0, 3);
        assert_eq!(allowed(&rates, &service(1), 5), 3);
        assert_eq!(allowed(&rates, &service(2), 5), 3);
        assert_eq!(allowed(&rates, &scim(10, 1), 50), 50);
        assert_eq!(allowed(&rates, &Caller::Root, 50), 50);
    }

    #[test]
    fn a_refusal_says_when_the_next_call_is_served() {
        let rates = rates(0, 2);
        assert_eq!(allowed(&rates, &service(1), 2), 2);
        let refused = rates.count(&service(1));
        let Err(Error::TooMany {
            maximum: 2,
            retry_after: Some(wait),
            ..
        }) = refused
        else {
            panic!("{refused:?}");
        };
        assert!(wait <= Duration::from_millis(500), "{wait:?}");
    }
}
