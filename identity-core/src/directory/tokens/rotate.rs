//! Giving a token a new secret.

use async_trait::async_trait;

use super::{record, rules};
use crate::{
    change::Action,
    directory::{act::Act, record::updated},
    error::{Error, Resource, Result, Rule},
    id::Id,
    platform::Timestamp,
    policy::Policy,
    store::{Transaction, Unit, Write},
    token::{Token, TokenGrant},
};

/// Gives a token a new secret; the old one stops at once.
pub(super) struct RotateToken {
    pub(super) act: Act,
    pub(super) organization: Id,
    pub(super) id: Id,
    /// The new end; `None`: as before.
    pub(super) expires_at: Option<Timestamp>,
    pub(super) digest: [u8; 32],
    pub(super) secret_prefix: String,
}

#[async_trait]
impl Unit for RotateToken {
    type Output = Token;

    async fn run(&self, transaction: &mut Transaction<'_>) -> Result<Token> {
        self.act.admit(transaction.organization()?)?;
        let before = rules::live(transaction.reader, self.organization, self.id).await?;
        rules::refuse_escalation(&self.act.caller, &before.grant)?;
        self.ask_policy(&before, &transaction.organization()?.policy)?;
        let after = Token {
            digest: self.digest,
            secret_prefix: self.secret_prefix.clone(),
            expires_at: self.expires_at.or(before.expires_at),
            rotated_at: Some(self.act.at),
            ..before.clone()
        };
        rules::refuse_past(after.expires_at, self.act.at)?;
        self.make_room(&before, transaction).await?;
        let detail = updated(&record::of(&before), &record::of(&after));
        let entry = self.act.entry(Resource::Token, &self.id, Action::Rotated, detail);
        transaction.entries.push(entry);
        transaction
            .writes
            .push(Write::UpdateToken(Box::new(after.clone())));
        Ok(after)
    }
}

impl RotateToken {
    /// A token that had ended counts again.
    async fn make_room(&self, before: &Token, transaction: &mut Transaction<'_>) -> Result<()> {
        let maximum = transaction.organization()?.policy.tokens_max_active;
        match before.grant {
            TokenGrant::Scim { connection_id } if !rules::is_active(before, self.act.at) => {
                let (reader, now) = (&mut *transaction.reader, self.act.at);
                rules::refuse_one_too_many(reader, self.organization, connection_id, maximum, now).await
            }
            TokenGrant::Scim { .. } | TokenGrant::Service { .. } => Ok(()),
        }
    }

    fn ask_policy(&self, token: &Token, policy: &Policy) -> Result<()> {
        let forbidden = |setting| Err(Error::RuleBroken(Rule::PolicyForbids(setting)));
        // Rules 27 and 28: a rotation sets a new end, and what never ends is not rotated.
        let has_ends = token.expires_at.is_some() && self.expires_at.is_some();
        if policy.tokens_rotation_requires_expiry.is_on() && !has_ends {
            return forbidden("tokens.rotation_requires_expiry");
        }
        let interval = i64::try_from(policy.tokens_rotation_min_interval.as_micros()).unwrap_or(i64::MAX);
        let too_soon = |last: Timestamp| self.act.at.0 - last.0 < interval;
        if token.rotated_at.is_some_and(too_soon) {
            return forbidden("tokens.rotation_min_interval");
        }
        Ok(())
    }
}
