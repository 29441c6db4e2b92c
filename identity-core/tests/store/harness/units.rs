//! Units and queries without rules.

use async_trait::async_trait;
use futures::future::BoxFuture;
use identity_core::{
    error::Result,
    store::{Cost, Entry, Isolation, Query, Reader, Transaction, Unit, Write},
};

/// A unit that writes what it is told to.
#[derive(Clone, Default)]
pub(crate) struct Apply {
    pub(crate) writes: Vec<Write>,
    pub(crate) entries: Vec<Entry>,
}

#[async_trait]
impl Unit for Apply {
    type Output = ();

    async fn run(&self, transaction: &mut Transaction<'_>) -> Result<()> {
        transaction.writes.clone_from(&self.writes);
        transaction.entries.clone_from(&self.entries);
        Ok(())
    }
}

/// A unit made of a function.
pub(crate) struct Run<F>(F);

#[async_trait]
impl<T, F> Unit for Run<F>
where
    T: Send + 'static,
    F: for<'t> Fn(&'t mut Transaction<'_>) -> BoxFuture<'t, Result<T>> + Send + Sync + 'static,
{
    type Output = T;

    async fn run(&self, transaction: &mut Transaction<'_>) -> Result<T> {
        (self.0)(transaction).await
    }
}

/// Makes a unit of a function.
pub(crate) fn run<T, F>(function: F) -> Run<F>
where
    F: for<'t> Fn(&'t mut Transaction<'_>) -> BoxFuture<'t, Result<T>>,
{
    Run(function)
}

/// A query made of a function.
pub(crate) struct FnQuery<F>(F);

#[async_trait]
impl<T, F> Query for FnQuery<F>
where
    T: Send + 'static,
    F: for<'r> Fn(&'r mut dyn Reader) -> BoxFuture<'r, Result<T>> + Send + Sync + 'static,
{
    type Output = T;
    const COST: Cost = Cost::Point;

    async fn run(&self, reader: &mut dyn Reader) -> Result<T> {
        (self.0)(reader).await
    }
}

/// Makes a query of a function.
pub(crate) fn ask<T, F>(function: F) -> FnQuery<F>
where
    F: for<'r> Fn(&'r mut dyn Reader) -> BoxFuture<'r, Result<T>>,
{
    FnQuery(function)
}

/// The same at the cost of a scan.
pub(crate) struct Scan<F>(pub(crate) F);

#[async_trait]
impl<T, F> Query for Scan<F>
where
    T: Send + 'static,
    F: for<'r> Fn(&'r mut dyn Reader) -> BoxFuture<'r, Result<T>> + Send + Sync + 'static,
{
    type Output = T;
    const COST: Cost = Cost::Scan;

    async fn run(&self, reader: &mut dyn Reader) -> Result<T> {
        (self.0)(reader).await
    }
}

/// The same with one call of the reader, which needs no transaction.
pub(crate) struct PointQuery<F>(F);

#[async_trait]
impl<T, F> Query for PointQuery<F>
where
    T: Send + 'static,
    F: for<'r> Fn(&'r mut dyn Reader) -> BoxFuture<'r, Result<T>> + Send + Sync + 'static,
{
    type Output = T;
    const COST: Cost = Cost::Point;
    const ISOLATION: Isolation = Isolation::EachCall;

    async fn run(&self, reader: &mut dyn Reader) -> Result<T> {
        (self.0)(reader).await
    }
}

/// Makes a lookup of a function.
pub(crate) fn point_query<T, F>(function: F) -> PointQuery<F>
where
    F: for<'r> Fn(&'r mut dyn Reader) -> BoxFuture<'r, Result<T>>,
{
    PointQuery(function)
}
