//! The request headers that decide something: who calls, under which id, and which media types pass.

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};

use crate::{
    error::{Result, ScimError},
    limits::MAX_REQUEST_ID,
};

/// RFC 7644, section 8.1. Without a charset: JSON is UTF-8, and the media type has no such parameter.
pub(crate) const SCIM_JSON: HeaderValue = HeaderValue::from_static("application/scim+json");

/// Media type of an answer if the client asks for this and not for SCIM's own type.
pub(crate) const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// Asks what a request would do; ours, as SCIM has no such thing.
const DRY_RUN: HeaderName = HeaderName::from_static("roster-dry-run");

/// The refusal of a body that is compressed.
pub(crate) const NO_CODING: &str = "Content-Encoding: compressed bodies are not supported";

const SCHEME: &str = "Bearer ";

/// The token as `Bearer …`, which is all that the facade does about authentication: whether it is valid, the core says.
///
/// RFC 9110, section 11.1: the scheme has no case. It may stand there twice: a form that adds it gets pasted a whole header.
pub(crate) fn bearer(headers: &HeaderMap) -> Result<HeaderValue> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let value = values
        .next()
        .ok_or_else(|| unauthorized("the Authorization header is missing"))?;
    if values.next().is_some() {
        return Err(unauthorized("there is more than one Authorization header"));
    }
    let text = value
        .to_str()
        .map_err(|_| unauthorized("the Authorization header is not text"))?;
    let token = token_of(text)
        .ok_or_else(|| unauthorized("the Authorization header must be: Bearer, a blank, the token"))?;
    if text.len() == SCHEME.len() + token.len() && text.starts_with(SCHEME) {
        return Ok(value.clone());
    }
    HeaderValue::try_from(format!("{SCHEME}{token}")).map_err(|_| unauthorized("the token is malformed"))
}

fn token_of(text: &str) -> Option<&str> {
    let mut words = text.split_ascii_whitespace().peekable();
    let mut schemes = 0;
    while words
        .next_if(|word| word.eq_ignore_ascii_case("bearer"))
        .is_some()
    {
        schemes += 1;
    }
    let token = words.next()?;
    (schemes > 0 && words.next().is_none()).then_some(token)
}

fn unauthorized(detail: &'static str) -> ScimError {
    ScimError::plain(StatusCode::UNAUTHORIZED, detail)
}

/// The client's own request id, if it is short printable text.
pub(crate) fn request_id(headers: &HeaderMap) -> Option<&HeaderValue> {
    let value = headers.get("x-request-id")?;
    let fits = !value.is_empty() && value.len() <= MAX_REQUEST_ID;
    (fits && value.as_bytes().iter().all(u8::is_ascii_graphic)).then_some(value)
}

/// Tells whether the client asks for a dry run. A value that is no boolean is refused: a client that means to
/// try must not change something by a typing mistake.
pub(crate) fn requests_dry_run(headers: &HeaderMap) -> Result<bool> {
    let Some(value) = headers.get(DRY_RUN) else {
        return Ok(false);
    };
    let value = value.as_bytes();
    if value.eq_ignore_ascii_case(b"true") {
        Ok(true)
    } else if value.eq_ignore_ascii_case(b"false") {
        Ok(false)
    } else {
        let detail = "Roster-Dry-Run: must be true or false";
        Err(ScimError::plain(StatusCode::BAD_REQUEST, detail))
    }
}

