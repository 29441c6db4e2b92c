//! Several instances on one PostgreSQL, and databases that are moved by hand.

use std::process::Output;

use crate::{
    grpc::watch,
    harness::{
        Arrange, Database, Doors, OwnWorld, Processes, ROOT_TOKEN, Server, Setup, World, drop_connections,
        everywhere,
        grpc::named,
        run,
        scim::{text, user_body},
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
    let doors = Doors {
        grpc: format!("http://{}", core.address("grpc")),
        scim: format!("http://{}", facade.address("scim")),
    };
    World::new(doors, "").await.scim().create_user("ada").await;
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
    let doors = |n: usize| Doors {
        grpc: format!("http://{}", cores[n].address("grpc")),
        scim: format!("http://{}", facades[n].address("scim")),
    };
    let here = World::new(doors(0), "").await;
    let there = here.through(doors(1));

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

/// What one instance commits, the others tell their watchers, also when the line between them breaks.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_change_at_one_instance_reaches_a_watch_at_another_within_a_second() {
    let url = Server::new_database(Database::Postgres);
    let cores = [Server::start_core(&url), Server::start_core(&url)];
    let doors = |n: usize| Doors {
        grpc: format!("http://{}", cores[n].address("grpc")),
        scim: String::new(),
    };
    let here = World::new(doors(0), "").await;
    let there = here.through(doors(1));
    let mut stream = there.grpc().watch(watch::from(0)).await.expect("a stream");
    watch::next_changes(&mut stream).await;
    for n in 0..20 {
        if n % 10 == 5 {
            drop_connections(&url);
            // Whoever asks next may be told to try again.
            drop(here.grpc().try_user("nobody").await);
        }
        let begun = std::time::Instant::now();
        let Ok(user) = here.grpc().try_create(named(&format!("p{n}"))).await else {
            continue;
        };
        let told = watch::next_changes(&mut stream).await;
        let took = begun.elapsed();
        assert_eq!(told.changes.last().unwrap().entity_id, user.id);
        assert!(
            n % 10 == 5 || took < std::time::Duration::from_secs(1),
            "{took:?}"
        );
    }
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
    assert!(world.grpc().organization().await.user_count >= created);
    let variables = [
        ("ROSTER_ENDPOINT", &*world.doors().grpc),
        ("ROSTER_TOKEN", ROOT_TOKEN),
    ];
    succeed(&run(&["org", "list"], &variables));
}

fn succeed(output: &Output) {
    assert!(output.status.success(), "{output:?}");
}
