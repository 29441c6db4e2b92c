//! How a connection is made.

use std::{
    error::Error as _,
    future::poll_fn,
    io,
    net::SocketAddr,
    pin::pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use diesel::result::{DatabaseErrorKind, Error as DieselError};
use diesel_async::AsyncPgConnection;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::lookup_host,
    sync::{Semaphore, watch},
    task::JoinError,
    time::{error::Elapsed, timeout},
};
use tokio_postgres::{
    AsyncMessage, Config, Connection, NoTls, Notification, SimpleQueryMessage, config::Host, error::SqlState,
};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::{
    liveness::{Answers, Backend, OpenConnections, SELECT_BACKEND},
    tls,
    url::{Encryption, HOST_TIMEOUT, Target},
};
use crate::store::OpenError;

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub(super) enum ConnectError {
    /// The server is not there, or refuses.
    #[error(transparent)]
    Refused(#[from] tokio_postgres::Error),
    /// It cannot be set up.
    #[error(transparent)]
    Unfit(#[from] diesel::ConnectionError),
    /// The server is there, and says nothing.
    #[error("the server does not answer")]
    Silent(#[from] Elapsed),
    /// The URL names no host.
    #[error("no host is named")]
    NoHost,
    /// The last attempts failed, and the next one is due in a moment.
    #[error("there was no connection a moment ago: {0}")]
    Paused(String),
    /// The server does not tell which of its processes serves the connection.
    #[error("the server does not tell its process")]
    Unidentified,
    /// Another connection has the same session.
    #[error("a pooler lets connections share a session")]
    SharedSession,
    /// The attempt was given up with the program.
    #[error("the attempt was given up")]
    GivenUp(#[from] JoinError),
}

impl From<ConnectError> for OpenError {
    fn from(error: ConnectError) -> Self {
        match error {
            ConnectError::SharedSession => Self::SharedSession,
            ConnectError::Refused(error) if !may_be_there_soon(&error) => Self::opened(error),
            ConnectError::Unfit(error) => Self::opened(error),
            ConnectError::NoHost => Self::opened(error),
            other => Self::Unreachable(other.into()),
        }
    }
}

/// Tells whether a server that starts, ends or is full refused a connection, or nobody answered; and not a wrong password or certificate.
fn may_be_there_soon(error: &tokio_postgres::Error) -> bool {
    let passing = [
        SqlState::CANNOT_CONNECT_NOW,
        SqlState::ADMIN_SHUTDOWN,
        SqlState::CRASH_SHUTDOWN,
        SqlState::TOO_MANY_CONNECTIONS,
    ];
    if let Some(code) = error.code() {
        return passing.contains(code);
    }
    let cause = error.source().and_then(|it| it.downcast_ref::<io::Error>());
    // TLS is data to the system.
    error.is_closed() || cause.is_some_and(|it| it.kind() != io::ErrorKind::InvalidData)
}

/// Makes connections to one database.
pub(super) struct Connector(Arc<Inner>);

struct Inner {
    hosts: Vec<Config>,
    /// The host to begin with: the one that answered last. Beginning with the first, each new connection waited for every silent host
    /// before the good one: with two of them calls failed for half a minute.
    first: Arc<AtomicUsize>,
    tls: Option<MakeRustlsConnect>,
    /// Time limit of a new connection to one host, to its first answer; the driver's own ends when the system has connected.
    time_limit: Duration,
    /// Statements that set a session up.
    session: String,
    sweep: Arc<Sweep>,
    open: OpenConnections,
    /// Connections whose client watches them itself.
    listening: OpenConnections,
    attempts: Attempts,
}

/// Attempts to connect that are made at a time. The server has a process for each, which lives on for a while when it hears no more.
const MAX_ATTEMPTS: usize = 4;
/// The pause after a failed attempt, twice as long after each further one.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
/// The longest pause. Without any, each call made its own attempt: 62 a second at a server that was starting.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// Attempts to connect, few at a time and with pauses while they fail.
struct Attempts {
    permits: Semaphore,
    pause: Mutex<Pause>,
}

#[derive(Default)]
struct Pause {
    length: Duration,
    /// End of the pause, and why there is one.
    until: Option<(Instant, String)>,
}

impl Attempts {
    fn new() -> Self {
        Self {
            permits: Semaphore::new(MAX_ATTEMPTS),
            pause: Mutex::default(),
        }
    }

    fn refuse_in_pause(&self) -> Result<(), ConnectError> {
        match &self.pause.lock().unwrap_or_else(PoisonError::into_inner).until {
            Some((end, why)) if Instant::now() < *end => Err(ConnectError::Paused(why.clone())),
            _ => Ok(()),
        }
    }

    fn note<T>(&self, outcome: &Result<T, ConnectError>) {
        let mut pause = self.pause.lock().unwrap_or_else(PoisonError::into_inner);
        let Err(error) = outcome else {
            *pause = Pause::default();
            return;
        };
        pause.length = (pause.length * 2).clamp(FIRST_PAUSE, LONGEST_PAUSE);
        pause.until = Some((Instant::now() + pause.length, error.to_string()));
    }
}

/// The shortest time between two closings of all connections. A server that takes no writes refuses many at once, and the connections that
/// were just made would be closed with each: 70 to 100 of them a second, and reads failed that need no writes.
const SWEEP_EVERY: Duration = Duration::from_secs(2);

/// A closing of all connections that are open.
struct Sweep {
    last: Mutex<Option<Instant>>,
    suspected: watch::Sender<()>,
}

impl Sweep {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            last: Mutex::default(),
            suspected: watch::Sender::new(()),
        })
    }

    /// Closes them, unless that was done just before; answers whether it did.
    fn run(&self) -> bool {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if last.is_some_and(|last| last.elapsed() < SWEEP_EVERY) {
            return false;
        }
        *last = Some(Instant::now());
        self.suspected.send_replace(());
        true
    }
}

impl Connector {
    pub(super) fn new(target: Target) -> Result<Self, OpenError> {
        let tls = match target.encryption {
            Encryption::None => None,
            Encryption::Verified(roots) => {
                Some(tls::connector(roots.as_deref(), target.certificate.as_ref())?)
            }
        };
        Ok(Self(Arc::new(Inner {
            hosts: target.hosts,
            first: Arc::default(),
            tls,
            time_limit: target.time_limit,
            session: target.session,
            sweep: Sweep::new(),
            open: OpenConnections::default(),
            listening: OpenConnections::default(),
            attempts: Attempts::new(),
        })))
    }

    /// A connection, made in a task of its own: one that its caller gives up would leave half a connection at the server, and the next
    /// caller would begin another.
    pub(super) async fn connect(&self) -> Result<Client, ConnectError> {
        let inner = Arc::clone(&self.0);
        tokio::spawn(async move {
            // Nobody closes the semaphore.
            let _permit = inner.attempts.permits.acquire().await;
            inner.attempts.refuse_in_pause()?;
            let outcome = inner.connect().await;
            inner.attempts.note(&outcome);
            outcome
        })
        .await?
    }

    /// A connection whose notifications go where the caller says, to the same host as the others.
    pub(super) async fn listen(
        &self,
        receive: impl Fn(Notification) + Clone + Send + 'static,
    ) -> Result<tokio_postgres::Client, ConnectError> {
        self.0.listen(receive).await
    }

    /// Closes every connection that is open now. Statements under way fail as those on a broken connection do.
    pub(super) fn suspect_all(&self) {
        if self.0.sweep.run() {
            tracing::warn!("the database does not answer; its connections are made anew");
        }
    }

    /// The server's processes of all connections.
    pub(super) fn pids(&self) -> Vec<i32> {
        [self.0.open.pids(), self.0.listening.pids()].concat()
    }

    /// The connections that are open.
    pub(super) fn open_connections(&self) -> &OpenConnections {
        &self.0.open
    }

    /// Time limit of a new connection, whichever host it is made to: of two addresses of each, as a name often has one of IPv4 and one of
    /// IPv6.
    pub(super) fn time_limit(&self) -> Duration {
        let hosts = u32::try_from(self.0.hosts.len()).unwrap_or(u32::MAX);
        self.0.time_limit.saturating_mul(hosts).saturating_mul(2)
    }
}

impl Inner {
    /// A connection to a host that answers, and takes writes if `target_session_attrs` asks for it. The driver itself would
    /// stay with a host that takes the connection and says nothing, as a frozen server does.
    async fn connect(&self) -> Result<Client, ConnectError> {
        let mut failure = ConnectError::NoHost;
        for (index, host) in self.hosts_in_order() {
            let addresses = addresses(host).await;
            for address in &addresses {
                match timeout(self.limit_of_one(&addresses), self.open(address)).await {
                    Ok(Ok(client)) => {
                        self.first.store(index, Ordering::Relaxed);
                        return Ok(client);
                    }
                    Ok(Err(error)) => failure = error,
                    Err(elapsed) => failure = elapsed.into(),
                }
            }
        }
        Err(failure)
    }

    /// Time limit of one of these addresses of a host.
    fn limit_of_one(&self, addresses: &[Config]) -> Duration {
        match addresses.len() {
            0 | 1 => self.time_limit,
            _ => self.time_limit.min(HOST_TIMEOUT),
        }
    }

    fn hosts_in_order(&self) -> impl Iterator<Item = (usize, &Config)> {
        let first = self.first.load(Ordering::Relaxed);
        let hosts = self.hosts.iter().enumerate();
        hosts.cycle().skip(first).take(self.hosts.len())
    }

    async fn open(&self, host: &Config) -> Result<Client, ConnectError> {
        if let Some(tls) = &self.tls {
            let (client, connection) = host.connect(tls.clone()).await?;
            self.client(client, connection).await
        } else {
            let (client, connection) = host.connect(NoTls).await?;
            self.client(client, connection).await
        }
    }

    /// Drives the connection in a task of its own. diesel-async would do that as well, but then listens for its end anew with each
    /// statement.
    async fn client<S, T>(
        &self,
        client: tokio_postgres::Client,
        connection: Connection<S, T>,
    ) -> Result<Client, ConnectError>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
        T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let closed = Arc::new(AtomicBool::new(false));
        let ended = Arc::clone(&closed);
        let suspected = self.sweep.suspected.subscribe();
        let mut suspicion = suspected.clone();
        let answers = Arc::new(Answers::default());
        let awaited = Arc::clone(&answers);
        tokio::spawn(async move {
            let mut connection = pin!(connection);
            tokio::select! {
                outcome = &mut connection => if let Err(error) = outcome {
                    tracing::info!(error = &error as &dyn std::error::Error, "a connection was lost");
                },
                Ok(()) = suspicion.changed() => {}
                () = awaited.lost() => {}
            }
            // Before the connection is dropped and its statements fail, so that whoever made them knows why.
            ended.store(true, Ordering::Release);
            awaited.lose();
        });
        let backend = self.set_up(&client).await?;
        if self.open.has(&backend) {
            return Err(ConnectError::SharedSession);
        }
        answers.expect_from(backend);
        self.open.add(&answers);
        Ok(Client {
            diesel: AsyncPgConnection::try_from(client).await?,
            answers,
            closed,
            suspected,
            sweep: Arc::clone(&self.sweep),
            first: Arc::clone(&self.first),
        })
    }
}

