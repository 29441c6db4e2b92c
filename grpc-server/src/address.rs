//! Where a client is: what the socket says, or what a facade says that is believed.

use std::net::IpAddr;

use ipnet::IpNet;
use tonic::{
    Extensions,
    metadata::MetadataMap,
    transport::server::{TcpConnectInfo, TlsConnectInfo},
};

/// Carries the address of the client of a facade.
const FORWARDED: &str = "x-client-address";

/// Marks a call that came over no socket. Extensions do not travel, so nobody outside of the process can set it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct InProcess;

/// The client's address. A facade in this process is believed, and one on a trusted network; everybody else is who the socket says,
/// whatever the metadata holds. `None`: nobody said, or not in the form of an address.
pub(crate) fn of_client(
    metadata: &MetadataMap,
    extensions: &Extensions,
    trusted_facades: &[IpNet],
) -> Option<IpAddr> {
    let peer = peer(extensions);
    let trusts = |peer: IpAddr| trusted_facades.iter().any(|network| network.contains(&peer));
    match (peer, extensions.get::<InProcess>()) {
        (None, Some(InProcess)) => forwarded(metadata),
        (Some(peer), _) if trusts(peer) && metadata.contains_key(FORWARDED) => forwarded(metadata),
        (peer, _) => peer,
    }
}

fn forwarded(metadata: &MetadataMap) -> Option<IpAddr> {
    let address: IpAddr = metadata.get(FORWARDED)?.to_str().ok()?.parse().ok()?;
    Some(address.to_canonical())
}

/// IPv4 that came over an IPv6 socket is IPv4 again, so that it is found in IPv4 networks.
fn peer(extensions: &Extensions) -> Option<IpAddr> {
    let over_tls = || {
        let tls = extensions.get::<TlsConnectInfo<TcpConnectInfo>>()?;
        tls.get_ref().remote_addr()
    };
    let tcp = extensions.get::<TcpConnectInfo>();
    let address = tcp.and_then(TcpConnectInfo::remote_addr).or_else(over_tls)?;
    Some(address.ip().to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(address: &str) -> MetadataMap {
        let mut metadata = MetadataMap::new();
        metadata.insert(FORWARDED, address.parse().unwrap());
        metadata
    }

    fn over_tcp(peer: &str) -> Extensions {
        let mut extensions = Extensions::default();
        let remote_addr = Some(format!("{peer}:4000").parse().unwrap());
        extensions.insert(TcpConnectInfo {
            local_addr: None,
            remote_addr,
        });
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
            of_client(&said("192.0.2.7"), &extensions, &[]),
            Some(address("192.0.2.7"))
        );
        assert_eq!(of_client(&MetadataMap::new(), &extensions, &[]), None);
    }

    #[test]
    fn over_a_socket_only_a_trusted_facade_is_believed() {
        let (said, peer) = (said("192.0.2.7"), over_tcp("10.0.0.1"));
        assert_eq!(of_client(&said, &peer, &[]), Some(address("10.0.0.1")));
        let trusted = ["10.0.0.0/8".parse().unwrap()];
        assert_eq!(of_client(&said, &peer, &trusted), Some(address("192.0.2.7")));
        assert_eq!(
            of_client(&MetadataMap::new(), &peer, &trusted),
            Some(address("10.0.0.1"))
        );
    }

    #[test]
    fn what_is_no_address_is_nowhere() {
        let trusted = ["10.0.0.0/8".parse().unwrap()];
        assert_eq!(of_client(&said("here"), &over_tcp("10.0.0.1"), &trusted), None);
    }

    #[test]
    fn ipv4_over_ipv6_is_ipv4() {
        let peer = over_tcp("[::ffff:192.0.2.7]");
        assert_eq!(
            of_client(&MetadataMap::new(), &peer, &[]),
            Some(address("192.0.2.7"))
        );
    }
}
