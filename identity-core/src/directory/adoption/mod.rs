//! Adoption: existing users and groups come under a connection.

mod apply;
mod planner;
mod preview;

use std::sync::Arc;

use apply::{ApplyAdoption, Scope as What, SweepCursor};
use preview::{PreviewAll, PreviewCandidates};

use super::{
    Directory, Inner,
    change_context::ChangeContext,
    input::{AdoptionCounts, AdoptionItem, Candidate, Page, PageRequest, Reach},
    paging::{List, Pager, RESOURCES},
};
use crate::{
    caller::{Call, Scope},
    error::{Error, Result},
    group::MemberKind,
    id::Id,
};

/// Candidates of one call.
const MAX_CANDIDATES: usize = 10_000;

impl Directory {
    /// Returns what adoption would do: with candidates, for each of them in their order, on one page;
    /// without, for all that is unmanaged, users before groups, as far as `reach` goes.
    #[crate::boxed]
    pub async fn preview_adoption(
        &self,
        call: &Call,
        organization: &str,
        connection: &str,
        asked: (Vec<Candidate>, Reach),
        page: PageRequest,
    ) -> Result<Page<AdoptionItem>> {
        let (candidates, reach) = asked;
        let inner = &self.inner;
        let org = inner
            .organization(call, organization, Scope::ConnectionsRead)
            .await?;
        let connection = inner.connection_id(org.id, connection).await?;
        if !candidates.is_empty() {
            refuse_too_many(&candidates)?;
            let query = PreviewCandidates {
                organization: org.id,
                connection,
                candidates,
            };
            return Ok(Page {
                items: inner.store.read(query).await?,
                next_page_token: String::new(),
                total: None,
            });
        }
        let list = List {
            name: "adoption",
            organization: Some(org.id),
            query: &(connection, reach),
            sizes: RESOURCES,
        };
        let pager: Pager<Id> = inner.pager(&list, &page)?;
        let query = PreviewAll {
            organization: org.id,
            connection,
            reach,
            after: pager.after,
            size: pager.size,
        };
        let rows = inner.store.read(query).await?;
        inner.page(&pager, rows)
    }

    /// Brings under a connection whom the candidates name or, without any, all that is unmanaged. What it does is what the preview
    /// says. It is one revision for each ten thousand.
    #[crate::boxed]
    pub async fn apply_adoption(
        &self,
        call: &Call,
        organization: &str,
        connection: &str,
        asked: (Vec<Candidate>, Reach),
    ) -> Result<AdoptionCounts> {
        let (candidates, reach) = asked;
        let inner = &self.inner;
        let org = inner
            .organization(call, organization, Scope::ConnectionsWrite)
            .await?;
        let connection = inner.connection_id(org.id, connection).await?;
        let context = ChangeContext::new(call, &*inner.platform);
        if candidates.is_empty() {
            return inner.adopt_everything(context, org.id, connection, reach).await;
        }
        refuse_too_many(&candidates)?;
        let unit = ApplyAdoption {
            context,
            organization: org.id,
            connection,
            scope: What::Candidates(candidates),
        };
        Ok(inner.write(&call.caller, org.id, unit).await?.0)
    }
}

impl Inner {
    /// Brings all that is unmanaged under a connection. It goes on to its end when the client is gone.
    pub(super) async fn adopt_everything(
        self: &Arc<Self>,
        context: ChangeContext,
        organization: Id,
        connection: Id,
        reach: Reach,
    ) -> Result<AdoptionCounts> {
        let inner = Arc::clone(self);
        let sweep = tokio::spawn(async move {
            let mut counts = AdoptionCounts::default();
            let mut cursor = Some(SweepCursor {
                kind: MemberKind::User,
                after: None,
            });
            while let Some(from) = cursor {
                let unit = ApplyAdoption {
                    context: context.clone(),
                    organization,
                    connection,
                    scope: What::Everything(from, reach),
                };
                let (more, next) = inner.write(&context.caller, organization, unit).await?;
                counts = counts.and(more);
                cursor = next;
            }
            Ok(counts)
        });
        sweep.await.map_err(|error| Error::Internal(error.into()))?
    }
}

fn refuse_too_many(candidates: &[Candidate]) -> Result<()> {
    if candidates.len() > MAX_CANDIDATES {
        return Err(Error::TooMany {
            limit: "candidates in one adoption",
            maximum: 10_000,
            retry_after: None,
        });
    }
    Ok(())
}
