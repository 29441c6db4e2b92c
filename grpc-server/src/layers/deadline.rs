//! The caller's deadline. Over a socket tonic applies it, too, but without a reason; in process nobody else does.

use std::{future::Future, time::Duration};

use http::HeaderMap;

const HEADER: &str = "grpc-timeout";
/// Digits that the protocol allows.
const MAX_DIGITS: usize = 8;
/// Maximum time that is reserved for the answer's way to the caller; a tenth of the timeout if that is less.
const MAX_MARGIN: Duration = Duration::from_millis(10);

/// How long the caller waits; `None`: as long as it takes. What is no timeout is none, as in other gRPC servers.
pub(crate) fn limit(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(HEADER)?.to_str().ok()?;
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let valid = digits.len() <= MAX_DIGITS && digits.bytes().all(|byte| byte.is_ascii_digit());
    let amount: u64 = valid.then(|| digits.parse().ok())??;
    match unit {
        "H" => Some(Duration::from_hours(amount)),
        "M" => Some(Duration::from_mins(amount)),
        "S" => Some(Duration::from_secs(amount)),
        "m" => Some(Duration::from_millis(amount)),
        "u" => Some(Duration::from_micros(amount)),
        "n" => Some(Duration::from_nanos(amount)),
        _ => None,
    }
}

/// The answer, or `None` if it is not there in time. A call without any time left is not begun.
///
/// A write that was begun is not torn when its waiter goes: the store runs it to its end.
pub(super) async fn within<T>(limit: Option<Duration>, answer: impl Future<Output = T>) -> Option<T> {
    match limit {
        None => Some(answer.await),
        Some(limit) if limit.is_zero() => None,
        Some(limit) => {
            let margin = (limit / 10).min(MAX_MARGIN);
            tokio::time::timeout(limit.saturating_sub(margin), answer)
                .await
                .ok()
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{future, time::Duration};

    use http::{HeaderMap, HeaderValue};

    use super::{limit, within};

    fn headers(timeout: &'static str) -> HeaderMap {
        HeaderMap::from_iter([("grpc-timeout".parse().unwrap(), HeaderValue::from_static(timeout))])
    }

    #[test]
    fn every_unit_of_the_protocol_is_known() {
        let table = [
            ("2H", Duration::from_hours(2)),
            ("2M", Duration::from_mins(2)),
            ("2S", Duration::from_secs(2)),
            ("2m", Duration::from_millis(2)),
            ("2u", Duration::from_micros(2)),
            ("99999999n", Duration::from_nanos(99_999_999)),
        ];
        for (text, expected) in table {
            assert_eq!(limit(&headers(text)), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_timeout_limits_nothing() {
        assert_eq!(limit(&HeaderMap::new()), None);
        for text in ["", "S", "2", "2s", "-2S", "+2S", "999999999S", "2 S"] {
            assert_eq!(limit(&headers(text)), None, "{text}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_is_awaited_until_shortly_before_the_deadline() {
        let begun = tokio::time::Instant::now();
        let answer = within(Some(Duration::from_secs(5)), future::pending::<()>()).await;
        assert_eq!(answer, None);
        let shortly_before = Duration::from_millis(4980)..Duration::from_secs(5);
        assert!(shortly_before.contains(&begun.elapsed()));
    }

    #[tokio::test]
    async fn without_time_left_nothing_is_begun() {
        let begun = std::cell::Cell::new(false);
        let answer = within(Some(Duration::ZERO), async { begun.set(true) }).await;
        assert_eq!((answer, begun.get()), (None, false));
    }
}
