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
mod seed;
mod server;

use std::{path::PathBuf, sync::Arc, time::Duration};

use clap::Parser;
use load::{Plan, Until};
use raw::Limits;
use report::{Limit, Report};
use scim::Scim;
use server::{Database, DatabaseLocation, Folder, Postgres, Server};

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
    /// Users that are created one by one at most; more are copied into the tables.
    #[arg(long, default_value_t = 20_000)]
    created: u64,
    /// Workloads whose name holds one of these; the others are left out.
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
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
    /// Answer of the HTTP limit server.
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
    let limits = raw_limits(options, postgres.as_ref(), &folder, report).await;
    let database = Database::make("bench", &folder, postgres.as_ref());
    let server = Server::start(&database.url());
    report.fact(
        &database.name,
        "anonymous memory, idle",
        server.anonymous_mib(),
        "MiB",
    );
    let mut bench = Bench {
        options,
        database: &database,
        report,
        limits,
        ids: Vec::new(),
        next: 0,
        server: Some(server),
    };
    for &users in &options.users {
        bench.grow(users).await;
        bench.size(users).await;
        bench.creates_with_roles(users).await;
        bench.restart(users);
    }
    for &size in &options.groups {
        bench.group(size).await;
    }
    bench.report.growth(&database.name, &options.users);
}

/// Measures the bare drivers on a database that the product made, with one user in it.
async fn raw_limits(
    options: &Options,
    postgres: Option<&Postgres>,
    folder: &Folder,
    report: &mut Report,
) -> Limits {
    let database = Database::make("limits", folder, postgres);
    let server = Server::start(&database.url());
    Scim::new(&server).create(scim::plan(1, Until::Calls(1)), 0).await;
    drop(server);
    match &database.location {
        DatabaseLocation::Server(url) => raw::postgres_limits(url, report, options.seconds).await,
        DatabaseLocation::File(file) => raw::sqlite_limits(file, report, options.seconds),
    }
}

/// Creates of a workload that compares two kinds of them.
const CREATES: u64 = 3_000;

/// One database under load.
struct Bench<'a> {
    options: &'a Options,
    database: &'a Database,
    report: &'a mut Report,
    limits: Limits,
    ids: Vec<String>,
    next: u64,
    /// `None` while the tables are filled without it.
    server: Option<Server>,
}

