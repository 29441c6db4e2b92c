//! How a connection is made.

use std::{
    future::poll_fn,
    path::Path,
    pin::pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use diesel::result::{DatabaseErrorKind, Error as DieselError};
use diesel_async::AsyncPgConnection;
use rustls::{
    ClientConfig, RootCertStore,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, pem::PemObject},
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    sync::watch,
    time::{error::Elapsed, timeout},
};
use tokio_postgres::{AsyncMessage, Config, Connection, NoTls, Notification};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::url::{Encryption, Target};
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
}

/// Makes connections to one database.
pub(super) struct Connector {
    config: Config,
    tls: Option<MakeRustlsConnect>,
    /// Time limit of a new connection, to its first answer; the driver's own ends when the system has connected.
    time_limit: Duration,
    sweep: Arc<Sweep>,
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
            Encryption::Verified(roots) => Some(tls(roots.as_deref())?),
        };
        Ok(Self {
            config: target.config,
            tls,
            time_limit: target.time_limit,
            sweep: Sweep::new(),
        })
    }

    pub(super) async fn connect(&self) -> Result<Client, ConnectError> {
        timeout(self.time_limit, self.open()).await?
    }

    async fn open(&self) -> Result<Client, ConnectError> {
        if let Some(tls) = &self.tls {
            let (client, connection) = self.config.connect(tls.clone()).await?;
            self.client(client, connection).await
        } else {
            let (client, connection) = self.config.connect(NoTls).await?;
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
        tokio::spawn(async move {
            let mut connection = pin!(connection);
            tokio::select! {
                outcome = &mut connection => if let Err(error) = outcome {
                    tracing::info!(error = &error as &dyn std::error::Error, "a connection was lost");
                },
                Ok(()) = suspicion.changed() => {}
            }
            // Before the connection is dropped and its statements fail, so that whoever made them knows why.
            ended.store(true, Ordering::Release);
        });
        Ok(Client {
            diesel: AsyncPgConnection::try_from(client).await?,
            closed,
            suspected,
            sweep: Arc::clone(&self.sweep),
        })
    }

    /// Closes every connection that is open now. Statements under way fail as those on a broken connection do.
    pub(super) fn suspect_all(&self) {
        self.sweep.run();
    }

    /// Time limit of a new connection.
    pub(super) fn time_limit(&self) -> Duration {
        self.time_limit
    }
}

/// The client's side of a connection. Statements can be sent on it from several places at a time, one behind the other.
pub(super) struct Client {
    diesel: AsyncPgConnection,
    closed: Arc<AtomicBool>,
    suspected: watch::Receiver<()>,
    sweep: Arc<Sweep>,
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
        self.closed.load(Ordering::Acquire) || self.suspected.has_changed().unwrap_or(true)
    }

    /// Closes this connection and all others if the server refused to write: it was demoted, or is a standby, and a session that is read-only
    /// stays so. The next connections find the server that takes writes, if `target_session_attrs` asks for it.
    pub(super) fn note_failure(&self, error: &DieselError) {
        let is_read_only = matches!(
            error,
            DieselError::DatabaseError(DatabaseErrorKind::ReadOnlyTransaction, _)
        );
        if is_read_only && !self.closed.swap(true, Ordering::AcqRel) && self.sweep.run() {
            tracing::warn!("the database takes no writes; its connections are made anew");
        }
    }
}

impl Connector {
    /// A connection whose notifications go where the caller says.
    pub(super) async fn listen(
        &self,
        receive: impl Fn(Notification) + Send + 'static,
    ) -> Result<tokio_postgres::Client, ConnectError> {
        if let Some(tls) = &self.tls {
            let connecting = self.config.connect(tls.clone());
            let (client, connection) = timeout(self.time_limit, connecting).await??;
            tokio::spawn(drive(connection, receive));
            Ok(client)
        } else {
            let connecting = self.config.connect(NoTls);
            let (client, connection) = timeout(self.time_limit, connecting).await??;
            tokio::spawn(drive(connection, receive));
            Ok(client)
        }
    }
}

/// Works for a connection until it ends, which is when its client is dropped or the server goes.
async fn drive<S, T>(mut connection: Connection<S, T>, receive: impl Fn(Notification))
where
    S: AsyncRead + AsyncWrite + Unpin,
    T: AsyncRead + AsyncWrite + Unpin,
{
    while let Some(Ok(message)) = poll_fn(|cx| connection.poll_message(cx)).await {
        if let AsyncMessage::Notification(notification) = message {
            receive(notification);
        }
    }
}

fn tls(roots: Option<&Path>) -> Result<MakeRustlsConnect, OpenError> {
    let roots = match roots {
        Some(path) => roots_of_file(path)?,
        None => RootCertStore {
            roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
        },
    };
    // The provider by name: a process-wide default may be another one.
    let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(OpenError::opened)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(MakeRustlsConnect::new(config))
}

fn roots_of_file(path: &Path) -> Result<RootCertStore, OpenError> {
    let wrong = |why: String| OpenError::url(format_args!("names {}, {why}", path.display()));
    let mut roots = RootCertStore::empty();
    let certificates = CertificateDer::pem_file_iter(path).map_err(|error| wrong(error.to_string()))?;
    for certificate in certificates {
        let certificate = certificate.map_err(|error| wrong(error.to_string()))?;
        roots.add(certificate).map_err(|error| wrong(error.to_string()))?;
    }
    if roots.is_empty() {
        return Err(wrong("which holds no certificate".into()));
    }
    Ok(roots)
}
