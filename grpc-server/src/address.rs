//! Where a client is: what the socket says, or what a facade says that is believed.

use std::net::IpAddr;

use http::{Extensions, HeaderMap};
use ipnet::{IpNet, Ipv6Net};

/// Carries the address of the client of a facade.
const FORWARDED: &str = "x-client-address";

/// The other end of the connection; the listener puts it into the extensions of each request.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub IpAddr);

/// Marks a call that came over no socket. Extensions do not travel, so nobody outside of the process can set it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct InProcess;

/// Bits of an IPv6 address that one subscriber has for itself (RFC 6177).
const SUBSCRIBER_BITS: u8 = 64;

/// The address to count by: of IPv6, the network of a subscriber, who has more addresses than could be counted.
pub fn subscriber(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => Ipv6Net::new_assert(address, SUBSCRIBER_BITS).network().into(),
        IpAddr::V4(address) => address.into(),
    }
}

/// The client's address, as the layers found it out; they put it into the extensions of each request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ClientAddress(pub(crate) Option<IpAddr>);

/// The client's address. A facade in this process is believed, and one on a trusted network; everybody else is who the socket says,
/// whatever the headers hold. `None`: nobody said, or not in the form of an address.
pub(crate) fn of_client(
    headers: &HeaderMap,
    extensions: &Extensions,
    trusted_facades: &[IpNet],
) -> Option<IpAddr> {
    let peer = peer(extensions);
    let trusts = |peer: IpAddr| trusted_facades.iter().any(|network| network.contains(&peer));
    match (peer, extensions.get::<InProcess>()) {
        (None, Some(InProcess)) => forwarded(headers),
        (Some(peer), _) if trusts(peer) && headers.contains_key(FORWARDED) => forwarded(headers),
        (peer, _) => peer,
    }
}

fn forwarded(headers: &HeaderMap) -> Option<IpAddr> {
    let address: IpAddr = headers.get(FORWARDED)?.to_str().ok()?.parse().ok()?;
    Some(address.to_canonical())
}

/// IPv4 that came over an IPv6 socket is IPv4 again, so that it is found in IPv4 networks.
fn peer(extensions: &Extensions) -> Option<IpAddr> {
    let Peer(address) = extensions.get()?;
    Some(address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn forwarded(address: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(FORWARDED, address.parse().unwrap());
        headers
    }

    fn over_tcp(peer: &str) -> Extensions {
        let mut extensions = Extensions::default();
        extensions.insert(Peer(address(peer)));
        extensions
    }

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn a_facade_in_this_process_is_believed() {
        let mut extensions = Extensions::default();
        extensions.insert(InProcess);
        assert_eq!(
            of_client(&forwarded("192.0.2.7"), &extensions, &[]),
            Some(address("192.0.2.7"))
        );
        assert_eq!(of_client(&HeaderMap::new(), &extensions, &[]), None);
    }

    #[test]
    fn over_a_socket_only_a_trusted_facade_is_believed() {
        let (forwarded, peer) = (forwarded("192.0.2.7"), over_tcp("10.0.0.1"));
        assert_eq!(of_client(&forwarded, &peer, &[]), Some(address("10.0.0.1")));
        let trusted = ["10.0.0.0/8".parse().unwrap()];
        assert_eq!(of_client(&forwarded, &peer, &trusted), Some(address("192.0.2.7")));
        assert_eq!(
            of_client(&HeaderMap::new(), &peer, &trusted),
            Some(address("10.0.0.1"))
        );
    }

    #[test]
    fn what_is_no_address_is_nowhere() {
        let trusted = ["10.0.0.0/8".parse().unwrap()];
        assert_eq!(
            of_client(&forwarded("here"), &over_tcp("10.0.0.1"), &trusted),
            None
        );
    }

    #[test]
    fn ipv4_over_ipv6_is_ipv4() {
        let peer = over_tcp("::ffff:192.0.2.7");
        assert_eq!(
            of_client(&HeaderMap::new(), &peer, &[]),
            Some(address("192.0.2.7"))
        );
    }
}
