//! Access tokens.

use identity_core::{
    access_token::SubjectKind,
    directory::{AccessToken, Exchange, Introspection},
    error::Result,
    platform::Timestamp,
};
use identity_proto::v1::{
    self, ExchangeAssertionResponse, ExchangeTokenRequest, ExchangeTokenResponse, IntrospectTokenResponse,
};

use super::time;

const MICROS: i64 = 1_000_000;

pub(crate) fn exchange(request: ExchangeTokenRequest) -> Result<Exchange> {
    Ok(Exchange {
        audience: request.audience,
        scopes: request.scopes,
        subject_token: request.subject_token,
        life: time::duration(request.lifetime, "lifetime")?,
        client: request.client_id,
    })
}

pub(crate) fn exchanged(made: AccessToken) -> ExchangeTokenResponse {
    let claims = made.claims;
    ExchangeTokenResponse {
        access_token: made.token.0,
        id: claims.jti.to_string(),
        expire_time: Some(at(claims.exp)),
        lifetime: Some(prost_types::Duration {
            seconds: claims.exp - claims.iat,
            nanos: 0,
        }),
        scopes: split_scopes(&claims.scope),
    }
}

pub(crate) fn asserted(made: AccessToken) -> ExchangeAssertionResponse {
    let made = exchanged(made);
    ExchangeAssertionResponse {
        access_token: made.access_token,
        id: made.id,
        expire_time: made.expire_time,
        lifetime: made.lifetime,
        scopes: made.scopes,
    }
}

pub(crate) fn introspected(found: Option<Introspection>) -> IntrospectTokenResponse {
    let Some(found) = found else {
        return IntrospectTokenResponse::default();
    };
    let mut message = IntrospectTokenResponse {
        active: true,
        organization_id: found.organization.to_string(),
        kind: subject_kind(found.kind).into(),
        subject: found.subject,
        client_id: found.client,
        token_id: found.credential.to_string(),
        scopes: split_scopes(&found.scope),
        expire_time: found.ends_at.map(time::to_message),
        ..IntrospectTokenResponse::default()
    };
    if let Some(claims) = found.claims {
        message.audience = claims.aud;
        message.issuer = claims.iss;
        message.id = claims.jti.to_string();
        message.create_time = Some(at(claims.iat));
    }
    message
}

fn subject_kind(kind: SubjectKind) -> v1::SubjectKind {
    match kind {
        SubjectKind::User => v1::SubjectKind::User,
        SubjectKind::Service => v1::SubjectKind::Service,
        SubjectKind::Scim => v1::SubjectKind::Scim,
    }
}

fn at(seconds: i64) -> prost_types::Timestamp {
    time::to_message(Timestamp(seconds.saturating_mul(MICROS)))
}

fn split_scopes(text: &str) -> Vec<String> {
    text.split_ascii_whitespace().map(str::to_owned).collect()
}
