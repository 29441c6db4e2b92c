//! Bodies as large as they may be, and larger.

use futures::future::join_all;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::bad_input::assert_refused_without_trace;
use crate::harness::{
    World, everywhere,
    scim::{patch_body, text},
};

everywhere!(
    a_body_of_a_hundred_mebibytes_is_413,
    twenty_thousand_operations_are_done,
    a_hundred_thousand_operations_are_refused,
    a_thousand_members_are_added_in_one_operation,
);

const MEBIBYTE: usize = 1024 * 1024;

async fn a_body_of_a_hundred_mebibytes_is_413(world: World) {
    let before = world.grpc().revision().await;
    for (method, path) in [("POST", "/Users"), ("PATCH", "/Groups/x"), ("PUT", "/Users/x")] {
        let answer = send_large(&world, method, path, 100 * MEBIBYTE).await;
        assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
        assert!(
            answer
                .to_lowercase()
                .contains("content-type: application/scim+json"),
            "{answer}"
        );
        let body: Value =
            serde_json::from_str(answer.split("\r\n\r\n").nth(1).expect("a body")).expect("JSON");
        assert_eq!(body["status"], "413", "{answer}");
    }
    assert_eq!(world.grpc().revision().await, before);
}

async fn twenty_thousand_operations_are_done(world: World) {
    let path = format!("/Users/{}", text(&world.scim().create_user("ada").await["id"]));
    world.scim().patch(&path, titles(20_000)).await.expect(200);
    assert_eq!(world.scim().get(&path).await.expect(200)["title"], "t19999");
}

async fn a_hundred_thousand_operations_are_refused(world: World) {
    let path = format!("/Users/{}", text(&world.scim().create_user("ada").await["id"]));
    let request = world
        .scim()
        .request_with("PATCH", &path, &patch_body(titles(100_000)));
    assert_refused_without_trace(&world, request, 413, None).await;
}

async fn a_thousand_members_are_added_in_one_operation(world: World) {
    let scim = world.scim();
    let names: Vec<_> = (0..1_000).map(|n| format!("p{n}")).collect();
    let mut people = Vec::new();
    for names in names.chunks(50) {
        people.extend(join_all(names.iter().map(|name| scim.create_user(name))).await);
    }
    let ids: Vec<_> = people.iter().map(|person| text(&person["id"])).collect();
    let values: Vec<_> = ids.iter().map(|id| json!({"value": id})).collect();
    let group = text(&scim.create_group("Team", &[]).await["id"]);

    let add = json!([{"op": "add", "path": "members", "value": values}]);
    let answer = scim.patch(&format!("/Groups/{group}"), add).await;

    assert!(answer.status.is_success(), "{answer}");
    assert_eq!(scim.member_ids(&group).await, ids.into_iter().collect());
}

fn titles(count: usize) -> Value {
    (0..count)
        .map(|n| json!({"op": "replace", "path": "title", "value": format!("t{n}")}))
        .collect()
}

/// Sends a body of this size over a bare connection and returns what comes back: a server may answer and hang up before
/// it has read everything, which a usual client takes for a failure.
async fn send_large(world: &World, method: &str, path: &str, size: usize) -> String {
    let address = world.endpoints().scim.trim_start_matches("http://").to_owned();
    let (mut from, mut to) = TcpStream::connect(&address).await.expect("connect").into_split();
    let head = format!(
        "{method} /scim/v2{path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {}\r\n\
         Content-Type: application/scim+json\r\nContent-Length: {size}\r\nConnection: close\r\n\r\n",
        world.scim_token()
    );
    let sending = async {
        let chunk = vec![b' '; MEBIBYTE];
        to.write_all(head.as_bytes()).await?;
        for _ in 0..size / MEBIBYTE {
            to.write_all(&chunk).await?;
        }
        std::io::Result::Ok(())
    };
    let mut answer = Vec::new();
    let reading = async {
        let mut piece = [0; 4096];
        while let Ok(1..) = from
            .read(&mut piece)
            .await
            .inspect(|read| answer.extend(&piece[..*read]))
        {}
    };
    // Whether all of it was sent is the server's choice.
    let (_, ()) = tokio::join!(sending, reading);
    String::from_utf8_lossy(&answer).into_owned()
}
