//! A PostgreSQL server that lives as long as the tests.
//!
//! A shell starts it, says where it is, and waits for its own input to end, which it does when the tests end, however they end.
//! Then it stops the server and removes its files.

use std::{
    io::{BufRead, BufReader},
    process::{Child, ChildStdin, Command, Stdio},
    sync::{
        OnceLock,
        atomic::{AtomicU32, Ordering},
    },
};

use identity_core::store::{Options, Store};
use tokio::sync::OnceCell;
use tokio_postgres::NoTls;

/// Texts sort by English rules where a column does not say otherwise, so that a missing `COLLATE "C"` shows.
const SCRIPT: &str = r#"
set -e
cd /
for folder in /usr/lib/postgresql/*/bin; do PATH="$PATH:$folder"; done
for program in initdb pg_ctl; do
    command -v "$program" >/dev/null || { echo "missing $program"; exit; }
done
folder=$(mktemp -d /tmp/roster-postgres-XXXXXX)
initdb -D "$folder/data" -U roster -A trust --no-sync -E UTF8 --locale=C.UTF-8 \
    --locale-provider=icu --icu-locale=en-US >"$folder/log" 2>&1 || { cat "$folder/log" >&2; exit 1; }
pg_ctl -D "$folder/data" -w -l "$folder/log" -o "-k $folder -c listen_addresses= -c fsync=off \
    -c full_page_writes=off -c synchronous_commit=off -c max_connections=300" start >/dev/null \
    || { cat "$folder/log" >&2; exit 1; }
echo "ready $folder"
cat >/dev/null
pg_ctl -D "$folder/data" -m immediate stop >/dev/null
rm -rf "$folder"
"#;

/// The running server.
pub(crate) struct Cluster {
    folder: String,
    databases: AtomicU32,
    /// Ends the shell when it is closed.
    _input: ChildStdin,
    _shell: Child,
}

/// The server of this test program, with a migrated database to copy; `None` where PostgreSQL is not installed.
pub(crate) async fn cluster() -> Option<&'static Cluster> {
    static CLUSTER: OnceLock<Option<Cluster>> = OnceLock::new();
    static TEMPLATE: OnceCell<()> = OnceCell::const_new();
    let cluster = tokio::task::spawn_blocking(|| CLUSTER.get_or_init(start))
        .await
        .unwrap()
        .as_ref()?;
    TEMPLATE.get_or_init(|| cluster.make_template()).await;
    Some(cluster)
}

fn start() -> Option<Cluster> {
    let mut shell = command()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut answer = String::new();
    BufReader::new(shell.stdout.take().unwrap())
        .read_line(&mut answer)
        .unwrap();
    match answer.trim().split_once(' ') {
        Some(("ready", folder)) => Some(Cluster {
            folder: folder.into(),
            databases: AtomicU32::new(0),
            _input: shell.stdin.take().unwrap(),
            _shell: shell,
        }),
        Some(("missing", program)) => {
            let missing = format!("{program} is not installed (Debian: apt-get install postgresql)");
            assert!(std::env::var_os("CI").is_none(), "PostgreSQL: {missing}");
            eprintln!("The tests on PostgreSQL do not run: {missing}.");
            None
        }
        _ => panic!("PostgreSQL does not start: {answer}"),
    }
}

/// PostgreSQL refuses to run as root.
fn command() -> Command {
    let user = Command::new("id").arg("-u").output().unwrap();
    let mut command = if user.stdout == b"0\n" {
        let mut as_postgres = Command::new("runuser");
        as_postgres.args(["-u", "postgres", "--", "sh"]);
        as_postgres
    } else {
        Command::new("sh")
    };
    command.args(["-c", SCRIPT]);
    command
}

impl Cluster {
    /// A new, migrated database; answers its URL.
    pub(crate) async fn database(&self) -> String {
        let name = format!("test_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        self.run("postgres", &format!("CREATE DATABASE {name} TEMPLATE migrated"))
            .await;
        self.url(&name)
    }

    async fn make_template(&self) {
        self.run("postgres", "CREATE DATABASE migrated").await;
        let store = Store::open(&self.url("migrated"), Options::default())
            .await
            .unwrap();
        store.migrate().await.unwrap();
        store.close().await;
        // A database that somebody is connected to cannot be copied.
        self.run(
            "postgres",
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = 'migrated'",
        )
        .await;
    }

    fn url(&self, database: &str) -> String {
        let folder = self.folder.replace('/', "%2F");
        format!("postgres://roster@{folder}/{database}")
    }

    /// Runs SQL without the store.
    async fn run(&self, database: &str, sql: &str) {
        let url = self.url(database);
        let (client, connection) = tokio_postgres::connect(&url, NoTls).await.unwrap();
        let connection = tokio::spawn(connection);
        client.batch_execute(sql).await.unwrap();
        drop(client);
        connection.await.unwrap().unwrap();
    }
}
