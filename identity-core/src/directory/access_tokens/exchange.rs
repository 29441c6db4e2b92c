//! Exchanging a token for an access token (RFC 8693, and the client credentials of RFC 6749).

use std::time::Duration;

use super::grounds::{FindGrounds, Grounds};
use crate::{
    access_token::{Act, Claims, SCIM_SCOPE, SELF_AUDIENCE, SubjectKind, seconds},
    caller::{Call, Caller, Reach, Scope},
    directory::{Directory, Inner, Secret, authentication::MALFORMED, credential::UNKNOWN},
    error::{Error, Result},
    id::Id,
    platform::Timestamp,
};

/// How long an access token for others lives, unless it is asked for less or more.
const LIFETIME: Duration = Duration::from_mins(5);
/// The most that may be asked for: how long somebody who verifies offline may take what was revoked for good.
const MAX_LIFETIME: Duration = Duration::from_mins(15);
/// The same for a token that only this service accepts, which asks its database each time.
const OWN_LIFETIME: Duration = Duration::from_hours(1);
/// Audiences that a token may have.
const MAX_AUDIENCES: usize = 10;
/// Access tokens of which each was made from the one before. An access token names them all, so that the end of one is the end of those
/// behind it.
const MAX_ANCESTORS: usize = 8;
/// Characters of an audience.
const MAX_AUDIENCE: usize = 256;

/// Request for an access token.
#[derive(Clone, Debug, Default)]
pub struct Exchange {
    /// For whom; at least one. [`SELF_AUDIENCE`] is this service.
    pub audience: Vec<String>,
    /// Scopes that it has at most; none: all that the subject has.
    pub scopes: Vec<String>,
    /// The token of the subject; empty: the caller is the subject.
    pub subject_token: String,
    /// How long it is to live; `None`: as usual.
    pub life: Option<Duration>,
    /// Client that the caller must be; empty: not checked.
    pub client: String,
}

/// Access token that was issued.
#[derive(Debug)]
pub struct AccessToken {
    /// The JWT. Its `Debug` hides it.
    pub token: Secret,
    /// Claims of the token.
    pub claims: Claims,
}

impl Directory {
    /// Makes an access token.
    #[crate::boxed]
    pub async fn exchange_token(
        &self,
        call: &Call,
        organization: &str,
        request: &Exchange,
    ) -> Result<AccessToken> {
        let inner = &self.inner;
        let subject = match request.subject_token.as_str() {
            "" => call.caller.clone(),
            token => self.authenticate(token).await.map_err(not_the_client)?,
        };
        if subject == Caller::Root && !request.subject_token.is_empty() {
            // Answered as any guess is: a caller does not find out the operator's token here.
            return Err(not_the_client(MALFORMED));
        }
        inner.refuse_other_client(&call.caller, &request.client).await?;
        let own = subject.organization_id();
        if !organization.is_empty() || call.caller.organization_id().is_some() {
            let named = inner.visible_organization(call, organization).await?;
            // A subject of another organization does not exist here.
            if own.is_some_and(|own| own != named.id) {
                return Err(UNKNOWN);
            }
        }
        let actor = (subject.token_id() != call.caller.token_id()).then_some(&call.caller);
        inner.issue(&subject, request, actor).await
    }
}

/// Turns a failed authentication of the subject's token into an invalid argument: it says nothing about the
/// caller.
fn not_the_client(error: Error) -> Error {
    match error {
        Error::Unauthenticated(why) => Error::invalid("subject_token", why),
        other => other,
    }
}

