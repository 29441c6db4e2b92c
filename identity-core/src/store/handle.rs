//! The handle on an open store.

use std::{any, path::PathBuf, sync::Arc};

use async_trait::async_trait;
use tokio::sync::broadcast;
use tracing::{Instrument as _, Span};

use super::{
    Cost, Follow, OpenError, Options, Query, Reached, Reader, Stats, Unit,
    failure::unavailable,
    migrations::{Direction, ReadSchema, Schema},
    pg,
    rows::NewProvisioningRequest,
    sqlite,
};
use crate::{
    connection_health::Observed,
    error::{Error, Result},
    id::Id,
    platform::Timestamp,
    provisioning_log::ProvisioningRequest,
};

/// An open database. Clones share it.
///
/// A future of these methods may be dropped at any time: what it started runs to its end.
#[derive(Clone)]
pub struct Store(Engine);

#[derive(Clone)]
enum Engine {
    Sqlite(Arc<sqlite::Engine>),
    Postgres(Arc<pg::Engine>),
}

/// The same call on either engine.
macro_rules! on {
    ($store:expr, $engine:ident => $call:expr) => {
        match &$store.0 {
            Engine::Sqlite($engine) => $call,
            Engine::Postgres($engine) => $call,
        }
    };
}

impl Store {
    /// Opens the database of a URL: `sqlite:path/to/file.db`, made if absent, or `postgres://…`. Migrations do not run by this.
    pub async fn open(url: &str, options: Options) -> Result<Self, OpenError> {
        Ok(Self(match Location::of(url)? {
            Location::Sqlite(path) => Engine::Sqlite(Arc::new(sqlite::Engine::open(path)?)),
            Location::Postgres(url) => Engine::Postgres(Arc::new(pg::Engine::open(url, &options).await?)),
        }))
    }

    /// Runs pending migrations; answers their names. A database for newer programs alone is refused.
    pub async fn migrate(&self) -> Result<Vec<String>, OpenError> {
        self.schema().await?.refuse_newer()?;
        on!(self, engine => engine.migrate(Direction::Up).await)
    }

    /// Checks that this program can work with the database as it is, which needs no right but to read.
    pub async fn check_schema(&self) -> Result<(), OpenError> {
        let schema = self.schema().await?;
        schema.check()?;
        if let Some(newest) = schema.unknown()? {
            tracing::info!(
                newest,
                "the database is newer than this program, which can work with it"
            );
        }
        Ok(())
    }

    async fn schema(&self) -> Result<Schema, OpenError> {
        match self.read(ReadSchema).await {
            // Without the tables nothing has run.
            Err(Error::Internal(_)) => Ok(Schema::default()),
            read => read.map_err(OpenError::opened),
        }
    }

    /// Undoes the last `count` migrations, newest first; answers their names. Refused while other programs have the database open.
    pub async fn migrate_down(&self, count: usize) -> Result<Vec<String>, OpenError> {
        // The file of SQLite is open in no other program.
        if let Engine::Postgres(engine) = &self.0 {
            engine.refuse_in_service().await?;
        }
        on!(self, engine => engine.migrate(Direction::Down(count)).await)
    }

    /// Runs a unit that changes an organization. One that does not exist is `NotFound`.
    pub async fn write<U: Unit>(&self, organization: Id, unit: U) -> Result<U::Output> {
        let span = self.span::<U>();
        on!(self, engine => engine.write(Some(organization), unit).instrument(span).await)
    }

    /// Runs a unit that has no organization to lock, such as one that creates it.
    pub async fn write_new<U: Unit>(&self, unit: U) -> Result<U::Output> {
        let span = self.span::<U>();
        on!(self, engine => engine.write(None, unit).instrument(span).await)
    }

    /// Runs a query.
    pub async fn read<Q: Query>(&self, query: Q) -> Result<Q::Output> {
        let span = self.span::<Q>();
        on!(self, engine => engine.read(query).instrument(span).await)
    }

    /// The span of a query or unit, for traces alone.
    fn span<Q>(&self) -> Span {
        tracing::debug_span!(
            "statement",
            // Without the module, and for `PointQuery<…>` that of the query in it.
            otel.name = any::type_name::<Q>()
                .rsplit("::")
                .next()
                .map(|name| name.trim_end_matches('>')),
            otel.kind = "client",
            db.system.name = match self.0 {
                Engine::Sqlite(_) => "sqlite",
                Engine::Postgres(_) => "postgresql",
            },
        )
    }

    /// Reads the secret key that was made with the tables: random, the same for all who use the database, for deployments that keep
    /// none outside of it.
    pub async fn secret_key(&self) -> Result<String> {
        let key = self.read(DeploymentValue("secret-key")).await?;
        key.ok_or_else(|| Error::Internal("the database has no secret key".into()))
    }

    /// Reads the incarnation of the database: a text that every restore makes anew; `None`: it was never restored.
    pub async fn incarnation(&self) -> Result<Option<String>> {
        self.read(DeploymentValue(INCARNATION)).await
    }

