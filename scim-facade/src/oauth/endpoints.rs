//! The endpoints that take a form.

use std::sync::Arc;

use axum::{
    Extension,
    body::Body,
    extract::State,
    response::{IntoResponse as _, Response},
};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use identity_proto::v1::{
    ExchangeAssertionRequest, ExchangeTokenRequest, IntrospectTokenRequest, IntrospectTokenResponse,
    RevokeTokenRequest, SubjectKind,
};
use serde_json::{Map, Value, json};

use super::{
    RequestMeta,
    client::Client,
    error::{OAuthError, Result},
    form::Form,
};
use crate::{call::Call, headers::JSON, server::Facade};

/// RFC 8693, section 2.1.
const TOKEN_EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
/// RFC 8693, section 3.
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
const JWT: &str = "urn:ietf:params:oauth:token-type:jwt";
/// How the core is asked for a token that it takes itself.
const SELF_AUDIENCE: &str = "self";

/// `POST /oauth2/token`. RFC 6749, section 3.2.
pub(super) async fn token(
    State(facade): State<Arc<Facade>>,
    Extension(request_meta): Extension<RequestMeta>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response> {
    let form = Form::read(&headers, body).await?;
    let client = Client::of(&headers, &form)?;
    let context = RequestContext { facade, request_meta };
    let made = match form.required("grant_type")? {
        "client_credentials" => context.client_credentials(client, &form).await?,
        TOKEN_EXCHANGE => context.token_exchange(client, &form).await?,
        _ => {
            let why = "only client_credentials and token-exchange are supported";
            return Err(OAuthError::new(
                StatusCode::BAD_REQUEST,
                "unsupported_grant_type",
                why,
            ));
        }
    };
    Ok(answer(&made))
}

/// `POST /oauth2/introspect`. RFC 7662, section 2.
pub(super) async fn introspect(
    State(facade): State<Arc<Facade>>,
    Extension(request_meta): Extension<RequestMeta>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response> {
    let form = Form::read(&headers, body).await?;
    let (client_id, bearer) = known(Client::of(&headers, &form)?)?;
    let token = form.required("token")?.to_owned();
    let call = RequestContext { facade, request_meta }.call(&bearer)?;
    let message = IntrospectTokenRequest {
        token,
        client_id,
        ..Default::default()
    };
    Ok(answer(&introspection(call.introspect_token(message).await?)))
}

/// `POST /oauth2/revoke`. RFC 7009, section 2.
pub(super) async fn revoke(
    State(facade): State<Arc<Facade>>,
    Extension(request_meta): Extension<RequestMeta>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response> {
    let form = Form::read(&headers, body).await?;
    let (client_id, bearer) = known(Client::of(&headers, &form)?)?;
    let token = form.required("token")?.to_owned();
    let call = RequestContext { facade, request_meta }.call(&bearer)?;
    let message = RevokeTokenRequest {
        token,
        client_id,
        ..Default::default()
    };
    call.revoke_token(message).await?;
    Ok(StatusCode::OK.into_response())
}

/// A request with the way to the core.
struct RequestContext {
    facade: Arc<Facade>,
    request_meta: RequestMeta,
}

impl RequestContext {
    fn call(&self, token: &str) -> Result<Call> {
        let bearer = HeaderValue::try_from(format!("Bearer {token}"))
            .map_err(|_| OAuthError::client("the secret holds characters that no secret has"))?;
        let call = Call::new(
            self.facade.core.clone(),
            bearer,
            self.request_meta.request_id.clone(),
            self.request_meta.deadline,
        );
        Ok(call.of_any_token().at(self.request_meta.address.clone()))
    }

    /// Notes whose request it is, for the provisioning log.
    fn belongs_to(&self, token: &str) {
        if let Ok(token) = HeaderValue::try_from(token) {
            // A request has one client.
            let _ = self.request_meta.credential.set(token);
        }
    }

    /// RFC 6749, section 4.4. Without a word on whom it is for, the token is for this service: SCIM clients say nothing.
    async fn client_credentials(&self, client: Client, form: &Form) -> Result<Value> {
        let scopes = form.space_separated("scope")?;
        let (id, secret) = match client {
            Client::Secret { id, secret } => (id, secret),
            Client::Assertion { id, assertion } => {
                let message = ExchangeAssertionRequest {
                    client_id: id,
                    assertion,
                    scopes,
                    ..Default::default()
                };
                let made = self.call("none")?.exchange_assertion(message).await?;
                self.belongs_to(&made.access_token);
                let life = made.lifetime.unwrap_or_default().seconds;
                return Ok(issued(&made.access_token, life, &made.scopes));
            }
            Client::Bearer { .. } | Client::Nobody => {
                return Err(OAuthError::client(
                    "the client must say who it is, by a secret or an assertion",
                ));
            }
        };
        self.belongs_to(&secret);
        let mut audience = audience(form);
        if audience.is_empty() {
            audience.push(SELF_AUDIENCE.to_owned());
        }
        let message = ExchangeTokenRequest {
            audience,
            scopes,
            client_id: id,
            ..Default::default()
        };
        let made = self.call(&secret)?.exchange_token(message).await?;
        let life = made.lifetime.unwrap_or_default().seconds;
        Ok(issued(&made.access_token, life, &made.scopes))
    }

    /// RFC 8693, section 2.1. Whoever holds a token may exchange it; a client that says who it is becomes the actor.
    async fn token_exchange(&self, client: Client, form: &Form) -> Result<Value> {
        let subject_token = form.required("subject_token")?.to_owned();
        for (name, is_needed) in [("subject_token_type", true), ("requested_token_type", false)] {
            match form.get(name)? {
                Some(ACCESS_TOKEN | JWT) => {}
                None if !is_needed => {}
                _ => {
                    return Err(OAuthError::request(format!(
                        "{name} must be {ACCESS_TOKEN} or {JWT}"
                    )));
                }
            }
        }
        if form.get("actor_token")?.is_some() {
            return Err(OAuthError::request("actor_token is not supported"));
        }
        let (id, bearer, subject_token) = match client {
            Client::Secret { id, secret } => (id, secret, subject_token),
            Client::Bearer { id, token } => (id, token, subject_token),
            Client::Nobody => (String::new(), subject_token, String::new()),
            Client::Assertion { .. } => {
                return Err(OAuthError::request(
                    "an assertion is for client_credentials alone",
                ));
            }
        };
        let message = ExchangeTokenRequest {
            audience: audience(form),
            scopes: form.space_separated("scope")?,
            subject_token,
            client_id: id,
            ..Default::default()
        };
        let made = self.call(&bearer)?.exchange_token(message).await?;
        let life = made.lifetime.unwrap_or_default().seconds;
        let mut answer = issued(&made.access_token, life, &made.scopes);
        answer["issued_token_type"] = ACCESS_TOKEN.into();
        Ok(answer)
    }
}

/// RFC 8693 and RFC 8707 both say whom a token is for.
fn audience(form: &Form) -> Vec<String> {
    [form.all("audience"), form.all("resource")].concat()
}

/// The id that a client states, and its secret or bearer token.
fn known(client: Client) -> Result<(String, String)> {
    match client {
        Client::Secret { id, secret } => Ok((id, secret)),
        Client::Bearer { id, token } => Ok((id, token)),
        Client::Assertion { .. } | Client::Nobody => Err(OAuthError::client(
            "the client must say who it is, by a secret or a bearer token",
        )),
    }
}

/// RFC 6749, section 5.1.
fn issued(token: &str, life: i64, scopes: &[String]) -> Value {
    json!({
        "access_token": token,
        "token_type": "Bearer",
        "expires_in": life,
        "scope": scopes.join(" "),
    })
}

/// RFC 7662, section 2.2: of what does not hold, nothing more is said.
fn subject_kind(kind: SubjectKind) -> &'static str {
    match kind {
        SubjectKind::Unspecified => "",
        SubjectKind::User => "user",
        SubjectKind::Service => "service",
        SubjectKind::Scim => "scim",
    }
}

fn introspection(response: IntrospectTokenResponse) -> Value {
    if !response.active {
        return json!({ "active": false });
    }
    let mut body = Map::new();
    let kind = subject_kind(response.kind());
    let mut put = |name: &str, value: Value| body.insert(name.to_owned(), value);
    put("active", true.into());
    put("scope", response.scopes.join(" ").into());
    put("client_id", response.client_id.into());
    put("sub", response.subject.into());
    put("token_type", "Bearer".into());
    put("kind", kind.into());
    put("org", response.organization_id.into());
    put("cid", response.token_id.into());
    if let Some(end) = response.expire_time {
        put("exp", end.seconds.into());
    }
    if let Some(made) = response.create_time {
        put("iat", made.seconds.into());
        put("nbf", made.seconds.into());
        put("iss", response.issuer.into());
        put("jti", response.id.into());
        put("aud", response.audience.into());
    }
    Value::Object(body)
}

fn answer(body: &Value) -> Response {
    let mut response = body.to_string().into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, JSON);
    response
}
