//! What every change of a user that exists comes down to: rules, counts, writes and an entry.

use super::{
    brake::{self, Loss},
    drift,
    licensing::{self, Extensions},
    life_cycle::{self, Turn},
    presence, record, rules,
};
use crate::{
    change::{Action, Detail},
    directory::{
        act::Act,
        record::updated,
        roles::{Roles, Settling, keep_an_admin, loss},
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
    /// Whether it names roles.
    pub(super) roles: Roles,
    /// What it says of extensions that it does not name.
    pub(super) extensions: Extensions,
    /// What the client dropped.
    pub(super) dropped: Ignored,
}

/// What a change came to.
pub(super) enum Settled {
    /// The user is now this one.
    Changed(User),
    /// The user is as it was; what was sent and has no effect.
    Same(User, Ignored),
}

impl Settled {
    /// The user as it is now.
    pub(super) fn user(self) -> User {
        match self {
            Self::Changed(user) | Self::Same(user, _) => user,
        }
    }
}

/// Makes a change, if no rule is against it; a change that changes nothing writes nothing. The inner result is a refusal that leaves
/// something behind ([`brake::press`]).
pub(super) async fn settle(
    act: &Act,
    change: Change,
    transaction: &mut Transaction<'_>,
) -> Result<Result<Settled>> {
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
    let mut without_effect = rules::take_roles(Some((&before, roles)), &mut after, policy, act)?;
    without_effect.extend(drift::keep_manual(act, policy.drift, &before, &mut after));
    let said = licensing::take(policy, &mut after, extensions)?;
    without_effect.extend(licensing::settle(act, policy, &mut after, said, reader).await?);
    let asked = drift::asked(act, &before, &after);
    let former = life_cycle::give_back(&before, &mut after, roles, policy, reader).await?;
    let stripped = life_cycle::strip(Some(&before), &mut after, policy);
    let schemas = schemas_of(reader, after.organization_id, &after.profile.extensions).await?;
    validate::refuse_unknown(&dropped, policy.attributes_unknown)?;
    let mut ignored = rules::fit(Some(&before), &mut after, policy.clone(), &schemas, act)?;
    let settling = Settling {
        organization: &organization,
        act,
        // The grants of a deleted user are gone, so its roles are new again.
        before: Some(&before).filter(|before| before.deleted_at.is_none()),
    };
    let grants = settling.settle(&mut after, reader).await?;
    drift::mark(act, &asked, &before, &mut after);
    without_effect.extend(dropped);
    if after == before {
        return Ok(Ok(Settled::Same(before, without_effect)));
    }
    ignored.extend(stripped.into_iter().chain(grants.ignored).chain(without_effect));
    ask(&before, &after, transaction).await?;
    if life_cycle::turn(&before, &after) == Turn::Leaves {
        if let Err(held) = brake::press(act, after.organization_id, Loss::Access, transaction).await? {
            return Ok(Err(held));
        }
        revoke_tokens_of(act, after.organization_id, after.id, transaction).await?;
    }
    after.version += 1;
    after.updated_at = act.at_or_after(before.updated_at);
    presence::count(transaction.organization()?, Some(&before), Some(&after))?;
    transaction.entries.push(entry(act, &before, &after, ignored)?);
    let change = (&before, &after);
    life_cycle::follow(act, change, former, transaction).await?;
    transaction.writes.push(Write::UpdateUser {
        keys: search::of_user(&after, &schemas),
        before: Box::new(before),
        after: Box::new(after.clone()),
    });
    transaction.writes.extend(grants.writes);
    Ok(Ok(Settled::Changed(after)))
}

async fn ask(before: &User, after: &User, transaction: &mut Transaction<'_>) -> Result<()> {
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

fn entry(act: &Act, before: &User, after: &User, ignored: Ignored) -> Result<Entry> {
    let detail = Detail {
        ignored,
        ..updated(&record::of(before)?, &record::of(after)?)
    };
    Ok(act.entry(Resource::User, &after.id, Action::Updated, detail))
}

/// The write and the entry of a change that no rule of this file is about.
pub(in crate::directory) fn changed(
    act: &Act,
    before: User,
    after: User,
    schemas: &[ExtensionSchema],
) -> Result<(Write, Entry)> {
    let entry = entry(act, &before, &after, Ignored::new())?;
    let write = Write::UpdateUser {
        keys: search::of_user(&after, schemas),
        before: Box::new(before),
        after: Box::new(after),
    };
    Ok((write, entry))
}
