//! Use cases, and what they run in.

use async_trait::async_trait;

use super::{Reader, Write};
use crate::{
    call_effect::CallEffect,
    caller::Intent,
    change::{Action, Actor, Detail},
    error::{Error, Resource, Result},
    id::Id,
    organization::Organization,
    platform::Timestamp,
};

/// A write unit at work: the locked organization, the reader, and what is to be written.
pub struct Transaction<'a> {
    /// Reads inside the transaction. They do not see what is still in `writes`.
    pub reader: &'a mut dyn Reader,
    /// The locked organization; a unit changes its fields in place, and the store writes it back once a commit, revision
    /// included. `None` in a unit that creates it.
    pub organization: Option<Organization>,
    /// Writes to make, in order.
    pub writes: Vec<Write>,
    /// Entries for the change log. If there are any, the store gives the unit the next revision. If there are
    /// none, `writes` must hold nothing but what is no change of an organization: [`Write::InsertRequest`],
    /// [`Write::UseAssertion`], signing keys, [`Write::DeleteProvisioningRequests`], and [`Write::EraseChanges`], which
    /// follows an erasure that is logged. An entry with [`Intent::Validate`] makes the whole unit
    /// a dry run: the database takes every write, so that its own rules apply, and then undoes them.
    pub entries: Vec<Entry>,
    /// The condition that must hold once the writes are in the database, if there is one.
    pub postcondition: Option<Box<dyn Postcondition>>,
    /// Set if the writes are committed although the unit is refused.
    pub commits_refusal: bool,
}

/// A rule that is asked of the database with a unit's writes in it. An error undoes them.
#[async_trait]
pub trait Postcondition: Send + Sync {
    /// Reads, and refuses.
    async fn check(&self, reader: &mut dyn Reader) -> Result<()>;
}

/// A change-log entry that does not know its revision yet.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Kind of resource that the entry is about.
    pub resource: Resource,
    /// Its id.
    pub resource_id: String,
    /// Action that was taken.
    pub action: Action,
    /// Details of what the action changed.
    pub detail: Detail,
    /// Actor that took the action.
    pub actor: Actor,
    /// When.
    pub at: Timestamp,
    /// The id of the request that did it.
    pub request_id: String,
    /// Done, or a dry run.
    pub intent: Intent,
    /// Where the store tells what the unit did.
    pub effect: CallEffect,
}

impl Transaction<'_> {
    /// The locked organization.
    pub fn organization(&mut self) -> Result<&mut Organization> {
        self.organization
            .as_mut()
            .ok_or_else(|| Error::Internal("the unit has no organization".into()))
    }

    /// The locked organization, and the reader beside it.
    pub fn organization_and_reader(&mut self) -> Result<(&Organization, &mut dyn Reader)> {
        match &self.organization {
            Some(organization) => Ok((organization, &mut *self.reader)),
            None => Err(Error::Internal("the unit has no organization".into())),
        }
    }

    /// Makes an error a refusal that leaves something behind: what the unit wrote until now is committed, such as the state that refuses
    /// it. Called by a rule, which returns the error then.
    pub fn refuse_and_commit(&mut self, refusal: Error) -> Error {
        self.commits_refusal = true;
        refusal
    }
}

/// A unit of work, as the pattern of that name has it: one use case that writes, in one transaction. It may run several times (after a
/// deadlock or a lost connection), so everything that must not differ between runs (ids, times, secrets) is a field.
#[async_trait]
pub trait Unit: Send + Sync + 'static {
    /// Answer of the unit.
    type Output: Send + 'static;
    /// Organizations that the unit works on; any other is refused as if it did not exist.
    const SUBJECT: Subject = Subject::Live;
    /// Reads, decides, and fills `writes` and `entries`. An error undoes everything.
    async fn run(&self, transaction: &mut Transaction<'_>) -> Result<Self::Output>;
}

/// Organizations that a unit works on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// Organizations that are not deleted.
    Live,
    /// Deleted ones too: it brings them back.
    Any,
}

/// One use case that reads, in one snapshot unless it says otherwise.
#[async_trait]
pub trait Query: Send + Sync + 'static {
    /// Answer of the query.
    type Output: Send + 'static;
    /// Cost of the query: it touches a few rows by key, or many.
    const COST: Cost;
    /// Isolation of the query: all that it reads is of one moment, or not.
    const ISOLATION: Isolation = Isolation::Snapshot;
    /// The organization, if a client's filter or order decides how much of it is read: such a query waits for its share of the searches
    /// and ends after a while, whatever it costs otherwise.
    fn searched(&self) -> Option<Id> {
        None
    }
    /// Reads.
    async fn run(&self, reader: &mut dyn Reader) -> Result<Self::Output>;
}

/// Cost of a read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cost {
    /// A few rows by key: run where the caller is.
    Point,
    /// Pages and scans: run on a reader of its own.
    Scan,
}

/// How the reads of a query hang together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Isolation {
    /// All of them see one moment.
    Snapshot,
    /// Each call of the reader sees a moment of its own. For queries that make one call, or whose calls need not agree; it saves the
    /// transaction around them.
    EachCall,
}
