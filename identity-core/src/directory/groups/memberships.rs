//! Who may end a membership: those that hands made, and those that a connection made.

use super::members::Delta;
use crate::{
    directory::{act::Act, hands, ownership::Managed},
    error::{Resource, Result},
    group::{Group, Source},
    policy::{Drift, ManualUpdates, Policy},
    store::Reader,
};

/// Memberships kept that a change-log entry names; of more it tells how many.
const MAX_NAMED: usize = 100;

/// Looks at the memberships that a change would end. Hands may not end in an unmanaged group what a connection made, unless the
/// policy's `manual_updates` lets them; under `drift=keep_manual` a connection does not end what hands made.
pub(super) async fn guard(
    act: &Act,
    group: &Group,
    policy: &Policy,
    delta: &mut Delta,
    reader: &mut dyn Reader,
) -> Result<()> {
    let by_hand = act.connection_id().is_none();
    let matters = if by_hand {
        // The members of a managed group were its connection's own matter before.
        group.managed_by.is_none() && policy.manual_updates == ManualUpdates::Deny
    } else {
        policy.drift == Drift::KeepManual
    };
    if !matters || delta.removed.is_empty() {
        return Ok(());
    }
    let origins = reader
        .membership_origins(group.organization_id, group.id, &delta.removed)
        .await?;
    if by_hand {
        for origin in origins {
            let managed = Managed {
                resource: Resource::Group,
                organization: group.organization_id,
                by: origin.connection,
            };
            hands::permit(act, policy.manual_updates, managed, reader).await?;
        }
        return Ok(());
    }
    let manual = origins.iter().filter(|origin| origin.source == Source::Manual);
    let kept: Vec<_> = manual.map(|origin| origin.member).collect();
    delta.removed.retain(|member| !kept.contains(member));
    let sentence = |member| format!("member {member} was added by hand and stays");
    delta.ignored.extend(kept.iter().take(MAX_NAMED).map(sentence));
    if kept.len() > MAX_NAMED {
        let more = kept.len() - MAX_NAMED;
        delta
            .ignored
            .push(format!("{more} more members were added by hand and stay"));
    }
    Ok(())
}
