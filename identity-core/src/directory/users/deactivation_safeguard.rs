//! The check of a connection's deactivation safeguard before access is taken away.

use serde_json::{Value, json};

use crate::{
    change::{Action, Detail, FieldChange},
    connection::Connection,
    deactivation_safeguard::Verdict,
    directory::change_context::ChangeContext,
    error::{Error, Resource, Result, Rule},
    id::Id,
    store::{Transaction, Write},
};

/// Loss that a user is about to suffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Loss {
    /// Its access: counted.
    Access,
    /// No more than the record, as it had no access: not counted, but held with the others.
    Record,
}

/// Refuses a provisioning client that takes access from more users than its connection may. A safeguard that is triggered stays so: what
/// is written for it is committed.
pub(super) async fn check(
    context: &ChangeContext,
    organization: Id,
    loss: Loss,
    transaction: &mut Transaction<'_>,
) -> Result<()> {
    let Some(id) = context.connection_id() else {
        return Ok(());
    };
    let reader = &mut *transaction.reader;
    let found = reader.connection(organization, id).await?;
    let Some(connection) = found.filter(|connection| connection.safeguard.applies()) else {
        return Ok(());
    };
    let safeguard = connection.safeguard;
    let active_users = if safeguard.share > 0 && safeguard.begins_window(context.at) {
        reader.managed_counts(organization, id).await?.0
    } else {
        0
    };
    match (safeguard.check(context.at, active_users), loss) {
        (Verdict::Held, _) => Err(Error::RuleBroken(Rule::BrakeHeld)),
        (Verdict::Rejected, _) => Err(Error::RuleBroken(Rule::BrakeRejected)),
        (_, Loss::Record) => Ok(()),
        (Verdict::Passes(after), Loss::Access) => {
            if after != safeguard {
                store(
                    Connection {
                        safeguard: after,
                        ..connection
                    },
                    transaction,
                );
            }
            Ok(())
        }
        (Verdict::Triggers(after), Loss::Access) => {
            let version = connection.version + 1;
            transaction.entries.push(triggered(context, id));
            store(
                Connection {
                    safeguard: after,
                    version,
                    updated_at: context.at_or_after(connection.updated_at),
                    ..connection
                },
                transaction,
            );
            Err(transaction.refuse_and_commit(Error::RuleBroken(Rule::BrakeHeld)))
        }
    }
}

fn store(connection: Connection, transaction: &mut Transaction<'_>) {
    transaction
        .writes
        .push(Write::UpdateConnection(Box::new(connection)));
}

fn triggered(context: &ChangeContext, connection: Id) -> crate::store::Entry {
    let state = |name: &str| -> Value { json!(name) };
    let detail = Detail {
        fields: vec![FieldChange {
            field: "brake_state".to_owned(),
            before: state("ready"),
            after: state("held"),
        }],
        ..Detail::default()
    };
    context.entry(Resource::Connection, &connection, Action::Updated, detail)
}
