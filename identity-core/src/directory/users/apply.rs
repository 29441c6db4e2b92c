//! The one path of every change of a user: creation, update, return, deactivation and deletion.

use super::{
    counters,
    deactivation_safeguard::{self as safeguard, Loss},
    drift,
    licensing::{self, Extensions},
    lifecycle::{self, AccessTransition},
    record, rules,
};
use serde_json::Value;

use crate::{
    change::{Action, Detail, FieldChange},
    directory::{
        change_context::ChangeContext,
        groups::leave_groups,
        input::UserField,
        record::{created, updated},
        roles::{RoleChanges, RoleReconciler, Roles, keep_an_admin, loss, refuse_unknown_roles},
        schemas::schemas_of,
        tokens::revoke_tokens_of,
    },
    error::{Resource, Result},
    organization::Organization,
    policy::DeleteMode,
    schema::ExtensionSchema,
    search,
    store::{Entry, FormerAccess, Transaction, Write},
    text::fold,
    user::User,
    validate::{self, Ignored},
};

/// A change that is to be made.
pub(super) struct Change {
    /// The user as it is stored; `None` for a new one.
    pub(super) before: Option<User>,
    /// The user as the change wants it; the version and times of an existing one are as before.
    pub(super) after: User,
    /// Presence of roles in the change.
    pub(super) roles: Roles,
    /// Statement about extensions that it does not name.
    pub(super) extensions: Extensions,
    /// Statements about attributes that the client dropped.
    pub(super) dropped: Ignored,
    /// Statements about what has no effect for a reason that the caller knows.
    pub(super) without_effect: Ignored,
}

impl Change {
    /// A change of what is stored that says nothing of roles, extensions and attributes that a client sent.
    pub(super) fn new(before: User, after: User) -> Self {
        Self {
            before: Some(before),
            after,
            roles: Roles::NotGiven,
            extensions: Extensions::AsGiven,
            dropped: Ignored::new(),
            without_effect: Ignored::new(),
        }
    }
}

/// The result of a change.
pub(super) enum Applied {
    /// The user is now this one.
    Changed(User),
    /// The user is as it was; what was sent and has no effect.
    Same(User, Ignored),
}

impl Applied {
    /// The user as it is now.
    pub(super) fn user(self) -> User {
        match self {
            Self::Changed(user) | Self::Same(user, _) => user,
        }
    }
}

/// Applies a change, if no rule is against it; a change that changes nothing writes nothing.
pub(super) async fn apply_change(
    context: &ChangeContext,
    change: Change,
    transaction: &mut Transaction<'_>,
) -> Result<Applied> {
    let steps = Steps::new(context, change, transaction.organization()?);
    steps.run(transaction).await
}

/// Deletes a user so that nothing is left of it but its entries in the change log, whatever the policy makes of a deletion.
pub(in crate::directory) async fn delete_for_good(
    context: &ChangeContext,
    user: User,
    transaction: &mut Transaction<'_>,
) -> Result<()> {
    let mut after = user.clone();
    after.set_active(false);
    after.deleted_at = Some(context.at);
    let mut organization = transaction.organization()?.clone();
    organization.policy.delete_mode = DeleteMode::Hard;
    let steps = Steps::new(context, Change::new(user, after), &organization);
    steps.run(transaction).await.map(drop)
}

/// A change on its way through the steps.
struct Steps<'a> {
    context: &'a ChangeContext,
    organization: Organization,
    before: Option<User>,
    after: User,
    roles: Roles,
    extensions: Extensions,
    dropped: Ignored,
    without_effect: Ignored,
    /// Fields of a managed user that the change is about.
    requested: Vec<UserField>,
    /// Access that an earlier loss took and this change may give back.
    former: Option<FormerAccess>,
    schemas: Vec<ExtensionSchema>,
    grants: RoleChanges,
    /// Statements about what is changed otherwise than it was sent.
    ignored: Ignored,
}

