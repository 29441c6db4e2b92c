//! One throw-away PostgreSQL cluster for the run, and a database in it for each server.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::OnceLock,
};

use super::{reaper, run_folder};

/// Set to `on`, commits reach the disk. By default they do not: what a killed program loses is the same, and only a
/// killed machine would show the difference.
const FSYNC: &str = "ROSTER_TEST_POSTGRES_FSYNC";

static SOCKET: OnceLock<PathBuf> = OnceLock::new();

/// Makes an empty database and returns its address.
pub(super) fn create_database() -> String {
    let name = run_folder::fresh_name("roster_");
    let port = execute(&format!("create database {name}"));
    format!("postgres://postgres@127.0.0.1:{port}/{name}")
}

/// Ends every connection to a database, as a failing network or server would.
pub(crate) fn drop_connections(database_url: &str) {
    let name = database_url.rsplit('/').next().expect("a name");
    execute(&format!(
        "select pg_terminate_backend(pid) from pg_stat_activity where datname = '{name}'"
    ));
}

/// Changes a database's defaults, which hold for sessions that begin after it.
pub(crate) fn postgres_setting(database_url: &str, setting: &str) {
    let name = database_url.rsplit('/').next().expect("a name");
    execute(&format!("alter database {name} {setting}"));
}

/// Executes a statement in a database, beside the program.
pub(crate) fn database_sql(database_url: &str, statement: &str) {
    match database_url.strip_prefix("sqlite:") {
        Some(file) => {
            let connection = rusqlite::Connection::open(file).expect("open the database");
            connection.execute_batch(statement).expect("execute a statement");
        }
        None => {
            execute_in(database_url.rsplit('/').next().expect("a name"), statement);
        }
    }
}

/// Executes a statement in the cluster and returns the port that it listens on.
fn execute(statement: &str) -> u16 {
    execute_in("postgres", statement)
}

fn execute_in(database: &str, statement: &str) -> u16 {
    let port = *PORT.get_or_init(start);
    let folder = SOCKET.get().expect("the cluster runs").to_str().expect("utf-8");
    let port_text = port.to_string();
    let arguments = [
        "-h", folder, "-p", &port_text, "-U", "postgres", "-d", database, "-c", statement,
    ];
    succeed(Command::new(tool("psql")).arg("-q").args(arguments));
    port
}

static PORT: OnceLock<u16> = OnceLock::new();

fn start() -> u16 {
    let data = run_folder::path().join("postgres");
    let text = data.to_str().expect("utf-8");
    fs::create_dir(&data).expect("make the cluster's folder");
    if is_root() {
        succeed(Command::new("chown").args(["postgres", text]));
    }
    let initdb = [
        "-D",
        text,
        "-A",
        "trust",
        "-U",
        "postgres",
        "-E",
        "UTF8",
        "--locale=C.UTF-8",
        "-N",
    ];
    succeed(as_postgres("initdb").args(initdb));
    SOCKET.set(data.clone()).expect("one cluster a run");
    // A port is free until somebody else takes it, so a start that finds it taken is tried with another one.
    (0..10)
        .find_map(|_| listen(&data))
        .expect("PostgreSQL does not start; see its log in the folder of the run")
}

fn listen(data: &Path) -> Option<u16> {
    let free = std::net::TcpListener::bind("127.0.0.1:0").expect("bind a port");
    let port = free.local_addr().expect("an address").port();
    drop(free);
    let text = data.to_str().expect("utf-8");
    let fsync = env::var(FSYNC).unwrap_or_else(|_| "off".into());
    let options = format!(
        "-c listen_addresses=127.0.0.1 -p {port} -c unix_socket_directories={text} -c max_connections=200 \
         -c fsync={fsync} -c full_page_writes={fsync}"
    );
    let log = format!("{text}/log");
    let started = as_postgres("pg_ctl")
        .args(["-D", text, "-w", "-l", &log, "-o", &options, "start"])
        .output()
        .expect("run pg_ctl");
    let pid_file = fs::read_to_string(data.join("postmaster.pid")).ok()?;
    let pid = pid_file.lines().next()?.parse().ok()?;
    started.status.success().then(|| {
        reaper::end_at_end("QUIT", pid);
        port
    })
}

fn is_root() -> bool {
    let user = succeed(Command::new("id").arg("-u"));
    user.stdout.trim_ascii() == b"0"
}

/// A command of PostgreSQL's tools, run as its user.
pub(crate) fn as_postgres(name: &str) -> Command {
    let tool = tool(name);
    if !is_root() {
        return Command::new(tool);
    }
    let mut command = Command::new("runuser");
    command.args(["-u", "postgres", "--"]).arg(tool).current_dir("/");
    command
}

/// Debian keeps the server's tools outside of the search path, in a folder a version.
fn tool(name: &str) -> PathBuf {
    let mut found: Vec<_> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|version| version.path().join("bin").join(name))
        .filter(|path| path.exists())
        .collect();
    found.sort();
    let on_path = || {
        let folders = env::var_os("PATH").unwrap_or_default();
        env::split_paths(&folders)
            .chain(["/usr/sbin".into()])
            .map(|folder| folder.join(name))
            .find(|path| path.exists())
    };
    found.pop().or_else(on_path).unwrap_or_else(|| {
        panic!("{name} is not installed: apt-get install postgresql pgbouncer (tests/run does it as root)")
    })
}

fn succeed(command: &mut Command) -> Output {
    let output = command
        .output()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?} failed: {said}");
    output
}
