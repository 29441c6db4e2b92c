//! Key sets of other issuers, over HTTPS: what the core's port for them asks of the network.
//!
//! An admin of an organization sets the addresses, and this program sits where an admin of an organization may not reach. So nothing
//! is fetched from an address that is not public, no redirect is followed, and the connection goes to the very address that was checked.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use axum::body::{Body, Bytes};
use http::{Request, Uri, header};
use http_body_util::{BodyExt, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use identity_core::directory::{FetchError, KeySource};
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::ServerName;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpStream, lookup_host},
    time::timeout,
};
use tokio_rustls::TlsConnector;

/// For everything: the name, the connection, the answer.
const TIMEOUT: Duration = Duration::from_secs(5);
/// The largest key set.
const MAX_BYTES: usize = 256 * 1024;

/// Addresses from which keys may be fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Public addresses by HTTPS.
    Public,
    /// Anything, by HTTP too: for development and tests.
    Everything,
}

/// Fetches over the network.
pub(crate) struct NetworkKeySource {
    reach: Reach,
    tls: TlsConnector,
}

impl NetworkKeySource {
    pub(crate) fn new(reach: Reach) -> Self {
        let roots: RootCertStore = webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect();
        let config = ClientConfig::builder()
            .with_root_certificates(roots)
            .with_no_client_auth();
        Self {
            reach,
            tls: TlsConnector::from(Arc::new(config)),
        }
    }

    async fn get(&self, address: &str) -> Result<Vec<u8>, FetchError> {
        let target = Target::parse(address, self.reach).map_err(|rule| FetchError(rule.to_owned()))?;
        let stream = self.connect(&target).await?;
        if !target.is_tls {
            return ask(stream, &target).await;
        }
        let name = ServerName::try_from(target.host.clone()).map_err(failed)?;
        ask(self.tls.connect(name, stream).await.map_err(failed)?, &target).await
    }

    /// Every address of the name must be one that may be fetched from: a name that also leads inside is a trap.
    async fn connect(&self, target: &Target) -> Result<TcpStream, FetchError> {
        let found = lookup_host((target.host.as_str(), target.port))
            .await
            .map_err(failed)?;
        let addresses: Vec<SocketAddr> = found.collect();
        let is_inside = |address: &&SocketAddr| !is_public(address.ip());
        if let Some(inside) = addresses
            .iter()
            .find(is_inside)
            .filter(|_| self.reach == Reach::Public)
        {
            return Err(FetchError(format!("{} is no public address", inside.ip())));
        }
        TcpStream::connect(&addresses[..]).await.map_err(failed)
    }
}

#[async_trait::async_trait]
impl KeySource for NetworkKeySource {
    fn check(&self, address: &str) -> Result<(), &'static str> {
        Target::parse(address, self.reach).map(drop)
    }

    async fn fetch(&self, address: &str) -> Result<Vec<u8>, FetchError> {
        match timeout(TIMEOUT, self.get(address)).await {
            Ok(outcome) => outcome,
            Err(_) => Err(FetchError("the answer took too long".to_owned())),
        }
    }
}

/// Where to ask, and for what.
struct Target {
    is_tls: bool,
    host: String,
    port: u16,
    /// As the header `Host` has it.
    authority: String,
    path: String,
}

impl Target {
    fn parse(address: &str, reach: Reach) -> Result<Self, &'static str> {
        let uri: Uri = address.parse().map_err(|_| "must be a URL")?;
        let is_tls = match (uri.scheme_str(), reach) {
            (Some("https"), _) => true,
            (Some("http"), Reach::Everything) => false,
            _ => return Err("must begin with https://"),
        };
        let authority = uri.authority().ok_or("must name a host")?;
        if authority.as_str().contains('@') {
            return Err("must not hold a user");
        }
        let host = authority.host().trim_start_matches('[').trim_end_matches(']');
        if host.is_empty() {
            return Err("must name a host");
        }
        let written = host.parse::<IpAddr>();
        if reach == Reach::Public && (written.is_ok_and(|ip| !is_public(ip)) || is_local_name(host)) {
            return Err("must lead to a public address");
        }
        let standard = if is_tls { 443 } else { 80 };
        Ok(Self {
            is_tls,
            host: host.to_owned(),
            port: authority.port_u16().unwrap_or(standard),
            authority: authority.as_str().to_owned(),
            path: uri.path_and_query().map_or("/", |path| path.as_str()).to_owned(),
        })
    }
}

/// Tells whether a host is refused by its name alone, before it is looked up.
fn is_local_name(host: &str) -> bool {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    host == "localhost" || host.ends_with(".localhost") || !host.contains(['.', ':'])
}

async fn ask(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    target: &Target,
) -> Result<Vec<u8>, FetchError> {
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(failed)?;
    // It ends with the sender, or with the peer.
    let connection = tokio::spawn(connection);
    let request = Request::get(&target.path)
        .header(header::HOST, &target.authority)
        .header(header::ACCEPT, "application/jwk-set+json, application/json")
        .header(header::USER_AGENT, concat!("roster/", env!("CARGO_PKG_VERSION")))
        .body(Body::empty())
        .map_err(failed)?;
    let answer = async {
        let response = sender.send_request(request).await.map_err(failed)?;
        // Redirects are answers like any other that is not the key set.
        if response.status() != http::StatusCode::OK {
            return Err(FetchError(format!("answered {}", response.status())));
        }
        let body = Limited::new(response.into_body(), MAX_BYTES).collect().await;
        let bytes: Bytes = body.map_err(|cause| FetchError(cause.to_string()))?.to_bytes();
        Ok(bytes.to_vec())
    };
    let answer = answer.await;
    connection.abort();
    answer
}

