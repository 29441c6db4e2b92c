//! The web console's part of the program: its listener, its links, and what it is made of.

use std::{net::SocketAddr, sync::Arc};

use console::{Console, CoreService, Environment, Sessions};
use grpc_server::SignInLinks;
use identity_core::platform::{Platform as _, SystemPlatform};
use tokio::net::TcpListener;

use super::{connections::Limits, listeners::Listeners};

/// A console that waits for its core.
pub(super) struct ConsoleListener {
    pub(super) socket: TcpListener,
    pub(super) address: SocketAddr,
    url: String,
    sessions: Arc<Sessions>,
}

impl ConsoleListener {
    /// A console on a bound socket. `url` is where browsers find it.
    pub(super) fn new((socket, address): (TcpListener, SocketAddr), url: String) -> Self {
        Self {
            socket,
            address,
            url,
            sessions: Arc::new(Sessions::new(|bytes| SystemPlatform.random(bytes))),
        }
    }

    /// The maker of its links.
    pub(super) fn links(&self) -> SignInLinks {
        let (url, sessions) = (self.url.clone(), Arc::clone(&self.sessions));
        SignInLinks(Arc::new(move |token| {
            format!("{url}{}", console::sign_in_path(&sessions.add_code(token)))
        }))
    }

    /// Serves it over a core; answers what to announce.
    pub(super) fn open(self, core: CoreService, limits: Limits, listeners: &mut Listeners) -> String {
        let environment = Environment {
            now: || SystemPlatform.now().0,
            random: |bytes| SystemPlatform.random(bytes),
        };
        let console = Console::new(core, self.sessions, environment);
        listeners.open_console(self.socket, limits, console.router());
        format!(", console on {}", self.address)
    }
}