impl Inner {
    /// Refuses a caller that says that it is somebody else.
    pub(super) async fn refuse_other_client(&self, caller: &Caller, client: &str) -> Result<()> {
        let (Some(organization), Some(credential)) = (caller.organization_id(), caller.token_id()) else {
            return Ok(());
        };
        if client.is_empty() {
            return Ok(());
        }
        let query = FindGrounds {
            organization,
            credential,
            access_tokens: Vec::new(),
            at: self.platform.now(),
        };
        let account = self
            .store
            .read(query)
            .await?
            .and_then(|found| found.service_account());
        let ids = [
            Some(credential),
            caller.connection_id(),
            caller.user_id(),
            account,
        ];
        let is_itself = ids.into_iter().flatten().any(|id| {
            let id = id.to_string();
            client == id || client == format!("{organization}.{id}")
        });
        if is_itself {
            return Ok(());
        }
        Err(Error::invalid("client_id", "is not who the secret belongs to"))
    }

    /// Makes an access token for a subject that is who it says.
    pub(super) async fn issue(
        &self,
        subject: &Caller,
        request: &Exchange,
        actor: Option<&Caller>,
    ) -> Result<AccessToken> {
        let now = self.platform.now();
        let (Some(organization), Some(credential), Some(bearer)) =
            (subject.organization_id(), subject.token_id(), subject.bearer())
        else {
            return Err(Error::invalid("subject_token", "is required: root is no subject"));
        };
        if bearer.access_tokens.len() > MAX_ANCESTORS {
            let rule = format!("must be made by at most {MAX_ANCESTORS} exchanges, one of the other");
            return Err(Error::invalid("subject_token", rule));
        }
        let audience = self.audience(&request.audience)?;
        let query = FindGrounds {
            organization,
            credential,
            access_tokens: Vec::new(),
            at: now,
        };
        let grounds = self.store.read(query).await?.ok_or(UNKNOWN)?;
        let is_own = audience
            .iter()
            .all(|audience| *audience == self.access_tokens.issuer);
        let mut claims = Claims {
            iss: self.access_tokens.issuer.clone(),
            aud: audience,
            jti: self.new_id(),
            revision: grounds.organization.revision,
            ..claims_of(subject, &grounds, organization, credential)?
        };
        claims.scope = scope(subject, &request.scopes)?;
        claims.client_id = actor.map_or_else(|| claims.sub.clone(), actor_name);
        claims.act = actor.map(|actor| Act {
            sub: actor_name(actor),
        });
        claims.ancestors.clone_from(&bearer.access_tokens);
        claims.origin.clone_from(&bearer.origin);
        let now_stands = grounds.recognize(bearer.origin.as_deref(), now)?.caller;
        let of_credential = now_stands.bearer().and_then(|bearer| bearer.ends_at);
        let ends_at = [of_credential, bearer.ends_at].into_iter().flatten().min();
        let lives = if is_own {
            (OWN_LIFETIME, OWN_LIFETIME)
        } else {
            (LIFETIME, MAX_LIFETIME)
        };
        set_times(&mut claims, now, life(request.life, lives)?, ends_at);
        let token = self.signing_set(now).await?.sign(&claims, now)?;
        Ok(AccessToken {
            token: Secret(token),
            claims,
        })
    }

    /// A token that is for everybody is for nobody, so an audience must be named.
    fn audience(&self, request: &[String]) -> Result<Vec<String>> {
        if request.is_empty() || request.len() > MAX_AUDIENCES {
            let rule = format!("must name 1 to {MAX_AUDIENCES}");
            return Err(Error::invalid("audience", rule));
        }
        let mut audience = Vec::with_capacity(request.len());
        for (at, name) in request.iter().enumerate() {
            let fits = !name.is_empty() && name.len() <= MAX_AUDIENCE && !name.contains(char::is_control);
            if !fits {
                let rule = format!("must have 1 to {MAX_AUDIENCE} characters");
                return Err(Error::invalid(format!("audience[{at}]"), rule));
            }
            let name = match name.as_str() {
                SELF_AUDIENCE => &self.access_tokens.issuer,
                _ => name,
            };
            if !audience.contains(name) {
                audience.push(name.clone());
            }
        }
        Ok(audience)
    }
}

