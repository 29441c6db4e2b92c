//! An organization that has an active admin keeps one (rule 75).

use crate::{
    error::{Error, Result, Rule},
    group::Source,
    organization::Organization,
    store::{Reader, Without},
    user::User,
};

/// Refuses a change that takes the last active admin from an organization that has one. Admins are those who hold the last role of the
/// catalog for good, themselves or through groups. To be asked under the organization's lock, and before anything is written.
pub(in crate::directory) async fn keep_an_admin(
    reader: &mut dyn Reader,
    organization: &Organization,
    loss: &Without,
) -> Result<()> {
    let catalog = organization.policy.catalog();
    let (id, admin) = (organization.id, catalog.admin());
    if reader.has_permanent_holder(id, admin, loss).await? {
        return Ok(());
    }
    // From an organization that has none, none is taken.
    if reader
        .has_permanent_holder(id, admin, &Without::default())
        .await?
    {
        return Err(Error::RuleBroken(Rule::LastAdmin));
    }
    Ok(())
}

/// Returns what the organization loses of its admins by a change of a user; `None`: surely nothing.
pub(in crate::directory) fn loss(
    organization: &Organization,
    before: &User,
    after: &User,
) -> Option<Without> {
    let catalog = organization.policy.catalog();
    let is_admin = |user: &User| user.organization_role.as_deref() == Some(catalog.admin());
    let is_there = |user: &User| user.active && user.deleted_at.is_none();
    if !is_there(before) {
        return None;
    }
    let mut loss = Without::default();
    if !is_there(after) {
        // Whoever holds no role may be an admin through a group.
        if !is_admin(before) && !organization.has_other_grants {
            return None;
        }
        loss.gone.push(before.id);
    } else if is_admin(before) && !is_admin(after) {
        loss.revoked_from.push(before.id);
        loss.sources = vec![Source::Scim, Source::Manual];
    } else {
        return None;
    }
    Some(loss)
}