impl<'a> Steps<'a> {
    fn new(context: &'a ChangeContext, change: Change, organization: &Organization) -> Self {
        Self {
            context,
            organization: organization.clone(),
            before: change.before,
            after: change.after,
            roles: change.roles,
            extensions: change.extensions,
            dropped: change.dropped,
            without_effect: change.without_effect,
            requested: Vec::new(),
            former: None,
            schemas: Vec::new(),
            grants: RoleChanges::default(),
            ignored: Ignored::new(),
        }
    }

    /// Runs the steps, one after the other.
    async fn run(mut self, transaction: &mut Transaction<'_>) -> Result<Applied> {
        // A deletion takes the attributes as they are, also those that a newer rule would refuse.
        if !self.deletes() {
            self.take_roles(transaction).await?;
            self.take_license(transaction).await?;
            self.take_and_restore_access(transaction).await?;
            self.validate(transaction).await?;
            self.reconcile_grants(transaction).await?;
            if let Some(same) = self.unchanged() {
                return Ok(same);
            }
        }
        self.refuse_taken_names(transaction).await?;
        self.keep_an_admin(transaction).await?;
        self.check_safeguard(transaction).await?;
        self.revoke_tokens(transaction).await?;
        self.advance_version();
        self.count(transaction)?;
        if self.deletes() {
            // The log tells of the groups that it leaves, and then of its end.
            self.leave_and_join_groups(transaction).await?;
            self.log(transaction)?;
        } else {
            self.log(transaction)?;
            self.leave_and_join_groups(transaction).await?;
        }
        self.write(transaction).await?;
        Ok(Applied::Changed(self.after))
    }

    fn deletes(&self) -> bool {
        self.before.as_ref().is_some_and(|it| it.deleted_at.is_none()) && self.after.deleted_at.is_some()
    }

    fn transition(&self) -> AccessTransition {
        self.before.as_ref().map_or(AccessTransition::None, |before| {
            lifecycle::transition(before, &self.after)
        })
    }

    /// Takes the roles that the change gives, where the policy lets it, and restores what was set manually and stays.
    async fn take_roles(&mut self, transaction: &mut Transaction<'_>) -> Result<()> {
        let policy = &self.organization.policy;
        let before = self.before.as_ref();
        let taken = rules::take_roles(before, self.roles, &mut self.after, policy, self.context)?;
        self.without_effect.extend(taken);
        if let Some(before) = before {
            let kept = drift::keep_manual(self.context, policy, before, &mut self.after);
            self.without_effect.extend(kept);
        }
        if self.roles == Roles::Given {
            let users = (before, &self.after);
            refuse_unknown_roles(self.context, &self.organization, users, transaction.reader).await?;
        }
        Ok(())
    }

    /// Takes the license out of the extensions, where it stands on the wire.
    async fn take_license(&mut self, transaction: &mut Transaction<'_>) -> Result<()> {
        let policy = &self.organization.policy;
        let license = licensing::take(policy, &mut self.after, self.extensions)?;
        let reader = &mut *transaction.reader;
        let in_vain =
            licensing::apply_license(self.context, policy, &mut self.after, license, reader).await?;
        self.without_effect.extend(in_vain);
        if let Some(before) = &self.before {
            self.requested = drift::requested(self.context, before, &self.after);
        }
        Ok(())
    }

    /// Restores the roles of a user whose access begins again, and takes those that an inactive user cannot hold.
    async fn take_and_restore_access(&mut self, transaction: &mut Transaction<'_>) -> Result<()> {
        let policy = &self.organization.policy;
        if let Some(before) = &self.before {
            let reader = &mut *transaction.reader;
            self.former =
                lifecycle::restore_roles(self.context, before, &mut self.after, self.roles, policy, reader)
                    .await?;
        }
        let removed = lifecycle::remove_roles(self.before.as_ref(), &mut self.after, policy);
        self.ignored.extend(removed);
        Ok(())
    }

    /// Brings the attributes into the form that is stored, and refuses those that break a rule.
    async fn validate(&mut self, transaction: &mut Transaction<'_>) -> Result<()> {
        let policy = &self.organization.policy;
        let extensions = &self.after.profile.extensions;
        self.schemas = schemas_of(transaction.reader, self.after.organization_id, extensions).await?;
        validate::refuse_unknown(&self.dropped, policy.attributes_unknown)?;
        let (before, policy) = (self.before.as_ref(), policy.clone());
        let ignored = rules::fit(before, &mut self.after, policy, &self.schemas, self.context)?;
        self.ignored.splice(0..0, ignored);
        Ok(())
    }

