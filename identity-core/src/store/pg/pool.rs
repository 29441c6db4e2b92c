//! The pool of connections.

use std::sync::Arc;

use deadpool::{
    Runtime, Status,
    managed::{self, Metrics, Object, PoolError, RecycleError, RecycleResult},
};

use super::{
    conn::Conn,
    connect::{ConnectError, Connector},
    shared::Shared,
};
use crate::{
    error::Result,
    store::{OpenError, Options, failure::unavailable},
};

impl managed::Manager for Connector {
    type Type = Conn;
    type Error = ConnectError;

    async fn create(&self) -> Result<Conn, ConnectError> {
        let client = self.connect().await?;
        Ok(Conn::new(Arc::new(client)))
    }

    /// Asks the client and not the server, which would cost a round trip each time. A connection that broke unseen fails at its
    /// first statement, and reads and units then run again.
    async fn recycle(&self, conn: &mut Conn, _: &Metrics) -> RecycleResult<ConnectError> {
        if conn.is_reusable() {
            Ok(())
        } else {
            Err(RecycleError::message(
                "the connection is closed or in the middle of something",
            ))
        }
    }
}

/// The pool.
#[derive(Clone)]
pub(super) struct Pool(managed::Pool<Connector>);

impl Pool {
    pub(super) fn new(connector: Connector, options: &Options) -> Result<Self, OpenError> {
        let time_limit = connector.time_limit();
        managed::Pool::builder(connector)
            .max_size(options.connections.saturating_sub(Shared::count(options)).max(1))
            .runtime(Runtime::Tokio1)
            .wait_timeout(Some(options.connect_timeout))
            .create_timeout(Some(time_limit))
            .build()
            .map(Self)
            .map_err(OpenError::opened)
    }

    /// The pool's figures.
    pub(super) fn status(&self) -> Status {
        self.0.status()
    }

    /// Tells the largest number of connections.
    pub(super) fn max_size(&self) -> usize {
        self.0.status().max_size
    }

    /// Makes connections without the pool.
    pub(super) fn connector(&self) -> &Connector {
        self.0.manager()
    }

    /// A connection. Whoever leaves it in good order says so by [`Conn::mark_clean`]; it is closed otherwise.
    pub(super) async fn get(&self) -> Result<Object<Connector>> {
        let mut conn = self.0.get().await.map_err(unavailable)?;
        conn.mark_in_use();
        Ok(conn)
    }

    /// The first connection.
    pub(super) async fn first(&self) -> Result<Object<Connector>, OpenError> {
        self.0.get().await.map_err(|error| match error {
            PoolError::Backend(error) => error.into(),
            other => OpenError::Unreachable(other.into()),
        })
    }

    pub(super) fn close(&self) {
        self.0.close();
    }
}
