//! A store to test with, and verbs for it.

pub(crate) mod cluster;
mod make;
mod raw;
mod units;
mod world;

pub(crate) use make::Maker;
pub(crate) use units::{Apply, ask, point_query, run};
pub(crate) use world::{World, insert, insert_group, update_group};

/// Makes a test of each function on each database.
macro_rules! on_every_database {
    ($($test:ident),+ $(,)?) => {
        mod on_sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                super::$test($crate::harness::World::on_sqlite().await).await;
            })+
        }

        mod on_postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                if let Some(world) = $crate::harness::World::on_postgres().await {
                    super::$test(world).await;
                }
            })+
        }
    };
}
pub(crate) use on_every_database;