    /// Finds the grants that come and go with the user's own roles.
    async fn reconcile_grants(&mut self, transaction: &mut Transaction<'_>) -> Result<()> {
        let reconciler = RoleReconciler {
            organization: &self.organization,
            context: self.context,
            // The grants of a deleted user are gone, so its roles are new again.
            before: self.before.as_ref().filter(|before| before.deleted_at.is_none()),
        };
        self.grants = reconciler.reconcile(&mut self.after, transaction.reader).await?;
        self.ignored.append(&mut self.grants.ignored);
        if let Some(before) = &self.before {
            drift::mark(self.context, &self.requested, before, &mut self.after);
        }
        self.without_effect.append(&mut self.dropped);
        Ok(())
    }

    /// The result of a change that changes nothing.
    fn unchanged(&mut self) -> Option<Applied> {
        let before = self.before.take_if(|before| *before == self.after)?;
        Some(Applied::Same(before, std::mem::take(&mut self.without_effect)))
    }

    /// Refuses names that another user has.
    async fn refuse_taken_names(&mut self, transaction: &mut Transaction<'_>) -> Result<()> {
        let after = &mut self.after;
        let has_new_names = self.before.as_ref().is_none_or(|before| {
            let is_renamed = fold(&before.user_name) != fold(&after.user_name);
            let returns = before.deleted_at.is_some() && after.deleted_at.is_none();
            let ids = |user: &User| (user.external_id.clone(), user.managed_by);
            is_renamed || returns || ids(before) != ids(after)
        });
        if !has_new_names {
            return Ok(());
        }
        let names = rules::name_use(transaction.reader, after, &self.organization.policy).await?;
        rules::refuse_taken(&names, after.id)?;
        if self.before.is_none() {
            after.predecessor_id = names.deleted;
        }
        Ok(())
    }

    /// Refuses to take the last admin.
    async fn keep_an_admin(&self, transaction: &mut Transaction<'_>) -> Result<()> {
        let Some(before) = &self.before else {
            return Ok(());
        };
        match loss(&self.organization, before, &self.after) {
            Some(loss) => keep_an_admin(transaction.reader, &self.organization, &loss).await,
            None => Ok(()),
        }
    }

    /// Refuses to take access from more users than the connection may.
    async fn check_safeguard(&self, transaction: &mut Transaction<'_>) -> Result<()> {
        let loss = match self.transition() {
            AccessTransition::Lost => Loss::Access,
            _ if self.deletes() => Loss::Record,
            AccessTransition::None | AccessTransition::Restored => return Ok(()),
        };
        safeguard::check(self.context, self.organization.id, loss, transaction).await
    }

    /// Revokes the tokens of a user without access.
    async fn revoke_tokens(&self, transaction: &mut Transaction<'_>) -> Result<()> {
        if self.transition() != AccessTransition::Lost && !self.deletes() {
            return Ok(());
        }
        revoke_tokens_of(self.context, self.organization.id, self.after.id, transaction).await
    }

    fn advance_version(&mut self) {
        let Some(before) = &self.before else {
            return;
        };
        self.after.version = before.version + 1;
        self.after.updated_at = self.context.at_or_after(before.updated_at);
        self.after.deleted_at = self.after.deleted_at.map(|_| self.after.updated_at);
    }

    /// Keeps the organization's counts in step, and refuses a user for whom there is no seat.
    fn count(&self, transaction: &mut Transaction<'_>) -> Result<()> {
        counters::update(transaction.organization()?, self.before.as_ref(), &self.after)
    }

    fn log(&mut self, transaction: &mut Transaction<'_>) -> Result<()> {
        let mut ignored = std::mem::take(&mut self.ignored);
        ignored.append(&mut self.without_effect);
        let entry = match &self.before {
            None => created_entry(self.context, &self.after, ignored)?,
            Some(before) if self.deletes() => deleted_entry(self.context, before),
            Some(before) => updated_entry(self.context, before, &self.after, ignored)?,
        };
        transaction.entries.push(entry);
        Ok(())
    }