impl Bench<'_> {
    fn timed(&self) -> Plan {
        scim::plan(
            self.options.connections,
            Until::Elapsed(Duration::from_secs(self.options.seconds)),
        )
    }

    fn server(&self) -> &Server {
        self.server.as_ref().expect("a server")
    }

    fn wanted(&self, name: &str) -> bool {
        self.options.only.is_empty() || self.options.only.iter().any(|part| name.contains(part.as_str()))
    }

    fn fact(&mut self, name: &str, value: f64, unit: &'static str) {
        self.report.fact(&self.database.name, name, value, unit);
    }

    /// Grows the directory to this size: the first users are created, the others copied.
    async fn grow(&mut self, users: u64) {
        let created = users.min(self.options.created);
        if created > self.next {
            let scim = Scim::new(self.server());
            let plan = scim::plan(64, Until::Calls(created - self.next));
            let cpu = self.server().cpu_micros();
            let (figure, ids) = scim.create(plan, self.next).await;
            let figure = figure.with_cpu(cpu, self.server().cpu_micros());
            self.ids.extend(ids);
            self.next = created;
            let name = format!("SCIM create, 64 connections, up to {created}");
            self.report
                .row(&self.database.name, &name, figure, Some(&self.limits.create));
        }
        if users > self.next {
            let scim = Scim::new(self.server());
            scim.create(scim::plan(1, Until::Calls(1)), seed::SAMPLE).await;
            self.server = None;
            seed::users(self.database, self.next, users).await;
            self.ids.extend((self.next..users).map(seed::id));
            self.next = users;
            self.server = Some(Server::start(&self.database.url()));
        }
    }

    /// Stops the server and starts it again.
    fn restart(&mut self, users: u64) {
        self.server = None;
        let server = Server::start(&self.database.url());
        self.fact(
            &format!("start to ready at {users} users"),
            server.startup.as_secs_f64(),
            "s",
        );
        self.server = Some(server);
    }

    /// Measures the directory at this size.
    async fn size(&mut self, users: u64) {
        let scim = Scim::new(self.server());
        let sample = scim.body(&format!("/scim/v2/Users/{}", self.ids[0])).await;
        let (http, grpc) = (self.http_limit(&sample).await, self.grpc_limit().await);
        self.reads(&scim, users, &http).await;
        self.writes(&scim, users).await;
        let name = format!("gRPC get at {users}");
        if self.wanted(&name) {
            let ids = Arc::new(self.ids.clone());
            let server = self.server();
            let cpu = server.cpu_micros();
            let figure = grpc::get_users(&server.grpc, &server.scim_token, ids, self.timed()).await;
            let figure = figure.with_cpu(cpu, server.cpu_micros());
            self.report.row(&self.database.name, &name, figure, Some(&grpc));
        }
        let name = format!("walk of {users} users by cursor, 1,000 a page");
        if self.wanted(&name) {
            let begin = std::time::Instant::now();
            let (seen, cursors) = scim.walk().await;
            self.fact(&name, seen as f64 / begin.elapsed().as_secs_f64(), "users/s");
            self.fact(
                &format!("anonymous memory after the walk of {users}"),
                self.server().anonymous_mib(),
                "MiB",
            );
            let cursors = Arc::new(cursors);
            let any = move |n: u64| {
                scim::page_after(&cursors[usize::try_from(n).unwrap_or(0).wrapping_mul(7919) % cursors.len()])
            };
            self.row(
                &scim,
                &format!("SCIM page of 100 by cursor at {users}"),
                any,
                None,
            )
            .await;
        }
    }

    async fn reads(&mut self, scim: &Scim, users: u64, http: &Limit) {
        let ids = Arc::new(self.ids.clone());
        let pick = move |n: u64| ids[usize::try_from(n).unwrap_or(0).wrapping_mul(7919) % ids.len()].clone();
        let by_id = move |n| scim::get(&pick(n));
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
    }

    /// The same change in the forms that identity providers send it in, and many creates in one request.
    async fn writes(&mut self, scim: &Scim, users: u64) {
        for dialect in scim::Dialect::ALL {
            let ids = Arc::new(self.ids.clone());
            let patch = move |n: u64| {
                let id = &ids[usize::try_from(n).unwrap_or(0).wrapping_mul(7919) % ids.len()];
                scim::patch_title(id, n, dialect)
            };
            self.row(
                scim,
                &format!("SCIM patch, {} at {users}", dialect.name()),
                patch,
                None,
            )
            .await;
        }
        let names = [
            format!("SCIM create one by one at {users}"),
            format!("SCIM bulk of 1,000 creates at {users}"),
        ];
        if !self.wanted(&names[0]) && !self.wanted(&names[1]) {
            return;
        }
        let base = 10_000_000 + users * 100;
        let cpu = self.server().cpu_micros();
        let (figure, _) = scim.create(scim::plan(1, Until::Calls(1000)), base).await;
        let figure = figure.with_cpu(cpu, self.server().cpu_micros());
        let one_by_one = Limit {
            name: "one after the other",
            per_second: figure.per_second,
        };
        self.report.row(&self.database.name, &names[0], figure, None);
        let begin = std::time::Instant::now();
        scim.bulk(base + 1000, 1000).await;
        let took = begin.elapsed();
        let figure = load::figure(
            vec![u32::try_from(took.as_micros() / 1000).unwrap_or(u32::MAX); 1000],
            took,
        );
        self.report
            .row(&self.database.name, &names[1], figure, Some(&one_by_one));
    }

    /// Creates with a role each, under mapping rules, against the same without either.
    async fn creates_with_roles(&mut self, users: u64) {
        let names = [
            format!("SCIM create without roles at {users}"),
            format!("SCIM create with roles and 20 mapping rules at {users}"),
        ];
        if !self.wanted(&names[0]) && !self.wanted(&names[1]) {
            return;
        }
        let scim = Scim::new(self.server());
        let plan = || scim::plan(64, Until::Calls(CREATES));
        let base = 20_000_000 + users * 100;
        let (figure, _) = scim.create(plan(), base).await;
        let without = Limit {
            name: "without roles and rules",
            per_second: figure.per_second,
        };
        self.report.row(&self.database.name, &names[0], figure, None);
        for n in 0..20 {
            let pattern = format!("team-{n}-*");
            let rule = [
                "mapping",
                "create",
                "--org",
                "bench",
                "--role",
                "editor",
                "--pattern",
                &pattern,
            ];
            self.server().cli(&rule).expect("create a mapping rule");
        }
        let (figure, _) = scim.create_as(plan(), base + CREATES, scim::editor_body).await;
        self.report
            .row(&self.database.name, &names[1], figure, Some(&without));
    }

    async fn row<M>(&mut self, scim: &Scim, name: &str, make: M, limit: Option<&Limit>)
    where
        M: Fn(u64) -> (&'static str, String, String) + Clone + Send + Sync + 'static,
    {
        if self.wanted(name) {
            self.measured(scim, name, self.timed(), make, limit).await;
        }
    }

    async fn measured<M>(&mut self, scim: &Scim, name: &str, plan: Plan, make: M, limit: Option<&Limit>)
    where
        M: Fn(u64) -> (&'static str, String, String) + Clone + Send + Sync + 'static,
    {
        let cpu = self.server().cpu_micros();
        let figure = scim.requests(plan, make).await;
        let figure = figure.with_cpu(cpu, self.server().cpu_micros());
        self.report.row(&self.database.name, name, figure, limit);
    }

    /// Fills a group to this size, then adds and removes one member at a time.
    async fn group(&mut self, size: usize) {
        if self.ids.len() < size + 1000 {
            return println!(
                "{:9} no group of {size}: needs {} users",
                self.database.name,
                size + 1000
            );
        }
        let scim = Scim::new(self.server());
        let (group, times) = scim.group(&format!("Group of {size}"), &self.ids[..size]).await;
        if let (Some(first), Some(last)) = (times.first().copied(), times.last().copied()) {
            self.fact(
                &format!("first PATCH of 1,000 members (group of {size})"),
                first,
                "ms",
            );
            self.fact(
                &format!("last PATCH of 1,000 members (group of {size})"),
                last,
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
            let name = format!("SCIM {op} one member, group of {size}");
            self.measured(&scim, &name, plan, one, None).await;
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
