//! A server on a database: one process, or the core and the facade apart.

use std::sync::OnceLock;

use super::{Arrange, Roster, postgres, reaper, run_folder};

/// The root token of every server here.
pub(crate) const ROOT_TOKEN: &str = "root-token-of-the-end-to-end-tests-0123456789abcdef";
const SECRET_KEY: &str = "secret-key-of-the-end-to-end-tests-0123456789abcdef";

/// Kind of database.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Database {
    /// The built-in one.
    Sqlite,
    /// A server.
    Postgres,
}

/// How many processes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Processes {
    /// The facade sits on the core.
    One,
    /// The facade calls the core over TCP.
    Two,
}

/// Where a test runs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Setup {
    /// On which database.
    pub(crate) database: Database,
    /// In how many processes.
    pub(crate) processes: Processes,
}

impl Arrange for Setup {
    async fn arrange(setup: Setup) -> Self {
        setup
    }
}

/// A running server.
pub(crate) struct Server {
    processes: Vec<Roster>,
    setup: Setup,
    database_url: String,
    endpoints: Endpoints,
    /// Arguments of all its processes, beside those for addresses and storage.
    arguments: &'static [&'static str],
    /// Files and connections of each of its processes; `None`: as many as this test.
    files: Option<u32>,
}

/// Where a server listens: `http://HOST:PORT`, for each API.
#[derive(Clone, Default)]
pub(crate) struct Endpoints {
    /// gRPC.
    pub(crate) grpc: String,
    /// SCIM.
    pub(crate) scim: String,
}

