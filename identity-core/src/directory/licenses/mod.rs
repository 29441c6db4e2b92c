//! Licences: the catalogue, who has what, and what another source would change.

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
    access::{FindOrganization, Name},
    act::Act,
    id_of,
    input::{LicenseCount, LicenseReport},
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
    /// The licences of the catalogue, in its order.
    #[crate::boxed]
    pub async fn list_licenses(&self, call: &Call, organization: &str) -> Result<Vec<LicenseCount>> {
        let known = self
            .inner
            .organization(call, organization, Scope::LicensesRead)
            .await?;
        let policy = self.policy(&known.id).await?;
        let query = CountLicenses {
            organization: known.id,
            policy,
        };
        self.inner.store.read(query).await
    }

    /// Gives a user a licence by hand, whoever manages the user: who may, `license.source` says.
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

    /// Takes the licence that was given from a user.
    #[crate::boxed]
    pub async fn unassign_license(&self, call: &Call, organization: &str, user: &str) -> Result<UserView> {
        self.set_license(call, organization, user, None).await
    }

    /// Whose licence would be another one if licences came from `source`, or, `None`, from where they come now. `limit`: how many are
    /// named, 0 for the default.
    #[crate::boxed]
    pub async fn report_licenses(
        &self,
        call: &Call,
        organization: &str,
        source: &str,
        limit: i32,
    ) -> Result<LicenseReport> {
        let known = self
            .inner
            .organization(call, organization, Scope::LicensesRead)
            .await?;
        let policy = self.policy(&known.id).await?;
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
            organization: known.id,
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
        let known = inner
            .organization(call, organization, Scope::LicensesWrite)
            .await?;
        let unit = SetLicense {
            act: Act::new(call, &*inner.platform),
            organization: known.id,
            user: id_of(Resource::User, user)?,
            license,
        };
        let user = inner.write(&call.caller, known.id, unit).await?;
        inner.view(&known, user).await
    }

    async fn policy(&self, organization: &crate::id::Id) -> Result<Policy> {
        let query = FindOrganization(Name::Id(*organization));
        let found = self.inner.store.read(query).await?;
        let found = found.ok_or_else(|| Error::not_found(Resource::Organization, organization))?;
        Ok(found.policy)
    }
}
