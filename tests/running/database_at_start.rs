//! A database that is not there yet, is not migrated, is of another version, grants few rights, or is behind a pooler.

use std::{
    fs,
    net::{SocketAddr, TcpListener as StdListener},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    time::sleep,
};

use crate::harness::{
    ANY, Arrange, Database, Endpoints, Http, OwnWorld, ROOT_TOKEN, Request, Roster, Server, Setup, World,
    database_sql, everywhere, postgres_command, run,
    run_folder::{fresh_name, path},
};

everywhere!(versions_serve_side_by_side,);

/// Time within which a start goes on when its database is there; it looks every 2 seconds.
const NOTICED_WITHIN: Duration = Duration::from_secs(30);

/// A port that nobody listens on.
fn free_address() -> SocketAddr {
    let free = StdListener::bind("127.0.0.1:0").expect("a port");
    free.local_addr().expect("an address")
}

/// The URL with another address of its server.
fn moved(url: &str, address: SocketAddr) -> String {
    let (user, rest) = url.split_once('@').expect("a user");
    let (_, database) = rest.split_once('/').expect("a database");
    format!("{user}@{address}/{database}")
}

/// The address of a URL's server.
fn server_of(url: &str) -> SocketAddr {
    let (_, rest) = url.split_once('@').expect("a user");
    let (address, _) = rest.split_once('/').expect("a database");
    address.parse().expect("an address")
}

fn serve_arguments<'a>(url: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let mut arguments = vec!["serve", "--database-url", url, "--grpc-listen", ANY];
    arguments.extend(more);
    arguments
}

const SECRETS: [(&str, &str); 1] = [("ROSTER_ROOT_TOKEN", ROOT_TOKEN)];

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_start_waits_for_postgresql_and_the_probes_say_so() {
    let url = Server::new_database(Database::Postgres);
    let (at, scim) = (free_address(), free_address());
    let later = moved(&url, at);
    let scim_listen = scim.to_string();
    let server = Roster::start(
        &serve_arguments(&later, &["--scim-listen", &scim_listen]),
        &SECRETS,
    );
    let http = Http::new(format!("http://{scim}"));
    let begun = Instant::now();
    let ask = async |path: &str| {
        http.try_send(Request::new("GET", path))
            .await
            .map(|it| it.status.as_u16())
    };
    while ask("/livez").await != Ok(200) {
        assert!(begun.elapsed() < NOTICED_WITHIN, "{}", server.output());
        sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(ask("/readyz").await, Ok(503));
    assert_eq!(ask("/scim/v2/Users").await, Ok(503));
    let listener = TcpListener::bind(at).await.expect("the port");
    let postgres = server_of(&url);
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            let mut server = TcpStream::connect(postgres).await.expect("PostgreSQL");
            tokio::spawn(async move { copy_bidirectional(&mut client, &mut server).await });
        }
    });
    while ask("/readyz").await != Ok(200) {
        assert!(begun.elapsed() < NOTICED_WITHIN, "{}", server.output());
        sleep(Duration::from_millis(50)).await;
    }
    assert!(
        server.output().contains("waits for the database"),
        "{}",
        server.output()
    );
}

