//! Trying again when somebody else changed the same resource in between.

use std::{
    hash::{DefaultHasher, Hash as _, Hasher as _},
    time::Duration,
};

use http::StatusCode;

use crate::{
    error::{Result, ScimError},
    etag::Condition,
    limits::{MAX_PATCH_ATTEMPTS, MAX_PATCH_BACKOFF},
};

/// The attempts of a change that reads, decides, and writes under the version that it read.
pub(crate) struct Attempts<'a> {
    condition: &'a Condition,
    seed: &'a [u8],
    failed: u32,
}

impl<'a> Attempts<'a> {
    /// The request's id as the seed spreads the waits: those who collided once shall not collide again.
    pub(crate) fn new(condition: &'a Condition, seed: &'a [u8]) -> Self {
        Self {
            condition,
            seed,
            failed: 0,
        }
    }

    /// Waits before the next attempt. Gives the refusal back if it is not about the version, if the client named versions
    /// itself, or if there were enough attempts.
    pub(crate) async fn again_after(&mut self, error: ScimError) -> Result<()> {
        let names_versions = matches!(self.condition, Condition::OneOf(_));
        if error.status != StatusCode::PRECONDITION_FAILED || names_versions {
            return Err(error);
        }
        self.failed += 1;
        if self.failed >= MAX_PATCH_ATTEMPTS {
            return Err(contended());
        }
        tokio::time::sleep(backoff(self.failed, self.seed)).await;
        Ok(())
    }
}

fn contended() -> ScimError {
    let detail = "too many changes of this resource at the same time";
    ScimError::later(StatusCode::TOO_MANY_REQUESTS, detail, 1)
}

/// Up to 2 ms after the first failure, then up to twice as long each time.
fn backoff(failed: u32, seed: &[u8]) -> Duration {
    let longest = MAX_PATCH_BACKOFF.min(Duration::from_millis(1 << failed.min(16)));
    let mut hasher = DefaultHasher::new();
    (seed, failed).hash(&mut hasher);
    let longest = longest.as_micros().try_into().unwrap_or(u64::MAX);
    Duration::from_micros(hasher.finish() % longest)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How often a change that is always refused is tried, and with what it ends.
    async fn attempts(condition: Condition, status: StatusCode) -> (u32, StatusCode) {
        let mut attempts = Attempts::new(&condition, b"id");
        for count in 1.. {
            if let Err(error) = attempts.again_after(ScimError::plain(status, "")).await {
                return (count, error.status);
            }
        }
        unreachable!()
    }

    #[tokio::test(start_paused = true)]
    async fn without_a_version_from_the_client_it_is_tried_again_up_to_the_bound() {
        for condition in [Condition::Absent, Condition::Any] {
            let ended = attempts(condition, StatusCode::PRECONDITION_FAILED).await;
            assert_eq!(ended, (MAX_PATCH_ATTEMPTS, StatusCode::TOO_MANY_REQUESTS));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_stale_version_from_the_client_is_refused_at_once() {
        let condition = Condition::OneOf(vec!["1".into()]);
        let ended = attempts(condition, StatusCode::PRECONDITION_FAILED).await;
        assert_eq!(ended, (1, StatusCode::PRECONDITION_FAILED));
    }

    #[tokio::test(start_paused = true)]
    async fn other_refusals_are_final() {
        let ended = attempts(Condition::Absent, StatusCode::NOT_FOUND).await;
        assert_eq!(ended, (1, StatusCode::NOT_FOUND));
    }

    #[test]
    fn waits_differ_between_requests_and_stay_below_the_bound() {
        assert!((1..40).all(|failed| backoff(failed, b"a") < MAX_PATCH_BACKOFF));
        assert_ne!(backoff(9, b"a"), backoff(9, b"b"));
    }
}
