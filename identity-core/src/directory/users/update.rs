//! Changing a user.

use async_trait::async_trait;

use super::{
    apply::{Applied, Change, apply_change},
    merge::{self, merge},
    rules,
};
use crate::{
    change::{Action, Detail},
    directory::{
        change_context::ChangeContext,
        input::{UpdateMode, UserField, UserInput, UserUpdate},
        manual_changes::permit_break_glass,
        roles::Roles,
        version,
    },
    error::{Error, Resource, Result},
    id::Id,
    policy::{DeletedThenGet, Policy, Revive, RolesSource},
    store::{Entry, Reader, Transaction, Unit},
    user::{FormerManager, TypedValue, User},
    validate::{self, Ignored},
};

/// The change that deactivates a user, whoever it is that asks.
pub(in crate::directory) fn deactivation(
    context: ChangeContext,
    organization: Id,
    id: Id,
) -> impl Unit<Output = User> {
    let input = UserInput {
        active: Some(false),
        ..UserInput::default()
    };
    let update = UserUpdate {
        id: id.to_string(),
        fields: vec![UserField::Active],
        input,
        ..UserUpdate::default()
    };
    UpdateUser {
        context,
        organization,
        id,
        update,
    }
}

/// Changes a user; a change that changes nothing writes nothing.
pub(super) struct UpdateUser {
    pub(super) context: ChangeContext,
    pub(super) organization: Id,
    pub(super) id: Id,
    pub(super) update: UserUpdate,
}

impl UpdateUser {
    /// Tells whether a manual update changes only what the identity provider does not control, so that it is
    /// allowed whoever manages the user: the break-glass flag, and roles unless they come from a SCIM
    /// client's attribute `roles` (rules 86 and 90).
    fn is_beside_the_provider(&self, policy: &Policy) -> bool {
        let is_beside = |field: &UserField| match field {
            UserField::BreakGlass => true,
            UserField::Roles => policy.roles_source != RolesSource::ScimRoles,
            _ => false,
        };
        self.context.connection_id().is_none()
            && self.update.mode == UpdateMode::Partial
            && self.update.fields.iter().all(is_beside)
            && self.update.parts.is_empty()
    }

    /// Returns a sentence about each attribute that the client dropped.
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
        let entry = self
            .context
            .entry(Resource::User, &self.id, Action::Ignored, detail);
        Some(entry)
    }

    /// Says in the log what had no effect, where nothing had.
    fn note_without_effect(&self, applied: Applied, transaction: &mut Transaction<'_>) -> User {
        match applied {
            Applied::Changed(user) => user,
            Applied::Same(user, without_effect) => {
                transaction.entries.extend(self.entry_of_nothing(without_effect));
                user
            }
        }
    }

    fn change(&self, before: User, after: User, policy: &Policy) -> Result<Change> {
        Ok(Change {
            roles: self.roles(),
            extensions: merge::extensions(&self.update, policy),
            dropped: self.dropped()?,
            ..Change::new(before, after)
        })
    }

    fn roles(&self) -> Roles {
        if self.update.fields.contains(&UserField::Roles) {
            Roles::Given
        } else {
            Roles::NotGiven
        }
    }

    /// The user as the update wants it.
    async fn wanted(&self, before: &User, transaction: &mut Transaction<'_>) -> Result<User> {
        let policy = transaction.organization()?.policy.clone();
        let mut user = merge(before, &self.update, &policy);
        if !self.is_beside_the_provider(&policy) {
            user.managed_by =
                rules::manager_after(&self.context, before, &policy, transaction.reader).await?;
        }
        if user.break_glass != before.break_glass {
            permit_break_glass(&self.context)?;
            if user.break_glass {
                withdraw(&mut user, before);
            } else {
                offer(&mut user, &policy, transaction.reader).await?;
            }
        }
        Ok(user)
    }

    /// A deleted user whom a provisioning client still sees: it comes back when it is activated, and nothing else has an effect.
    async fn change_deleted(&self, transaction: &mut Transaction<'_>) -> Result<User> {
        let policy = transaction.organization()?.policy.clone();
        let deleted = transaction
            .reader
            .deleted_user(self.organization, self.id)
            .await?;
        let mine = |user: &User| {
            self.context.connection_id().is_some() && user.managed_by == self.context.connection_id()
        };
        let Some(before) = deleted.filter(|user| mine(user) && is_visible(&policy)) else {
            return Err(Error::not_found(Resource::User, self.id));
        };
        version::check(&self.update.etag, before.version)?;
        let mut after = merge(&before, &self.update, &policy);
        if after.active && policy.create_revive != Revive::Never {
            after.deleted_at = None;
            let change = self.change(before, after, &policy)?;
            let applied = apply_change(&self.context, change, transaction).await?;
            return Ok(applied.user());
        }
        let detail = Detail {
            ignored: vec!["the user is deleted".to_owned()],
            ..Detail::default()
        };
        let entry = self
            .context
            .entry(Resource::User, &self.id, Action::Ignored, detail);
        transaction.entries.push(entry);
        Ok(before)
    }
}

/// Takes a user from the connection that manages it: none touches it from now on, so none knows it by an id of its own.
fn withdraw(user: &mut User, before: &User) {
    user.profile.former_manager = before.managed_by.map(|connection_id| FormerManager {
        connection_id,
        external_id: before.external_id.clone(),
    });
    (user.managed_by, user.external_id) = (None, None);
}

/// Gives a user back to the connection that managed it, if that is there still, under the id that it had unless that is another's now.
async fn offer(user: &mut User, policy: &Policy, reader: &mut dyn Reader) -> Result<()> {
    let Some(former) = user.profile.former_manager.take() else {
        return Ok(());
    };
    let connection = reader
        .connection(user.organization_id, former.connection_id)
        .await?;
    if connection.is_none() {
        return Ok(());
    }
    user.managed_by = Some(former.connection_id);
    user.external_id = former.external_id;
    let names = rules::name_use(reader, user, policy).await?;
    if names.external_id.is_some_and(|holder| holder != user.id) {
        user.external_id = None;
    }
    Ok(())
}

/// Gives a user these roles instead of its own, as an update of `roles` does.
pub(in crate::directory) async fn set_roles(
    context: &ChangeContext,
    user: &User,
    roles: Vec<TypedValue>,
    transaction: &mut Transaction<'_>,
) -> Result<()> {
    let mut input = UserInput::default();
    input.profile.roles = roles;
    let unit = UpdateUser {
        context: context.clone(),
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

/// Tells whether SCIM clients see deleted users.
fn is_visible(policy: &Policy) -> bool {
    policy.delete_then_get == DeletedThenGet::InactiveResource || policy.list_include_deleted.is_on()
}

#[async_trait]
impl Unit for UpdateUser {
    type Output = User;

    async fn run(&self, transaction: &mut Transaction<'_>) -> Result<User> {
        self.context.authorize(transaction.organization()?)?;
        let before = transaction.reader.user(self.organization, self.id).await?;
        let Some(before) = before else {
            return self.change_deleted(transaction).await;
        };
        rules::refuse_break_glass(&self.context, &before)?;
        version::check(&self.update.etag, before.version)?;
        let after = self.wanted(&before, transaction).await?;
        let change = self.change(before, after, &transaction.organization()?.policy)?;
        let applied = apply_change(&self.context, change, transaction).await?;
        Ok(self.note_without_effect(applied, transaction))
    }
}
