//! Asking the brake of a connection before it takes access away.

use serde_json::{Value, json};

use crate::{
    brake::Verdict,
    change::{Action, Detail, FieldChange},
    connection::Connection,
    directory::act::Act,
    error::{Error, Resource, Result, Rule},
    id::Id,
    store::{Transaction, Write},
};

/// What a user is about to lose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Loss {
    /// Its access: counted.
    Access,
    /// No more than the record, as it had no access: not counted, but held with the others.
    Record,
}

/// Refuses a provisioning client that takes access from more users than its connection may.
///
/// The inner result is the refusal. It is no error of the unit, as the brake that trips must stay tripped: what was written for it
/// is committed.
pub(super) async fn press(
    act: &Act,
    organization: Id,
    loss: Loss,
    transaction: &mut Transaction<'_>,
) -> Result<Result<()>> {
    let Some(id) = act.connection_id() else {
        return Ok(Ok(()));
    };
    let reader = &mut *transaction.reader;
    let found = reader.connection(organization, id).await?;
    let Some(connection) = found.filter(|connection| connection.brake.is_on()) else {
        return Ok(Ok(()));
    };
    let brake = connection.brake;
    let active_users = if brake.share > 0 && brake.begins_window(act.at) {
        reader.managed_counts(organization, id).await?.0
    } else {
        0
    };
    Ok(match (brake.press(act.at, active_users), loss) {
        (Verdict::Held, _) => Err(Error::RuleBroken(Rule::BrakeHeld)),
        (Verdict::Rejected, _) => Err(Error::RuleBroken(Rule::BrakeRejected)),
        (_, Loss::Record) => Ok(()),
        (Verdict::Passes(after), Loss::Access) => {
            if after != brake {
                store(
                    Connection {
                        brake: after,
                        ..connection
                    },
                    transaction,
                );
            }
            Ok(())
        }
        (Verdict::Trips(after), Loss::Access) => {
            let version = connection.version + 1;
            transaction.entries.push(tripped(act, id));
            store(
                Connection {
                    brake: after,
                    version,
                    updated_at: act.at_or_after(connection.updated_at),
                    ..connection
                },
                transaction,
            );
            Err(Error::RuleBroken(Rule::BrakeHeld))
        }
    })
}

fn store(connection: Connection, transaction: &mut Transaction<'_>) {
    transaction
        .writes
        .push(Write::UpdateConnection(Box::new(connection)));
}

fn tripped(act: &Act, connection: Id) -> crate::store::Entry {
    let state = |name: &str| -> Value { json!(name) };
    let detail = Detail {
        fields: vec![FieldChange {
            field: "brake_state".to_owned(),
            before: state("ready"),
            after: state("held"),
        }],
        ..Detail::default()
    };
    act.entry(Resource::Connection, &connection, Action::Updated, detail)
}
