//! Licenses: the catalog, who has what, and what another source would change.

mod assign;
mod read;
mod report;
mod show;

use assign::SetLicense;
use read::CountLicenses;
use report::Report;
pub(super) use show::Licensing;

use super::{
    Directory,
    change_context::ChangeContext,
    id_of,
    input::{LicenseCount, LicenseReport},
    organization_context::{FindOrganization, OrganizationRef},
};
use crate::{
    caller::{Call, Scope},
    error::{Error, Resource, Result},
    policy::{LicenseSource, Policy},
    user::UserView,
};

/// Changes that a report names, at most.
const MAX_REPORTED: usize = 1000;
/// Changes that a report names where nobody says how many.
const DEFAULT_REPORTED: usize = 100;

impl Directory {
    /// The licenses of the catalog, in its order.
    #[crate::boxed]
    pub async fn list_licenses(&self, call: &Call, organization: &str) -> Result<Vec<LicenseCount>> {
        let org = self
            .inner
            .organization(call, organization, Scope::LicensesRead)
            .await?;
        let policy = self.policy(&org.id).await?;
        let query = CountLicenses {
            organization: org.id,
            policy,
        };
        self.inner.store.read(query).await
    }

    /// Gives a user a license manually, whoever manages the user: who may, `license.source` says.
    #[crate::boxed]
    pub async fn assign_license(
        &self,
        call: &Call,
        organization: &str,
        user: &str,
        license: &str,
    ) -> Result<UserView> {
        self.set_license(call, organization, user, Some(license.to_owned()))
            .await
    }

    /// Takes the license that was given from a user.
    #[crate::boxed]
    pub async fn unassign_license(&self, call: &Call, organization: &str, user: &str) -> Result<UserView> {
        self.set_license(call, organization, user, None).await
    }

    /// Reports the users whose license would be another one if licenses came from `source`, or, if that is
    /// empty, from where they come now. `limit`: how many are named, 0 for the default.
    #[crate::boxed]
    pub async fn report_licenses(
        &self,
        call: &Call,
        organization: &str,
        source: &str,
        limit: i32,
    ) -> Result<LicenseReport> {
        let org = self
            .inner
            .organization(call, organization, Scope::LicensesRead)
            .await?;
        let policy = self.policy(&org.id).await?;
        let to = match source {
            "" => policy.license_source,
            name => LicenseSource::parse(name)?,
        };
        let limit = match usize::try_from(limit) {
            Err(_) => return Err(Error::invalid("max_changes", "must not be negative")),
            Ok(0) => DEFAULT_REPORTED,
            Ok(limit) => limit.min(MAX_REPORTED),
        };
        let report = Report {
            organization: org.id,
            licensing: Licensing::of(&policy),
            to,
            limit,
        };
        self.inner.store.read(report).await
    }

    async fn set_license(
        &self,
        call: &Call,
        organization: &str,
        user: &str,
        license: Option<String>,
    ) -> Result<UserView> {
        let inner = &self.inner;
        let org = inner
            .organization(call, organization, Scope::LicensesWrite)
            .await?;
        let unit = SetLicense {
            context: ChangeContext::new(call, &*inner.platform),
            organization: org.id,
            user: id_of(Resource::User, user)?,
            license,
        };
        let user = inner.write(&call.caller, org.id, unit).await?;
        inner.view(&org, user).await
    }

    async fn policy(&self, organization: &crate::id::Id) -> Result<Policy> {
        let query = FindOrganization(OrganizationRef::Id(*organization));
        let found = self.inner.store.read(query).await?;
        let found = found.ok_or_else(|| Error::not_found(Resource::Organization, organization))?;
        Ok(found.policy)
    }
}
