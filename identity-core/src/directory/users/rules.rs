//! The rules of users that look beyond one user. All are asked under the organization's lock.

use super::scope;
use crate::{
    directory::{
        change_context::ChangeContext,
        management::{self, Managed},
        roles::{Roles, take_legacy_role},
    },
    error::{Error, Resource, Result, Rule},
    id::Id,
    policy::{Policy, PrimaryEmail, RolesSource, UserNameFormat},
    schema::ExtensionSchema,
    store::{NameUse, Reader},
    text::fold,
    user::User,
    validate::{self, Ignored},
};

/// Refuses names that another live user has.
pub(super) fn refuse_taken(names: &NameUse, own: Id) -> Result<()> {
    let taken = |holder: Option<Id>| holder.is_some_and(|holder| holder != own);
    let field = if taken(names.user_name) {
        "user_name"
    } else if taken(names.external_id) {
        "external_id"
    } else {
        return Ok(());
    };
    Err(Error::AlreadyExists {
        resource: Resource::User,
        field,
    })
}

/// Refuses a provisioning client that touches an account for emergencies.
pub(super) fn refuse_break_glass(context: &ChangeContext, user: &User) -> Result<()> {
    if user.break_glass && context.connection_id().is_some() {
        return Err(Error::RuleBroken(Rule::BreakGlassAccount));
    }
    Ok(())
}

/// A user that is not deleted.
pub(in crate::directory) async fn live(reader: &mut dyn Reader, organization: Id, id: Id) -> Result<User> {
    let user = reader.user(organization, id).await?;
    user.ok_or_else(|| Error::not_found(Resource::User, id))
}

/// Returns the manager of a user after the caller's change; refuses a caller who may not make it.
pub(in crate::directory) async fn manager_after(
    context: &ChangeContext,
    user: &User,
    policy: &Policy,
    reader: &mut dyn Reader,
) -> Result<Option<Id>> {
    let managed = Managed {
        resource: Resource::User,
        organization: user.organization_id,
        by: user.managed_by,
    };
    management::manager_after_change(context, policy, managed, reader).await
}

/// Finds who else has the names that this user is to have: of external ids, where the policy wants them unique.
pub(super) async fn name_use(reader: &mut dyn Reader, user: &User, policy: &Policy) -> Result<NameUse> {
    let unique = user.external_id.as_deref();
    reader
        .name_use(
            user.organization_id,
            &fold(&user.user_name),
            user.managed_by,
            unique.filter(|_| policy.external_id_unique.is_on()),
            user.id,
        )
        .await
}

/// Brings a new or changed user into the form that is stored, and refuses what breaks a rule. Answers what has no effect.
pub(in crate::directory) fn fit(
    before: Option<&User>,
    after: &mut User,
    mut policy: Policy,
    schemas: &[ExtensionSchema],
    context: &ChangeContext,
) -> Result<Ignored> {
    if let Some(before) = before {
        spare_unchanged(before, after, &mut policy);
    }
    let mut ignored = scope::narrow(&policy, before, after);
    ignored.extend(validate::user(
        after,
        &policy,
        schemas,
        before,
        context.input_rules(&policy),
    )?);
    let certificates = &after.profile.x509_certificates;
    if before.is_none_or(|before| before.profile.x509_certificates != *certificates) {
        validate::certificates(&after.profile)?;
    }
    Ok(ignored)
}

/// Leaves of the policy what a change is asked to follow. What a stricter policy found in a user stays there until it is changed:
/// else nobody could deactivate that user.
fn spare_unchanged(before: &User, after: &User, asked: &mut Policy) {
    if after.user_name == before.user_name {
        asked.user_name_format = UserNameFormat::Any;
        if after.profile.emails == before.profile.emails {
            asked.email_primary_rule = PrimaryEmail::Independent;
        }
    }
}

/// Takes what a new or changed user says of its roles, in the older way too. Where the policy has them come from elsewhere, what an
/// identity provider sends of them has no effect; answers that. `before` is the user before a change.
pub(super) fn take_roles(
    before: Option<&User>,
    given: Roles,
    after: &mut User,
    policy: &Policy,
    context: &ChangeContext,
) -> Result<Ignored> {
    take_legacy_role(before, after, policy, given)?;
    let held = before
        .map(|user| user.profile.roles.as_slice())
        .unwrap_or_default();
    let from_elsewhere = policy.roles_source != RolesSource::ScimRoles && context.connection_id().is_some();
    if !from_elsewhere || after.profile.roles == held {
        return Ok(Vec::new());
    }
    after.profile.roles = held.to_vec();
    Ok(vec![format!(
        "roles have no effect, as the policy setting roles.source is {}",
        policy.roles_source.name()
    )])
}
