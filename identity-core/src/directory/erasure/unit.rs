//! The change that erases a user.

use async_trait::async_trait;

use crate::{
    change::{Action, Actor, ChangeQuery, Detail},
    directory::{change_context::ChangeContext, users},
    error::{Error, Resource, Result},
    id::{Id, Key},
    platform::Timestamp,
    store::{Entry, Reader, Transaction, Unit, Write},
    user::User,
};

/// Erases a user: one that is not deleted is deleted first, by the rules of a deletion. One that is erased already is left as it is.
pub(super) struct EraseUser {
    pub(super) context: ChangeContext,
    pub(super) organization: Id,
    pub(super) id: Id,
    /// Only if it was deleted before this time, and by the service itself; `None`: whatever it is.
    pub(super) deleted_before: Option<Timestamp>,
}

/// A user that is erased.
pub(super) struct Erased {
    /// When that was done.
    pub(super) at: Timestamp,
    /// The names that its row held until now.
    pub(super) names: Vec<String>,
}

#[async_trait]
impl Unit for EraseUser {
    /// `None`: it is to be left alone.
    type Output = Option<Erased>;

    async fn run(&self, transaction: &mut Transaction<'_>) -> Result<Option<Erased>> {
        self.context.authorize(transaction.organization()?)?;
        let (organization, id) = (self.organization, self.id);
        let reader = &mut *transaction.reader;
        let user = match reader.user(organization, id).await? {
            Some(live) => Some(live),
            None => reader.deleted_user(organization, id).await?,
        };
        if !self.is_meant(user.as_ref()) {
            return Ok(None);
        }
        let mut names = Vec::new();
        match user {
            Some(user) => {
                names = names_of(&user);
                self.remove(user, transaction).await?;
            }
            // Its row is gone: it was erased already, or deleted so that its entries alone are left.
            None => {
                if let Some(at) = self.erased_at(reader).await? {
                    return Ok(Some(Erased { at, names }));
                }
            }
        }
        transaction
            .writes
            .push(Write::ForgetRequestsOf(Key { organization, id }));
        transaction.entries.push(self.entry());
        let at = self.context.at;
        Ok(Some(Erased { at, names }))
    }
}

impl EraseUser {
    fn is_meant(&self, user: Option<&User>) -> bool {
        self.deleted_before
            .is_none_or(|before| user.and_then(|it| it.deleted_at).is_some_and(|at| at < before))
    }

    async fn remove(&self, user: User, transaction: &mut Transaction<'_>) -> Result<()> {
        if self.deleted_before.is_none() {
            let policy = transaction.organization()?.policy.clone();
            users::manager_after(&self.context, &user, &policy, transaction.reader).await?;
        }
        let (organization, id) = (self.organization, self.id);
        if user.deleted_at.is_none() {
            for token in transaction.reader.tokens_of(organization, id).await? {
                transaction.writes.push(Write::ForgetRequestsOf(Key {
                    organization,
                    id: token.id,
                }));
            }
            return users::delete_for_good(&self.context, user, transaction).await;
        }
        transaction
            .writes
            .push(Write::EraseUser(user.key(), self.context.at));
        Ok(())
    }

    /// When a user without a row was erased; `None`: it was not. One that the log does not know either was never there.
    async fn erased_at(&self, reader: &mut dyn Reader) -> Result<Option<Timestamp>> {
        let mut query = ChangeQuery {
            resource: Some(Resource::User),
            resource_id: Some(self.id.to_string()),
            ..ChangeQuery::default()
        };
        if reader
            .changes(self.organization, &query, None, 1)
            .await?
            .is_empty()
        {
            return Err(Error::not_found(Resource::User, self.id));
        }
        query.action = Some(Action::Erased);
        let entries = reader.changes(self.organization, &query, None, 1).await?;
        Ok(entries.first().map(|entry| entry.at))
    }

    fn entry(&self) -> Entry {
        let entry = self
            .context
            .entry(Resource::User, &self.id, Action::Erased, Detail::default());
        match self.deleted_before {
            Some(_) => Entry {
                actor: Actor::System,
                ..entry
            },
            None => entry,
        }
    }
}

/// The values of a user by which requests of identity providers name it.
pub(in crate::directory) fn names_of(user: &User) -> Vec<String> {
    let profile = &user.profile;
    let formatted = profile.name.as_ref().and_then(|name| name.formatted.clone());
    let former_id = profile
        .former_manager
        .as_ref()
        .and_then(|it| it.external_id.clone());
    let names = [
        user.external_id.clone(),
        former_id,
        profile.display_name.clone(),
        formatted,
    ];
    let emails = profile.emails.iter().map(|email| email.value.clone());
    [user.user_name.clone()]
        .into_iter()
        .chain(names.into_iter().flatten())
        .chain(emails)
        .collect()
}