    /// Lets groups follow. What a user without access still has goes with a deletion.
    async fn leave_and_join_groups(&mut self, transaction: &mut Transaction<'_>) -> Result<()> {
        let Some(before) = &self.before else {
            return Ok(());
        };
        let policy = &self.organization.policy;
        let is_erased = self.deletes() && policy.delete_mode == DeleteMode::Hard;
        if is_erased || (self.deletes() && !before.active) {
            if !is_erased {
                // A suspension left its groups, which come back with the user.
                lifecycle::remember(before, &self.after, policy, transaction).await?;
            }
            return leave_groups(self.context, self.organization.id, self.after.id, transaction).await;
        }
        lifecycle::follow(
            self.context,
            (before, &self.after),
            self.former.take(),
            transaction,
        )
        .await
    }

    async fn write(&mut self, transaction: &mut Transaction<'_>) -> Result<()> {
        let after = &self.after;
        if self.deletes() {
            let extensions = &after.profile.extensions;
            self.schemas = schemas_of(transaction.reader, after.organization_id, extensions).await?;
        }
        let write = match (self.before.take(), self.organization.policy.delete_mode) {
            (None, _) => inserted(after, &self.schemas),
            (Some(before), DeleteMode::Hard) if before.deleted_at.is_none() && after.deleted_at.is_some() => {
                Write::EraseUser(after.key(), after.updated_at)
            }
            (Some(before), _) => replaced(before, after, &self.schemas),
        };
        transaction.writes.push(write);
        transaction.writes.append(&mut self.grants.writes);
        Ok(())
    }
}

fn updated_entry(context: &ChangeContext, before: &User, after: &User, ignored: Ignored) -> Result<Entry> {
    let detail = Detail {
        ignored,
        ..updated(&record::of(before)?, &record::of(after)?)
    };
    Ok(context.entry(Resource::User, &after.id, Action::Updated, detail))
}

/// The entry of a deletion. Who is deleted is inactive afterwards, so it says of an inactive user that it was so before: an undo and a
/// reader of the log take any other for an active one.
fn deleted_entry(context: &ChangeContext, before: &User) -> Entry {
    let active = FieldChange {
        field: "active".to_owned(),
        before: Value::Bool(false),
        after: Value::Null,
    };
    let detail = Detail {
        fields: Some(active).filter(|_| !before.active).into_iter().collect(),
        ..Detail::default()
    };
    context.entry(Resource::User, &before.id, Action::Deleted, detail)
}

fn created_entry(context: &ChangeContext, user: &User, ignored: Ignored) -> Result<Entry> {
    let detail = Detail {
        ignored,
        ..created(&record::of(user)?)
    };
    Ok(context.entry(Resource::User, &user.id, Action::Created, detail))
}

fn inserted(user: &User, schemas: &[ExtensionSchema]) -> Write {
    Write::InsertUser(Box::new(user.clone()), search::of_user(user, schemas))
}

fn replaced(before: User, after: &User, schemas: &[ExtensionSchema]) -> Write {
    Write::UpdateUser {
        keys: search::of_user(after, schemas),
        before: Box::new(before),
        after: Box::new(after.clone()),
    }
}

/// The write and the entry of the first admin of a new organization, about whom no rule can be broken.
pub(in crate::directory) fn insertion(context: &ChangeContext, user: &User) -> Result<(Write, Entry)> {
    let entry = created_entry(context, user, Ignored::new())?;
    Ok((inserted(user, &[]), entry))
}

/// The write and the entry of a change that no rule of this file is about.
pub(in crate::directory) fn changed(
    context: &ChangeContext,
    before: User,
    after: &User,
    schemas: &[ExtensionSchema],
) -> Result<(Write, Entry)> {
    let entry = updated_entry(context, &before, after, Ignored::new())?;
    Ok((replaced(before, after, schemas), entry))
}