impl Server {
    /// The server that all tests of this setup share; each has an organization of its own on it.
    pub(crate) fn shared(setup: Setup) -> &'static Self {
        static SERVERS: [[OnceLock<Server>; 2]; 2] = [const { [const { OnceLock::new() }; 2] }; 2];
        SERVERS[setup.database as usize][setup.processes as usize].get_or_init(|| {
            let server = Self::start(setup);
            for process in &server.processes {
                reaper::end_at_end("KILL", process.id());
            }
            server
        })
    }

    /// A server of its own on an empty database.
    pub(crate) fn start(setup: Setup) -> Self {
        Self::start_with(setup, &[])
    }

    /// The same with more settings.
    pub(crate) fn start_with(setup: Setup, arguments: &'static [&'static str]) -> Self {
        Self::start_as(setup, arguments, None)
    }

    /// A server of its own, each of whose processes has no more than so many files and connections.
    pub(crate) fn start_with_files(setup: Setup, files: u32) -> Self {
        Self::start_as(setup, &[], Some(files))
    }

    fn start_as(setup: Setup, arguments: &'static [&'static str], files: Option<u32>) -> Self {
        let mut server = Self {
            arguments,
            files,
            processes: Vec::new(),
            setup,
            database_url: Self::new_database(setup.database),
            endpoints: Endpoints::default(),
        };
        server.restart();
        server
    }

    /// The address of an empty database.
    pub(crate) fn new_database(database: Database) -> String {
        match database {
            Database::Sqlite => {
                let folder = run_folder::path().join(run_folder::fresh_name("sqlite"));
                format!("sqlite:{}", folder.join("roster.db").display())
            }
            Database::Postgres => postgres::create_database(),
        }
    }

    /// Kills it, as a crash would, and starts it again on the same database.
    pub(crate) fn restart(&mut self) {
        self.start_at([ANY, ANY]);
    }

    /// The same, at the addresses that it had, for clients that know no others.
    pub(crate) fn restart_in_place(&mut self) {
        let Endpoints { grpc, scim } = self.endpoints.clone();
        self.start_at([&grpc, &scim].map(|url| url.trim_start_matches("http://")));
    }

    fn start_at(&mut self, [grpc, scim]: [&str; 2]) {
        self.kill();
        let (grpc, scim) = (["--grpc-listen", grpc], ["--scim-listen", scim]);
        match self.setup.processes {
            Processes::One => {
                let database = ["--database-url", &self.database_url];
                let both = self.serve(&[&database[..], &grpc, &scim].concat());
                self.endpoints = Endpoints {
                    grpc: url(&both, "grpc"),
                    scim: url(&both, "scim"),
                };
                self.processes = vec![both];
            }
            Processes::Two => {
                let database = ["--only", "core", "--database-url", &self.database_url];
                let core = self.serve(&[&database[..], &grpc].concat());
                let core_url = url(&core, "grpc");
                let facade = ["--only", "scim", "--core-url", &core_url];
                let facade = self.serve(&[&facade[..], &scim].concat());
                self.endpoints = Endpoints {
                    grpc: url(&core, "grpc"),
                    scim: url(&facade, "scim"),
                };
                self.processes = vec![core, facade];
            }
        }
    }

    fn serve(&self, arguments: &[&str]) -> Roster {
        let arguments = [arguments, self.arguments].concat();
        match self.files {
            Some(files) => {
                let arguments = [&["serve"], &arguments[..]].concat();
                Roster::start_with_files(files, &arguments, &SECRETS)
            }
            None => serve(&arguments),
        }
    }

    /// The core alone, on a database.
    pub(crate) fn start_core(database_url: &str) -> Roster {
        Self::start_core_with(database_url, &[])
    }

    /// The core alone, with more arguments.
    pub(crate) fn start_core_with(database_url: &str, more: &[&str]) -> Roster {
        let database = ["--only", "core", "--database-url", database_url];
        serve(&[&database[..], &GRPC, more].concat())
    }

    /// The facade alone, in front of a core.
    pub(crate) fn start_facade(core_url: &str) -> Roster {
        Self::start_facade_with(core_url, &[])
    }

    /// The facade alone, with more arguments.
    pub(crate) fn start_facade_with(core_url: &str, more: &[&str]) -> Roster {
        serve(&[&["--only", "scim", "--core-url", core_url], &SCIM[..], more].concat())
    }

    /// Kills it, as a crash would.
    pub(crate) fn kill(&mut self) {
        for process in &mut self.processes {
            process.kill();
        }
    }

    /// Asks all of it to end, the facade first, and returns the exit codes.
    pub(crate) fn terminate(&mut self) -> Vec<Option<i32>> {
        self.processes
            .iter_mut()
            .rev()
            .map(|process| process.terminate().code())
            .collect()
    }

    /// The address of its database.
    pub(crate) fn database_url(&self) -> &str {
        &self.database_url
    }

    /// The memory that its processes have in use together: KiB.
    pub(crate) fn resident_kib(&self) -> u64 {
        self.processes.iter().map(Roster::resident_kib).sum()
    }

    /// Where it listens.
    pub(crate) fn endpoints(&self) -> &Endpoints {
        &self.endpoints
    }

    /// Where its processes serve probes and metrics, if they were told to listen for them.
    pub(crate) fn management_urls(&self) -> Vec<String> {
        self.processes
            .iter()
            .map(|process| url(process, "management"))
            .collect()
    }

    /// Where its core serves the web console, if it was told to listen for it.
    pub(crate) fn console_url(&self) -> String {
        url(&self.processes[0], "console")
    }

    /// All that its processes have written.
    pub(crate) fn output(&self) -> String {
        self.processes.iter().map(Roster::output).collect()
    }
}

/// Any free port of this machine.
pub(crate) const ANY: &str = "127.0.0.1:0";
const GRPC: [&str; 2] = ["--grpc-listen", ANY];
const SECRETS: [(&str, &str); 3] = [
    ("ROSTER_ROOT_TOKEN", ROOT_TOKEN),
    ("ROSTER_SECRET_KEY", SECRET_KEY),
    // Tests compare revisions; those of health give the flag.
    ("ROSTER_HEALTH_INTERVAL", "0"),
];
const SCIM: [&str; 2] = ["--scim-listen", ANY];

fn serve(arguments: &[&str]) -> Roster {
    Roster::start(&[&["serve"], arguments].concat(), &SECRETS)
}

fn url(process: &Roster, listener: &str) -> String {
    format!("http://{}", process.address(listener))
}
