//! The check of a unit for powers that its caller hands out.

use super::{Powers, is_admin, moves::Moves, refuse_later_end, refuse_roles};
use crate::{
    caller::{Caller, Scope},
    connection::Connection,
    error::{Error, Resource, Result},
    organization::Organization,
    role::RoleScope,
    store::{Reader, Transaction, Write},
    token::{Token, TokenGrant},
};

/// Refuses a unit by which its caller hands out what it lacks: secrets that open more than its own, and roles without `roles:write`. Root
/// lacks nothing. A connection makes no secrets, and what roles it gives its ceiling says.
pub(in crate::directory) async fn check(caller: &Caller, transaction: &mut Transaction<'_>) -> Result<()> {
    match caller {
        Caller::Root | Caller::Scim { .. } => return Ok(()),
        Caller::Service { .. } | Caller::User { .. } => {}
    }
    let Transaction {
        reader,
        organization,
        writes,
        ..
    } = transaction;
    let Some(organization) = organization else {
        return Ok(());
    };
    let mut powers_check = PowersCheck {
        caller,
        organization,
        reader: &mut **reader,
    };
    for write in writes.iter() {
        powers_check.about_secrets(write).await?;
    }
    if caller.require(Scope::RolesWrite).is_ok() && !caller.is_limited() {
        return Ok(());
    }
    let scopes = Moves::of(writes, organization)
        .scopes(powers_check.reader)
        .await?;
    scopes
        .into_iter()
        .try_for_each(|scope: RoleScope| refuse_roles(caller, scope))
}

struct PowersCheck<'a> {
    caller: &'a Caller,
    organization: &'a Organization,
    reader: &'a mut dyn Reader,
}

impl PowersCheck<'_> {
    async fn about_secrets(&mut self, write: &Write) -> Result<()> {
        match write {
            Write::InsertToken(token) | Write::UpdateToken(token) => self.about_token(token).await,
            Write::InsertServiceAccount(account) | Write::UpdateServiceAccount(account) => {
                Powers::of_account(account).refuse_beyond(self.caller)
            }
            Write::UpdateConnection(after) => self.about_connection(after).await,
            // Nothing else has a secret or says what one opens; `Moves` names every kind.
            _ => Ok(()),
        }
    }

    /// Refuses a token beyond the caller's own powers: a caller who makes a token, or gives it another
    /// secret, learns the secret.
    async fn about_token(&mut self, token: &Token) -> Result<()> {
        match &token.grant {
            TokenGrant::Personal { .. } if !is_admin(self.caller) => {
                return Err(Error::CallerNotAllowed(
                    "a personal token acts in a person's name: the operator and administrators alone make and rotate one",
                ));
            }
            _ => self.powers(token).await?.refuse_beyond(self.caller)?,
        }
        refuse_later_end(self.caller, token.expires_at)
    }

    async fn powers(&mut self, token: &Token) -> Result<Powers> {
        let projects = token.projects.clone();
        Ok(match &token.grant {
            TokenGrant::Scim { .. } => Powers::of_connection(),
            TokenGrant::Service { scopes } | TokenGrant::Personal { scopes, .. } => Powers {
                scopes: scopes.clone(),
                projects,
            },
            TokenGrant::Key {
                service_account_id: id,
                scopes,
            } => {
                let account = self.reader.service_account(self.organization.id, *id).await?;
                let account = account.ok_or_else(|| Error::not_found(Resource::ServiceAccount, id))?;
                Powers::of_key(scopes.clone(), projects, &account)
            }
        })
    }

    /// Refuses a connection that gives the caller more than its own powers. A caller who sets the issuer of
    /// the assertions that sign a connection in can sign in as the connection, and one who lifts its ceiling
    /// gives its secrets more to open: both need what a SCIM token needs.
    async fn about_connection(&mut self, after: &Connection) -> Result<()> {
        let before = self.reader.connection(self.organization.id, after.id).await?;
        let catalog = self.organization.policy.catalog();
        let rank = |connection: &Connection| match &connection.max_role {
            Some(role) => catalog.rank(role).unwrap_or_default(),
            None => usize::MAX,
        };
        let is_lifted = before.as_ref().is_none_or(|before| rank(before) < rank(after));
        let is_pinned = before.is_none_or(|before| before.federation != after.federation);
        let signs_in = is_pinned && after.federation.is_some();
        if !is_lifted && !signs_in {
            return Ok(());
        }
        self.caller.require(Scope::TokensWrite)?;
        Powers::of_connection().refuse_beyond(self.caller)?;
        if signs_in {
            return refuse_later_end(self.caller, None);
        }
        Ok(())
    }
}
