//! Contract between the operations and a database.
//!
//! A [`Unit`] is one use case. It reads, decides, and hands over writes that need no answer: ids, times, versions and
//! revisions are computed before, so the store may send all writes of a unit in one pipeline and several units in one commit.
//!
//! A backend must:
//! * run a write unit in one transaction after it has locked the organization's row, so that writers of one organization come one
//!   after the other;
//! * undo all of a unit that fails or is a dry run, and nothing of its neighbours;
//! * answer a unit only after its commit is durable;
//! * compare texts by bytes; keys are folded before they arrive;
//! * turn a violated unique index into [`crate::error::Error::AlreadyExists`] for the field it guards;
//! * never leave a transaction open when the future that waits for it is dropped.

mod list;
mod reader;
mod unit;
mod write;

pub use list::{BreakGlass, Deleted, Direction, ListQuery, Order, Position, VisibilityFilter};
pub use reader::{
    Authentication, ConnectionReader, DeploymentReader, FormerAccess, FormerMembership, GroupLicense,
    GroupReader, HolderOfId, LogReader, MembershipOrigin, NameUse, OrganizationReader, Reader, RoleReader,
    StoredRequest, TokenReader, Unmanaged, UserReader, Without,
};
pub use unit::{Cost, Entry, Isolation, Postcondition, Query, Subject, Transaction, Unit};
pub use write::{UniqueName, Write};
