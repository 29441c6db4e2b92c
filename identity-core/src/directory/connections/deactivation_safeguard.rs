//! An administrator's decisions on a connection's safeguard.

use async_trait::async_trait;

use super::{next_version, rules};
use crate::{
    connection::Connection,
    deactivation_safeguard::SafeguardState,
    directory::{change_context::ChangeContext, input::SafeguardDecision},
    error::{Error, Result},
    id::Id,
    store::{Transaction, Unit},
};

/// Decides on a safeguard.
pub(super) struct DecideSafeguard {
    pub(super) context: ChangeContext,
    pub(super) organization: Id,
    pub(super) id: Id,
    pub(super) decision: SafeguardDecision,
}

#[async_trait]
impl Unit for DecideSafeguard {
    type Output = Connection;

    async fn run(&self, transaction: &mut Transaction<'_>) -> Result<Connection> {
        self.context.authorize(transaction.organization()?)?;
        let before = rules::live(transaction.reader, self.organization, self.id).await?;
        if !before.safeguard.is_on() {
            return Err(Error::invalid(
                "id",
                "the connection has no limit on deactivations",
            ));
        }
        let mut after = before.clone();
        after.safeguard = match self.decision {
            SafeguardDecision::Release => before
                .safeguard
                .decided(SafeguardState::Released, self.context.at),
            SafeguardDecision::Reject => before
                .safeguard
                .decided(SafeguardState::Rejected, self.context.at),
            SafeguardDecision::Reset => before.safeguard.reset(),
        };
        if after.safeguard == before.safeguard || is_rejected_again(&before, &after) {
            return Ok(before);
        }
        Ok(next_version::write(&self.context, &before, after, transaction))
    }
}

/// A rejection holds as long as it holds, whenever it was made; a release lasts a window longer by each.
fn is_rejected_again(before: &Connection, after: &Connection) -> bool {
    (before.safeguard.state, after.safeguard.state) == (SafeguardState::Rejected, SafeguardState::Rejected)
}
