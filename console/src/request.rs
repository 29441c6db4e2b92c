//! Extractors: the session of a request, and the fields of a form that a page of that session sent.

use std::sync::Arc;

use axum::{
    body::Bytes,
    extract::{FromRequest, FromRequestParts, Request},
    response::{IntoResponse, Response},
};
use data_encoding::HEXLOWER;
use http::{HeaderMap, header, request::Parts};
use serde::{Deserialize, de::DeserializeOwned};
use subtle::ConstantTimeEq as _;

use crate::{Console, Peer, client::Client, refusal::Refusal, session::Session};

/// Name of the cookie that holds the id of a session. The prefix binds it to this host, its root and TLS; browsers take loopback for as
/// good as TLS.
pub(crate) const COOKIE: &str = "__Host-roster";

/// Random bytes of the id of a request that makes a secret.
const REQUEST_ID_BYTES: usize = 16;

/// The session behind a request.
pub(crate) struct Visitor {
    /// Clients with the session's token.
    pub(crate) client: Client,
    /// Secret that forms carry.
    pub(crate) form_token: String,
    /// An id for a request that makes a secret.
    pub(crate) request_id: String,
    /// Time of the request, in microseconds since 1970.
    pub(crate) now: i64,
}

impl Visitor {
    fn new(console: &Console, session: Session, parts: &Parts) -> Result<Self, Refusal> {
        let address = parts.extensions.get().map(|Peer(address)| *address);
        let client = Client::new(&console.core, &session.token, address).ok_or(Refusal::SignedOut)?;
        let mut request_id = [0; REQUEST_ID_BYTES];
        (console.environment.random)(&mut request_id);
        Ok(Self {
            client,
            request_id: HEXLOWER.encode(&request_id),
            form_token: session.form_token,
            now: (console.environment.now)(),
        })
    }
}

impl FromRequestParts<Arc<Console>> for Visitor {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, console: &Arc<Console>) -> Result<Self, Refusal> {
        let id = session_id(&parts.headers).ok_or(Refusal::SignedOut)?;
        let session = console.sessions.find(id).ok_or(Refusal::SignedOut)?;
        Self::new(console, session, parts)
    }
}

/// The id of the session, from its cookie.
pub(crate) fn session_id(headers: &HeaderMap) -> Option<&str> {
    let cookies = headers.get_all(header::COOKIE).iter();
    let mut pairs = cookies
        .filter_map(|value| value.to_str().ok())
        .flat_map(|text| text.split(';'))
        .filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == COOKIE).map(|(_, id)| id)
}

/// A form that a page of this session sent: its fields, and the session.
pub(crate) struct Posted<T> {
    pub(crate) visitor: Visitor,
    pub(crate) fields: T,
}

#[derive(Deserialize)]
struct FormToken {
    #[serde(default)]
    form_token: String,
}

impl<T: DeserializeOwned> FromRequest<Arc<Console>> for Posted<T> {
    type Rejection = Response;

    async fn from_request(request: Request, console: &Arc<Console>) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        let visitor = Visitor::from_request_parts(&mut parts, console)
            .await
            .map_err(Refusal::into_response)?;
        let forged = || Refusal::Forged.into_response();
        if !is_same_origin(&parts.headers) {
            return Err(forged());
        }
        let body = Bytes::from_request(Request::from_parts(parts, body), console)
            .await
            .map_err(IntoResponse::into_response)?;
        let sent: FormToken = serde_urlencoded::from_bytes(&body).map_err(|_| forged())?;
        if !bool::from(sent.form_token.as_bytes().ct_eq(visitor.form_token.as_bytes())) {
            return Err(forged());
        }
        let fields = serde_urlencoded::from_bytes(&body).map_err(|_| forged())?;
        Ok(Self { visitor, fields })
    }
}

/// Tells whether a page of this console sent the request, as far as its browser says. One that says nothing is not believed.
pub(crate) fn is_same_origin(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = text("sec-fetch-site") {
        return site == "same-origin";
    }
    let (Some(origin), Some(host)) = (text("origin"), text("host")) else {
        return false;
    };
    origin
        .split_once("://")
        .is_some_and(|(_, authority)| authority == host)
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;

    use super::{is_same_origin, session_id};

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let pairs = pairs.iter();
        pairs
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
            .collect()
    }

    #[test]
    fn a_form_of_another_origin_is_told_apart() {
        for (sent, is_same) in [
            (&[("sec-fetch-site", "same-origin")][..], true),
            (&[("sec-fetch-site", "cross-site")], false),
            (
                &[
                    ("sec-fetch-site", "same-site"),
                    ("origin", "http://a"),
                    ("host", "a"),
                ],
                false,
            ),
            (&[("sec-fetch-site", "none")], false),
            (&[("origin", "http://a:1"), ("host", "a:1")], true),
            (&[("origin", "http://b:1"), ("host", "a:1")], false),
            (&[("origin", "null"), ("host", "a:1")], false),
            (&[("host", "a:1")], false),
        ] {
            assert_eq!(is_same_origin(&headers(sent)), is_same, "{sent:?}");
        }
    }

    #[test]
    fn the_session_is_found_among_other_cookies() {
        let sent = headers(&[("cookie", "a=b; __Host-roster=x; c=d")]);
        assert_eq!(session_id(&sent), Some("x"));
        assert_eq!(session_id(&headers(&[("cookie", "roster=x")])), None);
    }
}
