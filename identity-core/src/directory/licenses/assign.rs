//! Giving and taking licenses manually.

use async_trait::async_trait;

use crate::{
    directory::{
        change_context::ChangeContext,
        schemas::schemas_of,
        users::{changed, live, reject_manual},
    },
    error::Result,
    id::Id,
    license::{AssignedLicense, LicenseOrigin},
    store::{Transaction, Unit},
    user::User,
};

/// Sets the license of a user; a change that changes nothing writes nothing.
pub(super) struct SetLicense {
    pub(super) context: ChangeContext,
    pub(super) organization: Id,
    pub(super) user: Id,
    /// `None`: takes it.
    pub(super) license: Option<String>,
}

#[async_trait]
impl Unit for SetLicense {
    type Output = User;

    async fn run(&self, transaction: &mut Transaction<'_>) -> Result<User> {
        self.context.authorize(transaction.organization()?)?;
        let before = live(transaction.reader, self.organization, self.user).await?;
        let policy = transaction.organization()?.policy.clone();
        policy.require_licenses()?;
        reject_manual(&policy)?;
        let mut after = before.clone();
        after.profile.license = None;
        if let Some(value) = &self.license {
            policy.refuse_license("license", value)?;
            let (value, origin) = (value.clone(), LicenseOrigin::Manual);
            after.profile.license = Some(AssignedLicense { value, origin });
        }
        if after == before {
            return Ok(before);
        }
        after.version += 1;
        after.updated_at = self.context.at_or_after(before.updated_at);
        let extensions = &after.profile.extensions;
        let schemas = schemas_of(transaction.reader, self.organization, extensions).await?;
        let (write, entry) = changed(&self.context, before, &after, &schemas)?;
        transaction.writes.push(write);
        transaction.entries.push(entry);
        Ok(after)
    }
}
