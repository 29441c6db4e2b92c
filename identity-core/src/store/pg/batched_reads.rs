//! The point reads that are batched, on shared connections. Within a transaction each goes alone.

use std::sync::Arc;

use diesel_async::RunQueryDsl;

use super::{
    batcher::{BatchedRead, Batcher, Loading},
    classify,
    conn::Conn,
    pool::Pool,
    shared::Shared,
};
use crate::{
    error::Result,
    store::sql::{
        AccessFactsOf, AccessFactsOfEach, AccessFactsRow, Direct, Nested, UserOf, UserOfEach,
        UserWithGroupsRow,
    },
};

/// A batcher for each kind of point read.
pub(super) struct Batchers {
    access_facts: Arc<Batcher<AccessFactsOf<Direct>>>,
    nested_access_facts: Arc<Batcher<AccessFactsOf<Nested>>>,
    users: Arc<Batcher<UserOf>>,
}

impl Batchers {
    pub(super) fn new(pool: &Pool, shared: &Arc<Shared>) -> Self {
        Self {
            access_facts: Arc::new(Batcher::new(pool.clone(), Arc::clone(shared))),
            nested_access_facts: Arc::new(Batcher::new(pool.clone(), Arc::clone(shared))),
            users: Arc::new(Batcher::new(pool.clone(), Arc::clone(shared))),
        }
    }
}

impl Conn {
    /// Makes a point read.
    pub(super) async fn lookup<L: BatchedRead>(&mut self, what: L) -> Result<Vec<L::Row>> {
        if let Some(batchers) = self.batchers() {
            return L::batcher(batchers).read(what).await;
        }
        let rows = L::load(&[what], self).await.map_err(classify)?;
        Ok(rows.into_iter().map(|(_, row)| row).collect())
    }
}

impl BatchedRead for AccessFactsOf<Direct> {
    type Row = AccessFactsRow;

    fn batcher(batchers: &Batchers) -> &Arc<Batcher<Self>> {
        &batchers.access_facts
    }

    fn load<'c>(reads: &[Self], conn: &'c mut Conn) -> Loading<'c, Self::Row> {
        Box::pin(reads.iter().copied().collect::<AccessFactsOfEach<_>>().load(conn))
    }
}

impl BatchedRead for AccessFactsOf<Nested> {
    type Row = AccessFactsRow;

    fn batcher(batchers: &Batchers) -> &Arc<Batcher<Self>> {
        &batchers.nested_access_facts
    }

    fn load<'c>(reads: &[Self], conn: &'c mut Conn) -> Loading<'c, Self::Row> {
        Box::pin(reads.iter().copied().collect::<AccessFactsOfEach<_>>().load(conn))
    }
}

impl BatchedRead for UserOf {
    type Row = UserWithGroupsRow;

    fn batcher(batchers: &Batchers) -> &Arc<Batcher<Self>> {
        &batchers.users
    }

    fn load<'c>(reads: &[Self], conn: &'c mut Conn) -> Loading<'c, Self::Row> {
        Box::pin(reads.iter().copied().collect::<UserOfEach>().load(conn))
    }
}
