//! Report of what would change if licenses came from another source (rule 118: the test before the switch).

use std::collections::HashMap;

use async_trait::async_trait;

use super::Licensing;
use crate::{
    directory::input::{LicenseChange, LicenseReport},
    error::Result,
    filter::Filter,
    id::Id,
    license,
    policy::LicenseSource,
    search::position_of_user,
    store::{Cost, GroupLicense, ListQuery, Query, Reader},
    user::User,
};

/// Users that are read at a time.
const BATCH: i64 = 500;

/// Compares the licenses of all users, a page at a time.
pub(super) struct Report {
    pub(super) organization: Id,
    pub(super) licensing: Licensing,
    pub(super) to: LicenseSource,
    /// How many changes are named.
    pub(super) limit: usize,
}

#[async_trait]
impl Query for Report {
    type Output = LicenseReport;
    const COST: Cost = Cost::Scan;

    async fn run(&self, reader: &mut dyn Reader) -> Result<LicenseReport> {
        let mut report = LicenseReport::default();
        let mut page = ListQuery::of_all(Filter::All(Vec::new()), BATCH);
        loop {
            let users = reader.users(self.organization, &page).await?;
            let Some(last) = users.last() else {
                return Ok(report);
            };
            page.after = Some(position_of_user(&page.order, last, &[])?);
            let mapped = self.mapped(&users, reader).await?;
            for user in &users {
                self.inspect(user, mapped.get(&user.id), &mut report);
            }
        }
    }
}

impl Report {
    /// Finds the licenses that mapping rules give to these users.
    async fn mapped(&self, users: &[User], reader: &mut dyn Reader) -> Result<HashMap<Id, GroupLicense>> {
        let ids: Vec<Id> = users.iter().map(|user| user.id).collect();
        let belonging = reader.groups_of(self.organization, &ids).await?;
        let mut groups: Vec<Id> = belonging.iter().map(|(_, group)| group.id).collect();
        groups.sort_unstable();
        groups.dedup();
        if groups.is_empty() {
            return Ok(HashMap::new());
        }
        let licenses = reader.group_licenses(self.organization, &groups).await?;
        let mut mapped = HashMap::new();
        // In order of the rules, so the first that is put in is the one that counts.
        for license in &licenses {
            let members = belonging.iter().filter(|(_, group)| group.id == license.group);
            for (user, _) in members {
                mapped.entry(*user).or_insert_with(|| license.clone());
            }
        }
        Ok(mapped)
    }

    fn inspect(&self, user: &User, mapped: Option<&GroupLicense>, report: &mut LicenseReport) {
        let assigned = user.profile.license.as_ref();
        let counts = |source| license::effective(source, assigned, mapped.map(|it| it.license.clone()));
        let (before, after) = (counts(self.licensing.source), counts(self.to));
        report.users += 1;
        let value = |license: Option<license::AssignedLicense>| license.map(|it| it.value);
        let (before, after) = (value(before), value(after));
        report.without += i64::from(after.is_none());
        if before == after {
            return;
        }
        report.changing += 1;
        if report.changes.len() < self.limit {
            report.changes.push(LicenseChange {
                user: user.id,
                user_name: user.user_name.clone(),
                before,
                after,
            });
        }
    }
}
