//! Where a client is, for the core's allow-lists.

use std::net::IpAddr;

use http::{Extensions, HeaderMap, HeaderName, HeaderValue};
use ipnet::IpNet;

/// Header in which proxies list addresses: the client first, then each proxy but the last.
const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Address at the other end of the connection; the listener puts it into the extensions of each request.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub IpAddr);

/// The client's address as the core is told it; `None`: the listener did not say who is there.
pub(crate) fn of_client(
    headers: &HeaderMap,
    extensions: &Extensions,
    trusted_proxies: &[IpNet],
) -> Option<HeaderValue> {
    let Peer(peer) = extensions.get().copied()?;
    let client = behind(peer.to_canonical(), headers, trusted_proxies);
    HeaderValue::try_from(client.to_string()).ok()
}

/// Walks from the peer towards the client as long as the one who speaks is a trusted proxy. What stands further left, anybody may have
/// written; and what a trusted proxy wrote and is no address hides the client, so the proxy itself stands for it.
fn behind(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let is_trusted = |address: &IpAddr| trusted.iter().any(|network| network.contains(address));
    let texts = headers
        .get_all(FORWARDED_FOR)
        .iter()
        .map(|value| value.to_str().unwrap_or_default());
    let mut hops: Vec<&str> = texts.flat_map(|text| text.split(',')).map(str::trim).collect();
    let mut client = peer;
    while is_trusted(&client) {
        let Some(before) = hops.pop().and_then(|hop| hop.parse::<IpAddr>().ok()) else {
            break;
        };
        client = before.to_canonical();
    }
    client
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(peer: &str, forwarded: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for value in forwarded {
            headers.append(FORWARDED_FOR, value.parse().unwrap());
        }
        let trusted = ["10.0.0.0/8".parse().unwrap()];
        behind(peer.parse().unwrap(), &headers, &trusted).to_string()
    }

    #[test]
    fn only_trusted_proxies_are_believed() {
        assert_eq!(client("192.0.2.1", &["198.51.100.9"]), "192.0.2.1");
        assert_eq!(client("10.0.0.1", &["198.51.100.9"]), "198.51.100.9");
        assert_eq!(client("10.0.0.1", &[]), "10.0.0.1");
    }

    #[test]
    fn what_the_client_wrote_itself_is_not_believed() {
        assert_eq!(client("10.0.0.1", &["127.0.0.1, 198.51.100.9"]), "198.51.100.9");
        assert_eq!(
            client("10.0.0.1", &["127.0.0.1, 198.51.100.9", "10.0.0.2"]),
            "198.51.100.9"
        );
    }

    #[test]
    fn what_is_no_address_hides_the_client() {
        assert_eq!(client("10.0.0.1", &["198.51.100.9, unknown"]), "10.0.0.1");
    }
}
