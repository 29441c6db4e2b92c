//! Telling the change log of tokens that end soon (promise 15).

use async_trait::async_trait;

use super::record;
use crate::{
    caller::Caller,
    change::{Action, Actor, Detail, FieldChange, OWNER},
    directory::{Directory, change_context::ChangeContext},
    error::{Error, Resource, Result},
    id::Id,
    platform::Timestamp,
    store::{Cost, Entry, Query, Reader, Transaction, Unit, Write},
    token::Token,
};

/// How long before its end a token is said to end soon.
const WARNING_MICROS: i64 = 7 * 24 * 60 * 60 * 1_000_000;
/// Tokens that are looked up at a time.
const BATCH: i64 = 500;

impl Directory {
    /// Tells the change logs, once for each end, of the tokens that end within a week; answers of how many. To be called now and
    /// then.
    #[crate::boxed]
    pub async fn note_expiring_tokens(&self) -> Result<usize> {
        let inner = &self.inner;
        let context = ChangeContext::of_service(&*inner.platform);
        let before = Timestamp(context.at.0 + WARNING_MICROS);
        let mut noted = 0;
        loop {
            let found = inner.store.read(FindExpiring { before }).await?;
            let mut expiry_detail = 0;
            for (organization, id) in found {
                let unit = NoteExpiry {
                    context: context.clone(),
                    organization,
                    id,
                    before,
                };
                match inner.write(&Caller::Root, organization, unit).await {
                    Ok(true) => expiry_detail += 1,
                    // Another instance was faster, or the token is gone.
                    Ok(false) | Err(Error::NotFound { .. }) => {}
                    Err(error) => return Err(error),
                }
            }
            if expiry_detail == 0 {
                return Ok(noted);
            }
            noted += expiry_detail;
        }
    }
}

struct FindExpiring {
    before: Timestamp,
}

#[async_trait]
impl Query for FindExpiring {
    type Output = Vec<(Id, Id)>;
    const COST: Cost = Cost::Scan;

    async fn run(&self, reader: &mut dyn Reader) -> Result<Self::Output> {
        reader.expiring_tokens(self.before, BATCH).await
    }
}

/// Notes that a token ends soon, if that is still so and nobody did; answers whether.
struct NoteExpiry {
    context: ChangeContext,
    organization: Id,
    id: Id,
    before: Timestamp,
}

#[async_trait]
impl Unit for NoteExpiry {
    type Output = bool;

    async fn run(&self, transaction: &mut Transaction<'_>) -> Result<bool> {
        let Some(token) = transaction.reader.token(self.organization, self.id).await? else {
            return Ok(false);
        };
        let is_near = token.expires_at.is_some_and(|end| end < self.before);
        if !is_near || token.expiry_noted_at.is_some() {
            return Ok(false);
        }
        transaction.entries.push(Entry {
            actor: Actor::System,
            ..self.context.entry(
                Resource::Token,
                &self.id,
                Action::ExpiresSoon,
                expiry_detail(&token),
            )
        });
        transaction.writes.push(Write::UpdateToken(Box::new(Token {
            expiry_noted_at: Some(self.context.at),
            ..token
        })));
        Ok(true)
    }
}

/// Its name, its end and, of a personal token, its user, which did not change: before and after are the same.
fn expiry_detail(token: &Token) -> Detail {
    let record = record::of(token);
    let fields = ["expire_time", "name", OWNER].into_iter().filter_map(|field| {
        let value = record.get(field)?.clone();
        Some(FieldChange {
            field: field.to_owned(),
            before: value.clone(),
            after: value,
        })
    });
    Detail {
        fields: fields.collect(),
        ..Detail::default()
    }
}