    /// Notes when tokens were last used: organization, token, time. Times only move on, and unknown tokens are passed over.
    pub async fn touch_tokens(&self, uses: Vec<(Id, Id, Timestamp)>) -> Result<()> {
        on!(self, engine => engine.touch_tokens(uses).await)
    }

    /// Notes when connections last asked which roles there are: organization, connection, time. As with tokens, times only move on.
    pub async fn note_role_reads(&self, reads: Vec<(Id, Id, Timestamp)>) -> Result<()> {
        on!(self, engine => engine.note_role_reads(reads).await)
    }

    /// Forgets request ids that were used before this time; answers how many. Other writers are let in between.
    pub async fn forget_requests(&self, before: Timestamp) -> Result<usize> {
        let mut forgotten = 0;
        loop {
            match on!(self, engine => engine.forget_requests(before).await)? {
                0 => return Ok(forgotten),
                some => forgotten += some,
            }
        }
    }

    /// Adds requests of identity providers to their log, and to the summaries of their connections, in a transaction of their own: they are
    /// no change of an organization.
    pub async fn record_provisioning_requests(
        &self,
        requests: Vec<ProvisioningRequest>,
        observed: Vec<Observed>,
    ) -> Result<()> {
        let rows = requests.into_iter().map(NewProvisioningRequest::try_from);
        let rows = rows.collect::<Result<_>>()?;
        on!(self, engine => engine.record_requests(rows, observed).await)
    }

    /// Removes some of the oldest requests of an organization's log, up to an id; answers how many. 0: none is left. Other writers are let
    /// in between.
    pub async fn remove_provisioning_requests(&self, organization: Id, through: Id) -> Result<usize> {
        on!(self, engine => engine.remove_recorded_requests(organization, through).await)
    }

    /// Removes some rows of an organization that is deleted and does not come back; answers how many. 0: nothing is left of it. Other
    /// writers are let in between.
    pub async fn purge(&self, organization: Id) -> Result<usize> {
        on!(self, engine => engine.purge(organization).await)
    }

    /// Sees to it that nothing is left in the files of the database of what is not in its tables. PostgreSQL does that by itself, when it
    /// vacuums.
    pub async fn rewrite_file(&self) -> Result<()> {
        match &self.0 {
            Engine::Sqlite(engine) => engine.rewrite_file().await,
            Engine::Postgres(_) => Ok(()),
        }
    }

    /// Follows the revisions of an organization from now on. It says only that something may be there; the tables tell what.
    pub fn follow(&self, organization: Id) -> Follow {
        on!(self, engine => engine.follow(organization))
    }

    /// Follows the revisions of all organizations from now on, new ones included. Whoever lags behind has to look at all of them.
    pub fn follow_all(&self) -> broadcast::Receiver<Reached> {
        on!(self, engine => engine.follow_all())
    }

    /// Asks the database whether it takes writes and has a schema that this program can work with.
    pub async fn ping(&self) -> Result<()> {
        on!(self, engine => engine.ping().await)?;
        self.read(ReadSchema).await?.check().map_err(unavailable)
    }

    /// Tells whether a rewrite that was asked for has failed, so that it is to be asked for again.
    pub fn is_rewrite_due(&self) -> bool {
        match &self.0 {
            Engine::Sqlite(engine) => engine.is_rewrite_due(),
            Engine::Postgres(_) => false,
        }
    }

    /// Returns the store's figures of this moment.
    pub fn stats(&self) -> Stats {
        on!(self, engine => engine.stats())
    }

    /// Waits for the units that are under way, and closes the database. Later calls answer `Unavailable`.
    pub async fn close(&self) {
        on!(self, engine => engine.close().await);
    }
}

/// Name of the incarnation among the values that belong to the database itself.
pub(super) const INCARNATION: &str = "incarnation";

struct DeploymentValue(&'static str);

#[async_trait]
impl Query for DeploymentValue {
    type Output = Option<String>;
    const COST: Cost = Cost::Point;

    async fn run(&self, reader: &mut dyn Reader) -> Result<Option<String>> {
        reader.deployment_value(self.0).await
    }
}

/// Location of a database.
pub(super) enum Location<'url> {
    /// A file.
    Sqlite(PathBuf),
    /// The URL of a server.
    Postgres(&'url str),
}

impl<'url> Location<'url> {
    /// Reads a URL.
    pub(super) fn of(url: &'url str) -> Result<Self, OpenError> {
        if let Some(path) = url.strip_prefix("sqlite:") {
            return sqlite_path(path).map(Self::Sqlite);
        }
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return Ok(Self::Postgres(url));
        }
        Err(OpenError::url("must begin with sqlite: or postgres://"))
    }
}

/// `sqlite:relative`, `sqlite:/absolute`, and the same with two slashes after the colon.
fn sqlite_path(rest: &str) -> Result<PathBuf, OpenError> {
    let path = rest.strip_prefix("//").unwrap_or(rest);
    match path {
        "" => Err(OpenError::url("names no file")),
        ":memory:" => Err(OpenError::url(
            "names a database in memory, which would be lost at the end",
        )),
        _ => Ok(path.into()),
    }
}
