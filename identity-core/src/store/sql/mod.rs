//! Pieces of SQL that diesel's query builder has no words for, each with a form for both databases.
//!
//! They are query fragments and not `sql_query`, as a connection keeps no prepared statement of the latter.

mod alike;
mod evidence;
mod grants;
mod ids;
mod in_use;
mod lasting;
mod members;
mod membership;
mod prepared;
mod purge;
mod user;

pub(super) use alike::{AlikeGrants, AlikeLicenses};
pub(super) use evidence::{Direct, EvidenceOf, EvidenceOfEach, EvidenceRow, Nested, Reach};
pub(super) use grants::{EffectiveGrants, Holders};
pub(super) use ids::Among;
pub(super) use in_use::{Extensions, HasExtension};
pub(super) use lasting::LastingHolder;
pub(super) use members::NewMembers;
pub(super) use membership::{Ancestors, Belonging, DirectGroups, GroupsOf, MembershipsAbove};
pub(super) use prepared::Prepared;
pub(super) use purge::{PurgeRows, TABLES_BELOW};
pub(super) use user::{UserOf, UserOfEach, UserWithGroupsRow};
