//! Creating a token.

use async_trait::async_trait;
use serde_json::json;

use super::{record, rules};
use crate::{
    caller::Scope,
    change::Action,
    connection::{Connection, IdpKind},
    directory::{
        act::Act,
        connections,
        input::{NewConnection, NewToken, TokenKind},
        record::created,
        requests::Request,
    },
    error::{Error, Resource, Result},
    id::Id,
    secret::TokenSecret,
    store::{Transaction, Unit, Write},
    token::{Token, TokenGrant},
    validate,
};

/// The connection of SCIM tokens for which none is named.
const DEFAULT_CONNECTION: &str = "default";

/// Creates a token, and the default connection where it is missing.
pub(super) struct CreateToken {
    act: Act,
    /// Complete but for the connection of a SCIM token.
    token: Token,
    /// What a SCIM token is for; `None`: it is a service token.
    scim: Option<ScimLine>,
    request: Request,
}

/// The connection that a SCIM token is for.
struct ScimLine {
    /// Its id or name.
    name: String,
    /// What is made if that is the default connection and it is missing.
    default: Connection,
}

/// What a create came to.
pub(super) enum Created {
    /// A token whose secret is to be shown.
    Now(Token),
    /// The token of an earlier call, whose secret was shown then.
    Earlier(Id),
}

/// The ids that a create may need.
pub(super) struct NewIds {
    pub(super) token: Id,
    pub(super) connection: Id,
}

impl CreateToken {
    /// Without a request id; [`CreateToken::requested`] adds it.
    pub(super) fn new(
        act: Act,
        organization: Id,
        ids: &NewIds,
        secret: &TokenSecret,
        new: NewToken,
    ) -> Result<Self> {
        validate::token_name(&new.name)?;
        rules::refuse_past(new.expires_at, act.at)?;
        let scim = scim_line(&act, organization, ids.connection, &new);
        let token = Token {
            id: ids.token,
            organization_id: organization,
            grant: grant(&new, ids.connection)?,
            name: new.name,
            digest: secret.digest(),
            secret_prefix: secret.shown(),
            expires_at: new.expires_at,
            last_used_at: None,
            created_at: act.at,
            rotated_at: None,
        };
        rules::refuse_escalation(&act.caller, &token.grant)?;
        Ok(Self {
            act,
            token,
            scim,
            request: Request::default(),
        })
    }

    /// The same create, carrying a request id.
    pub(super) fn requested(self, request_id: &str) -> Result<Self> {
        let connection = self.scim.as_ref().map(|line| &line.name);
        let mut asked = record::of(&self.token);
        asked.insert("connection_id".to_owned(), json!(connection));
        let body = || Ok(asked.into());
        let request = Request::new(request_id, "create_token", &self.act.caller, body)?;
        Ok(Self { request, ..self })
    }

    /// The id of the connection of a SCIM token; makes the default one where it is missing.
    async fn connection(&self, line: &ScimLine, transaction: &mut Transaction<'_>) -> Result<Id> {
        let organization = self.token.organization_id;
        let found = connections::find(transaction.reader, organization, &line.name).await?;
        match found {
            Some(connection) => Ok(connection.id),
            None if line.name == line.default.name => {
                connections::insert(&self.act, &line.default, transaction).await?;
                Ok(line.default.id)
            }
            None => Err(Error::not_found(Resource::Connection, &line.name)),
        }
    }
}

#[async_trait]
impl Unit for CreateToken {
    type Output = Created;

    async fn run(&self, transaction: &mut Transaction<'_>) -> Result<Created> {
        self.act.admit(transaction.organization()?)?;
        let organization = self.token.organization_id;
        let earlier = self
            .request
            .repeats(transaction.reader, organization, self.act.at)
            .await?;
        if let Some(id) = earlier {
            let id = Id::parse(&id).ok_or_else(|| Error::not_found(Resource::Token, id))?;
            return Ok(Created::Earlier(id));
        }
        self.request
            .remember(&mut transaction.writes, organization, &self.token.id, self.act.at);
        let mut token = self.token.clone();
        if let Some(line) = &self.scim {
            let connection_id = self.connection(line, transaction).await?;
            let maximum = transaction.organization()?.policy.tokens_max_active;
            rules::refuse_one_too_many(
                transaction.reader,
                organization,
                connection_id,
                maximum,
                self.act.at,
            )
            .await?;
            token.grant = TokenGrant::Scim { connection_id };
        }
        transaction
            .writes
            .push(Write::InsertToken(Box::new(token.clone())));
        let detail = created(&record::of(&token));
        let entry = self
            .act
            .entry(Resource::Token, &token.id, Action::Created, detail);
        transaction.entries.push(entry);
        Ok(Created::Now(token))
    }
}

fn scim_line(act: &Act, organization: Id, connection: Id, new: &NewToken) -> Option<ScimLine> {
    let default = NewConnection {
        name: DEFAULT_CONNECTION.to_owned(),
        idp_kind: IdpKind::Generic,
    };
    let name = match (new.kind, new.connection.as_str()) {
        (TokenKind::Service, _) => return None,
        (TokenKind::Scim, "") => DEFAULT_CONNECTION.to_owned(),
        (TokenKind::Scim, name) => name.to_owned(),
    };
    let default = connections::new_connection(act, organization, connection, default);
    Some(ScimLine { name, default })
}

/// What the token authorizes; for a SCIM token, `connection` stands in for the one that is found later.
fn grant(new: &NewToken, connection_id: Id) -> Result<TokenGrant> {
    match new.kind {
        TokenKind::Scim if new.scopes.is_empty() => Ok(TokenGrant::Scim { connection_id }),
        TokenKind::Scim => Err(Error::invalid("scopes", "a SCIM token has none of its own")),
        TokenKind::Service if !new.connection.is_empty() => Err(Error::invalid(
            "connection_id",
            "a service token has no connection",
        )),
        TokenKind::Service if new.scopes.is_empty() => {
            Err(Error::invalid("scopes", "must name at least one"))
        }
        TokenKind::Service => {
            let has = |scope: &Scope| new.scopes.contains(scope);
            let scopes = Scope::ALL.into_iter().filter(has).collect();
            Ok(TokenGrant::Service { scopes })
        }
    }
}
