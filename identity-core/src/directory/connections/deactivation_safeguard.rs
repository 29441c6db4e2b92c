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
        if !before.safeguard.applies() {
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

/// Holds deactivations as a triggered safeguard does, also where there is no limit; answers the connection before and after, unless it
/// was so.
pub(in crate::directory) struct HoldSafeguard {
    pub(in crate::directory) context: ChangeContext,
    pub(in crate::directory) organization: Id,
    pub(in crate::directory) id: Id,
}

#[async_trait]
impl Unit for HoldSafeguard {
    type Output = Option<(Connection, Connection)>;

    async fn run(&self, transaction: &mut Transaction<'_>) -> Result<Self::Output> {
        self.context.authorize(transaction.organization()?)?;
        let found = transaction.reader.connection(self.organization, self.id).await?;
        let refuses = |state| matches!(state, SafeguardState::Held | SafeguardState::Rejected);
        let Some(before) = found.filter(|it| !refuses(it.safeguard.state)) else {
            return Ok(None);
        };
        let held = Connection {
            safeguard: before.safeguard.decided(SafeguardState::Held, self.context.at),
            ..before.clone()
        };
        let held = next_version::write(&self.context, &before, held, transaction);
        Ok(Some((before, held)))
    }
}

/// A rejection holds as long as it holds, whenever it was made; a release lasts a window longer by each.
fn is_rejected_again(before: &Connection, after: &Connection) -> bool {
    (before.safeguard.state, after.safeguard.state) == (SafeguardState::Rejected, SafeguardState::Rejected)
}
