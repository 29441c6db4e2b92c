//! Changing a user.

use async_trait::async_trait;

use super::{
    drift, licensing,
    merge::{merge, sets_extensions},
    record, rules,
};
use crate::{
    change::{Action, Detail},
    directory::{
        act::Act,
        input::{UpdateMode, UserField, UserInput, UserUpdate},
        record::updated,
        roles::{Roles, Settling, keep_an_admin, loss},
        schemas::schemas_of,
        tokens::revoke_tokens_of,
        version,
    },
    error::{Resource, Result},
    id::Id,
    policy::{Policy, RolesSource},
    schema::ExtensionSchema,
    search,
    store::{Entry, Transaction, Unit, Write},
    text::fold,
    user::{TypedValue, User},
    validate::{self, Ignored},
};

/// Changes a user; a change that changes nothing writes nothing.
pub(super) struct UpdateUser {
    pub(super) act: Act,
    pub(super) organization: Id,
    pub(super) id: Id,
    pub(super) update: UserUpdate,
}

impl UpdateUser {
    /// The user as the update makes it, fit to be stored, and what has no effect.
    async fn merged(&self, before: &User, transaction: &mut Transaction<'_>) -> Result<Merged> {
        let organization = transaction.organization()?.clone();
        let (policy, reader) = (&organization.policy, &mut *transaction.reader);
        let mut user = merge(before, &self.update, policy);
        let given = if self.update.fields.contains(&UserField::Roles) {
            Roles::Given
        } else {
            Roles::NotGiven
        };
        let from = Some((before, given));
        let mut without_effect = rules::take_roles(from, &mut user, policy, &self.act)?;
        without_effect.extend(drift::keep_manual(&self.act, policy.drift, before, &mut user));
        let said = licensing::take(policy, &mut user, sets_extensions(&self.update, policy))?;
        without_effect.extend(licensing::settle(&self.act, policy, &mut user, said, reader).await?);
        let schemas = schemas_of(reader, self.organization, &user.profile.extensions).await?;
        let dropped = self.dropped()?;
        validate::refuse_unknown(&dropped, policy.attributes_unknown)?;
        let mut ignored = rules::fit(Some(before), &mut user, policy.clone(), &schemas, &self.act)?;
        let settling = Settling {
            organization: &organization,
            act: &self.act,
            before: Some(before),
        };
        let roles = settling.settle(&mut user, reader).await?;
        drift::mark(&self.act, before, &mut user);
        ignored.extend(roles.ignored);
        without_effect.extend(dropped);
        ignored.extend_from_slice(&without_effect);
        Ok(Merged {
            user,
            ignored,
            schemas,
            grants: roles.writes,
            without_effect,
        })
    }

    /// Whether it changes nothing but roles, and those are no matter of the attribute `roles` of a provisioning client: then hands give
    /// them, whoever manages the user (rules 86 and 90).
    fn is_about_own_roles(&self, policy: &Policy) -> bool {
        let only_roles = self.update.fields.iter().all(|field| *field == UserField::Roles);
        only_roles
            && self.act.connection_id().is_none()
            && self.update.mode == UpdateMode::Partial
            && policy.roles_source != RolesSource::ScimRoles
    }

    /// What the client dropped.
    fn dropped(&self) -> Result<Ignored> {
        validate::ignored_attributes(&self.update.input.ignored_attributes)
    }

    /// The entry of an update that changes nothing, if what it asked for was dropped or has no effect. One that stands for the whole user
    /// says the same each time it is repeated, and what it dropped stands in the entry of the first.
    fn entry_of_nothing(&self, ignored: Ignored) -> Option<Entry> {
        if ignored.is_empty() || self.update.mode == UpdateMode::Replace {
            return None;
        }
        let detail = Detail {
            ignored,
            ..Detail::default()
        };
        let entry = self.act.entry(Resource::User, &self.id, Action::Ignored, detail);
        Some(entry)
    }

    async fn ask(&self, before: &User, after: &User, transaction: &mut Transaction<'_>) -> Result<()> {
        let organization = transaction.organization()?.clone();
        let reader = &mut *transaction.reader;
        let is_renamed = fold(&before.user_name) != fold(&after.user_name);
        if is_renamed || before.external_id != after.external_id {
            let names = rules::name_use(reader, after).await?;
            rules::refuse_taken(&names, after.id)?;
        }
        match loss(&organization, before, after) {
            Some(loss) => keep_an_admin(reader, &organization, &loss).await,
            None => Ok(()),
        }
    }

    fn write(&self, before: User, merged: Merged, transaction: &mut Transaction<'_>) -> Result<()> {
        let after = merged.user;
        let (write, mut entry) = changed(&self.act, before, after, &merged.schemas)?;
        entry.detail.ignored = merged.ignored;
        transaction.entries.push(entry);
        transaction.writes.push(write);
        transaction.writes.extend(merged.grants);
        Ok(())
    }
}

/// Gives a user these roles instead of its own, as an update of `roles` does.
pub(in crate::directory) async fn set_roles(
    act: &Act,
    user: &User,
    roles: Vec<TypedValue>,
    transaction: &mut Transaction<'_>,
) -> Result<()> {
    let mut input = UserInput::default();
    input.profile.roles = roles;
    let unit = UpdateUser {
        act: act.clone(),
        organization: user.organization_id,
        id: user.id,
        update: UserUpdate {
            fields: vec![UserField::Roles],
            input,
            ..UserUpdate::default()
        },
    };
    unit.run(transaction).await.map(drop)
}

/// The write and the entry of a user who is changed.
pub(in crate::directory) fn changed(
    act: &Act,
    before: User,
    after: User,
    schemas: &[ExtensionSchema],
) -> Result<(Write, Entry)> {
    let detail = updated(&record::of(&before)?, &record::of(&after)?);
    let entry = act.entry(Resource::User, &after.id, Action::Updated, detail);
    let write = Write::UpdateUser {
        keys: search::of_user(&after, schemas),
        before: Box::new(before),
        after: Box::new(after),
    };
    Ok((write, entry))
}

/// What an update comes to.
struct Merged {
    user: User,
    ignored: Ignored,
    schemas: Vec<ExtensionSchema>,
    /// The writes of its grants.
    grants: Vec<Write>,
    /// What was sent and dropped, or has no effect by policy.
    without_effect: Ignored,
}

#[async_trait]
impl Unit for UpdateUser {
    type Output = User;

    async fn run(&self, transaction: &mut Transaction<'_>) -> Result<User> {
        self.act.admit(transaction.organization()?)?;
        let before = rules::live(transaction.reader, self.organization, self.id).await?;
        version::check(&self.update.etag, before.version)?;
        if !self.is_about_own_roles(&transaction.organization()?.policy) {
            rules::subject(&before).permit(&self.act, transaction).await?;
        }
        let mut merged = self.merged(&before, transaction).await?;
        if merged.user == before {
            transaction
                .entries
                .extend(self.entry_of_nothing(merged.without_effect));
            return Ok(before);
        }
        self.ask(&before, &merged.user, transaction).await?;
        if before.active && !merged.user.active {
            revoke_tokens_of(&self.act, self.organization, self.id, transaction).await?;
        }
        merged.user.version += 1;
        merged.user.updated_at = self.act.at_or_after(before.updated_at);
        let after = merged.user.clone();
        self.write(before, merged, transaction)?;
        Ok(after)
    }
}
