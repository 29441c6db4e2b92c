//! How large the tests of large directories are: small in CI, and with `ROSTER_TEST_SCALE=full` as large as `docs/scim.md` says.

use std::env;

/// Tells whether this run is a full one.
pub(super) fn is_full() -> bool {
    env::var("ROSTER_TEST_SCALE").is_ok_and(|scale| scale == "full")
}

/// The size for this run.
pub(super) fn choose<T>(small: T, full: T) -> T {
    if is_full() { full } else { small }
}
