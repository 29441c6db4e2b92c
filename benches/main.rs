//! The benchmark: starts the real program on a real database, loads it from outside, and compares each figure with the limit of
//! this machine, measured in the same run.
//!
//! `cargo bench --bench roster -- --help` tells the options; `docs/benchmarks.md` what was measured with it.

#![expect(
    unreachable_pub,
    clippy::pedantic,
    clippy::expect_used,
    clippy::panic,
    reason = "a benchmark ends at the first surprise"
)]

mod grpc;
mod http;
mod limits;
mod load;
mod raw;
mod report;
mod scim;
mod server;

use std::{path::PathBuf, sync::Arc, time::Duration};

use clap::Parser;
use load::{Plan, Until};
use raw::Limits;
use report::{Limit, Report};
use scim::Scim;
use server::{Folder, Postgres, Server};

/// Loads Roster and compares it with the machine's limits.
#[derive(Parser)]
struct Options {
    /// Databases to measure.
    #[arg(long, value_delimiter = ',', default_value = "sqlite,postgres")]
    database: Vec<String>,
    /// Sizes of the directory; the figures of the later ones show whether cost grows.
    #[arg(long, value_delimiter = ',', default_value = "10000")]
    users: Vec<u64>,
    /// Sizes of groups; each needs as many users.
    #[arg(long, value_delimiter = ',', default_value = "10,1000")]
    groups: Vec<usize>,
    /// Seconds for each workload.
    #[arg(long, default_value_t = 3)]
    seconds: u64,
    /// Connections of the reading workloads.
    #[arg(long, default_value_t = 16)]
    connections: usize,
    /// Where to write the report as JSON.
    #[arg(long)]
    json: Option<PathBuf>,
    /// Given by `cargo bench`.
    #[arg(long, hide = true)]
    bench: bool,
    /// Serve as a limit (`http` or `grpc`).
    #[arg(long, hide = true)]
    limit_server: Option<String>,
    /// What the HTTP limit answers.
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
        if let Some(path) = &options.json {
            std::fs::write(path, format!("{:#}\n", report.json())).expect("write the report");
        }
    });
}

/// All that is measured of one database.
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
    let limits = raw_limits(options, postgres.as_ref(), &folder, report).await;
    let mut server = Server::start(&url);
    report.fact(database, "anonymous memory, idle", server.anonymous_mib(), "MiB");
    let mut bench = Bench {
        options,
        database,
        report,
        limits,
        ids: Vec::new(),
        next: 0,
    };
    for &users in &options.users {
        bench.size(&server, users).await;
        drop(server);
        server = Server::start(&url);
        bench.report.fact(
            database,
            &format!("start to ready at {users} users"),
            server.startup.as_secs_f64(),
            "s",
        );
    }
    for &size in &options.groups {
        bench.group(&server, size).await;
    }
}

/// What the bare drivers give on a database that the product made, with one user in it.
async fn raw_limits(
    options: &Options,
    postgres: Option<&Postgres>,
    folder: &Folder,
    report: &mut Report,
) -> Limits {
    let file = folder.0.join("limit.db");
    let url = match postgres {
        Some(postgres) => {
            postgres.create("limits");
            postgres.url("limits")
        }
        None => format!("sqlite:{}", file.display()),
    };
    let server = Server::start(&url);
    Scim::new(&server).create(scim::plan(1, Until::Calls(1)), 0).await;
    drop(server);
    match postgres {
        Some(_) => raw::postgres_limits(&url, report, options.seconds).await,
        None => raw::sqlite_limits(&file, report, options.seconds),
    }
}

/// One database under load.
struct Bench<'a> {
    options: &'a Options,
    database: &'a str,
    report: &'a mut Report,
    limits: Limits,
    ids: Vec<String>,
    next: u64,
}

