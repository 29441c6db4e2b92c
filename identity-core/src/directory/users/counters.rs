//! The organization's counters of its users, and its seats.

use crate::{
    directory::quotas,
    error::{Error, Result, Rule},
    organization::Organization,
    user::User,
};

/// Break-glass accounts that an organization may have: what many hold is no emergency.
pub(super) const MAX_BREAK_GLASS: i64 = 20;

/// Keeps the counts in step with a change of one user, and refuses one more user than the quota allows and an active
/// user for whom there is no seat. Asked under the
/// organization's lock, where its counts are, so that no two changes take the same seat.
pub(super) fn update(organization: &mut Organization, before: Option<&User>, after: &User) -> Result<()> {
    let change = |is: fn(&User) -> bool| i64::from(is(after)) - i64::from(before.is_some_and(is));
    let is_live = |user: &User| user.deleted_at.is_none();
    let more_users = change(is_live);
    organization.user_count += more_users;
    if more_users > 0 {
        let quota = organization.policy.quota_users;
        quotas::require("quota.users", quota, organization.user_count)?;
    }
    let more_active = change(|user| user.deleted_at.is_none() && user.active);
    organization.active_user_count += more_active;
    let more_break_glass = change(|user| user.deleted_at.is_none() && user.break_glass);
    organization.break_glass_count += more_break_glass;
    if more_break_glass > 0 && organization.break_glass_count > MAX_BREAK_GLASS {
        return Err(Error::TooMany {
            limit: "break-glass accounts in one organization",
            maximum: MAX_BREAK_GLASS.unsigned_abs(),
            retry_after: None,
        });
    }
    let seats = organization.facts.seats;
    if more_active > 0 && seats > 0 && organization.active_user_count > seats {
        return Err(Error::RuleBroken(Rule::SeatsExhausted(seats)));
    }
    Ok(())
}
