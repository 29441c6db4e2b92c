//! Pieces of SQL that diesel's query builder has no words for, each with a form for both databases.
//!
//! They are query fragments and not `sql_query`, as a connection keeps no prepared statement of the latter.

mod access_facts;
mod bulk_insert;
mod grants;
mod ids;
mod members;
mod membership;
mod observed;
mod permanent_holder;
mod prepared;
mod purge;
mod schema_usage;
mod user;

pub(super) use access_facts::{AccessFactsOf, AccessFactsOfEach, AccessFactsRow, Direct, Nested, Reach};
pub(super) use bulk_insert::{BulkGrants, BulkLicenses};
pub(super) use grants::{EffectiveGrants, Holders};
pub(super) use ids::IdIn;
pub(super) use members::NewMembers;
pub(super) use membership::{Ancestors, Belonging, DirectGroups, GroupsOf, MembershipsAbove};
pub(super) use observed::{AddObserved, AddOutcomes};
pub(super) use permanent_holder::PermanentHolder;
pub(super) use prepared::{Prepared, PreparedByType};
pub(super) use purge::{PurgeRows, TABLES_BELOW};
pub(super) use schema_usage::{Extensions, HasExtension};
pub(super) use user::{UserOf, UserOfEach, UserWithGroupsRow};