impl Inner {
    /// Sets a session up in one round trip, and without statements to prepare, which a pooler in transaction mode would mix up.
    async fn set_up(&self, client: &tokio_postgres::Client) -> Result<Backend, ConnectError> {
        let statements = format!("{}{SELECT_BACKEND}", self.session);
        let answers = client.simple_query(&statements).await?;
        let backend = answers.iter().find_map(|answer| match answer {
            SimpleQueryMessage::Row(row) => Some(Backend {
                pid: row.get(0)?.parse().ok()?,
                started: row.get(1).unwrap_or_default().to_owned(),
            }),
            _ => None,
        });
        backend.ok_or(ConnectError::Unidentified)
    }
}

/// The client's side of a connection. Statements can be sent on it from several places at a time, one behind the other.
pub(super) struct Client {
    diesel: AsyncPgConnection,
    answers: Arc<Answers>,
    closed: Arc<AtomicBool>,
    suspected: watch::Receiver<()>,
    sweep: Arc<Sweep>,
    first: Arc<AtomicUsize>,
}

impl Client {
    /// For statements.
    pub(super) fn diesel(&self) -> &AsyncPgConnection {
        &self.diesel
    }

    /// For what wants it whole.
    pub(super) fn into_diesel(self) -> AsyncPgConnection {
        self.diesel
    }

