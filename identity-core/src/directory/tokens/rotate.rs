//! Giving a token a new secret.

use std::time::Duration;

use async_trait::async_trait;
use serde_json::json;

use super::{create::Created, record, rules};
use crate::{
    change::Action,
    directory::{
        change_context::ChangeContext, input::Rotation, provisioning_access::ProvisioningAccess,
        record::updated, requests::Request,
    },
    error::{Error, Resource, Result, Rule},
    id::{Id, Key},
    platform::Timestamp,
    policy::Policy,
    search::key,
    secret::TokenSecret,
    store::{Transaction, Unit, Write},
    token::{Token, TokenGrant},
};

/// How long a former secret may hold at most.
const MAX_OVERLAP: Duration = Duration::from_hours(24);

/// Gives a token a new secret; the old one holds for the overlap, and not longer than the token held before.
pub(super) struct RotateToken {
    context: ChangeContext,
    organization: Id,
    id: Id,
    /// The new end; `None`: as before.
    expires_at: Option<Timestamp>,
    /// `None`: as the policy says.
    overlap: Option<Duration>,
    digest: [u8; 32],
    secret_prefix: String,
    request: Request,
}

impl RotateToken {
    pub(super) fn new(
        context: ChangeContext,
        organization: Id,
        id: Id,
        rotation: &Rotation,
        secret: &TokenSecret,
    ) -> Result<Self> {
        if rotation.overlap.is_some_and(|overlap| overlap > MAX_OVERLAP) {
            return Err(Error::invalid("overlap", "must be 0 to 24 hours"));
        }
        let request = Request::new(&rotation.request_id, "rotate_token", &context.caller, || {
            let end = rotation.expires_at.map(key::time);
            let overlap = rotation.overlap.map(|overlap| overlap.as_micros().to_string());
            Ok(json!([id.to_string(), end, overlap]))
        })?;
        Ok(Self {
            context,
            organization,
            id,
            expires_at: rotation.expires_at,
            overlap: rotation.overlap,
            digest: secret.digest(),
            secret_prefix: secret.shown(),
            request,
        })
    }
}

#[async_trait]
impl Unit for RotateToken {
    type Output = Created;

    async fn run(&self, transaction: &mut Transaction<'_>) -> Result<Created> {
        self.context.authorize(transaction.organization()?)?;
        let before = rules::live(transaction.reader, self.organization, self.id).await?;
        let (reader, at) = (&mut *transaction.reader, self.context.at);
        if self
            .request
            .repeats(reader, self.organization, at)
            .await?
            .is_some()
        {
            return Ok(Created::Earlier(self.id));
        }
        if let TokenGrant::Scim { .. } = before.grant {
            ProvisioningAccess::of(transaction.organization()?).allow_scim()?;
        }
        let policy = transaction.organization()?.policy.clone();
        self.ask_policy(&before, &policy)?;
        let former_ends_at = self.former_end(&before, &policy);
        let after = Token {
            digest: self.digest,
            secret_prefix: self.secret_prefix.clone(),
            expires_at: self.expires_at.or(before.expires_at),
            rotated_at: Some(self.context.at),
            former_ends_at,
            // A new end is a new reason to warn.
            expiry_noted_at: before.expiry_noted_at.filter(|_| self.expires_at.is_none()),
            ..before.clone()
        };
        rules::refuse_past(after.expires_at, self.context.at)?;
        self.make_room(&before, transaction).await?;
        self.write(&before, &after, transaction);
        Ok(Created::Now(Box::new(after)))
    }
}

impl RotateToken {
    fn write(&self, before: &Token, after: &Token, transaction: &mut Transaction<'_>) {
        let detail = updated(&record::of(before), &record::of(after));
        let entry = self
            .context
            .entry(Resource::Token, &self.id, Action::Rotated, detail);
        transaction.entries.push(entry);
        let writes = &mut transaction.writes;
        match after.former_ends_at {
            // Earlier ones hold on as they were promised.
            Some(ends_at) => writes.push(Write::InsertFormerSecret {
                organization: self.organization,
                token: self.id,
                digest: before.digest,
                ends_at,
            }),
            // No overlap means that somebody may know too much, so none of them holds any more.
            None => writes.push(Write::DeleteFormerSecrets(Key {
                organization: self.organization,
                id: self.id,
            })),
        }
        writes.push(Write::UpdateToken(Box::new(after.clone())));
        self.request
            .remember(writes, self.organization, &self.id, self.context.at);
    }

    /// Until when the present secret still holds.
    fn former_end(&self, before: &Token, policy: &Policy) -> Option<Timestamp> {
        let overlap = self
            .overlap
            .unwrap_or(policy.tokens_rotation_grace)
            .min(MAX_OVERLAP);
        let micros = i64::try_from(overlap.as_micros()).unwrap_or(i64::MAX);
        let end = Timestamp(self.context.at.0.saturating_add(micros));
        let end = before.expires_at.map_or(end, |own| own.min(end));
        (end > self.context.at).then_some(end)
    }

    /// A token that had ended counts again.
    async fn make_room(&self, before: &Token, transaction: &mut Transaction<'_>) -> Result<()> {
        let maximum = transaction.organization()?.policy.tokens_max_active;
        match before.grant {
            TokenGrant::Scim { connection_id } if !rules::is_active(before, self.context.at) => {
                let (reader, now) = (&mut *transaction.reader, self.context.at);
                rules::refuse_one_too_many(reader, self.organization, connection_id, maximum, now).await
            }
            TokenGrant::Scim { .. }
            | TokenGrant::Service { .. }
            | TokenGrant::Personal { .. }
            | TokenGrant::Key { .. } => Ok(()),
        }
    }

    fn ask_policy(&self, token: &Token, policy: &Policy) -> Result<()> {
        let forbidden = |setting| Err(Error::RuleBroken(Rule::PolicyForbids(setting)));
        // Rules 27 and 28: a rotation sets a new end, and what never ends is not rotated.
        if policy.tokens_rotation_requires_expiry.is_on() {
            if token.expires_at.is_none() {
                return Err(Error::RuleBroken(Rule::TokenNeverEnds));
            }
            if self.expires_at.is_none() {
                return forbidden("tokens.rotation_requires_expiry");
            }
        }
        // Rules 25 and 31: where one secret counts, no former one holds.
        if self
            .overlap
            .is_some_and(|overlap| overlap > policy.tokens_rotation_grace)
        {
            return forbidden("tokens.rotation_grace");
        }
        let interval = i64::try_from(policy.tokens_rotation_min_interval.as_micros()).unwrap_or(i64::MAX);
        let too_soon = |last: Timestamp| self.context.at.0 - last.0 < interval;
        if token.rotated_at.is_some_and(too_soon) {
            return forbidden("tokens.rotation_min_interval");
        }
        Ok(())
    }
}
