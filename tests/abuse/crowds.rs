//! Many connections, streams and guesses of one address.

use std::time::Duration;

use futures::future::join_all;
use tokio::{io::AsyncWriteExt as _, net::TcpStream, time::sleep};
use tonic::Code;

use super::Target;
use crate::harness::{Grpc, Http, Request, Server, Setup, everywhere};

everywhere!(
    many_connections_of_one_address_displace_each_other,
    guesses_are_slowed_down_and_good_tokens_are_not,
    many_watch_streams_of_one_token_leave_room_for_others,
);

/// Connections to each listener, which are more than one address may have, and how many are opened at a time.
const CONNECTIONS: usize = 300;
const AT_A_TIME: usize = 50;

async fn many_connections_of_one_address_displace_each_other(setup: Setup) {
    let few = &["--max-connections-per-address", "100"];
    let target = Target::on(async || Server::start_with(setup, few)).await;
    let addresses =
        [&target.endpoints().grpc, &target.endpoints().scim].map(|url| url.replace("http://", ""));
    let attack = async {
        let mut held = Vec::new();
        for _ in 0..CONNECTIONS / AT_A_TIME {
            for address in &addresses {
                let connecting = (0..AT_A_TIME).map(async |_| {
                    let mut stream = TcpStream::connect(address).await.expect("a connection");
                    // A whole preface, so that no timer ends it.
                    let _ = stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await;
                    stream
                });
                held.extend(join_all(connecting).await);
            }
        }
        sleep(Duration::from_secs(2)).await;
    };
    target.endures(attack).await;
}

/// Guesses, which are more than an address may make in any time that they take.
const GUESSES: usize = 1_500;

async fn guesses_are_slowed_down_and_good_tokens_are_not(target: Target) {
    let http = Http::new(target.endpoints().scim.clone());
    let guess = |guess: usize| {
        let http = http.clone();
        let bearer = format!("Bearer rst_guess{guess}");
        let request = Request::new("GET", "/scim/v2/Users").header("authorization", &bearer);
        async move { http.send(request).await }
    };
    let attack = async {
        let mut slowed = 0;
        for batch in 0..GUESSES / AT_A_TIME {
            let guesses = batch * AT_A_TIME..(batch + 1) * AT_A_TIME;
            for answer in join_all(guesses.map(&guess)).await {
                if answer.status.as_u16() == 429 {
                    assert_eq!(answer.header("retry-after"), "1", "{answer}");
                    slowed += 1;
                } else {
                    answer.expect(401);
                }
            }
            target.attacker.scim().get("/Users").await.expect(200);
        }
        assert!(slowed > 0, "nothing was slowed down");
    };
    target.endures(attack).await;
    // The core counts, so gRPC in the same process knows as well.
    let grpc = Grpc::new(&target.endpoints().grpc, "rst_guess", "");
    let codes = join_all((0..400).map(|n| {
        let grpc = grpc.with_token(&format!("rst_another{n}"));
        async move { grpc.try_user("x").await.expect_err("a refusal").code() }
    }))
    .await;
    assert!(codes.contains(&Code::ResourceExhausted), "{codes:?}");
    assert!(
        codes
            .iter()
            .all(|code| [Code::Unauthenticated, Code::ResourceExhausted].contains(code)),
        "{codes:?}"
    );
}

/// Streams that the attacker asks for.
const STREAMS: usize = 400;

async fn many_watch_streams_of_one_token_leave_room_for_others(target: Target) {
    let attacker = target.attacker.service(&["changes:read"]).await;
    let attack = async {
        let streams = join_all((0..STREAMS).map(|_| attacker.watch(crate::grpc::watch::from(0)))).await;
        assert!(
            streams.iter().any(Result::is_err),
            "one token has {STREAMS} streams"
        );
        let other = target.bystander.grpc().watch(crate::grpc::watch::from(0)).await;
        assert!(other.is_ok(), "{other:?}");
        sleep(Duration::from_secs(2)).await;
    };
    target.endures(attack).await;
}
