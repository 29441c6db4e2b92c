//! Rewriting the file after an erasure. What is deleted is overwritten, but a page that was split may still hold copies of rows that moved to
//! another one, and the log holds the pages as they were.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use diesel::{QueryResult, QueryableByName, RunQueryDsl as _, sql_query, sql_types::BigInt};
use tokio::{sync::Mutex, time::Instant};

use super::{classify, conn::Conn, engine::Engine};
use crate::error::{Error, Result};

/// Size up to which the file is rewritten, which takes seconds in which nobody writes.
const MAX_BYTES: i64 = 256 << 20;
/// The copy is made on the disk: in memory it would be as large as the file.
const REWRITE: &str = "PRAGMA temp_store = FILE; VACUUM;";
const REWRITTEN: &str = "PRAGMA temp_store = MEMORY;";

/// Time in which readers of older states should end, so that the log can be emptied, and how often that is tried.
const EMPTYING: Duration = Duration::from_secs(10);
const EMPTY_EVERY: Duration = Duration::from_millis(20);
/// The writer does not wait for readers: others wait for the writer.
const IMPATIENT: &str = "PRAGMA busy_timeout = 0;";
const PATIENT: &str = "PRAGMA busy_timeout = 5000;";

/// The rewrites that were asked for. Those that wait share one.
#[derive(Default)]
pub(super) struct Rewrites {
    asked: AtomicU64,
    /// Number of those that are done.
    done: Mutex<u64>,
}

impl Engine {
    /// Tells whether a rewrite that was asked for was not done, and nobody does it now.
    pub(in crate::store) fn is_rewrite_due(&self) -> bool {
        let rewrites = self.rewrites();
        let done = rewrites.done.try_lock();
        done.is_ok_and(|done| *done < rewrites.asked.load(Ordering::Acquire))
    }

    /// Rewrites the file and empties the log. What is not in the tables is nowhere then.
    pub(in crate::store) async fn rewrite_file(&self) -> Result<()> {
        let rewrites = self.rewrites();
        let own = rewrites.asked.fetch_add(1, Ordering::AcqRel) + 1;
        let mut done = rewrites.done.lock().await;
        if *done >= own {
            return Ok(());
        }
        let served = rewrites.asked.load(Ordering::Acquire);
        self.task(rewrite).await?.map_err(classify)?;
        let end = Instant::now() + EMPTYING;
        while !self.task(empty_log).await?.map_err(classify)? {
            if Instant::now() > end {
                return Err(Error::Unavailable(
                    "a long read, such as a backup, keeps the log of the database from being emptied".into(),
                ));
            }
            tokio::time::sleep(EMPTY_EVERY).await;
        }
        *done = served;
        Ok(())
    }
}

#[derive(QueryableByName)]
struct Size {
    #[diesel(sql_type = BigInt)]
    bytes: i64,
}

fn rewrite(conn: &mut Conn) -> QueryResult<()> {
    let size = "SELECT page_count * page_size AS bytes FROM pragma_page_count(), pragma_page_size()";
    let Size { bytes } = sql_query(size).get_result(conn.diesel())?;
    if bytes > MAX_BYTES {
        tracing::warn!(
            bytes,
            "the database is too large to be rewritten while it serves: VACUUM it when it does not"
        );
        return Ok(());
    }
    let rewritten = conn.script(REWRITE);
    conn.script(REWRITTEN)?;
    rewritten
}

#[derive(QueryableByName)]
struct Checkpoint {
    #[diesel(sql_type = BigInt)]
    busy: i64,
}

/// Tells whether the log is empty now.
fn empty_log(conn: &mut Conn) -> QueryResult<bool> {
    conn.script(IMPATIENT)?;
    let checkpoint: QueryResult<Checkpoint> =
        sql_query("PRAGMA wal_checkpoint(TRUNCATE)").get_result(conn.diesel());
    conn.script(PATIENT)?;
    Ok(checkpoint?.busy == 0)
}
