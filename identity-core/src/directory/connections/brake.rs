//! An administrator's decisions on a connection's brake.

use async_trait::async_trait;

use super::{next_version, rules};
use crate::{
    brake::BrakeState,
    connection::Connection,
    directory::{act::Act, input::BrakeDecision},
    error::{Error, Result},
    id::Id,
    store::{Transaction, Unit},
};

/// Decides on a brake.
pub(super) struct DecideBrake {
    pub(super) act: Act,
    pub(super) organization: Id,
    pub(super) id: Id,
    pub(super) decision: BrakeDecision,
}

#[async_trait]
impl Unit for DecideBrake {
    type Output = Connection;

    async fn run(&self, transaction: &mut Transaction<'_>) -> Result<Connection> {
        self.act.admit(transaction.organization()?)?;
        let before = rules::live(transaction.reader, self.organization, self.id).await?;
        if !before.brake.is_on() {
            return Err(Error::invalid(
                "id",
                "the connection has no limit on deactivations",
            ));
        }
        let mut after = before.clone();
        after.brake = match self.decision {
            BrakeDecision::Release => before.brake.decided(BrakeState::Released, self.act.at),
            BrakeDecision::Reject => before.brake.decided(BrakeState::Rejected, self.act.at),
            BrakeDecision::Reset => before.brake.reset(),
        };
        if after.brake == before.brake || is_rejected_again(&before, &after) {
            return Ok(before);
        }
        Ok(next_version::write(&self.act, &before, after, transaction))
    }
}

/// A rejection holds as long as it holds, whenever it was made; a release lasts a window longer by each.
fn is_rejected_again(before: &Connection, after: &Connection) -> bool {
    (before.brake.state, after.brake.state) == (BrakeState::Rejected, BrakeState::Rejected)
}
