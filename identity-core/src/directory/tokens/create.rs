//! Creating a token.

use async_trait::async_trait;
use serde_json::json;

use super::{record, rules};
use crate::{
    caller::Scope,
    change::Action,
    connection::Connection,
    directory::{
        change_context::ChangeContext,
        connections, id_of,
        input::{NewConnection, NewToken, TokenKind},
        provisioning_access::ProvisioningAccess,
        quotas,
        record::created,
        requests::Request,
        service_accounts,
    },
    error::{Error, Resource, Result},
    id::Id,
    policy::Quota,
    secret::TokenSecret,
    store::{Transaction, Unit, Write},
    token::{Token, TokenGrant},
    validate,
};

/// The connection of SCIM tokens for which none is named.
const DEFAULT_CONNECTION: &str = "default";

/// Creates a token, and the default connection where it is missing.
pub(super) struct CreateToken {
    context: ChangeContext,
    /// Complete but for the connection of a SCIM token.
    token: Token,
    /// Connection of a SCIM token; `None`: it is a token of another kind.
    scim: Option<ScimConnectionRef>,
    request: Request,
}

/// The connection that a SCIM token is for.
struct ScimConnectionRef {
    /// Its id or name, if one was given.
    name: Option<String>,
    /// Connection to make if that is the default connection and it is missing.
    default: Connection,
}

/// Result of a create.
pub(super) enum Created {
    /// A token whose secret is to be shown.
    Now(Box<Token>),
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
        context: ChangeContext,
        organization: Id,
        ids: &NewIds,
        secret: &TokenSecret,
        new: NewToken,
    ) -> Result<Self> {
        validate::token_name(&new.name)?;
        rules::refuse_past(new.expires_at, context.at)?;
        let scim = scim_connection(&context, organization, ids.connection, &new)?;
        let token = Token {
            id: ids.token,
            organization_id: organization,
            grant: grant(&new, ids.connection)?,
            name: new.name,
            digest: secret.digest(),
            secret_prefix: secret.shown(),
            projects: rules::projects(&new.projects)?,
            expires_at: new.expires_at,
            last_used_at: None,
            created_at: context.at,
            rotated_at: None,
            former_ends_at: None,
            expiry_noted_at: None,
        };
        Ok(Self {
            context,
            token,
            scim,
            request: Request::default(),
        })
    }

    /// The same create, carrying a request id.
    pub(super) fn requested(self, request_id: &str) -> Result<Self> {
        let connection = self.scim.as_ref().map(|reference| &reference.name);
        let mut asked = record::of(&self.token);
        asked.insert("connection_id".to_owned(), json!(connection));
        let body = || Ok(asked.into());
        let request = Request::new(request_id, "create_token", &self.context.caller, body)?;
        Ok(Self { request, ..self })
    }

    /// The owner must be there and may have one more. A key may do what its account may, so its scopes are looked at here.
    async fn ask_owner(&self, transaction: &mut Transaction<'_>) -> Result<()> {
        let (reader, organization) = (&mut *transaction.reader, self.token.organization_id);
        match &self.token.grant {
            TokenGrant::Scim { .. } | TokenGrant::Service { .. } => Ok(()),
            TokenGrant::Personal { user_id, .. } => {
                let user = reader.user(organization, *user_id).await?;
                let user = user.ok_or_else(|| Error::not_found(Resource::User, user_id))?;
                if !user.active {
                    return Err(Error::invalid("user_id", "must be an active user"));
                }
                rules::refuse_too_many_of(reader, organization, *user_id).await
            }
            TokenGrant::Key {
                service_account_id,
                scopes,
            } => {
                let account = service_accounts::live(reader, organization, *service_account_id).await?;
                if let Some(beyond) = scopes.iter().find(|scope| !account.scopes.contains(scope)) {
                    let rule = format!("the service account does not have {}", beyond.name());
                    return Err(Error::invalid("scopes", rule));
                }
                rules::refuse_too_many_of(reader, organization, *service_account_id).await
            }
        }
    }

    /// The id of the connection of a SCIM token. One that names none takes the only connection that there is; where there are several, or
    /// none, it means the default one, which is made where it is missing.
    async fn connection(
        &self,
        reference: &ScimConnectionRef,
        transaction: &mut Transaction<'_>,
    ) -> Result<Id> {
        let organization = self.token.organization_id;
        let reader = &mut *transaction.reader;
        let name = reference.name.as_deref().unwrap_or(&reference.default.name);
        if reference.name.is_none()
            && let [only] = &reader.connections(organization, None, 2).await?[..]
        {
            return Ok(only.id);
        }
        if let Some(connection) = connections::find(reader, organization, name).await? {
            return Ok(connection.id);
        }
        if name != reference.default.name {
            return Err(Error::not_found(Resource::Connection, name));
        }
        let kind = connections::Kind::ByPolicy;
        connections::insert(&self.context, &reference.default, kind, transaction).await?;
        Ok(reference.default.id)
    }
}

