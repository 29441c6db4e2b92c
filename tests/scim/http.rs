//! Rules for every request and answer, whatever it is about.

use data_encoding::BASE64;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::harness::{Http, OwnWorld, ProxiedWorld, Request, World, everywhere};

everywhere!(
    a_request_names_one_host,
    answers_are_not_kept_and_not_sniffed,
    metadata_does_not_follow_from_the_host,
    oauth_clients_are_where_their_connection_comes_from,
    oauth_clients_behind_a_proxy_are_where_it_says,
    a_refused_request_is_logged_with_its_address_and_without_its_token,
);

/// The answer to a request over HTTP/1.1 with these headers, as it comes.
async fn bare(url: &str, path: &str, headers: &str) -> String {
    let address = url.trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).await.expect("connect");
    let request = format!("GET {path} HTTP/1.1\r\n{headers}Connection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.expect("a request");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("an answer");
    answer
}

async fn a_request_names_one_host(world: World) {
    let url = &world.endpoints().scim;
    for path in ["/livez", "/scim/v2/Users", "/.well-known/jwks.json"] {
        for headers in ["", "Host: a\r\nHost: b\r\n", "Host: a/b\r\n"] {
            let answer = bare(url, path, headers).await;
            assert!(
                answer.starts_with("HTTP/1.1 400 "),
                "{path} {headers:?}: {answer}"
            );
        }
        let answer = bare(url, path, "Host: id.example\r\n").await;
        assert!(!answer.starts_with("HTTP/1.1 400 "), "{path}: {answer}");
    }
}

async fn answers_are_not_kept_and_not_sniffed(world: World) {
    let scim = world.scim();
    let ada = scim.create_user("ada").await;
    let path = format!("/Users/{}", ada["id"].as_str().expect("an id"));
    for path in [&path, "/Users", "/Schemas", "/Users/unknown"] {
        let answer = scim.get(path).await;
        assert_eq!(answer.header("cache-control"), "no-store", "{path}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
    }
}

async fn metadata_does_not_follow_from_the_host(world: World) {
    let path = "/.well-known/oauth-authorization-server";
    let answer = bare(&world.endpoints().scim, path, "Host: evil.example\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    assert!(!answer.contains("evil.example"), "{answer}");
    assert!(
        answer.contains(&format!("{}/oauth2/token", world.endpoints().scim)),
        "{answer}"
    );
}

/// The status with which a SCIM client signs in, that comes through a proxy that says this.
async fn sign_in(world: &World, forwarded: &str) -> u16 {
    let basic = BASE64.encode(format!(":{}", world.scim_token()).as_bytes());
    let request = Request::new("POST", "/oauth2/token")
        .header("content-type", "application/x-www-form-urlencoded")
        .header("authorization", &format!("Basic {basic}"))
        .header("x-forwarded-for", forwarded)
        .body("grant_type=client_credentials");
    let answer = Http::new(world.endpoints().scim.clone()).send(request).await;
    answer.status.as_u16()
}

async fn oauth_clients_are_where_their_connection_comes_from(world: World) {
    world.set_policy(&[("network.ip_allowlist", "127.0.0.0/8")]).await;
    assert_eq!(sign_in(&world, "198.51.100.1").await, 200);
    world
        .set_policy(&[("network.ip_allowlist", "192.0.2.0/24")])
        .await;
    assert_eq!(sign_in(&world, "192.0.2.1").await, 400);
}

async fn oauth_clients_behind_a_proxy_are_where_it_says(world: ProxiedWorld) {
    world
        .set_policy(&[("network.ip_allowlist", "192.0.2.0/24")])
        .await;
    assert_eq!(sign_in(&world, "192.0.2.1").await, 200);
    assert_eq!(sign_in(&world, "198.51.100.1").await, 400);
}

async fn a_refused_request_is_logged_with_its_address_and_without_its_token(mut world: OwnWorld) {
    let secret = "rst_nobody-has-this-secret";
    let scim = world.scim().with_token(secret);
    let request = scim
        .request("GET", "/Users")
        .header("x-request-id", "refused-over-scim");
    scim.send(request).await.expect(401);
    let grpc = world.grpc().with_token(secret);
    grpc.try_user("x").await.expect_err("a refusal");
    world.server().terminate();
    let log = world.server().output();
    let line = |what: &str| {
        let line = log
            .lines()
            .find(|line| line.contains(what) && line.contains("refused"));
        line.unwrap_or_else(|| panic!("no line with {what}: {log}"))
            .to_owned()
    };
    for line in [line("refused-over-scim"), line("UserService")] {
        assert!(line.contains("127.0.0.1"), "{line}");
    }
    assert!(!log.contains(secret), "{log}");
}
