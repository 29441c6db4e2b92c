//! Treatment of manual memberships that a provisioning client would end.

use std::collections::BTreeSet;

use super::members::Delta;
use crate::{
    directory::change_context::ChangeContext,
    error::Result,
    group::{Group, Source},
    policy::{Drift, Policy},
    store::Reader,
};

/// Memberships kept that a change-log entry names; of more it tells how many.
const MAX_NAMED: usize = 100;

/// Under `drift=keep_manual` a connection does not end manual memberships: takes such members out of a change.
pub(super) async fn keep_manual(
    context: &ChangeContext,
    group: &Group,
    policy: &Policy,
    delta: &mut Delta,
    reader: &mut dyn Reader,
) -> Result<()> {
    let matters = context.connection_id().is_some() && policy.drift == Drift::KeepManual;
    if !matters || delta.removed.is_empty() {
        return Ok(());
    }
    let origins = reader
        .membership_origins(group.organization_id, group.id, &delta.removed)
        .await?;
    let manual = origins.iter().filter(|origin| origin.source == Source::Manual);
    let kept: BTreeSet<_> = manual.map(|origin| origin.member).collect();
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
