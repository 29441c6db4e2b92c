//! The world that tests live in: servers, databases, organizations, and a client for each API.

mod dump;
pub(crate) mod grpc;
pub(crate) mod http;
mod invariants;
mod postgres;
mod process;
pub(crate) mod raw;
mod reaper;
pub(crate) mod run_folder;
pub(crate) mod scim;
mod seeded_rng;
mod server;
mod world;

use std::{env, time::Duration};

use tokio::time::timeout;

pub(crate) use grpc::{Grpc, assert_status};
pub(crate) use http::{Answer, Http, Request};
pub(crate) use postgres::{
    as_postgres as postgres_command, database_sql, drop_connections, postgres_setting,
};
pub(crate) use process::{Roster, run, run_with_input};
pub(crate) use scim::{Scim, assert_refused};
pub(crate) use seeded_rng::SeededRng;
pub(crate) use server::{ANY, Database, Endpoints, Processes, ROOT_TOKEN, Server, Setup};
pub(crate) use world::{OwnWorld, ProxiedWorld, World, create_token};

/// Environment that a test can ask for: an organization on a shared server ([`World`]), one on a server of
/// its own ([`OwnWorld`]), or only the place where it runs ([`Setup`]).
pub(crate) trait Arrange {
    /// Makes it.
    async fn arrange(setup: Setup) -> Self;
}

/// Time limit of a test as CI runs it: a server that never answers is a failed test, not a run that never ends.
const TIME_LIMIT: Duration = Duration::from_mins(5);
/// The same of a test at the size of the promises, or repeated.
const LONG_TIME_LIMIT: Duration = Duration::from_hours(2);

/// Makes what a test asks for, and runs it.
pub(crate) async fn arrange_and_run<Kind: Arrange>(setup: Setup, rule: impl AsyncFnOnce(Kind)) {
    let is_long = ["ROSTER_TEST_SCALE", "ROSTER_TEST_ROUNDS"].map(env::var_os) != [None, None];
    let limit = if is_long { LONG_TIME_LIMIT } else { TIME_LIMIT };
    let run = async { rule(Kind::arrange(setup).await).await };
    timeout(limit, run).await.expect("the end of the test in time");
}

/// Runs each of these functions on both databases, in one process and in two. A function's argument is what it asks for
/// ([`Arrange`]); one that is forgotten here is dead code, which the compiler tells.
macro_rules! everywhere {
    ($($rule:ident,)+) => {$(
        mod $rule {
            $crate::harness::everywhere!(@run $rule, sqlite_in_one_process, Sqlite, One);
            $crate::harness::everywhere!(@run $rule, sqlite_in_two_processes, Sqlite, Two);
            $crate::harness::everywhere!(@run $rule, postgres_in_one_process, Postgres, One);
            $crate::harness::everywhere!(@run $rule, postgres_in_two_processes, Postgres, Two);
        }
    )+};
    (@run $rule:ident, $name:ident, $database:ident, $processes:ident) => {
        #[tokio::test(flavor = "multi_thread", worker_threads = 1)]
        async fn $name() {
            let setup = $crate::harness::Setup {
                database: $crate::harness::Database::$database,
                processes: $crate::harness::Processes::$processes,
            };
            $crate::harness::arrange_and_run(setup, super::$rule).await;
        }
    };
}
pub(crate) use everywhere;
