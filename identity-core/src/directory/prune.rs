//! Removing old entries of the change log.

use async_trait::async_trait;
use serde_json::json;

use super::{Directory, Inner, change_context::ChangeContext, organization_context::require_root};
use crate::{
    caller::{Call, Intent},
    change::{Action, Actor, ChangeQuery, Detail, FieldChange},
    error::{Error, Resource, Result},
    id::Id,
    platform::Timestamp,
    store::{Entry, Transaction, Unit, Write},
};

/// Revisions removed in one transaction, so that no writer waits for a long one.
const REVISIONS: i64 = 5_000;

impl Directory {
    /// Removes the entries of the oldest revisions that were made before a time, for good; answers the last revision that is gone.
    /// A revision stays if one before it does: what is left has no gap.
    #[crate::boxed]
    pub async fn prune_changes(&self, call: &Call, organization: &str, before: Timestamp) -> Result<i64> {
        require_root(call)?;
        let org = self.inner.visible_organization(call, organization).await?;
        if before > self.inner.platform.now() {
            return Err(Error::invalid("before_time", "must not be in the future"));
        }
        loop {
            let unit = PruneChanges {
                context: ChangeContext::new(call, &*self.inner.platform),
                before,
                actor: None,
            };
            let pruned = self.inner.write(&call.caller, org.id, unit).await?;
            // A dry run removes nothing, so it answers for the first part alone.
            if pruned.through == pruned.end || call.intent != Intent::Commit {
                return Ok(pruned.end);
            }
        }
    }
}

impl Inner {
    /// Removes them for the service itself; answers how many revisions went.
    pub(super) async fn prune_before(&self, organization: Id, before: Timestamp) -> Result<i64> {
        let mut gone = 0;
        loop {
            let context = ChangeContext::of_service(&*self.platform);
            let caller = context.caller.clone();
            let unit = PruneChanges {
                context,
                before,
                actor: Some(Actor::System),
            };
            let pruned = self.write(&caller, organization, unit).await?;
            gone += pruned.through - pruned.from;
            if pruned.through == pruned.end {
                return Ok(gone);
            }
        }
    }
}

struct PruneChanges {
    context: ChangeContext,
    before: Timestamp,
    /// Actor of the entry; `None`: the caller.
    actor: Option<Actor>,
}

/// Revisions that are gone after one step.
struct Pruned {
    /// Last revision that was gone before.
    from: i64,
    through: i64,
    /// Last revision that is to be gone in the end.
    end: i64,
}

#[async_trait]
impl Unit for PruneChanges {
    type Output = Pruned;

    async fn run(&self, transaction: &mut Transaction<'_>) -> Result<Pruned> {
        let organization = transaction.organization()?;
        let (id, current) = (organization.id, organization.revision);
        let mut first = async |query: ChangeQuery| -> Result<i64> {
            let found = transaction.reader.changes(id, &query, None, 1).await?;
            Ok(found.first().map_or(current + 1, |change| change.revision))
        };
        let gone = first(ChangeQuery::default()).await? - 1;
        let kept = first(ChangeQuery {
            from: Some(self.before),
            ..ChangeQuery::default()
        })
        .await?;
        let through = (kept - 1).min(gone + REVISIONS);
        if through <= gone {
            return Ok(Pruned {
                from: gone,
                through: gone,
                end: gone,
            });
        }
        transaction.writes.push(Write::DeleteChanges(id, through));
        let field = FieldChange {
            field: "pruned_through_revision".to_owned(),
            before: json!(gone),
            after: json!(through),
        };
        let detail = Detail {
            fields: vec![field],
            ..Detail::default()
        };
        let entry = self
            .context
            .entry(Resource::Organization, &id, Action::Updated, detail);
        let actor = self.actor.unwrap_or(entry.actor);
        transaction.entries.push(Entry { actor, ..entry });
        Ok(Pruned {
            from: gone,
            through,
            end: kept - 1,
        })
    }
}
