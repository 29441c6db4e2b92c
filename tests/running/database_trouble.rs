//! A PostgreSQL that goes in silence, or takes no writes: calls are back soon, and health says so meanwhile.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream, tcp},
    sync::watch::{Receiver, Sender},
    time::{sleep, timeout},
};
use tonic::Code;

use crate::{
    grpc::watch,
    harness::{
        Database, Endpoints, Http, Request, Roster, Server, World, drop_connections, grpc::named,
        postgres_setting, run_folder::fresh_name,
    },
};

/// Time within which calls are back after a silent loss: the promise is 15 s, and a busy machine has more.
const BACK_WITHIN: Duration = Duration::from_secs(40);
/// Time within which health says that they are not: the promise is 5 s.
const SAID_WITHIN: Duration = Duration::from_secs(15);

/// Part of the line that the server logs.
const MADE_ANEW: &str = "its connections are made anew";

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn connections_that_went_silent_are_made_anew() {
    let proxy = SilentProxy::before_postgres().await;
    let instance = Instance::start(&proxy.url).await;
    let ada = instance.world.grpc().create_user("ada").await;
    let mut stream = instance
        .world
        .grpc()
        .watch(watch::from(0))
        .await
        .expect("a stream");
    watch::next_changes(&mut stream).await;
    let other = Server::start_core(&proxy.direct_url);
    let elsewhere = instance.world.through(Endpoints {
        grpc: format!("http://{}", other.address("grpc")),
        scim: String::new(),
    });
    proxy.swallow();
    let lost = Instant::now();
    // It may be over before a busy machine looks.
    let said = within(SAID_WITHIN, async || {
        !instance.is_ready().await || instance.core.output().contains(MADE_ANEW)
    })
    .await;
    let grpc = instance.world.grpc();
    let (reading, writing) = tokio::join!(
        within(BACK_WITHIN, async || {
            timeout(Duration::from_secs(3), grpc.try_user(&ada.id))
                .await
                .is_ok_and(|user| user.is_ok())
        }),
        within(BACK_WITHIN, async || instance.writes().await.is_ok()),
    );
    println!(
        "health said so after {said:?}; then reads were back after {reading:?}, writes after {writing:?}"
    );
    assert!(lost.elapsed() <= BACK_WITHIN, "{:?}", lost.elapsed());
    within(BACK_WITHIN, async || instance.is_ready().await).await;
    // Commits of another instance are told here as well.
    let eve = elsewhere.grpc().create_user("eve").await;
    loop {
        let told = watch::next_changes(&mut stream).await;
        if told.changes.iter().any(|change| change.entity_id == eve.id) {
            break;
        }
    }
    assert!(lost.elapsed() <= BACK_WITHIN, "{:?}", lost.elapsed());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_transaction_whose_commit_is_lost_holds_up_nobody() {
    let proxy = SilentProxy::before_postgres().await;
    let instance = Instance::start(&proxy.url).await;
    instance.writes().await.expect("a user");
    let other = Server::start_core(&proxy.direct_url);
    let elsewhere = instance.world.through(Endpoints {
        grpc: format!("http://{}", other.address("grpc")),
        scim: String::new(),
    });
    proxy.swallow_from("COMMIT");
    let lost = Instant::now();
    let hanging = instance.writes().await.expect_err("no answer");
    assert_eq!(hanging, Code::DeadlineExceeded, "the commit was swallowed");
    // It waits for the lock that the lost transaction holds, which says nothing against the database.
    let waiting = elsewhere.grpc();
    let waiting = timeout(BACK_WITHIN, waiting.try_create(named("waiting")));
    let (waiting, here) = tokio::join!(
        waiting,
        within(BACK_WITHIN, async || instance.writes().await.is_ok())
    );
    waiting.expect("in time").expect("a user");
    println!(
        "writes of both instances were back after {:?}, here after {here:?}",
        lost.elapsed()
    );
    assert!(lost.elapsed() <= BACK_WITHIN, "{:?}", lost.elapsed());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_host_that_is_frozen_is_passed() {
    // The system takes the connection, and nobody reads what it brings.
    let frozen = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let at = frozen.local_addr().expect("an address");
    let url = Server::new_database(Database::Postgres);
    let (user, rest) = url.split_once('@').expect("a user");
    let instance = Instance::start(&format!("{user}@{at},{rest}?target_session_attrs=read-write")).await;
    within(BACK_WITHIN, async || instance.writes().await.is_ok()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn sessions_that_became_read_only_are_made_anew() {
    let url = Server::new_database(Database::Postgres);
    let instance = Instance::start(&url).await;
    instance.writes().await.expect("a user");
    postgres_setting(&url, "set default_transaction_read_only = on");
    drop_connections(&url);
    within(SAID_WITHIN, async || !instance.is_ready().await).await;
    for _ in 0..20 {
        let code = instance.writes().await.expect_err("no write");
        assert_eq!(code, Code::Unavailable, "it can succeed later");
    }
    postgres_setting(&url, "reset default_transaction_read_only");
    within(SAID_WITHIN, async || instance.writes().await.is_ok()).await;
    // Every session is one that takes writes.
    for _ in 0..100 {
        instance.writes().await.expect("a user");
    }
    within(SAID_WITHIN, async || instance.is_ready().await).await;
}

/// Asks until it holds; answers how long that took, which is within this time.
async fn within(limit: Duration, holds: impl AsyncFn() -> bool) -> Duration {
    let begun = Instant::now();
    while !holds().await {
        assert!(begun.elapsed() < limit, "not within {limit:?}");
        sleep(Duration::from_millis(100)).await;
    }
    begun.elapsed()
}

/// A core and a facade of their own.
struct Instance {
    world: World,
    core: Roster,
    _facade: Roster,
}

impl Instance {
    async fn start(database_url: &str) -> Self {
        let core = Server::start_core(database_url);
        let grpc = format!("http://{}", core.address("grpc"));
        let facade = Server::start_facade(&grpc);
        let scim = format!("http://{}", facade.address("scim"));
        Self {
            world: World::new(Endpoints { grpc, scim }, "").await,
            core,
            _facade: facade,
        }
    }

    async fn is_ready(&self) -> bool {
        let http = Http::new(self.world.endpoints().scim.clone());
        http.send(Request::new("GET", "/readyz")).await.status == 200
    }

    /// Creates a user; one that takes long is given up, as clients do.
    async fn writes(&self) -> Result<(), Code> {
        let grpc = self.world.grpc();
        let name = fresh_name("user");
        let writing = grpc.try_create(named(&name));
        match timeout(Duration::from_secs(3), writing).await {
            Ok(made) => made.map(|_| ()).map_err(|status| status.code()),
            Err(_) => Err(Code::DeadlineExceeded),
        }
    }
}

/// Stands between the program and PostgreSQL, and swallows what open connections send from some moment on, or the next one to send a
/// text: the network says that all is well, and no answer comes. Others are served.
struct SilentProxy {
    url: String,
    /// Where the database is without it.
    direct_url: String,
    swallowing: Sender<()>,
    /// The text with which the next connection begins to be swallowed.
    trigger: Arc<Mutex<Option<&'static str>>>,
}

impl SilentProxy {
    async fn before_postgres() -> Self {
        let url = Server::new_database(Database::Postgres);
        let (before, rest) = url.split_once('@').expect("a user");
        let (address, database) = rest.split_once('/').expect("a database");
        let server: SocketAddr = address.parse().expect("an address");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let at = listener.local_addr().expect("an address");
        let swallowing = Sender::new(());
        let moment = swallowing.clone();
        let trigger = Arc::new(Mutex::new(None));
        let armed = Arc::clone(&trigger);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = TcpStream::connect(server).await.expect("PostgreSQL");
                let (client, server) = (client.into_split(), server.into_split());
                let valve = Arc::new(Valve {
                    moment: moment.subscribe(),
                    trigger: Arc::clone(&armed),
                    is_shut: AtomicBool::new(false),
                });
                tokio::spawn(pass(client.0, server.1, Arc::clone(&valve)));
                tokio::spawn(pass(server.0, client.1, valve));
            }
        });
        Self {
            url: format!("{before}@{at}/{database}"),
            direct_url: url,
            swallowing,
            trigger,
        }
    }

    fn swallow_from(&self, text: &'static str) {
        *self.trigger.lock().expect("no panic") = Some(text);
    }

    fn swallow(&self) {
        self.swallowing.send_replace(());
    }
}

/// Decides what of one connection passes.
struct Valve {
    moment: Receiver<()>,
    trigger: Arc<Mutex<Option<&'static str>>>,
    is_shut: AtomicBool,
}

impl Valve {
    fn passes(&self, bytes: &[u8]) -> bool {
        let mut trigger = self.trigger.lock().expect("no panic");
        let is_in = |text: &str| bytes.windows(text.len()).any(|it| it == text.as_bytes());
        if trigger.is_some_and(is_in) {
            trigger.take();
            self.is_shut.store(true, Ordering::Release);
        }
        !self.is_shut.load(Ordering::Acquire) && !self.moment.has_changed().unwrap_or(true)
    }
}

async fn pass(mut from: tcp::OwnedReadHalf, mut to: tcp::OwnedWriteHalf, valve: Arc<Valve>) {
    let mut bytes = vec![0; 64 * 1024];
    while let Ok(count @ 1..) = from.read(&mut bytes).await {
        if valve.passes(&bytes[..count]) && to.write_all(&bytes[..count]).await.is_err() {
            break;
        }
    }
}
