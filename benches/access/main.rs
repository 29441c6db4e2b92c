//! The benchmark of what internal services call: access checks, alone, in batches and from a client's memory, and the change stream.
//!
//! `cargo bench --bench access -- --help` tells the options; `docs/benchmarks.md` what it is to show.

#![expect(
    unreachable_pub,
    clippy::pedantic,
    clippy::expect_used,
    clippy::panic,
    reason = "a benchmark ends at the first surprise"
)]

mod checks;
#[path = "../limits.rs"]
mod limits;
#[expect(dead_code, reason = "not all of it is measured here")]
#[path = "../load.rs"]
mod load;
#[expect(dead_code, reason = "not all of it is measured here")]
#[path = "../report.rs"]
mod report;
#[expect(dead_code, reason = "not all of it is measured here")]
#[path = "../server.rs"]
mod server;
mod watch;

use std::time::Duration;

use clap::Parser;
use identity_client::{Client, Options as ClientOptions};
use load::{Plan, Until};
use report::{Limit, Report};
use server::{Folder, Postgres, ROOT_TOKEN, Server};

/// Loads what internal services call.
#[derive(Parser)]
struct Options {
    /// Databases to measure.
    #[arg(long, value_delimiter = ',', default_value = "sqlite,postgres")]
    database: Vec<String>,
    /// Users in the organization.
    #[arg(long, default_value_t = 1000)]
    users: usize,
    /// Seconds for each workload.
    #[arg(long, default_value_t = 3)]
    seconds: u64,
    /// Streams that wait.
    #[arg(long, default_value_t = 1000)]
    streams: usize,
    /// Given by `cargo bench`.
    #[arg(long, hide = true)]
    bench: bool,
    /// Serve as a limit (`grpc`).
    #[arg(long, hide = true)]
    limit_server: Option<String>,
    /// Answer of a limit server.
    #[arg(long, hide = true, default_value = "")]
    constant: String,
}

fn main() {
    let options = Options::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        if let Some(kind) = &options.limit_server {
            return limits::serve(kind, options.constant.clone()).await;
        }
        let mut report = Report::default();
        println!("{}", report::head());
        for database in &options.database {
            measure(&options, database, &mut report).await;
        }
    });
}

async fn measure(options: &Options, database: &str, report: &mut Report) {
    let folder = Folder::new();
    let postgres = (database == "postgres").then(|| Postgres::start(&folder.0));
    let url = match &postgres {
        Some(postgres) => {
            postgres.create("bench");
            postgres.url("bench")
        }
        None => format!("sqlite:{}/bench.db", folder.0.display()),
    };
    let server = Server::start(&url);
    let client = client(&server);
    let plan = Plan {
        workers: 16,
        until: Until::Elapsed(Duration::from_secs(options.seconds)),
    };
    let users = checks::users(&client, options.users).await;
    let limit = empty_call(plan, report).await;
    checks::measure(&client, &users, (database, plan), (&limit, report)).await;
    // One token may not have so many streams; root's are bound by the instance alone.
    let root = connect(&server, ROOT_TOKEN);
    watch::measure(&server, &root, options.streams, (database, report)).await;
}

/// A client with a service token for everything that is measured.
fn client(server: &Server) -> Client {
    let scopes = "access:read,changes:read,users:read,users:write";
    let secret = server.cli(&[
        "token", "create", "--org", "bench", "--name", "bench", "--scopes", scopes, "--output", "secret",
    ]);
    let secret = secret.expect("a token");
    connect(server, secret.trim())
}

fn connect(server: &Server, token: &str) -> Client {
    let mut options = ClientOptions::new(&server.grpc, token);
    options.deadline = Duration::from_secs(60);
    Client::new(&options).expect("a client")
}

async fn empty_call(plan: Plan, report: &mut Report) -> Limit {
    let server = limits::start("grpc", "");
    let options = ClientOptions::new(&format!("http://{}", server.address), "none");
    let client = Client::new(&options).expect("a client");
    let figure = checks::empty(plan, &client).await;
    let limit = Limit {
        name: "empty unary RPC",
        per_second: figure.per_second,
    };
    report.row("-", limit.name, figure, None);
    limit
}
