//! Listeners over time: certificates that are exchanged, signals, and what an operator's tools and load balancers see.

use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use rustls::{
    ClientConfig, RootCertStore,
    client::Resumption,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, ServerName, pem::PemObject},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::sleep,
};
use tokio_rustls::{TlsConnector, client::TlsStream};

use crate::harness::{
    ANY, Http, Request, Roster, run,
    run_folder::{fresh_name, path},
};

/// A folder of its own for a server's files.
fn folder() -> PathBuf {
    let folder = path().join(fresh_name("network"));
    fs::create_dir(&folder).expect("make a folder");
    folder
}

fn serve(folder: &Path, more: &[&str]) -> Roster {
    let url = format!("sqlite:{}", folder.join("roster.db").display());
    let mut arguments = vec![
        "serve",
        "--database-url",
        &url,
        "--grpc-listen",
        ANY,
        "--scim-listen",
        ANY,
    ];
    arguments.extend(more);
    Roster::start(&arguments, &[])
}

fn http(server: &Roster, listener: &str) -> Http {
    Http::new(format!("http://{}", server.address(listener)))
}

async fn status(http: &Http, path: &str) -> u16 {
    http.send(Request::new("GET", path)).await.status.as_u16()
}

/// Two certificates for this machine, which were made for these tests alone.
const FIRST: [&str; 2] = [
    include_str!("../certificates/first.pem"),
    include_str!("../certificates/first.key"),
];
const SECOND: [&str; 2] = [
    include_str!("../certificates/second.pem"),
    include_str!("../certificates/second.key"),
];

/// The certificate in a text.
fn certificate([pem, _]: [&str; 2]) -> CertificateDer<'static> {
    CertificateDer::from_pem_slice(pem.as_bytes()).expect("a certificate")
}

/// Clients that know both certificates.
fn connector() -> TlsConnector {
    let mut roots = RootCertStore::empty();
    for known in [FIRST, SECOND] {
        roots.add(certificate(known)).expect("a root");
    }
    let mut config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    // A resumed session shows no certificate.
    config.resumption = Resumption::disabled();
    TlsConnector::from(Arc::new(config))
}

async fn connect(connector: &TlsConnector, at: SocketAddr) -> TlsStream<TcpStream> {
    let stream = TcpStream::connect(at).await.expect("connect");
    let name = ServerName::try_from("localhost").expect("a name");
    connector.connect(name, stream).await.expect("a handshake")
}

fn served(stream: &TlsStream<TcpStream>) -> CertificateDer<'static> {
    let chain = stream.get_ref().1.peer_certificates().expect("a certificate");
    chain[0].clone().into_owned()
}

/// Asks whether the server lives, on a connection that stays open.
async fn ask(stream: &mut TlsStream<TcpStream>) {
    assert_eq!(get(stream, "/livez").await, 200);
}

/// The status of an answer.
async fn get(stream: &mut TlsStream<TcpStream>, path: &str) -> u16 {
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n");
    stream.write_all(request.as_bytes()).await.expect("send");
    let mut answer = [0; 512];
    let bytes = stream.read(&mut answer).await.expect("receive");
    let answer = String::from_utf8_lossy(&answer[..bytes]);
    let status = answer.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3));
    status.expect("a status").parse().expect("a number")
}

#[tokio::test]
async fn a_certificate_is_exchanged_without_a_lost_call() {
    let folder = folder();
    let (cert, key) = (folder.join("cert.pem"), folder.join("key.pem"));
    let put = |[pem, private]: [&str; 2]| {
        fs::write(&cert, pem).expect("write the certificate");
        fs::write(&key, private).expect("write the key");
    };
    put(FIRST);
    let (cert_text, key_text) = (cert.display().to_string(), key.display().to_string());
    let server = serve(&folder, &["--tls-cert", &cert_text, "--tls-key", &key_text]);
    let connector = connector();
    let mut kept = connect(&connector, server.address("scim")).await;
    assert_eq!(served(&kept), certificate(FIRST));

    // A certificate without its key is not taken.
    fs::write(&cert, SECOND[0]).expect("write the certificate");
    server.signal("HUP");
    let begun = Instant::now();
    while !server.output().contains("is not taken") {
        assert!(begun.elapsed() < Duration::from_secs(9), "{}", server.output());
        ask(&mut connect(&connector, server.address("scim")).await).await;
        sleep(Duration::from_millis(20)).await;
    }
    put(SECOND);
    server.signal("HUP");
    let begun = Instant::now();
    loop {
        ask(&mut kept).await;
        let mut new = connect(&connector, server.address("scim")).await;
        ask(&mut new).await;
        if served(&new) == certificate(SECOND) {
            break;
        }
        assert!(begun.elapsed() < Duration::from_secs(9), "{}", server.output());
    }
    let grpc = connect(&connector, server.address("grpc")).await;
    assert_eq!(served(&grpc), certificate(SECOND));
    ask(&mut kept).await;
}