/// Returns the claims that follow from the subject; the caller fills in the rest.
fn claims_of(subject: &Caller, grounds: &Grounds, organization: Id, credential: Id) -> Result<Claims> {
    let (kind, sub, projects) = match subject {
        Caller::Root => return Err(Error::Internal("root is no subject".into())),
        Caller::Scim { connection_id, .. } => (SubjectKind::Scim, *connection_id, Vec::new()),
        Caller::User {
            user_id, projects, ..
        } => (SubjectKind::User, *user_id, projects.clone()),
        Caller::Service {
            token_id, projects, ..
        } => {
            let sub = grounds.service_account().unwrap_or(*token_id);
            (SubjectKind::Service, sub, projects.clone())
        }
    };
    let default_role = grounds.organization.policy.roles_default_org.as_deref();
    let role = grounds
        .user()
        .and_then(|user| user.organization_role.as_deref().or(default_role));
    Ok(Claims {
        iss: String::new(),
        sub: sub.to_string(),
        aud: Vec::new(),
        exp: 0,
        nbf: 0,
        iat: 0,
        jti: credential,
        client_id: String::new(),
        scope: String::new(),
        organization,
        kind,
        credential,
        revision: 0,
        roles: role.map(str::to_owned).into_iter().collect(),
        projects,
        act: None,
        ancestors: Vec::new(),
        origin: None,
    })
}

fn actor_name(actor: &Caller) -> String {
    match actor {
        Caller::Root => "root".to_owned(),
        Caller::Scim { connection_id, .. } => connection_id.to_string(),
        Caller::User { user_id, .. } => user_id.to_string(),
        Caller::Service { token_id, .. } => token_id.to_string(),
    }
}

/// The scopes that were asked for, all of which the subject must have.
fn scope(subject: &Caller, request: &[String]) -> Result<String> {
    let refused = |at: usize| {
        let rule = "must be a scope that the subject has";
        Err(Error::invalid(format!("scopes[{at}]"), rule))
    };
    // There is one, whatever the identity provider calls it; RFC 6749, section 3.3, has the answer say which.
    if matches!(subject, Caller::Scim { .. }) {
        return Ok(SCIM_SCOPE.to_owned());
    }
    let has = scopes(subject);
    for (at, name) in request.iter().enumerate() {
        if !has.iter().any(|scope| scope.name() == name) {
            return refused(at);
        }
    }
    let wanted = |scope: &&Scope| request.is_empty() || request.iter().any(|name| name == scope.name());
    let names: Vec<_> = has.iter().filter(wanted).map(|scope| scope.name()).collect();
    Ok(names.join(" "))
}

/// Returns the scopes that a subject has now. A person who is no admin only reads itself, and its token tells
/// other services no more than that.
fn scopes(subject: &Caller) -> Vec<Scope> {
    match subject {
        Caller::Root | Caller::Scim { .. } => Vec::new(),
        Caller::Service { scopes, .. } => scopes.clone(),
        Caller::User { scopes, reach, .. } => {
            let mut scopes = scopes.clone();
            if *reach == Reach::Itself {
                scopes.retain(|scope| *scope == Scope::UsersRead);
            }
            scopes
        }
    }
}

/// As long as it was asked for, else as usual.
fn life(request: Option<Duration>, (usual, maximum): (Duration, Duration)) -> Result<Duration> {
    match request {
        None => Ok(usual),
        Some(life) if life >= Duration::from_secs(1) && life <= maximum => Ok(life),
        Some(_) => {
            let rule = format!("must be 1 to {} seconds", maximum.as_secs());
            Err(Error::invalid("lifetime", rule))
        }
    }
}

/// It ends with what it was made from, at the latest.
fn set_times(claims: &mut Claims, now: Timestamp, life: Duration, ends_at: Option<Timestamp>) {
    let from = seconds(now);
    let until = from.saturating_add_unsigned(life.as_secs());
    claims.iat = from;
    claims.nbf = from;
    claims.exp = ends_at.map_or(until, |end| until.min(seconds(end)));
}
