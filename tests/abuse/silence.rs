//! Connections that say nothing, or not enough.

use std::time::Duration;

use tokio::{io::AsyncWriteExt as _, net::TcpStream, time::sleep};

use super::Target;
use crate::harness::{Server, Setup, everywhere};

everywhere!(
    silent_connections_beyond_the_file_limit_stop_nothing,
    half_heads_stop_nothing,
    half_prefaces_stop_nothing,
);

/// The file limit of the attacked server, and more connections than that.
const FILES: u32 = 256;
const CONNECTIONS: usize = 300;
/// Longer than a system that is out of files would recover by itself.
const HELD: Duration = Duration::from_secs(5);

async fn silent_connections_beyond_the_file_limit_stop_nothing(setup: Setup) {
    hold(setup, b"").await;
}

async fn half_heads_stop_nothing(setup: Setup) {
    hold(setup, b"GET /scim/v2/Users HTTP/1.1\r\nHost: x\r\nX-Half: ").await;
}

async fn half_prefaces_stop_nothing(setup: Setup) {
    hold(setup, b"PRI * HTTP/2.0\r\n").await;
}

/// Opens connections to both listeners, sends this on each, and is silent.
async fn hold(setup: Setup, beginning: &[u8]) {
    let target = Target::on(async || Server::start_with_files(setup, FILES)).await;
    let addresses =
        [&target.endpoints().grpc, &target.endpoints().scim].map(|url| url.replace("http://", ""));
    let attack = async {
        let mut held = Vec::new();
        for _ in 0..CONNECTIONS {
            for address in &addresses {
                let mut stream = TcpStream::connect(address).await.expect("a connection");
                // The server may have closed it already.
                let _ = stream.write_all(beginning).await;
                held.push(stream);
            }
        }
        sleep(HELD).await;
    };
    target.endures(attack).await;
}