impl Bench<'_> {
    fn timed(&self) -> Plan {
        scim::plan(
            self.options.connections,
            Until::Elapsed(Duration::from_secs(self.options.seconds)),
        )
    }

    /// Grows the directory to this size and measures it.
    async fn size(&mut self, server: &Server, users: u64) {
        let scim = Scim::new(server);
        let plan = scim::plan(64, Until::Calls(users.saturating_sub(self.next)));
        let (figure, ids) = scim.create(plan, self.next).await;
        self.ids.extend(ids);
        self.next = self.next.max(users);
        self.report.row(
            self.database,
            &format!("SCIM create, 64 connections, up to {users}"),
            figure,
            Some(&self.limits.create),
        );
        let sample = scim.body(&format!("/scim/v2/Users/{}", self.ids[0])).await;
        let (http, grpc) = (self.http_limit(&sample).await, self.grpc_limit().await);
        self.reads(&scim, users, &http).await;
        let ids = Arc::new(self.ids.clone());
        let figure = grpc::get_users(&server.grpc, &server.scim_token, ids, self.timed()).await;
        self.report.row(
            self.database,
            &format!("gRPC get at {users}"),
            figure,
            Some(&grpc),
        );
        let begin = std::time::Instant::now();
        let seen = scim.walk().await;
        let rate = seen as f64 / begin.elapsed().as_secs_f64();
        self.report.fact(
            self.database,
            &format!("walk of {seen} users by cursor"),
            rate,
            "users/s",
        );
        self.report.fact(
            self.database,
            "anonymous memory after the walk",
            server.anonymous_mib(),
            "MiB",
        );
    }

    async fn reads(&mut self, scim: &Scim, users: u64, http: &Limit) {
        let ids = Arc::new(self.ids.clone());
        let pick = move |n: u64| ids[usize::try_from(n).unwrap_or(0).wrapping_mul(7919) % ids.len()].clone();
        let by_id = {
            let pick = pick.clone();
            move |n| scim::get(&pick(n))
        };
        self.row(scim, &format!("SCIM get at {users}"), by_id, Some(http))
            .await;
        let by_name =
            move |n| scim::filter(&format!("userName eq \"{}\"", scim::user_name(n * 7919 % users)));
        self.row(
            scim,
            &format!("SCIM filter userName at {users}"),
            by_name,
            Some(http),
        )
        .await;
        let by_mail = move |n| {
            scim::filter(&format!(
                "emails[type eq \"work\"].value eq \"{}\"",
                scim::user_name(n * 7919 % users)
            ))
        };
        self.row(
            scim,
            &format!("SCIM filter work e-mail at {users}"),
            by_mail,
            Some(http),
        )
        .await;
        self.row(
            scim,
            &format!("SCIM page of 100 at {users}"),
            |_| scim::first_page(),
            Some(http),
        )
        .await;
        let patch = move |n| scim::patch_title(&pick(n), n);
        self.row(scim, &format!("SCIM patch at {users}"), patch, None)
            .await;
    }

    async fn row<M>(&mut self, scim: &Scim, name: &str, make: M, limit: Option<&Limit>)
    where
        M: Fn(u64) -> (&'static str, String, String) + Clone + Send + Sync + 'static,
    {
        let figure = scim.requests(self.timed(), make).await;
        self.report.row(self.database, name, figure, limit);
    }

    /// Fills a group to this size, then adds and removes one member at a time.
    async fn group(&mut self, server: &Server, size: usize) {
        if self.ids.len() < size + 1000 {
            return println!(
                "{:9} no group of {size}: needs {} users",
                self.database,
                size + 1000
            );
        }
        let scim = Scim::new(server);
        let (group, times) = scim.group(&format!("Group of {size}"), &self.ids[..size]).await;
        if let (Some(first), Some(last)) = (times.first(), times.last()) {
            self.report.fact(
                self.database,
                &format!("first PATCH of 1,000 members (group of {size})"),
                *first,
                "ms",
            );
            self.report.fact(
                self.database,
                &format!("last PATCH of 1,000 members (group of {size})"),
                *last,
                "ms",
            );
        }
        let outside = Arc::new(self.ids[size..size + 1000].to_vec());
        for op in ["add", "remove"] {
            let (group, outside) = (group.clone(), outside.clone());
            let one = move |n: u64| {
                let member = &outside[usize::try_from(n).unwrap_or(0) % outside.len()];
                scim::member_patch(&group, op, std::slice::from_ref(member))
            };
            let plan = scim::plan(1, Until::Calls(1000));
            let figure = scim.requests(plan, one).await;
            self.report.row(
                self.database,
                &format!("SCIM {op} one member, group of {size}"),
                figure,
                None,
            );
        }
    }

    async fn http_limit(&mut self, sample: &str) -> Limit {
        let server = limits::start("http", sample);
        let figure = Scim::limit(&server.address)
            .requests(self.timed(), |_| scim::get("x"))
            .await;
        let limit = Limit {
            name: "bare axum, constant JSON",
            per_second: figure.per_second,
        };
        self.report.row("-", limit.name, figure, None);
        limit
    }

    async fn grpc_limit(&mut self) -> Limit {
        let server = limits::start("grpc", "");
        let figure = grpc::empty(&format!("http://{}", server.address), self.timed()).await;
        let limit = Limit {
            name: "empty unary RPC",
            per_second: figure.per_second,
        };
        self.report.row("-", limit.name, figure, None);
        limit
    }
}
