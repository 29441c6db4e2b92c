//! The rules of users that look beyond one user. All are asked under the organization's lock.

use crate::{
    directory::act::Act,
    error::{Error, Resource, Result, Rule},
    id::Id,
    policy::{Policy, PrimaryEmail, UnknownValues, UserNameFormat},
    role::OrganizationRole,
    schema::ExtensionSchema,
    store::{NameUse, Reader},
    text::fold,
    user::{TypedValue, User},
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

/// A user that is not deleted.
pub(super) async fn live(reader: &mut dyn Reader, organization: Id, id: Id) -> Result<User> {
    let user = reader.user(organization, id).await?;
    user.ok_or_else(|| Error::not_found(Resource::User, id))
}

/// Who has the names that this user is to have.
pub(super) async fn name_use(reader: &mut dyn Reader, user: &User) -> Result<NameUse> {
    reader
        .name_use(
            user.organization_id,
            &fold(&user.user_name),
            user.managed_by,
            user.external_id.as_deref(),
        )
        .await
}

/// Refuses to take the last active admin from an organization that has one.
pub(super) async fn keep_an_admin(reader: &mut dyn Reader, before: &User, after: &User) -> Result<()> {
    if !is_active_admin(before) || is_active_admin(after) {
        return Ok(());
    }
    if reader
        .other_active_admin(before.organization_id, before.id)
        .await?
    {
        return Ok(());
    }
    Err(Error::RuleBroken(Rule::LastAdmin))
}

/// Brings a new or changed user into the form that is stored, and refuses what breaks a rule. Answers what has no effect.
pub(in crate::directory) fn fit(
    before: Option<&User>,
    after: &mut User,
    mut policy: Policy,
    schemas: &[ExtensionSchema],
    act: &Act,
) -> Result<Ignored> {
    if let Some(before) = before {
        spare_unchanged(before, after, &mut policy);
    }
    let mut ignored = validate::user(after, &policy, schemas, act.second_primary())?;
    ignored.extend(roles_without_effect(before, after));
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
    if after.profile.roles == before.profile.roles {
        asked.roles_unknown_values = UnknownValues::Keep;
    }
}

/// What is to be said of roles that are new and mean nothing here.
fn roles_without_effect(before: Option<&User>, after: &User) -> Vec<String> {
    let is_new = |role: &&TypedValue| {
        let had = before.is_some_and(|user| user.profile.roles.iter().any(|it| it.value == role.value));
        !had && OrganizationRole::parse(&role.value).is_none()
    };
    let roles = after.profile.roles.iter().filter(is_new);
    let sentence = |role: &TypedValue| format!("role {:?} is not an organization role", role.value);
    roles.map(sentence).collect()
}

fn is_active_admin(user: &User) -> bool {
    user.active && user.deleted_at.is_none() && user.explicit_role() == Some(OrganizationRole::Admin)
}
