//! How the program ends.

use futures::future::join_all;

use crate::harness::{OwnWorld, everywhere, scim::user_body};

everywhere!(
    asked_to_end_it_ends_with_exit_code_0,
    requests_under_way_are_answered_before_it_ends,
);

async fn asked_to_end_it_ends_with_exit_code_0(mut world: OwnWorld) {
    world.scim().create_user("ada").await;
    let codes = world.server().terminate();
    assert!(
        codes.iter().all(|code| *code == Some(0)),
        "{codes:?}: {}",
        world.server().output()
    );
}

/// Checks that requests are answered well if at all, and that acknowledged changes are stored.
async fn requests_under_way_are_answered_before_it_ends(mut world: OwnWorld) {
    let scim = world.scim();
    scim.create_user("before").await;
    let creating: Vec<_> = (0..32)
        .map(|n| {
            let scim = scim.clone();
            tokio::spawn(async move {
                let request = scim.request_with("POST", "/Users", &user_body(&format!("p{n}")));
                scim.try_send(request).await
            })
        })
        .collect();
    tokio::task::yield_now().await;
    let codes = world.server().terminate();

    let answers = join_all(creating).await;
    assert!(codes.iter().all(|code| *code == Some(0)), "{codes:?}");
    let mut created = 1;
    for answer in answers
        .into_iter()
        .filter_map(|answer| answer.expect("a client ends well").ok())
    {
        assert!([201, 503].contains(&answer.status.as_u16()), "{answer}");
        created += i64::from(answer.status == 201);
    }
    world.restart();
    assert!(world.grpc().organization().await.user_count >= created);
}
