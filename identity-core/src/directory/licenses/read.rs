//! The catalog with how many were given.

use async_trait::async_trait;

use crate::{
    directory::input::LicenseCount,
    error::Result,
    filter::{Filter, Operator, Value},
    id::Id,
    policy::Policy,
    store::{Cost, ListQuery, Query, Reader},
};

/// Counts who was given each license.
pub(super) struct CountLicenses {
    pub(super) organization: Id,
    pub(super) policy: Policy,
}

#[async_trait]
impl Query for CountLicenses {
    type Output = Vec<LicenseCount>;
    const COST: Cost = Cost::Scan;

    async fn run(&self, reader: &mut dyn Reader) -> Result<Self::Output> {
        let mut counts = Vec::new();
        for name in &self.policy.license_catalog.0 {
            let filter = Filter::Comparison {
                attribute: "license".into(),
                operator: Operator::Equal,
                value: Value::Text(name.clone()),
            };
            let all = ListQuery::of_all(filter, 0);
            counts.push(LicenseCount {
                name: name.clone(),
                in_plan: self.policy.plan_has_license(name),
                assigned: reader.count_users(self.organization, &all).await?,
            });
        }
        Ok(counts)
    }
}
