//! How a client says who it is: RFC 6749, section 2.3.1, and RFC 7523, section 2.2.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::{HeaderMap, header};
use percent_encoding::percent_decode_str;

use super::{
    error::{OAuthError, Result},
    form::Form,
};
use crate::headers;

/// RFC 7523, section 2.2.
const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// Way in which the client identifies itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Client {
    /// By a secret, which is the secret of a token.
    Secret {
        /// Id that the client states; empty: not stated.
        id: String,
        secret: String,
    },
    /// By an assertion of somebody else.
    Assertion { id: String, assertion: String },
    /// By a bearer token, for those endpoints that take one.
    Bearer {
        /// Id that the client states; empty: not stated.
        id: String,
        token: String,
    },
    /// Not at all.
    Nobody,
}

impl Client {
    /// RFC 6749, section 2.3: a client uses one way at a time.
    pub(super) fn of(headers: &HeaderMap, form: &Form) -> Result<Self> {
        let mut ways = [by_header(headers)?, by_secret(form)?, by_assertion(form)?]
            .into_iter()
            .flatten();
        let mut way = ways.next().unwrap_or(Self::Nobody);
        if ways.next().is_some() {
            return Err(OAuthError::request("the client says in two ways who it is"));
        }
        // With a header, the form may state the id as well; the core holds it against the token.
        if let (Self::Secret { id, .. } | Self::Bearer { id, .. }, Some(stated)) =
            (&mut way, form.get("client_id")?)
        {
            if !id.is_empty() && id != stated {
                return Err(OAuthError::client(
                    "client_id is not the client of the Authorization header",
                ));
            }
            stated.clone_into(id);
        }
        Ok(way)
    }
}

fn by_header(headers: &HeaderMap) -> Result<Option<Client>> {
    let Some(value) = headers.get(header::AUTHORIZATION) else {
        return Ok(None);
    };
    let text = value.to_str().unwrap_or_default();
    match text.split_once(' ') {
        Some((scheme, credentials)) if scheme.eq_ignore_ascii_case("basic") => {
            basic(credentials.trim()).map(Some)
        }
        _ => {
            let bearer = headers::bearer(headers)
                .map_err(|_| OAuthError::client("the Authorization header is neither Basic nor Bearer"))?;
            let token = bearer.to_str().unwrap_or_default();
            let token = token.strip_prefix("Bearer ").unwrap_or(token);
            Ok(Some(Client::Bearer {
                id: String::new(),
                token: token.to_owned(),
            }))
        }
    }
}

/// Both halves are encoded as in forms before they are put together.
fn basic(credentials: &str) -> Result<Client> {
    let wrong = || OAuthError::client("the Authorization header is malformed");
    let bytes = STANDARD.decode(credentials).map_err(|_| wrong())?;
    let text = String::from_utf8(bytes).map_err(|_| wrong())?;
    let (id, secret) = text.split_once(':').ok_or_else(wrong)?;
    let decode = |text: &str| -> Result<String> {
        let text = percent_decode_str(text).decode_utf8().map_err(|_| wrong())?;
        Ok(text.into_owned())
    };
    Ok(Client::Secret {
        id: decode(id)?,
        secret: decode(secret)?,
    })
}

fn by_secret(form: &Form) -> Result<Option<Client>> {
    let Some(secret) = form.get("client_secret")? else {
        return Ok(None);
    };
    Ok(Some(Client::Secret {
        id: String::new(),
        secret: secret.to_owned(),
    }))
}

fn by_assertion(form: &Form) -> Result<Option<Client>> {
    match (form.get("client_assertion")?, form.get("client_assertion_type")?) {
        (None, None) => Ok(None),
        (Some(assertion), Some(JWT_BEARER)) => Ok(Some(Client::Assertion {
            id: form.required("client_id")?.to_owned(),
            assertion: assertion.to_owned(),
        })),
        _ => {
            let rule = format!("client_assertion and client_assertion_type={JWT_BEARER} go together");
            Err(OAuthError::request(rule))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_halves_of_basic_credentials_are_decoded() {
        let sent = STANDARD.encode("a%2Eb:rst_%78");
        let expected = Client::Secret {
            id: "a.b".into(),
            secret: "rst_x".into(),
        };
        assert_eq!(basic(&sent).unwrap(), expected);
        assert!(basic("?").is_err() && basic(&STANDARD.encode("x")).is_err());
    }
}
