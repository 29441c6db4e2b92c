//! The real program on a real database, each thrown away afterwards.

use std::{
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

const ROSTER: &str = env!("CARGO_BIN_EXE_roster");
pub const ROOT_TOKEN: &str = "benchmark-root-token-0123456789abcdef0123456789abcdef";

/// A folder that is removed when dropped.
pub struct Folder(pub PathBuf);

impl Folder {
    /// A new one; readable for the user that PostgreSQL runs as.
    pub fn new() -> Self {
        let path = std::env::temp_dir().join(format!("roster-bench-{}-{}", std::process::id(), free_port()));
        fs::create_dir(&path).expect("make a folder");
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A PostgreSQL server with default durability, stopped when dropped.
pub struct Postgres {
    data: PathBuf,
    port: u16,
}

impl Postgres {
    /// Makes and starts a cluster in `folder`.
    pub fn start(folder: &Path) -> Self {
        let data = folder.join("postgres");
        fs::create_dir(&data).expect("make the data folder");
        let postgres = Self {
            data,
            port: free_port(),
        };
        let data = postgres.data.to_str().expect("path");
        run(as_postgres("chown").args(["postgres", data]).by_root());
        run(as_postgres("initdb").args([
            "-D",
            data,
            "-A",
            "trust",
            "-U",
            "postgres",
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
        ]));
        let options = format!(
            "-c listen_addresses=127.0.0.1 -p {} -c unix_socket_directories={data} -c shared_buffers=1GB -c max_wal_size=4GB",
            postgres.port
        );
        run(as_postgres("pg_ctl").args([
            "-D",
            data,
            "-w",
            "-l",
            &format!("{data}/log"),
            "-o",
            &options,
            "start",
        ]));
        postgres
    }

    /// The address of a database.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }

    /// Makes an empty database.
    pub fn create(&self, database: &str) {
        run(as_postgres("psql").args([
            "-q",
            &self.url("postgres"),
            "-c",
            &format!("create database {database}"),
        ]));
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let data = self.data.to_str().expect("path");
        let _ = as_postgres("pg_ctl")
            .args(["-D", data, "-m", "immediate", "stop"])
            .0
            .output();
    }
}

/// A command that may have to run as another user.
struct Tool(Command);

/// PostgreSQL refuses to run as root: a root benchmark hands its tools to the user `postgres`.
fn as_postgres(tool: &str) -> Tool {
    let path = find(tool);
    let root = fs::metadata("/proc/self").is_ok_and(|m| std::os::unix::fs::MetadataExt::uid(&m) == 0);
    let mut command = if root {
        Command::new("runuser")
    } else {
        Command::new(&path)
    };
    if root {
        command.args(["-u", "postgres", "--"]).arg(path);
    }
    Tool(command)
}

impl Tool {
    fn args<const N: usize>(mut self, args: [&str; N]) -> Self {
        self.0.args(args);
        self
    }

    /// Runs as whoever runs the benchmark.
    fn by_root(self) -> Self {
        let args: Vec<_> = self
            .0
            .get_args()
            .skip_while(|a| *a != "--")
            .skip(1)
            .map(ToOwned::to_owned)
            .collect();
        match args.split_first() {
            Some((program, rest)) => {
                let mut command = Command::new(program);
                command.args(rest);
                Self(command)
            }
            // Not root: the folder is ours already.
            None => Self(Command::new("true")),
        }
    }
}

fn run(mut tool: Tool) {
    let output = tool
        .0
        .stdin(Stdio::null())
        .output()
        .expect("start a tool of PostgreSQL");
    assert!(
        output.status.success(),
        "{:?}: {}",
        tool.0,
        String::from_utf8_lossy(&output.stderr)
    );
}

fn find(tool: &str) -> PathBuf {
    let mut versions: Vec<_> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .collect();
    versions.sort_by_key(fs::DirEntry::file_name);
    let packaged = versions
        .last()
        .map(|v| v.path().join("bin").join(tool))
        .filter(|p| p.exists());
    packaged.unwrap_or_else(|| PathBuf::from(tool))
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0")
        .and_then(|l| l.local_addr())
        .expect("a free port")
        .port()
}

/// A database that servers are started on.
pub struct Database {
    /// `sqlite` or `postgres`.
    pub name: String,
    /// Where it is.
    pub location: DatabaseLocation,
}

/// Where a database is.
pub enum DatabaseLocation {
    /// A file of SQLite.
    File(PathBuf),
    /// The URL of a PostgreSQL server's database.
    Server(String),
}

impl Database {
    /// An empty one of this name in the folder, or on the server if there is one.
    pub fn make(name: &str, folder: &Folder, postgres: Option<&Postgres>) -> Self {
        let (name, location) = match postgres {
            Some(postgres) => {
                postgres.create(name);
                ("postgres", DatabaseLocation::Server(postgres.url(name)))
            }
            None => (
                "sqlite",
                DatabaseLocation::File(folder.0.join(format!("{name}.db"))),
            ),
        };
        let name = name.to_owned();
        Self { name, location }
    }

    /// As the program takes it.
    pub fn url(&self) -> String {
        match &self.location {
            DatabaseLocation::File(file) => format!("sqlite:{}", file.display()),
            DatabaseLocation::Server(url) => url.clone(),
        }
    }
}

/// The program, serving; killed when dropped.
pub struct Server {
    child: Child,
    /// `host:port` of the SCIM listener.
    pub http: String,
    /// `http://host:port` of the gRPC listener.
    pub grpc: String,
    /// The SCIM token of organization `bench`.
    pub scim_token: String,
    /// From start to ready.
    pub startup: Duration,
}

impl Server {
    /// Starts the program; makes the organization and a token if there is none.
    pub fn start(database_url: &str) -> Self {
        let (http, grpc) = (
            format!("127.0.0.1:{}", free_port()),
            format!("127.0.0.1:{}", free_port()),
        );
        let begin = Instant::now();
        let child = Command::new(ROSTER)
            .args([
                "serve",
                "--database-url",
                database_url,
                "--grpc-listen",
                &grpc,
                "--scim-listen",
                &http,
            ])
            .env("ROSTER_ROOT_TOKEN", ROOT_TOKEN)
            .env(
                "ROSTER_SECRET_KEY",
                "benchmark-secret-key-0123456789abcdef0123456789abcdef",
            )
            .env("RUST_LOG", "warn")
            .stdout(Stdio::null())
            .spawn()
            .expect("start roster");
        let mut server = Self {
            child,
            http,
            grpc: format!("http://{grpc}"),
            scim_token: String::new(),
            startup: Duration::ZERO,
        };
        while !ready(&server.http) {
            assert!(
                begin.elapsed() < Duration::from_secs(60),
                "roster is not ready after a minute"
            );
            std::thread::sleep(Duration::from_millis(2));
        }
        server.startup = begin.elapsed();
        server.prepare();
        server
    }

    fn prepare(&mut self) {
        if self.cli(&["org", "get", "bench"]).is_none() {
            self.cli(&["org", "create", "--slug", "bench", "--name", "Bench"])
                .expect("create the organization");
        }
        self.cli(&["policy", "set", "--org", "bench", "tokens.max_active=100"])
            .expect("set the policy");
        let secret = self.cli(&[
            "scim-token",
            "create",
            "--org",
            "bench",
            "--name",
            "bench",
            "--output",
            "secret",
        ]);
        self.scim_token = secret.expect("create a token").trim().to_owned();
    }

    /// Runs a client command as root; `None`: it failed.
    pub fn cli(&self, args: &[&str]) -> Option<String> {
        let output = Command::new(ROSTER)
            .args(args)
            .env("ROSTER_ENDPOINT", &self.grpc)
            .env("ROSTER_TOKEN", ROOT_TOKEN)
            .output()
            .expect("run the CLI");
        output
            .status
            .success()
            .then(|| String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Processor time used so far, in microseconds.
    pub fn cpu_micros(&self) -> f64 {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id())).expect("its times");
        // After the name, which ends with the last parenthesis: the 12th and 13th field are user and system time in ticks of 10 ms.
        let fields: Vec<_> = stat
            .rsplit(')')
            .next()
            .unwrap_or_default()
            .split_whitespace()
            .collect();
        let ticks = |at: usize| fields[at].parse::<f64>().expect("a time");
        (ticks(11) + ticks(12)) * 10_000.0
    }

    /// Anonymous memory in use, in MiB.
    pub fn anonymous_mib(&self) -> f64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("its status");
        let kib = status
            .lines()
            .find_map(|l| l.strip_prefix("RssAnon:"))
            .and_then(|v| v.split_whitespace().next());
        kib.and_then(|v| v.parse::<f64>().ok()).expect("RssAnon") / 1024.0
    }
}

fn ready(address: &str) -> bool {
    use std::io::{Read, Write};
    let Ok(mut stream) = std::net::TcpStream::connect(address) else {
        return false;
    };
    let request = format!("GET /readyz HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    let mut answer = [0; 12];
    stream.write_all(request.as_bytes()).is_ok()
        && stream.read_exact(&mut answer).is_ok()
        && &answer[9..] == b"200"
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
