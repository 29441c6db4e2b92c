//! Requests that the HTTP library would refuse by itself: URLs as they are typed, and heads out of bounds.

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::harness::{World, everywhere, scim::text};

everywhere!(
    a_url_may_hold_what_is_typed_into_it,
    what_no_url_can_be_made_of_is_refused_in_scim_form,
);

/// Sends each text as it is over one connection, and answers what came back: a text that ends what it is about, in each answer.
async fn send(world: &World, requests: &[String]) -> Vec<String> {
    let address = world.endpoints().scim.trim_start_matches("http://").to_owned();
    let mut stream = TcpStream::connect(&address).await.expect("connect");
    let mut answers = Vec::new();
    for request in requests {
        // Who is refused early may have hung up.
        let _ = stream.write_all(request.as_bytes()).await;
        answers.push(answer(&mut stream).await);
    }
    answers
}

/// One answer, as long as it says that it is.
async fn answer(stream: &mut TcpStream) -> String {
    let (mut read, mut piece) = (Vec::new(), [0; 4096]);
    loop {
        let text = String::from_utf8_lossy(&read).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length: "));
            if length.is_some_and(|length| body.len() >= length.parse::<usize>().expect("a length")) {
                return text;
            }
        }
        match stream.read(&mut piece).await {
            Ok(count @ 1..) => read.extend_from_slice(&piece[..count]),
            _ => return text,
        }
    }
}

fn get(world: &World, target: &str) -> String {
    with(world, &format!("GET {target} HTTP/1.1"), "")
}

fn with(world: &World, line: &str, body: &str) -> String {
    format!(
        "{line}\r\nHost: localhost\r\nAuthorization: Bearer {}\r\nContent-Type: application/scim+json\r\nContent-Length: {}\r\n\r\n{body}",
        world.scim_token(),
        body.len()
    )
}

async fn a_url_may_hold_what_is_typed_into_it(world: World) {
    let scim = world.scim();
    let ids = [
        scim.create_user("ada").await,
        scim.create_user("Zoë|{x}<y>^`\\").await,
    ]
    .map(|user| text(&user["id"]));
    let body = "{\"userName\":\"eve\",\"title\":\"GET /x?\\\"y\\\" HTTP/1.1\"}";
    let requests = [
        get(&world, "/scim/v2/Users?filter=userName+eq+\"ada\""),
        with(
            &world,
            "POST /scim/v2/Users?attributes=\"title\",title HTTP/1.1",
            body,
        ),
        get(
            &world,
            "/scim/v2/Users?filter=userName%20eq%20\"Zoë|{x}<y>^`\\\\\"",
        ),
        get(&world, "/scim/v2/Users?filter=userName+eq+%22ada%22"),
    ];
    let answers = send(&world, &requests).await;
    let found = [0, 2, 3].map(|at| answers[at].clone());
    for (answer, id) in found.iter().zip([&ids[0], &ids[1], &ids[0]]) {
        assert!(
            answer.starts_with("HTTP/1.1 200") && answer.contains(id.as_str()),
            "{answer}"
        );
        assert!(answer.contains("\"totalResults\":1"), "{answer}");
    }
    assert!(
        answers[1].starts_with("HTTP/1.1 201") && answers[1].contains("GET /x?\\\"y\\\" HTTP/1.1"),
        "{}",
        answers[1]
    );
}

async fn what_no_url_can_be_made_of_is_refused_in_scim_form(world: World) {
    let long = "x".repeat(70_000);
    let many = "x: y\r\n".repeat(200);
    for (request, status) in [
        (get(&world, "/scim/v2/Users?filter=userName eq \"ada\""), 400),
        ("nonsense\r\n\r\n".to_owned(), 400),
        (get(&world, &format!("/scim/v2/Users?filter={long}")), 414),
        (
            format!("GET /scim/v2/Users HTTP/1.1\r\nHost: x\r\n{many}\r\n"),
            431,
        ),
    ] {
        let answer = send(&world, &[request]).await.remove(0);
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
        assert!(head.starts_with(&format!("HTTP/1.1 {status}")), "{answer}");
        assert!(head.contains("content-type: application/scim+json"), "{answer}");
        let body: serde_json::Value = serde_json::from_str(body).expect("JSON");
        assert_eq!(body["status"], status.to_string());
        assert!(!text(&body["detail"]).is_empty());
    }
}
