//! Changing a user.

use async_trait::async_trait;

use super::{merge::merge, record, rules};
use crate::{
    change::{Action, Detail},
    directory::{
        act::Act,
        input::{UpdateMode, UserUpdate},
        record::updated,
        schemas::schemas_of,
        tokens::revoke_tokens_of,
        version,
    },
    error::{Resource, Result},
    id::Id,
    schema::ExtensionSchema,
    search,
    store::{Entry, Reader, Transaction, Unit, Write},
    text::fold,
    user::User,
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
        let policy = transaction.organization()?.policy.clone();
        let mut user = merge(before, &self.update, &policy);
        let extensions = &user.profile.extensions;
        let schemas = schemas_of(transaction.reader, self.organization, extensions).await?;
        let mut ignored = rules::fit(Some(before), &mut user, policy, &schemas, &self.act)?;
        ignored.extend(self.dropped()?);
        Ok(Merged {
            user,
            ignored,
            schemas,
        })
    }

    /// What the client dropped.
    fn dropped(&self) -> Result<Ignored> {
        validate::ignored_attributes(&self.update.input.ignored_attributes)
    }

    /// The entry of an update that changes nothing, if all that it asked for was dropped. One that stands for the whole user says the
    /// same each time it is repeated, and what it dropped stands in the entry of the first.
    fn entry_of_nothing(&self) -> Result<Option<Entry>> {
        let ignored = self.dropped()?;
        if ignored.is_empty() || self.update.mode == UpdateMode::Replace {
            return Ok(None);
        }
        let detail = Detail {
            ignored,
            ..Detail::default()
        };
        let entry = self.act.entry(Resource::User, &self.id, Action::Ignored, detail);
        Ok(Some(entry))
    }

    async fn ask(&self, before: &User, after: &User, reader: &mut dyn Reader) -> Result<()> {
        let is_renamed = fold(&before.user_name) != fold(&after.user_name);
        if is_renamed || before.external_id != after.external_id {
            let names = rules::name_use(reader, after).await?;
            rules::refuse_taken(&names, after.id)?;
        }
        rules::keep_an_admin(reader, before, after).await
    }

    fn write(&self, before: User, merged: Merged, transaction: &mut Transaction<'_>) -> Result<()> {
        let after = merged.user;
        let detail = Detail {
            ignored: merged.ignored,
            ..updated(&record::of(&before)?, &record::of(&after)?)
        };
        let entry = self.act.entry(Resource::User, &self.id, Action::Updated, detail);
        transaction.entries.push(entry);
        transaction.writes.push(Write::UpdateUser {
            keys: search::of_user(&after, &merged.schemas),
            before: Box::new(before),
            after: Box::new(after),
            source: self.act.source(),
        });
        Ok(())
    }
}

/// What an update comes to.
struct Merged {
    user: User,
    ignored: Ignored,
    schemas: Vec<ExtensionSchema>,
}

#[async_trait]
impl Unit for UpdateUser {
    type Output = User;

    async fn run(&self, transaction: &mut Transaction<'_>) -> Result<User> {
        self.act.admit(transaction.organization()?)?;
        let before = rules::live(transaction.reader, self.organization, self.id).await?;
        version::check(&self.update.etag, before.version)?;
        let mut merged = self.merged(&before, transaction).await?;
        if merged.user == before {
            transaction.entries.extend(self.entry_of_nothing()?);
            return Ok(before);
        }
        self.ask(&before, &merged.user, transaction.reader).await?;
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
