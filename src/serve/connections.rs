//! The connections of one listener: how many there may be, and which one ends when there is no room for another.
//!
//! A new connection always gets in, so that probes are answered whatever strangers hold open: it displaces the oldest connection that has
//! had no request; if there is none, the oldest one on which nobody has authenticated; and else the one whose last request is longest ago.

use std::{
    collections::{BTreeMap, HashMap},
    net::IpAddr,
    pin::pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use grpc_server::subscriber;
use ipnet::IpNet;
use tokio::{sync::Notify, time::timeout};
use tokio_util::sync::CancellationToken;

/// Time in which a displaced connection ends before another one is displaced, too.
const CLOSING: Duration = Duration::from_millis(50);

/// The numbers of connections that a listener holds.
#[derive(Clone, Debug)]
pub(super) struct Limits {
    /// In all.
    pub(super) in_all: usize,
    /// From one address.
    pub(super) per_address: usize,
    /// The networks of proxies, whose connections carry many clients: only the limit in all holds for them.
    pub(super) proxies: Vec<IpNet>,
}

/// The open connections of a listener.
pub(super) struct Connections {
    limits: Limits,
    started: Instant,
    open: Mutex<Open>,
    closed: Notify,
}

#[derive(Default)]
struct Open {
    next: u64,
    /// The oldest first.
    by_number: BTreeMap<u64, Arc<Connection>>,
    by_address: HashMap<IpAddr, usize>,
}

/// One open connection.
pub(super) struct Connection {
    number: u64,
    address: IpAddr,
    has_begun: AtomicBool,
    is_authenticated: AtomicBool,
    /// When the last request came, in milliseconds since the listener was started; 0: none has come.
    last_request: AtomicU64,
    end: CancellationToken,
}

/// The place of an open connection; free again when it is dropped.
pub(super) struct Slot {
    connections: Arc<Connections>,
    connection: Arc<Connection>,
}

impl Connections {
    pub(super) fn new(limits: Limits) -> Arc<Self> {
        Arc::new(Self {
            limits,
            started: Instant::now(),
            open: Mutex::default(),
            closed: Notify::new(),
        })
    }

    /// Makes room for a connection from this address, and takes it.
    pub(super) async fn admit(self: &Arc<Self>, address: IpAddr) -> Slot {
        let address = subscriber(address);
        loop {
            let mut closed = pin!(self.closed.notified());
            closed.as_mut().enable();
            if let Some(slot) = self.try_admit(address) {
                return slot;
            }
            // One that does not end in time, because it is at work, is passed over.
            let _ = timeout(CLOSING, closed).await;
        }
    }

    /// Takes a place, or displaces the connection that holds it.
    fn try_admit(self: &Arc<Self>, address: IpAddr) -> Option<Slot> {
        let mut open = self.lock();
        let from_there = open.by_address.get(&address).copied().unwrap_or(0);
        let is_crowded = from_there >= self.limits.per_address && !self.is_proxy(address);
        if is_crowded || open.by_number.len() >= self.limits.in_all {
            if let Some(last) = open.least_needed(is_crowded.then_some(address)) {
                last.end.cancel();
            }
            return None;
        }
        let connection = Arc::new(Connection {
            number: open.next,
            address,
            has_begun: AtomicBool::new(false),
            is_authenticated: AtomicBool::new(false),
            last_request: AtomicU64::new(0),
            end: CancellationToken::new(),
        });
        open.next += 1;
        open.by_number.insert(connection.number, Arc::clone(&connection));
        *open.by_address.entry(address).or_default() += 1;
        Some(Slot {
            connections: Arc::clone(self),
            connection,
        })
    }

    fn is_proxy(&self, address: IpAddr) -> bool {
        let proxies = &self.limits.proxies;
        proxies.iter().any(|network| network.contains(&address))
    }

    fn now(&self) -> u64 {
        // Never 0, which is no time.
        u64::try_from(self.started.elapsed().as_millis()).map_or(u64::MAX, |now| now.max(1))
    }

    fn lock(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Open {
    /// The connection to displace, from this address or from any.
    fn least_needed(&self, address: Option<IpAddr>) -> Option<&Connection> {
        let candidates = || {
            let open = self.by_number.values().map(Arc::as_ref);
            open.filter(|it| !it.end.is_cancelled() && address.is_none_or(|address| it.address == address))
        };
        let last_request = |it: &&Connection| it.last_request.load(Ordering::Relaxed);
        candidates()
            .find(|it| last_request(it) == 0)
            .or_else(|| candidates().find(|it| !it.is_authenticated()))
            .or_else(|| candidates().min_by_key(last_request))
    }
}

impl Connection {
    /// Set when the peer has sent as much as is needed to answer it: a request, or HTTP/2's preface.
    pub(super) fn has_begun(&self) -> bool {
        self.has_begun.load(Ordering::Relaxed)
    }

    /// Notes that it has.
    pub(super) fn set_begun(&self) {
        self.has_begun.store(true, Ordering::Relaxed);
    }

    /// Set when somebody has authenticated on it.
    pub(super) fn is_authenticated(&self) -> bool {
        self.is_authenticated.load(Ordering::Relaxed)
    }

    /// Notes that somebody has.
    pub(super) fn set_authenticated(&self) {
        self.is_authenticated.store(true, Ordering::Relaxed);
    }

    /// Waits until it is displaced.
    pub(super) async fn displaced(&self) {
        self.end.cancelled().await;
    }
}

impl Slot {
    /// The connection that has this place.
    pub(super) fn connection(&self) -> Arc<Connection> {
        Arc::clone(&self.connection)
    }

    /// Notes that a request came.
    pub(super) fn note_request(&self) {
        self.connection.set_begun();
        let now = self.connections.now();
        self.connection.last_request.store(now, Ordering::Relaxed);
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut open = self.connections.lock();
        open.by_number.remove(&self.connection.number);
        if let Some(count) = open.by_address.get_mut(&self.connection.address) {
            *count -= 1;
            if *count == 0 {
                open.by_address.remove(&self.connection.address);
            }
        }
        drop(open);
        self.connections.closed.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn connections(in_all: usize, per_address: usize) -> Arc<Connections> {
        Connections::new(Limits {
            in_all,
            per_address,
            proxies: vec!["10.0.0.0/8".parse().unwrap()],
        })
    }

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn is_displaced(slot: &Slot) -> bool {
        slot.connection.end.is_cancelled()
    }

    #[tokio::test]
    async fn a_new_connection_displaces_the_oldest_stranger() {
        let connections = connections(3, 3);
        let known = connections.admit(address("192.0.2.1")).await;
        known.connection.set_authenticated();
        let old = connections.admit(address("192.0.2.2")).await;
        let new = connections.admit(address("192.0.2.3")).await;
        for slot in [&known, &old, &new] {
            slot.note_request();
        }
        assert!(connections.try_admit(address("192.0.2.4")).is_none());
        assert_eq!([&known, &old, &new].map(is_displaced), [false, true, false]);
        drop(old);
        connections.admit(address("192.0.2.4")).await;
    }

    #[tokio::test]
    async fn without_strangers_the_one_without_requests_goes() {
        let connections = connections(2, 2);
        let idle = connections.admit(address("192.0.2.1")).await;
        let busy = connections.admit(address("192.0.2.1")).await;
        for slot in [&busy, &idle] {
            slot.connection.set_authenticated();
            slot.note_request();
        }
        busy.connection.last_request.store(u64::MAX, Ordering::Relaxed);
        assert!(connections.try_admit(address("192.0.2.2")).is_none());
        assert_eq!([&idle, &busy].map(is_displaced), [true, false]);
    }

    #[tokio::test]
    async fn a_request_is_worth_more_than_silence() {
        let connections = connections(2, 2);
        let asking = connections.admit(address("192.0.2.1")).await;
        let silent = connections.admit(address("192.0.2.1")).await;
        asking.note_request();
        assert!(connections.try_admit(address("192.0.2.1")).is_none());
        assert_eq!([&asking, &silent].map(is_displaced), [false, true]);
    }

    #[tokio::test]
    async fn who_has_too_many_displaces_its_own() {
        let connections = connections(10, 2);
        let other = connections.admit(address("192.0.2.1")).await;
        let first = connections.admit(address("2001:db8::1")).await;
        let second = connections.admit(address("2001:db8::2")).await;
        assert!(
            connections
                .try_admit(subscriber(address("2001:db8::3")))
                .is_none()
        );
        assert_eq!([&other, &first, &second].map(is_displaced), [false, true, false]);
    }

    #[tokio::test]
    async fn a_proxy_has_as_many_as_there_may_be() {
        let connections = connections(3, 1);
        let mut held = Vec::new();
        for _ in 0..3 {
            held.push(connections.try_admit(address("10.0.0.1")).unwrap());
        }
        assert!(connections.try_admit(address("10.0.0.1")).is_none());
    }

    #[tokio::test]
    async fn one_that_does_not_end_holds_nobody_up() {
        let connections = connections(2, 2);
        let [first, second] = [
            connections.admit(address("192.0.2.1")).await,
            connections.admit(address("192.0.2.1")).await,
        ];
        let at_work = first;
        let displaced = second.connection();
        tokio::spawn(async move {
            displaced.displaced().await;
            drop(second);
        });
        connections.admit(address("192.0.2.2")).await;
        assert!(is_displaced(&at_work));
    }
}
