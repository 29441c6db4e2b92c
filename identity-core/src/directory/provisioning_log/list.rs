//! Reading the log.

use async_trait::async_trait;

use crate::{
    caller::{Call, Scope},
    directory::{
        Directory,
        input::{Page, PageRequest, ProvisioningConditions},
        paging::{List, Pager, RESOURCES, Rows},
    },
    error::Result,
    id::Id,
    provisioning_log::{ProvisioningQuery, ProvisioningRequest, TargetKey},
    store::{Cost, Query, Reader},
    text::fold,
    validate,
};

impl Directory {
    /// Lists requests of identity providers, newest first.
    #[crate::boxed]
    pub async fn list_provisioning_requests(
        &self,
        call: &Call,
        organization: &str,
        conditions: ProvisioningConditions,
        page: PageRequest,
    ) -> Result<Page<ProvisioningRequest>> {
        let inner = &self.inner;
        let org = inner
            .organization(call, organization, Scope::ProvisioningRead)
            .await?;
        let ProvisioningConditions { query, target } = &conditions;
        for (field, text) in [("request_id", &query.request_id), ("target", target)] {
            if let Some(text) = text {
                validate::text(field, text)?;
            }
        }
        let list = List {
            name: "provisioning_requests",
            organization: Some(org.id),
            query: &conditions,
            sizes: RESOURCES,
        };
        let pager: Pager<Id> = inner.pager(&list, &page)?;
        let query = ListRequests {
            organization: org.id,
            before: pager.after,
            limit: pager.limit(),
            size: pager.size,
            queries: queries(conditions),
        };
        inner.page(&pager, inner.store.read(query).await?)
    }
}

/// The queries that together find all requests: one for each key that the target may be, as each has an index of its own.
fn queries(conditions: ProvisioningConditions) -> Vec<ProvisioningQuery> {
    let ProvisioningConditions { query, target } = conditions;
    let Some(target) = target else {
        return vec![query];
    };
    let folded = fold(&target);
    let keys = [
        TargetKey::Name(folded.clone()),
        TargetKey::ExternalId(folded),
        TargetKey::Id(target),
    ];
    let about = |key| ProvisioningQuery {
        target: Some(key),
        ..query.clone()
    };
    keys.into_iter().map(about).collect()
}

/// A page of the requests that queries find together, newest first.
pub(in crate::directory) struct ListRequests {
    pub(in crate::directory) organization: Id,
    pub(in crate::directory) queries: Vec<ProvisioningQuery>,
    pub(in crate::directory) before: Option<Id>,
    pub(in crate::directory) limit: i64,
    pub(in crate::directory) size: i64,
}

#[async_trait]
impl Query for ListRequests {
    type Output = Rows<ProvisioningRequest, Id>;
    const COST: Cost = Cost::Scan;

    async fn run(&self, reader: &mut dyn Reader) -> Result<Self::Output> {
        let mut found = Vec::new();
        for query in &self.queries {
            let page = reader.provisioning_requests(self.organization, query, self.before, self.limit);
            found.extend(page.await?);
        }
        found.sort_unstable_by_key(|request| std::cmp::Reverse(request.id));
        found.dedup_by_key(|request| request.id);
        Rows::cut(found, self.size, |request| Ok(request.id))
    }

    fn searched(&self) -> Option<Id> {
        Some(self.organization)
    }
}