    /// Tells whether the connection to the server is lost.
    pub(super) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
            || self.answers.is_lost()
            || self.suspected.has_changed().unwrap_or(true)
    }

    /// The statements that wait for an answer.
    pub(super) fn answers(&self) -> &Arc<Answers> {
        &self.answers
    }

    /// Closes all connections if the server refused to write: it was demoted, or is a standby, and a session that is read-only stays so. The next connections find the server that takes writes, if `target_session_attrs` asks for it.
    pub(super) fn note_failure(&self, error: &DieselError) {
        let is_read_only = matches!(
            error,
            DieselError::DatabaseError(DatabaseErrorKind::ReadOnlyTransaction, _)
        );
        if is_read_only && self.sweep.run() {
            self.first.store(0, Ordering::Relaxed);
            tracing::warn!("the database takes no writes; its connections are made anew");
        }
    }
}

impl Inner {
    async fn listen(
        &self,
        receive: impl Fn(Notification) + Clone + Send + 'static,
    ) -> Result<tokio_postgres::Client, ConnectError> {
        let mut failure = ConnectError::NoHost;
        for (_, host) in self.hosts_in_order() {
            let addresses = addresses(host).await;
            for address in &addresses {
                let listening = self.open_listening(address, receive.clone());
                match timeout(self.limit_of_one(&addresses), listening).await {
                    Ok(Ok(client)) => return Ok(client),
                    Ok(Err(error)) => failure = error,
                    Err(elapsed) => failure = elapsed.into(),
                }
            }
        }
        Err(failure)
    }

