//! The world that tests live in: servers, databases, organizations, and a client for each door.

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
mod server;
mod world;

pub(crate) use grpc::{Grpc, assert_status};
pub(crate) use http::{Answer, Http, Request};
pub(crate) use postgres::drop_connections;
pub(crate) use process::{Roster, run};
pub(crate) use scim::{Scim, assert_refused};
pub(crate) use server::{ANY, Database, Doors, Processes, ROOT_TOKEN, Server, Setup};
pub(crate) use world::{OwnWorld, ProxiedWorld, World, create_token};

/// What a test can ask for: an organization on a shared server ([`World`]), one on a server of its own
/// ([`OwnWorld`]), or only to know where it runs ([`Setup`]).
pub(crate) trait Arrange {
    /// Makes it.
    async fn arrange(setup: Setup) -> Self;
}

/// Makes what a test asks for, and runs it.
pub(crate) async fn arrange_and_run<Kind: Arrange>(setup: Setup, rule: impl AsyncFnOnce(Kind)) {
    rule(Kind::arrange(setup).await).await;
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