/// Returns the media type of answers to this request. It never refuses: clients send all kinds of `Accept`
/// and take JSON.
pub(crate) fn answer_type(headers: &HeaderMap) -> HeaderValue {
    let mut plain = false;
    for accepted in headers
        .get_all(header::ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
    {
        for range in accepted.split(',') {
            let range = media_type(range);
            if range.eq_ignore_ascii_case("application/scim+json") {
                return SCIM_JSON;
            }
            plain |= range.eq_ignore_ascii_case("application/json");
        }
    }
    if plain { JSON } else { SCIM_JSON }
}

/// Refuses a body that is called something else than JSON in UTF-8. One without a type is taken as SCIM.
pub(crate) fn check_body_type(headers: &HeaderMap) -> Result<()> {
    if headers
        .get(header::CONTENT_ENCODING)
        .is_some_and(|coding| !coding.as_bytes().eq_ignore_ascii_case(b"identity"))
    {
        return Err(unsupported(NO_CODING));
    }
    let Some(value) = headers.get(header::CONTENT_TYPE) else {
        return Ok(());
    };
    let text = value.to_str().unwrap_or_default();
    let name = media_type(text);
    let known = ["application/scim+json", "application/json"];
    if !name.is_empty() && !known.iter().any(|known| name.eq_ignore_ascii_case(known)) {
        return Err(unsupported(
            "Content-Type: must be application/scim+json or application/json",
        ));
    }
    if charset(text).is_some_and(|charset| {
        !charset.eq_ignore_ascii_case("utf-8") && !charset.eq_ignore_ascii_case("utf8")
    }) {
        return Err(unsupported("Content-Type: the charset must be utf-8"));
    }
    Ok(())
}

fn media_type(text: &str) -> &str {
    text.split(';').next().unwrap_or_default().trim()
}

fn charset(text: &str) -> Option<&str> {
    text.split(';').skip(1).find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim()
            .eq_ignore_ascii_case("charset")
            .then(|| value.trim().trim_matches('"'))
    })
}

fn unsupported(detail: &'static str) -> ScimError {
    ScimError::plain(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(name: header::HeaderName, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_str(value).unwrap())])
    }

    #[test]
    fn q04_the_scheme_has_no_case_and_may_be_doubled() {
        for sent in [
            "Bearer t",
            "bearer t",
            "BEARER t",
            "Bearer Bearer t",
            "bearer  Bearer   t ",
        ] {
            let bearer = bearer(&with(header::AUTHORIZATION, sent)).unwrap();
            assert_eq!(bearer, "Bearer t", "{sent}");
        }
    }

    #[test]
    fn q05_a_raw_token_an_empty_bearer_and_no_header_are_401() {
        for sent in ["t", "Bearer", "Bearer ", "Basic dDp0", "Bearer t u", ""] {
            let error = bearer(&with(header::AUTHORIZATION, sent)).unwrap_err();
            assert_eq!(error.status, StatusCode::UNAUTHORIZED, "{sent}");
        }
        assert_eq!(
            bearer(&HeaderMap::new()).unwrap_err().status,
            StatusCode::UNAUTHORIZED
        );
    }

    #[test]
    fn q06_both_json_types_pass_with_any_spelling_of_the_charset() {
        for sent in [
            "application/scim+json",
            "application/json",
            "Application/SCIM+JSON; Charset=\"UTF-8\"",
            "application/json;charset=utf-8; x=y",
        ] {
            assert!(
                check_body_type(&with(header::CONTENT_TYPE, sent)).is_ok(),
                "{sent}"
            );
        }
        assert!(check_body_type(&HeaderMap::new()).is_ok());
    }

    #[test]
    fn q06_other_types_and_charsets_are_415() {
        for sent in [
            "text/plain",
            "application/x-www-form-urlencoded",
            "application/json; charset=latin1",
        ] {
            let error = check_body_type(&with(header::CONTENT_TYPE, sent)).unwrap_err();
            assert_eq!(error.status, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{sent}");
        }
    }

    #[test]
    fn q07_plain_json_is_answered_only_when_scim_json_is_not_asked_for() {
        assert_eq!(answer_type(&with(header::ACCEPT, "application/json")), JSON);
        for sent in [
            "*/*",
            "text/html",
            "application/json, application/scim+json;q=0.1",
            "application/scim+json",
        ] {
            assert_eq!(answer_type(&with(header::ACCEPT, sent)), SCIM_JSON, "{sent}");
        }
        assert_eq!(answer_type(&HeaderMap::new()), SCIM_JSON);
    }

    #[test]
    fn only_true_requests_a_dry_run_and_what_is_no_boolean_is_refused() {
        let asks = |sent| requests_dry_run(&with(DRY_RUN, sent)).ok();
        assert_eq!(asks("True"), Some(true));
        assert_eq!(asks("false"), Some(false));
        assert_eq!(asks("1"), None);
        assert_eq!(requests_dry_run(&HeaderMap::new()).ok(), Some(false));
    }

    #[test]
    fn a_request_id_that_could_break_a_log_line_is_not_taken_over() {
        let long = "x".repeat(MAX_REQUEST_ID + 1);
        for sent in ["a b", "", long.as_str()] {
            assert_eq!(
                request_id(&with(header::HeaderName::from_static("x-request-id"), sent)),
                None
            );
        }
    }
}
