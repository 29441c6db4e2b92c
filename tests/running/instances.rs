//! Several instances on one PostgreSQL, and databases that are moved by hand.

use std::{
    process::Output,
    time::{Duration, Instant},
};

use tonic::Code;

use super::pair::{Pair, assert_within, until};
use crate::{
    both::organizations::{delete, undelete},
    grpc::watch,
    harness::{
        Arrange, Database, Endpoints, OwnWorld, Processes, ROOT_TOKEN, Server, Setup, World, assert_status,
        drop_connections, everywhere,
        grpc::named,
        run,
        scim::{Scim, text, user_body},
    },
};

everywhere!(a_database_goes_back_and_forth_between_versions,);

async fn a_database_goes_back_and_forth_between_versions(setup: Setup) {
    let url = Server::new_database(setup.database);
    succeed(&run(&["migrate", "--database-url", &url], &[]));
    succeed(&run(&["migrate", "--database-url", &url], &[]));
    succeed(&run(&["migrate", "--database-url", &url, "--down", "1"], &[]));
    let core = Server::start_core(&url);
    let facade = Server::start_facade(&format!("http://{}", core.address("grpc")));
    let endpoints = Endpoints {
        grpc: format!("http://{}", core.address("grpc")),
        scim: format!("http://{}", facade.address("scim")),
    };
    World::new(endpoints, "").await.scim().create_user("ada").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn two_instances_start_on_one_empty_postgres_and_see_each_others_writes() {
    let url = Server::new_database(Database::Postgres);
    let starting = [(); 2].map(|()| {
        let url = url.clone();
        tokio::task::spawn_blocking(move || {
            let core = Server::start_core(&url);
            core.address("grpc");
            core
        })
    });
    let mut cores = Vec::new();
    for core in starting {
        cores.push(core.await.expect("both start"));
    }
    let facades: Vec<_> = cores
        .iter()
        .map(|core| Server::start_facade(&format!("http://{}", core.address("grpc"))))
        .collect();
    let endpoints = |n: usize| Endpoints {
        grpc: format!("http://{}", cores[n].address("grpc")),
        scim: format!("http://{}", facades[n].address("scim")),
    };
    let here = World::new(endpoints(0), "").await;
    let there = here.through(endpoints(1));

    for n in 0..20 {
        let (writer, reader) = if n % 2 == 0 {
            (&here, &there)
        } else {
            (&there, &here)
        };
        let user = writer.scim().create_user(&format!("p{n}")).await;
        assert_eq!(
            reader.grpc().user(&text(&user["id"])).await.user_name,
            format!("p{n}")
        );
    }
    assert_eq!(there.grpc().organization().await.user_count, 20);
}

/// Checks that watchers at one instance hear of commits at another, also when the connection between them
/// breaks.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_change_at_one_instance_reaches_a_watch_at_another_within_a_second() {
    let url = Server::new_database(Database::Postgres);
    let cores = [Server::start_core(&url), Server::start_core(&url)];
    let endpoints = |n: usize| Endpoints {
        grpc: format!("http://{}", cores[n].address("grpc")),
        scim: String::new(),
    };
    let here = World::new(endpoints(0), "").await;
    let there = here.through(endpoints(1));
    let mut stream = there.grpc().watch(watch::from(0)).await.expect("a stream");
    watch::next_changes(&mut stream).await;
    for n in 0..20 {
        if n % 10 == 5 {
            drop_connections(&url);
            // Whoever asks next may be told to try again.
            drop(here.grpc().try_user("nobody").await);
        }
        let begun = Instant::now();
        let Ok(user) = here.grpc().try_create(named(&format!("p{n}"))).await else {
            continue;
        };
        let told = watch::next_changes(&mut stream).await;
        let took = begun.elapsed();
        assert_eq!(told.changes.last().unwrap().entity_id, user.id);
        assert!(n % 10 == 5 || took < Duration::from_secs(1), "{took:?}");
    }
}

/// Deleted at one instance, an organization is gone at the other, and back when it is brought back.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_deleted_organization_is_gone_at_every_instance_within_a_second() {
    let Pair { here, there, .. } = &Pair::start().await;
    let id = &here.organization().id;
    let user = here.grpc().create_user("ada").await.id;
    let (mut gone, mut back) = (Vec::new(), Vec::new());
    for _ in 0..10 {
        there.scim().get("/Users").await.expect(200);
        there.grpc().user(&user).await;
        let begun = Instant::now();
        delete(&here.grpc()).await.expect("it is deleted");
        until(begun, async || there.scim().get("/Users").await.status == 401).await;
        let unknown = async || there.grpc().try_user(&user).await.is_err();
        gone.push(until(begun, unknown).await);
        let refused = there.grpc().try_user(&user).await;
        assert_status(refused, Code::NotFound, "RESOURCE_NOT_FOUND");
        let begun = Instant::now();
        undelete(&here.grpc(), id).await.expect("it is back");
        until(begun, async || there.scim().get("/Users").await.status == 200).await;
        let known = async || there.grpc().try_user(&user).await.is_ok();
        back.push(until(begun, known).await);
    }
    assert_within(Duration::from_secs(1), "gone at the other instance", &mut gone);
    assert_within(Duration::from_secs(1), "back at the other instance", &mut back);
}

/// A database server that loses its connections costs some requests a 503, and nothing that was acknowledged.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn lost_connections_to_postgres_lose_nothing_acknowledged() {
    let setup = Setup {
        database: Database::Postgres,
        processes: Processes::One,
    };
    let mut world = OwnWorld::arrange(setup).await;
    let database_url = world.server().database_url().to_owned();
    let scim = world.scim();
    // Lookups, which share connections, are under way whenever some are lost.
    let somebody = world.grpc().create_user("somebody").await.id;
    let readers: Vec<_> = (0..8)
        .map(|_| tokio::spawn(read_for_ever(world.scim(), format!("/Users/{somebody}"))))
        .collect();
    let mut created = 0;
    for n in 0..60 {
        if n % 10 == 5 {
            drop_connections(&database_url);
        }
        let body = user_body(&format!("p{n}"));
        let answer = scim.post("/Users", &body).await;
        assert!([201, 503].contains(&answer.status.as_u16()), "{answer}");
        created += i64::from(answer.status == 201);
    }
    assert!(created >= 40, "only {created} of 60");
    for reader in readers {
        assert!(!reader.is_finished(), "{:?}", reader.await);
        reader.abort();
    }
    assert_eq!(scim.get(&format!("/Users/{somebody}")).await.status, 200);
    assert!(world.grpc().organization().await.user_count >= created);
    let variables = [
        ("ROSTER_ENDPOINT", &*world.endpoints().grpc),
        ("ROSTER_TOKEN", ROOT_TOKEN),
    ];
    succeed(&run(&["org", "list"], &variables));
}

async fn read_for_ever(scim: Scim, path: String) {
    loop {
        let answer = tokio::time::timeout(Duration::from_secs(10), scim.get(&path)).await;
        let answer = answer.expect("an answer in time");
        assert!([200, 503].contains(&answer.status.as_u16()), "{answer}");
    }
}

fn succeed(output: &Output) {
    assert!(output.status.success(), "{output:?}");
}
