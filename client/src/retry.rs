//! Calls that are made again.

use std::time::Duration;

use rand::Rng as _;
use tokio::time::{Instant, sleep, timeout_at};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use crate::client::Client;

/// How long to wait before the second attempt; each later one waits twice as long.
const FIRST_WAIT: Duration = Duration::from_millis(50);
/// How long to wait at most, unless the service asks for more.
const MAX_WAIT: Duration = Duration::from_secs(1);

/// A `request_id` for a create, to be used for all attempts.
pub fn new_request_id() -> String {
    format!("{:032x}", rand::rng().random::<u128>())
}

pub(crate) async fn repeat<T, Call: Future<Output = Result<T, Status>>>(
    client: &Client,
    mut call: impl FnMut(Client) -> Call,
    attempts: u32,
    deadline: Duration,
) -> Result<T, Status> {
    let end = Instant::now() + deadline;
    let mut attempt = 1;
    loop {
        let answer = timeout_at(end, call(client.clone())).await;
        let status = match answer {
            Ok(Ok(answer)) => return Ok(answer),
            Ok(Err(status)) => status,
            Err(_) => return Err(Status::deadline_exceeded("the deadline of all attempts passed")),
        };
        let Some(wait) = wait(&status, attempt).filter(|_| attempt < attempts) else {
            return Err(status);
        };
        if Instant::now() + wait >= end {
            return Err(status);
        }
        sleep(wait).await;
        attempt += 1;
    }
}

/// How long to wait before a call is made again; `None`: that would be of no use.
fn wait(status: &Status, attempt: u32) -> Option<Duration> {
    let asked = status.get_details_retry_info().and_then(|info| info.retry_delay);
    match status.code() {
        // Without patience asked for, a limit is one that time does not heal.
        Code::ResourceExhausted => asked,
        Code::Unavailable => Some(jittered(own_wait(attempt))),
        _ => None,
    }
}

fn own_wait(attempt: u32) -> Duration {
    let doubled = FIRST_WAIT.saturating_mul(1_u32.checked_shl(attempt - 1).unwrap_or(u32::MAX));
    doubled.min(MAX_WAIT)
}

/// Between half of it and all of it, so that clients that failed together do not come back together.
pub(crate) fn jittered(wait: Duration) -> Duration {
    wait.mul_f64(rand::rng().random_range(0.5..=1.0))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tonic::{Code, Status};
    use tonic_types::{ErrorDetails, StatusExt as _};

    use super::{own_wait, wait};

    #[test]
    fn only_what_time_heals_is_tried_again() {
        assert!(wait(&Status::unavailable("x"), 1).is_some());
        for code in [
            Code::NotFound,
            Code::Internal,
            Code::ResourceExhausted,
            Code::Aborted,
        ] {
            assert_eq!(wait(&Status::new(code, "x"), 1), None, "{code:?}");
        }
        let details = ErrorDetails::with_retry_info(Some(Duration::from_secs(7)));
        let asked = Status::with_error_details(Code::ResourceExhausted, "x", details);
        assert_eq!(wait(&asked, 1), Some(Duration::from_secs(7)));
    }

    #[test]
    fn waits_double_up_to_a_second() {
        let waits: Vec<_> = [1, 2, 3, 6, 99].map(own_wait).map(|it| it.as_millis()).into();
        assert_eq!(waits, [50, 100, 200, 1000, 1000]);
    }
}