/// The gRPC listener takes clients with a certificate of the authority alone: the command line and a facade of its own have one.
#[tokio::test]
async fn the_grpc_listener_asks_for_a_client_certificate() {
    let folder = folder();
    let file = |name: &str, text: &str| {
        let path = folder.join(name);
        fs::write(&path, text).expect("write a file");
        path.display().to_string()
    };
    let [first, first_key] = [file("first.pem", FIRST[0]), file("first.key", FIRST[1])];
    let [second, second_key] = [file("second.pem", SECOND[0]), file("second.key", SECOND[1])];
    let pair = [
        "--tls-cert",
        &first,
        "--tls-key",
        &first_key,
        "--tls-client-ca",
        &second,
    ];
    let server = serve(&folder, &pair);
    let endpoint = format!("https://localhost:{}", server.address("grpc").port());
    let token = fs::read_to_string(folder.join("root-token")).expect("a token");
    let list = |more: &[&str]| {
        let variables = [("ROSTER_TOKEN", token.trim()), ("ROSTER_ENDPOINT", &endpoint)];
        run(&[&["org", "list", "--ca", &first], more].concat(), &variables)
    };
    let own = ["--client-cert", &second, "--client-key", &second_key];
    assert!(list(&own).status.success(), "{:?}", list(&own));
    for refused in [&[][..], &["--client-cert", &first, "--client-key", &first_key]] {
        assert_eq!(list(refused).status.code(), Some(1), "{refused:?}");
    }
    // What identity providers reach asks for none.
    ask(&mut connect(&connector(), server.address("scim")).await).await;

    for ([certificate, key], ready) in [([&second, &second_key], 200), ([&first, &first_key], 503)] {
        let facade = Roster::start(
            &[
                "serve",
                "--only",
                "scim",
                "--core-url",
                &endpoint,
                "--core-ca",
                &first,
                "--core-cert",
                certificate,
                "--core-key",
                key,
                "--scim-listen",
                ANY,
            ],
            &[],
        );
        assert_eq!(status(&http(&facade, "scim"), "/readyz").await, ready);
    }
}

#[tokio::test]
async fn a_terminal_that_closes_ends_no_server() {
    let server = serve(&folder(), &[]);
    let http = http(&server, "scim");
    server.signal("HUP");
    sleep(Duration::from_millis(200)).await;
    assert_eq!(status(&http, "/readyz").await, 200);
}

#[tokio::test]
async fn an_operators_tools_have_a_listener_of_their_own() {
    let server = serve(&folder(), &["--management-listen", ANY]);
    let (management, scim) = (http(&server, "management"), http(&server, "scim"));
    for path in ["/livez", "/readyz", "/metrics"] {
        assert_eq!(status(&management, path).await, 200, "{path}");
    }
    assert_eq!(status(&management, "/scim/v2/Users").await, 404);
    assert_eq!(status(&scim, "/readyz").await, 200);
    assert_eq!(status(&scim, "/metrics").await, 404);
}

#[tokio::test]
async fn a_core_alone_has_probes_and_metrics_too() {
    let server = serve(&folder(), &["--only", "core", "--management-listen", ANY]);
    let management = http(&server, "management");
    for path in ["/livez", "/readyz", "/metrics"] {
        assert_eq!(status(&management, path).await, 200, "{path}");
    }
}

#[tokio::test]
async fn listeners_stay_open_for_the_shutdown_delay() {
    let mut server = serve(&folder(), &["--shutdown-delay", "6"]);
    let scim = http(&server, "scim");
    assert_eq!(status(&scim, "/readyz").await, 200);
    let asked = Instant::now();
    server.signal("TERM");
    // The same request twice, as from `timeout` and its group.
    server.signal("INT");
    while status(&scim, "/readyz").await == 200 {
        assert!(asked.elapsed() < Duration::from_secs(4), "{}", server.output());
    }
    let new = Http::new(format!("http://{}", server.address("scim")));
    assert_eq!(status(&new, "/livez").await, 200);
    drop((scim, new));
    assert_eq!(server.wait().code(), Some(0), "{}", server.output());
    assert!(asked.elapsed() >= Duration::from_secs(6));
}