#[test]
fn the_wait_for_a_database_ends_by_its_time_and_by_a_signal() {
    let url = moved("postgres://postgres@127.0.0.1/none", free_address());
    let begun = Instant::now();
    let ended = run(
        &serve_arguments(&url, &["--scim-listen", ANY, "--database-wait", "1s"]),
        &SECRETS,
    );
    let said = String::from_utf8_lossy(&ended.stderr);
    assert_eq!(ended.status.code(), Some(1), "{said}");
    assert!(said.contains("cannot be reached"), "{said}");
    assert!(begun.elapsed() >= Duration::from_secs(1));

    let mut server = Roster::start(&serve_arguments(&url, &["--scim-listen", ANY]), &SECRETS);
    while !server.output().contains("waits for the database") {
        assert!(begun.elapsed() < NOTICED_WITHIN, "{}", server.output());
        std::thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(server.terminate().code(), Some(1), "{}", server.output());
}

#[test]
fn a_server_that_refuses_is_not_waited_for() {
    let url = Server::new_database(Database::Postgres);
    let ended = run(
        &serve_arguments(&format!("{url}_none"), &["--scim-listen", ANY]),
        &SECRETS,
    );
    let said = String::from_utf8_lossy(&ended.stderr);
    assert_eq!(ended.status.code(), Some(1), "{said}");
    assert!(
        said.contains("does not exist") && !said.contains("waits for"),
        "{said}"
    );
}

/// Serves with a role that can read and write rows and nothing else.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn an_instance_serves_without_the_right_to_create() {
    let url = Server::new_database(Database::Postgres);
    let role = fresh_name("server");
    database_sql(
        &url,
        &format!(
            "CREATE ROLE {role} LOGIN; REVOKE CREATE ON SCHEMA public FROM public; \
             ALTER DEFAULT PRIVILEGES GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {role}"
        ),
    );
    let as_role = url.replace("//postgres@", &format!("//{role}@"));
    let check = ["--migrate", "check", "--scim-listen", ANY];
    let refused = run(&serve_arguments(&as_role, &check), &SECRETS);
    let said = String::from_utf8_lossy(&refused.stderr);
    assert_eq!(refused.status.code(), Some(1), "{said}");
    assert!(said.contains("run: roster migrate"), "{said}");

    let migrated = run(&["migrate", "--database-url", &url], &[]);
    assert!(migrated.status.success(), "{migrated:?}");
    let server = Roster::start(&serve_arguments(&as_role, &check), &SECRETS);
    let endpoints = Endpoints {
        grpc: format!("http://{}", server.address("grpc")),
        scim: format!("http://{}", server.address("scim")),
    };
    let world = World::new(endpoints, "").await;
    world.scim().create_user("ada").await;
    world.grpc().create_user("eve").await;
    // Under a running instance nothing is undone.
    let down = run(&["migrate", "--database-url", &url, "--down", "1"], &[]);
    let said = String::from_utf8_lossy(&down.stderr);
    assert_eq!(down.status.code(), Some(1), "{said}");
    assert!(said.contains("stop all instances"), "{said}");
}

/// The next version's migration adds a column and a table while this version serves, starts again, and serves on.
async fn versions_serve_side_by_side(setup: Setup) {
    let mut world = OwnWorld::arrange(setup).await;
    let scim = world.scim();
    let expand = [
        "ALTER TABLE users ADD COLUMN of_the_next_version text",
        "CREATE TABLE of_the_next_version (id text NOT NULL PRIMARY KEY)",
        "INSERT INTO __diesel_schema_migrations (version) VALUES ('99999999999999')",
    ];
    let url = world.server().database_url().to_owned();
    for (number, statement) in expand.into_iter().enumerate() {
        scim.create_user(&format!("before{number}")).await;
        database_sql(&url, statement);
        scim.create_user(&format!("after{number}")).await;
    }
    world.restart();
    world.scim().create_user("again").await;
    assert_eq!(
        world.scim().get("/Users?count=0").await.expect(200)["totalResults"],
        7
    );
}

/// A pooler before PostgreSQL.
struct PgBouncer {
    process: Child,
    url: String,
}

impl PgBouncer {
    fn start(pool_mode: &str) -> Self {
        let url = Server::new_database(Database::Postgres);
        let (at, postgres) = (free_address(), server_of(&url));
        let file = path().join(fresh_name("pgbouncer"));
        let settings = format!(
            "[databases]\n* = host=127.0.0.1 port={} user=postgres\n[pgbouncer]\nlisten_addr = 127.0.0.1\n\
             listen_port = {}\nauth_type = any\nunix_socket_dir =\npool_mode = {pool_mode}\n",
            postgres.port(),
            at.port()
        );
        fs::write(&file, settings).expect("write its settings");
        let process = postgres_command("pgbouncer")
            .arg(&file)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("start PgBouncer");
        Self {
            process,
            url: moved(&url, at),
        }
    }
}

impl Drop for PgBouncer {
    fn drop(&mut self) {
        // `runuser` hands the signal on.
        let _ = Command::new("kill").arg(self.process.id().to_string()).status();
        let _ = self.process.wait();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_pooler_in_session_mode_is_fine() {
    let pooler = PgBouncer::start("session");
    let core = Server::start_core(&pooler.url);
    let facade = Server::start_facade(&format!("http://{}", core.address("grpc")));
    let endpoints = Endpoints {
        grpc: format!("http://{}", core.address("grpc")),
        scim: format!("http://{}", facade.address("scim")),
    };
    let world = World::new(endpoints, "").await;
    for number in 0..20 {
        world.scim().create_user(&format!("user{number}")).await;
    }
}

#[test]
fn a_pooler_in_transaction_mode_is_refused_in_words() {
    let pooler = PgBouncer::start("transaction");
    let ended = run(&serve_arguments(&pooler.url, &["--scim-listen", ANY]), &SECRETS);
    let said = String::from_utf8_lossy(&ended.stderr);
    assert_eq!(ended.status.code(), Some(1), "{said}");
    assert!(said.contains("a pooler in transaction"), "{said}");
}
