//! Last step of every change of a connection: its next version and a change-log entry.

use super::record;
use crate::{
    change::Action,
    connection::Connection,
    directory::{change_context::ChangeContext, record::updated},
    error::Resource,
    store::{Transaction, Write},
};

/// Writes a changed connection as its next version, with its entry, and answers it.
pub(super) fn write(
    context: &ChangeContext,
    before: &Connection,
    mut after: Connection,
    transaction: &mut Transaction<'_>,
) -> Connection {
    after.version += 1;
    after.updated_at = context.at_or_after(before.updated_at);
    let detail = updated(&record::of(before), &record::of(&after));
    let entry = context.entry(Resource::Connection, &after.id, Action::Updated, detail);
    transaction.entries.push(entry);
    transaction
        .writes
        .push(Write::UpdateConnection(Box::new(after.clone())));
    after
}
