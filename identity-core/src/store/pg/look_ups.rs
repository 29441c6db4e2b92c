//! The look-ups that gather, and where: on shared connections. Within a transaction each goes alone.

use std::sync::Arc;

use diesel_async::RunQueryDsl;

use super::{
    conn::Conn,
    gather::{Gather, Loading, LookUp},
    pool::Pool,
    shared::Shared,
};
use crate::{
    error::Result,
    store::{
        failure::classify,
        sql::{
            Direct, EvidenceOf, EvidenceOfEach, EvidenceRow, Nested, UserOf, UserOfEach, UserWithGroupsRow,
        },
    },
};

/// The kinds of look-ups that gather.
pub(super) struct LookUps {
    evidence: Arc<Gather<EvidenceOf<Direct>>>,
    nested_evidence: Arc<Gather<EvidenceOf<Nested>>>,
    users: Arc<Gather<UserOf>>,
}

impl LookUps {
    pub(super) fn new(pool: &Pool, shared: &Arc<Shared>) -> Self {
        Self {
            evidence: Arc::new(Gather::new(pool.clone(), Arc::clone(shared))),
            nested_evidence: Arc::new(Gather::new(pool.clone(), Arc::clone(shared))),
            users: Arc::new(Gather::new(pool.clone(), Arc::clone(shared))),
        }
    }
}

impl Conn {
    /// Makes a look-up.
    pub(super) async fn look_up<L: LookUp>(&mut self, what: L) -> Result<Vec<L::Row>> {
        if let Some(look_ups) = self.look_ups() {
            return L::among(look_ups).ask(what).await;
        }
        let rows = L::load(&[what], self).await.map_err(classify)?;
        Ok(rows.into_iter().map(|(_, row)| row).collect())
    }
}

impl LookUp for EvidenceOf<Direct> {
    type Row = EvidenceRow;

    fn among(look_ups: &LookUps) -> &Arc<Gather<Self>> {
        &look_ups.evidence
    }

    fn load<'c>(asked: &[Self], conn: &'c mut Conn) -> Loading<'c, Self::Row> {
        Box::pin(asked.iter().copied().collect::<EvidenceOfEach<_>>().load(conn))
    }
}

impl LookUp for EvidenceOf<Nested> {
    type Row = EvidenceRow;

    fn among(look_ups: &LookUps) -> &Arc<Gather<Self>> {
        &look_ups.nested_evidence
    }

    fn load<'c>(asked: &[Self], conn: &'c mut Conn) -> Loading<'c, Self::Row> {
        Box::pin(asked.iter().copied().collect::<EvidenceOfEach<_>>().load(conn))
    }
}

impl LookUp for UserOf {
    type Row = UserWithGroupsRow;

    fn among(look_ups: &LookUps) -> &Arc<Gather<Self>> {
        &look_ups.users
    }

    fn load<'c>(asked: &[Self], conn: &'c mut Conn) -> Loading<'c, Self::Row> {
        Box::pin(asked.iter().copied().collect::<UserOfEach>().load(conn))
    }
}
