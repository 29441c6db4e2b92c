//! Facade and core apart: one of them away, and back again.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
};

use crate::harness::{
    Answer, Database, Endpoints, Http, Request, Server, World, assert_refused, scim::user_body,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn without_its_core_the_facade_says_try_again_and_then_goes_on_with_sqlite() {
    lose_the_core_and_find_it_again(Database::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn without_its_core_the_facade_says_try_again_and_then_goes_on_with_postgres() {
    lose_the_core_and_find_it_again(Database::Postgres).await;
}

async fn lose_the_core_and_find_it_again(database: Database) {
    let database_url = Server::new_database(database);
    let mut core = Server::start_core(&database_url);
    let proxy = Proxy::to(core.address("grpc")).await;
    let facade = Server::start_facade(&proxy.url);
    let endpoints = Endpoints {
        grpc: proxy.url.clone(),
        scim: format!("http://{}", facade.address("scim")),
    };
    let world = World::new(endpoints, "").await;
    world.scim().create_user("before").await;

    core.kill();
    let refused = world.scim().post("/Users", &user_body("during")).await;
    assert_refused(&refused, 503, None);
    assert!(
        refused.header("retry-after").parse::<u32>().is_ok(),
        "{:?}",
        refused.headers
    );
    assert_eq!(probe(&world, "/readyz").await.status, 503);
    assert_eq!(probe(&world, "/livez").await.status, 200);

    core = Server::start_core(&database_url);
    proxy.forward_to(core.address("grpc"));
    assert_ready_in_time(&world).await;
    world.scim().create_user("after").await;
    assert_eq!(world.grpc().organization().await.user_count, 2);
}

async fn probe(world: &World, path: &str) -> Answer {
    Http::new(world.endpoints().scim.clone())
        .send(Request::new("GET", path))
        .await
}

async fn assert_ready_in_time(world: &World) {
    let asking = async {
        let mut ticks = tokio::time::interval(Duration::from_millis(100));
        while probe(world, "/readyz").await.status != 200 {
            ticks.tick().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), asking)
        .await
        .expect("the facade finds its core again");
}

/// An address that stays while the core behind it moves to another port.
struct Proxy {
    url: String,
    target: Arc<Mutex<SocketAddr>>,
}

impl Proxy {
    async fn to(core: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let target = Arc::new(Mutex::new(core));
        tokio::spawn(serve(listener, Arc::clone(&target)));
        Self { url, target }
    }

    fn forward_to(&self, core: SocketAddr) {
        *self.target.lock().expect("lock") = core;
    }
}

async fn serve(listener: TcpListener, target: Arc<Mutex<SocketAddr>>) {
    while let Ok((mut from, _)) = listener.accept().await {
        let core = *target.lock().expect("lock");
        tokio::spawn(async move {
            // A core that is away ends the connection, as it would end one to itself.
            if let Ok(mut to) = TcpStream::connect(core).await {
                let _ = copy_bidirectional(&mut from, &mut to).await;
            }
        });
    }
}
