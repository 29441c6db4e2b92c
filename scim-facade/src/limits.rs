//! Every bound of the facade, by name. What clients should know of them stands in `/ServiceProviderConfig`.

use std::{num::NonZeroU32, time::Duration};

/// The largest request body, and the largest message to the core: 16 MiB. Published as `maxPayloadSize`.
pub const MAX_BODY_BYTES: usize = 16 * 1024 * 1024;

/// The largest message from the core: a page of `MAX_RESULTS` users of 64 KiB each, and some room.
pub const MAX_ANSWER_BYTES: usize = 80 * 1024 * 1024;

/// A body up to this size is read before the token is known to be good; the core sees to that with the call itself. A stranger can have
/// as many of them in memory as requests may be under way.
pub const TRUSTED_BODY_BYTES: u64 = 16 * 1024;

/// Time limit of that.
pub const MAX_TRUSTED_BODY_TIME: Duration = Duration::from_secs(10);

/// The refusal of a body that took longer.
pub(crate) const TOO_SLOW: &str = "the body took too long";

/// A larger body is read and parsed away from the threads that serve connections, and counts for `MAX_LARGE_BODY_BYTES`.
pub const LARGE_BODY_BYTES: usize = 64 * 1024;

/// The bytes of large bodies that are read and worked on at a time, half of them for one token: what waits has not been read.
pub const MAX_LARGE_BODY_BYTES: usize = 2 * MAX_BODY_BYTES;

/// Texts, numbers, objects and lists that a body may have: a group of 200,000 members is 400,000.
pub const MAX_VALUES: usize = 500_000;

/// A PATCH with more operations is worked out away from the threads that serve connections,
pub const MAX_SHORT_OPERATIONS: usize = 16;

/// and so is one whose paths have more bytes together.
pub const MAX_SHORT_PATHS: usize = 1_024;

/// How much of a body that is too large is read and thrown away, so that the client reads the 413 and not a reset.
pub const MAX_DRAINED_BYTES: usize = 8 * MAX_BODY_BYTES;

/// Time limit of that.
pub const MAX_DRAIN_TIME: Duration = Duration::from_secs(10);

/// The most resources in one answer; a larger `count` is lowered. Published as `filter.maxResults`.
pub const MAX_RESULTS: i32 = 1_000;

/// The resources in one answer if the client does not say.
pub const DEFAULT_RESULTS: i32 = 100;

/// How long a cursor is valid, as the core promises for its page tokens.
pub const CURSOR_TIMEOUT: Duration = Duration::from_hours(24);

/// The most operations in one `/Bulk` request. Published as `maxOperations`.
pub const MAX_BULK_OPERATIONS: usize = 1_000;

/// How many operations of one `/Bulk` request are under way at a time: as many as the core commits together.
pub const BULK_CONCURRENCY: usize = 32;

/// A PATCH of a group with more members than this is answered without the group.
pub const MAX_ECHOED_MEMBERS: i64 = 1_000;

/// A page of groups ends early when its groups together have more members than this, so that no answer is unbounded.
pub const MAX_LISTED_MEMBERS: i64 = 100_000;

/// How many groups of a page have their members read at a time.
pub const MEMBER_READS: usize = 4;

/// How many members are read in one call.
pub const MEMBER_PAGE: i32 = 10_000;

/// How many names of attributes that nothing is known of one request tells the core, which takes no more.
pub const MAX_IGNORED_ATTRIBUTES: usize = 100;

/// How many characters of such a name.
pub const MAX_IGNORED_NAME: usize = 256;

/// How often a PATCH without `If-Match` is tried while others change the same resource.
pub const MAX_PATCH_ATTEMPTS: u32 = 64;

/// The longest wait before such a further attempt; the first ones wait less.
pub const MAX_PATCH_BACKOFF: Duration = Duration::from_millis(64);

/// How long what a token's organization declared (policy, extension schemas) is used without asking again.
pub const CONTEXT_TTL: Duration = Duration::from_secs(1);

/// For how many tokens it is kept.
pub const MAX_CONTEXTS: usize = 1_024;

/// The time for one request if the program does not say. Okta and Entra give up after 60 s.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(50);

/// The longest request id that is taken over from a client.
pub const MAX_REQUEST_ID: usize = 128;

/// Units of work that the filters and operations of one request may cause; [`crate::work`] says what a unit is.
pub const MAX_WORK: u64 = 100_000_000;

/// The most connections to a core in another process. More did not gain anything when it was measured.
pub const MAX_CORE_CONNECTIONS: usize = 2;

/// Records of the provisioning log that may wait to be sent to the core; more are lost and counted.
pub const MAX_LOG_QUEUE: usize = 8_192;

/// Time that the first of them waits for others.
pub const MAX_LOG_WAIT: Duration = Duration::from_secs(1);

/// Time limit of sending them.
pub const MAX_LOG_TIME: Duration = Duration::from_secs(5);

/// Bytes of a text of one of them: a name, an id or a description. The core keeps less.
pub const MAX_LOG_TEXT: usize = 2_048;

/// Bytes of one message of them: the core reads no more of calls that anybody may make.
pub const MAX_LOG_MESSAGE_BYTES: usize = 30 * 1024;

/// Records in one message, as many as the core takes.
pub const MAX_LOG_MESSAGE_REQUESTS: usize = 1_000;

/// Bytes of a request of access checks: more than the largest number of them takes.
pub const MAX_EVALUATION_BYTES: usize = 512 * 1024;

/// Access checks in one request, as many as the core takes.
pub const MAX_EVALUATIONS: usize = 1_000;

/// Users of one such request that are not named by their ids, and so looked up.
pub const MAX_EVALUATION_NAMES: usize = 100;

/// The most calls of the core for such a request: one that it refuses for an unknown place is repeated without the questions about it.
pub const MAX_EVALUATION_ROUNDS: usize = 16;

/// Requests of one token, refused as too many, that are recorded in a second: a client that runs wild shall not fill the provisioning log.
pub const MAX_LIMITED_LOG_REQUESTS: NonZeroU32 = NonZeroU32::MIN;

/// Tokens with refusals of this kind that are remembered before those of more than a second ago are forgotten.
pub const MAX_LIMITED_LOG_TOKENS: usize = 4_096;
