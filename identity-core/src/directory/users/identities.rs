//! Identities of a user with issuers of tokens.

use async_trait::async_trait;
use serde_json::{Value, json};

use crate::{
    caller::{Call, Scope},
    change::{Action, Detail, FieldChange},
    directory::{Directory, change_context::ChangeContext, id_of},
    error::{Error, Resource, Result},
    id::Id,
    identity::Identity,
    store::{Cost, Query, Reader, Transaction, Unit, Write},
    validate,
};

/// Identities that one user may have.
pub(super) const MAX_IDENTITIES: usize = 32;

impl Directory {
    /// Lists the identities of a user, in order of issuer and subject.
    #[crate::boxed]
    pub async fn list_user_identities(
        &self,
        call: &Call,
        organization: &str,
        user: &str,
    ) -> Result<Vec<Identity>> {
        let inner = &self.inner;
        let org = inner
            .organization(call, organization, Scope::IdentitiesRead)
            .await?;
        let query = ListIdentities(org.id, id_of(Resource::User, user)?);
        inner.store.read(query).await
    }

    /// From now on an issuer calls the user so. One that it calls so already is left as it is.
    #[crate::boxed]
    pub async fn create_user_identity(
        &self,
        call: &Call,
        organization: &str,
        user: &str,
        (issuer, subject): (&str, &str),
    ) -> Result<Identity> {
        let inner = &self.inner;
        let org = inner
            .organization(call, organization, Scope::IdentitiesWrite)
            .await?;
        named("issuer", issuer)?;
        named("subject", subject)?;
        let context = ChangeContext::new(call, &*inner.platform);
        let identity = Identity {
            organization_id: org.id,
            issuer: issuer.to_owned(),
            subject: subject.to_owned(),
            user_id: id_of(Resource::User, user)?,
            created_at: context.at,
        };
        let unit = CreateIdentity { context, identity };
        inner.write(&call.caller, org.id, unit).await
    }

    /// From now on the issuer's subject is nobody.
    #[crate::boxed]
    pub async fn delete_user_identity(
        &self,
        call: &Call,
        organization: &str,
        (issuer, subject): (&str, &str),
    ) -> Result<()> {
        let inner = &self.inner;
        let org = inner
            .organization(call, organization, Scope::IdentitiesWrite)
            .await?;
        let unit = DeleteIdentity {
            context: ChangeContext::new(call, &*inner.platform),
            organization: org.id,
            issuer: issuer.to_owned(),
            subject: subject.to_owned(),
        };
        inner.write(&call.caller, org.id, unit).await
    }

    /// The id of the user whom an issuer calls so.
    pub(super) async fn user_by_identity(
        &self,
        organization: Id,
        issuer: &str,
        subject: &str,
    ) -> Result<Option<Id>> {
        let query = FindIdentity(organization, issuer.to_owned(), subject.to_owned());
        self.inner.store.read(query).await
    }
}

/// Both stand in an index, and neither is compared without case.
fn named(field: &str, text: &str) -> Result<()> {
    if text.is_empty() {
        return Err(Error::invalid(field, "must not be empty"));
    }
    validate::text(field, text)?;
    if text.len() > MAX_BYTES {
        return Err(Error::invalid(
            field,
            format!("must have at most {MAX_BYTES} bytes"),
        ));
    }
    Ok(())
}

/// Bytes of an issuer or a subject. PostgreSQL takes 2,704 in an entry of an index, which holds both.
const MAX_BYTES: usize = 1024;

struct ListIdentities(Id, Id);

#[async_trait]
impl Query for ListIdentities {
    type Output = Vec<Identity>;
    const COST: Cost = Cost::Point;

    async fn run(&self, reader: &mut dyn Reader) -> Result<Self::Output> {
        let Self(organization, user) = *self;
        exists(reader, organization, user).await?;
        reader.identities(organization, user).await
    }
}

struct FindIdentity(Id, String, String);

#[async_trait]
impl Query for FindIdentity {
    type Output = Option<Id>;
    const COST: Cost = Cost::Point;

    async fn run(&self, reader: &mut dyn Reader) -> Result<Self::Output> {
        reader.user_id_by_identity(self.0, &self.1, &self.2).await
    }
}

async fn exists(reader: &mut dyn Reader, organization: Id, user: Id) -> Result<()> {
    let found = reader.activity(organization, &[user]).await?;
    if found.is_empty() {
        return Err(Error::not_found(Resource::User, user));
    }
    Ok(())
}

struct CreateIdentity {
    context: ChangeContext,
    identity: Identity,
}

#[async_trait]
impl Unit for CreateIdentity {
    type Output = Identity;

    async fn run(&self, transaction: &mut Transaction<'_>) -> Result<Identity> {
        self.context.authorize(transaction.organization()?)?;
        let Identity {
            organization_id,
            user_id,
            ..
        } = self.identity;
        exists(transaction.reader, organization_id, user_id).await?;
        let before = transaction.reader.identities(organization_id, user_id).await?;
        let is_this =
            |it: &&Identity| it.issuer == self.identity.issuer && it.subject == self.identity.subject;
        if let Some(there) = before.iter().find(is_this) {
            return Ok(there.clone());
        }
        let other = transaction
            .reader
            .user_id_by_identity(organization_id, &self.identity.issuer, &self.identity.subject)
            .await?;
        if other.is_some() {
            return Err(Error::AlreadyExists {
                resource: Resource::User,
                field: "identity",
            });
        }
        if before.len() >= MAX_IDENTITIES {
            return Err(Error::TooMany {
                limit: "identities of one user",
                maximum: MAX_IDENTITIES as u64,
                retry_after: None,
            });
        }
        let mut after = before.clone();
        after.push(self.identity.clone());
        transaction
            .writes
            .push(Write::InsertIdentity(self.identity.clone()));
        let detail = changed(&before, &after);
        let entry = self
            .context
            .entry(Resource::User, &user_id, Action::Updated, detail);
        transaction.entries.push(entry);
        Ok(self.identity.clone())
    }
}

struct DeleteIdentity {
    context: ChangeContext,
    organization: Id,
    issuer: String,
    subject: String,
}

#[async_trait]
impl Unit for DeleteIdentity {
    type Output = ();

    async fn run(&self, transaction: &mut Transaction<'_>) -> Result<()> {
        self.context.authorize(transaction.organization()?)?;
        let user = transaction
            .reader
            .user_id_by_identity(self.organization, &self.issuer, &self.subject)
            .await?
            .ok_or_else(|| Error::not_found(Resource::User, &self.subject))?;
        let before = transaction.reader.identities(self.organization, user).await?;
        let mut after = before.clone();
        after.retain(|it| it.issuer != self.issuer || it.subject != self.subject);
        transaction.writes.push(Write::DeleteIdentity {
            organization: self.organization,
            issuer: self.issuer.clone(),
            subject: self.subject.clone(),
        });
        let detail = changed(&before, &after);
        let entry = self.context.entry(Resource::User, &user, Action::Updated, detail);
        transaction.entries.push(entry);
        Ok(())
    }
}

fn changed(before: &[Identity], after: &[Identity]) -> Detail {
    let field = FieldChange {
        field: "identities".to_owned(),
        before: record(before),
        after: record(after),
    };
    Detail {
        fields: vec![field],
        ..Detail::default()
    }
}

fn record(identities: &[Identity]) -> Value {
    if identities.is_empty() {
        return Value::Null;
    }
    let one = |it: &Identity| json!({ "issuer": it.issuer, "subject": it.subject });
    identities.iter().map(one).collect()
}