#[async_trait]
impl Unit for CreateToken {
    type Output = Created;

    async fn run(&self, transaction: &mut Transaction<'_>) -> Result<Created> {
        self.context.authorize(transaction.organization()?)?;
        let organization = self.token.organization_id;
        let earlier = self
            .request
            .repeats(transaction.reader, organization, self.context.at)
            .await?;
        if let Some(id) = earlier {
            let id = Id::parse(&id).ok_or_else(|| Error::not_found(Resource::Token, id))?;
            return Ok(Created::Earlier(id));
        }
        self.request.remember(
            &mut transaction.writes,
            organization,
            &self.token.id,
            self.context.at,
        );
        let mut token = self.token.clone();
        if let Some(reference) = &self.scim {
            ProvisioningAccess::of(transaction.organization()?).allow_scim()?;
            let connection_id = self.connection(reference, transaction).await?;
            let maximum = transaction.organization()?.policy.tokens_max_active;
            rules::refuse_one_too_many(
                transaction.reader,
                organization,
                connection_id,
                maximum,
                self.context.at,
            )
            .await?;
            token.grant = TokenGrant::Scim { connection_id };
        }
        self.ask_owner(transaction).await?;
        let quota = transaction.organization()?.policy.quota_tokens;
        if quota != Quota::Unlimited {
            let count = transaction.reader.count_tokens(organization).await?;
            quotas::require("quota.tokens", quota, count + 1)?;
        }
        transaction
            .writes
            .push(Write::InsertToken(Box::new(token.clone())));
        let detail = created(&record::of(&token));
        let entry = self
            .context
            .entry(Resource::Token, &token.id, Action::Created, detail);
        transaction.entries.push(entry);
        Ok(Created::Now(Box::new(token)))
    }
}

fn scim_connection(
    context: &ChangeContext,
    organization: Id,
    connection: Id,
    new: &NewToken,
) -> Result<Option<ScimConnectionRef>> {
    let default = NewConnection {
        name: DEFAULT_CONNECTION.to_owned(),
        ..NewConnection::default()
    };
    let name = match (new.kind, new.connection.as_str()) {
        (TokenKind::Service | TokenKind::Personal | TokenKind::Key, _) => return Ok(None),
        (TokenKind::Scim, "") => None,
        (TokenKind::Scim, name) => Some(name.to_owned()),
    };
    let default = connections::new_connection(context, organization, connection, default)?;
    Ok(Some(ScimConnectionRef { name, default }))
}

/// Returns the grant of the token; for a SCIM token, `connection_id` stands in for the one that is found
/// later.
fn grant(new: &NewToken, connection_id: Id) -> Result<TokenGrant> {
    refuse_misfits(new)?;
    let has = |scope: &Scope| new.scopes.contains(scope);
    let scopes: Vec<Scope> = Scope::ALL.into_iter().filter(has).collect();
    if scopes.is_empty() && matches!(new.kind, TokenKind::Service | TokenKind::Personal) {
        return Err(Error::invalid("scopes", "must name at least one"));
    }
    Ok(match new.kind {
        TokenKind::Scim => TokenGrant::Scim { connection_id },
        TokenKind::Service => TokenGrant::Service { scopes },
        TokenKind::Personal => TokenGrant::Personal {
            user_id: id_of(Resource::User, &new.owner)?,
            scopes,
        },
        TokenKind::Key => TokenGrant::Key {
            service_account_id: id_of(Resource::ServiceAccount, &new.owner)?,
            scopes,
        },
    })
}

/// Refuses what a token of this kind does not have.
fn refuse_misfits(new: &NewToken) -> Result<()> {
    let is_scim = new.kind == TokenKind::Scim;
    if is_scim && !new.scopes.is_empty() {
        return Err(Error::invalid("scopes", "a SCIM token has none of its own"));
    }
    if is_scim && !new.projects.is_empty() {
        return Err(Error::invalid("project_ids", "a SCIM token has none"));
    }
    if !is_scim && !new.connection.is_empty() {
        return Err(Error::invalid(
            "connection_id",
            "only a SCIM token has a connection",
        ));
    }
    match (new.kind, new.owner.as_str()) {
        (TokenKind::Personal, "") => Err(Error::invalid("user_id", "is required")),
        (TokenKind::Key, "") => Err(Error::invalid("service_account_id", "is required")),
        (TokenKind::Scim | TokenKind::Service, owner) if !owner.is_empty() => Err(Error::invalid(
            "user_id",
            "a token of this kind belongs to nobody",
        )),
        _ => Ok(()),
    }
}