fn failed(cause: impl std::fmt::Display) -> FetchError {
    FetchError(cause.to_string())
}

/// Tells whether an address is reached over the public network alone.
fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    let is_shared = a == 100 && (64..128).contains(&b);
    let is_protocol = a == 192 && b == 0 && c == 0;
    let is_benchmark = a == 198 && (b == 18 || b == 19);
    let is_reserved = a == 0 || a >= 240;
    !(ip.is_private()
        || ip.is_loopback()
        || ip.is_link_local()
        || ip.is_documentation()
        || ip.is_multicast()
        || is_shared
        || is_protocol
        || is_benchmark
        || is_reserved)
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    // Addresses that stand for one of the older kind lead where that one leads.
    let segments = ip.segments();
    if let Some(v4) = embedded_v4(ip) {
        return is_public_v4(v4);
    }
    let is_global = segments[0] & 0xe000 == 0x2000;
    let is_documentation = segments[0] == 0x2001 && segments[1] == 0x0db8;
    let is_teredo = segments[0] == 0x2001 && segments[1] == 0;
    is_global && !is_documentation && !is_teredo
}

/// Mapped and translated addresses, and 6to4.
fn embedded_v4(ip: Ipv6Addr) -> Option<Ipv4Addr> {
    let segments = ip.segments();
    let of = |high: u16, low: u16| {
        let [a, b] = high.to_be_bytes();
        let [c, d] = low.to_be_bytes();
        Ipv4Addr::new(a, b, c, d)
    };
    if segments[..6] == [0x64, 0xff9b, 0, 0, 0, 0] {
        return Some(of(segments[6], segments[7]));
    }
    if segments[0] == 0x2002 {
        return Some(of(segments[1], segments[2]));
    }
    ip.to_ipv4_mapped()
}

#[cfg(test)]
mod tests {
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpListener,
    };

    use super::*;

    #[test]
    fn addresses_that_lead_inside_are_not_public() {
        for inside in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "192.0.0.8",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "fe80::1",
            "fd00::1",
            "ff02::1",
            "::ffff:127.0.0.1",
            "64:ff9b::a9fe:a9fe",
            "2002:7f00:1::",
            "2001:db8::1",
        ] {
            assert!(!is_public(inside.parse().unwrap()), "{inside}");
        }
        for outside in ["8.8.8.8", "1.1.1.1", "2606:4700::1111", "2620:fe::fe"] {
            assert!(is_public(outside.parse().unwrap()), "{outside}");
        }
    }

    #[test]
    fn an_address_that_is_never_fetched_from_is_refused_before_it_is_stored() {
        let check = |address: &str| NetworkKeySource::new(Reach::Public).check(address);
        check("https://login.example.com/keys").unwrap();
        for address in [
            "",
            "keys",
            "http://login.example.com/keys",
            "ftp://login.example.com/keys",
            "https://127.0.0.1/keys",
            "https://[::1]/keys",
            "https://169.254.169.254/latest/meta-data",
            "https://localhost/keys",
            "https://metadata/keys",
            "https://user@login.example.com/keys",
        ] {
            assert!(check(address).is_err(), "{address}");
        }
        NetworkKeySource::new(Reach::Everything)
            .check("http://127.0.0.1:1/keys")
            .unwrap();
    }

    /// Answers one request on a port of this machine.
    async fn answering(answer: &'static [u8]) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = listener.local_addr().unwrap();
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = [0; 1024];
            let _ = stream.read(&mut request).await;
            let _ = stream.write_all(answer).await;
        });
        format!("http://{at}/keys")
    }

    #[tokio::test]
    async fn a_key_set_is_fetched_and_a_redirect_is_not_followed() {
        let source = NetworkKeySource::new(Reach::Everything);
        let at = answering(b"HTTP/1.1 200 OK\r\ncontent-length: 11\r\n\r\n{\"keys\":[]}").await;
        assert_eq!(source.fetch(&at).await.unwrap(), b"{\"keys\":[]}");
        let moved = b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n";
        let refused = source.fetch(&answering(moved).await).await.unwrap_err();
        assert!(refused.to_string().contains("302"), "{refused}");
    }

    #[tokio::test]
    async fn a_set_that_is_too_large_is_not_read_to_its_end() {
        let source = NetworkKeySource::new(Reach::Everything);
        let head = b"HTTP/1.1 200 OK\r\ncontent-length: 99999999\r\n\r\n";
        let long = [head.to_vec(), vec![b' '; 2 * MAX_BYTES]].concat();
        let refused = source.fetch(&answering(long.leak()).await).await.unwrap_err();
        assert!(refused.to_string().contains("limit"), "{refused}");
    }

    #[tokio::test]
    async fn a_name_that_leads_inside_is_not_connected_to() {
        let source = NetworkKeySource::new(Reach::Public);
        let target = Target {
            is_tls: true,
            host: "localhost".into(),
            port: 1,
            authority: "localhost:1".into(),
            path: "/".into(),
        };
        let refused = source.connect(&target).await.unwrap_err();
        assert!(refused.to_string().contains("no public address"), "{refused}");
    }
}
