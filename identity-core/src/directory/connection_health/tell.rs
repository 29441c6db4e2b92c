//! Telling the change log of connections that come to another state. Every instance looks; the organization's lock lets one of them tell.

use async_trait::async_trait;
use serde_json::json;

use super::read::{AllHealth, health_of};
use crate::{
    caller::Caller,
    change::{Action, Actor, Detail, FieldChange},
    connection_health::{ConnectionHealth, Told},
    directory::{Directory, Inner, change_context::ChangeContext},
    error::{Error, Resource, Result},
    id::Id,
    store::{Entry, Transaction, Unit, Write},
};

impl Directory {
    /// Tells the change logs of connections whose state changed by requests or changes that this instance took since the last call; answers
    /// of how many. To be called about once a minute.
    #[crate::boxed]
    pub async fn tell_changed_health(&self) -> Result<usize> {
        let touched = &self.inner.remembered.touched;
        let (mut told, mut failure) = (0, None);
        for organization in touched.take() {
            match self.inner.tell_health(organization).await {
                Ok(of_it) => told += of_it,
                // The others are told all the same.
                Err(error) => {
                    touched.note(organization);
                    failure.get_or_insert(error);
                }
            }
        }
        failure.map_or(Ok(told), Err)
    }

    /// Tells them of all connections, also those whose state changed by time alone or in an instance that is gone; answers of how many. To
    /// be called about once an hour.
    #[crate::boxed]
    pub async fn tell_all_health(&self) -> Result<usize> {
        let mut told = 0;
        let mut organizations = self.inner.each_organization();
        while let Some(organization) = organizations.next().await? {
            told += organizations.count(self.inner.tell_health(organization.id).await);
        }
        organizations.end()?;
        Ok(told)
    }
}

impl Inner {
    async fn tell_health(&self, organization: Id) -> Result<usize> {
        let at = self.platform.now();
        let all = self.store.read(AllHealth { organization, at }).await?;
        let mut told = 0;
        for health in all.into_iter().filter(ConnectionHealth::is_news) {
            let unit = TellHealth {
                context: ChangeContext::of_service(&*self.platform),
                organization,
                connection: health.connection.id,
            };
            match self.write(&Caller::Root, organization, unit).await {
                Ok(Outcome::Told) => told += 1,
                Ok(Outcome::NoNews) => {}
                Ok(Outcome::JustTold) => self.remembered.touched.note(organization),
                // The organization is gone.
                Err(Error::NotFound { .. }) => return Ok(told),
                Err(error) => return Err(error),
            }
        }
        Ok(told)
    }
}

/// Outcome of telling.
enum Outcome {
    /// It was told.
    Told,
    /// Another instance was faster, or the state is as it was.
    NoNews,
    /// It is to be told later.
    JustTold,
}

/// Tells the change log of the state of a connection, if that is still news.
struct TellHealth {
    context: ChangeContext,
    organization: Id,
    connection: Id,
}

#[async_trait]
impl Unit for TellHealth {
    type Output = Outcome;

    async fn run(&self, transaction: &mut Transaction<'_>) -> Result<Outcome> {
        let (organization, connection) = (self.organization, self.connection);
        let reader = &mut *transaction.reader;
        let found = reader.connection(organization, connection).await?;
        let now = self.context.at;
        let health = health_of(reader, organization, found.into_iter().collect(), now).await?;
        let Some(health) = health.into_iter().find(ConnectionHealth::is_news) else {
            return Ok(Outcome::NoNews);
        };
        if health.was_just_told(now) {
            return Ok(Outcome::JustTold);
        }
        let before = health.activity.told.map(|told| told.state).unwrap_or_default();
        let change = FieldChange {
            field: "health".to_owned(),
            before: json!(before.name()),
            after: json!(health.state.name()),
        };
        let detail = Detail {
            fields: vec![change],
            ..Detail::default()
        };
        let entry = self
            .context
            .entry(Resource::Connection, &connection, Action::HealthChanged, detail);
        transaction.entries.push(Entry {
            actor: Actor::System,
            ..entry
        });
        transaction.writes.push(Write::TellHealth {
            organization,
            connection,
            told: Told {
                state: health.state,
                since: health.since,
                at: now,
            },
        });
        Ok(Outcome::Told)
    }
}