    async fn open_listening(
        &self,
        host: &Config,
        receive: impl Fn(Notification) + Send + 'static,
    ) -> Result<tokio_postgres::Client, ConnectError> {
        let suspicion = self.sweep.suspected.subscribe();
        let answers = Arc::new(Answers::default());
        let kept = Arc::clone(&answers);
        let client = if let Some(tls) = &self.tls {
            let (client, connection) = host.connect(tls.clone()).await?;
            tokio::spawn(drive(connection, receive, suspicion, kept));
            client
        } else {
            let (client, connection) = host.connect(NoTls).await?;
            tokio::spawn(drive(connection, receive, suspicion, kept));
            client
        };
        answers.expect_from(self.set_up(&client).await?);
        self.listening.add(&answers);
        Ok(client)
    }
}

/// A host with each of its addresses: the driver stays with the first that takes the connection, whether it says anything or not.
async fn addresses(host: &Config) -> Vec<Config> {
    let found = match (host.get_hosts(), host.get_hostaddrs(), host.get_ports()) {
        ([Host::Tcp(name)], [], [port]) => lookup_host((name.as_str(), *port)).await,
        _ => return vec![host.clone()],
    };
    // Without an address the driver says what is wrong with the name.
    let Ok(found) = found else {
        return vec![host.clone()];
    };
    let at = |address: SocketAddr| {
        let mut host = host.clone();
        host.hostaddr(address.ip());
        host
    };
    found.map(at).collect()
}

/// Works for a connection until it ends, which is when its client is dropped, the server goes, or all connections are closed.
async fn drive<S, T>(
    mut connection: Connection<S, T>,
    receive: impl Fn(Notification),
    mut suspicion: watch::Receiver<()>,
    _open: Arc<Answers>,
) where
    S: AsyncRead + AsyncWrite + Unpin,
    T: AsyncRead + AsyncWrite + Unpin,
{
    let work = async move {
        while let Some(Ok(message)) = poll_fn(|cx| connection.poll_message(cx)).await {
            if let AsyncMessage::Notification(notification) = message {
                receive(notification);
            }
        }
    };
    tokio::select! {
        () = work => {}
        Ok(()) = suspicion.changed() => {}
    }
}
