//! A directory to test with, and verbs for it.

#[path = "../../store/harness/cluster.rs"]
pub(crate) mod cluster;
mod contents;
mod platform;
mod refusals;
mod verbs;
mod world;

pub(crate) use platform::StoppedClock;
pub(crate) use refusals::{assert_broken, assert_invalid, assert_not_found, assert_taken, assert_unknown};
pub(crate) use verbs::{add, change, equal, is_true, named, remove, replace, role, update, with_roles};
pub(crate) use world::{ORGANIZATION, ROOT_TOKEN, World, scim_token, service_token};

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
