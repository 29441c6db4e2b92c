//! Adoption: existing users and groups come under a connection.

mod apply;
mod judge;
mod preview;

use std::sync::Arc;

use apply::{ApplyAdoption, Place, Scope as What};
use preview::{PreviewAll, PreviewCandidates};

use super::{
    Directory, Inner,
    act::Act,
    id_of,
    input::{AdoptionCounts, AdoptionItem, Candidate, Page, PageRequest, Reach},
    paging::{List, Pager, RESOURCES},
};
use crate::{
    caller::{Call, Scope},
    error::{Error, Resource, Result},
    group::MemberKind,
    id::Id,
};

/// Candidates of one call.
const MAX_CANDIDATES: usize = 10_000;

impl Directory {
    /// What adoption would do: with candidates, with each of them in their order, on one page; without, with all that is unmanaged,
    /// users before groups, as far as `reach` goes.
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
        let known = inner
            .organization(call, organization, Scope::ConnectionsRead)
            .await?;
        let connection = id_of(Resource::Connection, connection)?;
        if !candidates.is_empty() {
            refuse_too_many(&candidates)?;
            let query = PreviewCandidates {
                organization: known.id,
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
            organization: Some(known.id),
            query: &(connection, reach),
            sizes: RESOURCES,
        };
        let pager: Pager<Id> = inner.pager(&list, &page)?;
        let query = PreviewAll {
            organization: known.id,
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
        let known = inner
            .organization(call, organization, Scope::ConnectionsWrite)
            .await?;
        let connection = id_of(Resource::Connection, connection)?;
        let act = Act::new(call, &*inner.platform);
        if candidates.is_empty() {
            return inner.adopt_everything(act, known.id, connection, reach).await;
        }
        refuse_too_many(&candidates)?;
        let unit = ApplyAdoption {
            act,
            organization: known.id,
            connection,
            scope: What::Candidates(candidates),
        };
        Ok(inner.write(&call.caller, known.id, unit).await?.0)
    }
}

impl Inner {
    /// Brings all that is unmanaged under a connection. It goes on to its end when the client is gone.
    pub(super) async fn adopt_everything(
        self: &Arc<Self>,
        act: Act,
        organization: Id,
        connection: Id,
        reach: Reach,
    ) -> Result<AdoptionCounts> {
        let inner = Arc::clone(self);
        let sweep = tokio::spawn(async move {
            let mut counts = AdoptionCounts::default();
            let mut place = Some(Place {
                kind: MemberKind::User,
                after: None,
            });
            while let Some(from) = place {
                let unit = ApplyAdoption {
                    act: act.clone(),
                    organization,
                    connection,
                    scope: What::Everything(from, reach),
                };
                let (more, next) = inner.write(&act.caller, organization, unit).await?;
                counts = counts.and(more);
                place = next;
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
