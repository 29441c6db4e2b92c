//! Applies a change of an existing user: rules, counters, writes and an entry.

use super::{
    counters,
    deactivation_safeguard::{self as safeguard, Loss},
    drift,
    licensing::{self, Extensions},
    lifecycle::{self, AccessTransition},
    record, rules,
};
use crate::{
    change::{Action, Detail},
    directory::{
        change_context::ChangeContext,
        record::updated,
        roles::{RoleReconciler, Roles, keep_an_admin, loss, refuse_unknown_roles},
        schemas::schemas_of,
        tokens::revoke_tokens_of,
    },
    error::{Resource, Result},
    schema::ExtensionSchema,
    search,
    store::{Entry, Transaction, Write},
    text::fold,
    user::User,
    validate::{self, Ignored},
};

/// A change that is to be made.
pub(super) struct Change {
    /// The user as it is stored.
    pub(super) before: User,
    /// The user as the change wants it; version and times are as before.
    pub(super) after: User,
    /// Presence of roles in the change.
    pub(super) roles: Roles,
    /// Statement about extensions that it does not name.
    pub(super) extensions: Extensions,
    /// Statements about attributes that the client dropped.
    pub(super) dropped: Ignored,
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

/// Applies a change, if no rule is against it; a change that changes nothing writes nothing. The inner result is a refusal that leaves
/// something behind ([`safeguard::check`]).
pub(super) async fn apply_change(
    context: &ChangeContext,
    change: Change,
    transaction: &mut Transaction<'_>,
) -> Result<Result<Applied>> {
    let Change {
        before,
        mut after,
        roles,
        extensions,
        dropped,
    } = change;
    let organization = transaction.organization()?.clone();
    let policy = &organization.policy;
    let reader = &mut *transaction.reader;
    let mut without_effect = rules::take_roles(Some((&before, roles)), &mut after, policy, context)?;
    without_effect.extend(drift::keep_manual(context, policy, &before, &mut after));
    if roles == Roles::Given {
        refuse_unknown_roles(context, &organization, (Some(&before), &after), reader).await?;
    }
    let license_change = licensing::take(policy, &mut after, extensions)?;
    without_effect
        .extend(licensing::apply_license(context, policy, &mut after, license_change, reader).await?);
    let requested = drift::requested(context, &before, &after);
    let former = lifecycle::restore_roles(&before, &mut after, roles, policy, reader).await?;
    let without_access = lifecycle::remove_roles(Some(&before), &mut after, policy);
    let schemas = schemas_of(reader, after.organization_id, &after.profile.extensions).await?;
    validate::refuse_unknown(&dropped, policy.attributes_unknown)?;
    let mut ignored = rules::fit(Some(&before), &mut after, policy.clone(), &schemas, context)?;
    let reconciler = RoleReconciler {
        organization: &organization,
        context,
        // The grants of a deleted user are gone, so its roles are new again.
        before: Some(&before).filter(|before| before.deleted_at.is_none()),
    };
    let grants = reconciler.reconcile(&mut after, reader).await?;
    drift::mark(context, &requested, &before, &mut after);
    without_effect.extend(dropped);
    if after == before {
        return Ok(Ok(Applied::Same(before, without_effect)));
    }
    ignored.extend(
        without_access
            .into_iter()
            .chain(grants.ignored)
            .chain(without_effect),
    );
    check_rules(&before, &after, transaction).await?;
    if lifecycle::transition(&before, &after) == AccessTransition::Lost {
        if let Err(held) = safeguard::check(context, after.organization_id, Loss::Access, transaction).await?
        {
            return Ok(Err(held));
        }
        revoke_tokens_of(context, after.organization_id, after.id, transaction).await?;
    }
    after.version += 1;
    after.updated_at = context.at_or_after(before.updated_at);
    counters::update(transaction.organization()?, Some(&before), Some(&after))?;
    transaction
        .entries
        .push(entry(context, &before, &after, ignored)?);
    let change = (&before, &after);
    lifecycle::follow(context, change, former, transaction).await?;
    transaction.writes.push(Write::UpdateUser {
        keys: search::of_user(&after, &schemas),
        before: Box::new(before),
        after: Box::new(after.clone()),
    });
    transaction.writes.extend(grants.writes);
    Ok(Ok(Applied::Changed(after)))
}

async fn check_rules(before: &User, after: &User, transaction: &mut Transaction<'_>) -> Result<()> {
    let organization = transaction.organization()?.clone();
    let reader = &mut *transaction.reader;
    let is_renamed = fold(&before.user_name) != fold(&after.user_name);
    let returns = before.deleted_at.is_some();
    let has_other_id = (&before.external_id, before.managed_by) != (&after.external_id, after.managed_by);
    if is_renamed || returns || has_other_id {
        let names = rules::name_use(reader, after, &organization.policy).await?;
        rules::refuse_taken(&names, after.id)?;
    }
    match loss(&organization, before, after) {
        Some(loss) => keep_an_admin(reader, &organization, &loss).await,
        None => Ok(()),
    }
}

fn entry(context: &ChangeContext, before: &User, after: &User, ignored: Ignored) -> Result<Entry> {
    let detail = Detail {
        ignored,
        ..updated(&record::of(before)?, &record::of(after)?)
    };
    Ok(context.entry(Resource::User, &after.id, Action::Updated, detail))
}

/// The write and the entry of a change that no rule of this file is about.
pub(in crate::directory) fn changed(
    context: &ChangeContext,
    before: User,
    after: User,
    schemas: &[ExtensionSchema],
) -> Result<(Write, Entry)> {
    let entry = entry(context, &before, &after, Ignored::new())?;
    let write = Write::UpdateUser {
        keys: search::of_user(&after, schemas),
        before: Box::new(before),
        after: Box::new(after),
    };
    Ok((write, entry))
}
