//! The query part of a URL, as SCIM clients write it.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

use crate::error::{Result, ScimError, ScimType};

const SEARCH_SCHEMA: &str = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";

/// The parameters of a request, decoded. Names have no case; a parameter without `=` is empty text.
#[derive(Debug, Default)]
pub(crate) struct Query(Vec<(String, String)>);

impl Query {
    /// Decodes as forms are decoded: OneLogin sends `+` for a blank and ends the query with `&`.
    pub(crate) fn parse(raw: Option<&str>) -> Result<Self> {
        let pairs = raw.unwrap_or_default().split('&').filter(|pair| !pair.is_empty());
        let decoded = pairs.map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            Ok((decode(name)?, decode(value)?))
        });
        decoded.collect::<Result<_>>().map(Self)
    }

    /// The parameters of a `SearchRequest` (RFC 7644, section 3.4.3), which are those of a URL in another form.
    pub(crate) fn of_search(body: Map<String, Value>) -> Result<Self> {
        let mut parameters = Vec::new();
        for (name, value) in body {
            if name.eq_ignore_ascii_case("schemas") {
                check_schemas(&value)?;
                continue;
            }
            match value {
                Value::Null => {}
                Value::String(text) => parameters.push((name, text)),
                Value::Number(number) => parameters.push((name, number.to_string())),
                Value::Array(items) => parameters.push((name.clone(), list(&name, &items)?)),
                Value::Bool(_) | Value::Object(_) => return Err(unsuitable(&name)),
            }
        }
        Ok(Self(parameters))
    }

    /// The value of a parameter. Given twice with different values, it would have to be guessed, so it is refused.
    pub(crate) fn get(&self, name: &str) -> Result<Option<&str>> {
        let mut values = self.all(name);
        let Some(first) = values.next() else {
            return Ok(None);
        };
        if values.any(|value| value != first) {
            let detail = format!("query parameter {name}: is given twice with different values");
            return Err(ScimError::new(ScimType::InvalidValue, detail));
        }
        Ok(Some(first))
    }

    /// All values of a parameter that may be repeated.
    pub(crate) fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        let named = self
            .0
            .iter()
            .filter(move |(given, _)| given.eq_ignore_ascii_case(name));
        named.map(|(_, value)| value.as_str())
    }
}

fn list(name: &str, items: &[Value]) -> Result<String> {
    let texts = items
        .iter()
        .map(|item| item.as_str().ok_or_else(|| unsuitable(name)));
    Ok(texts.collect::<Result<Vec<_>>>()?.join(","))
}

fn unsuitable(name: &str) -> ScimError {
    ScimError::new(
        ScimType::InvalidValue,
        format!("{name}: must be text, a number or a list of texts"),
    )
}

fn check_schemas(schemas: &Value) -> Result<()> {
    let named = schemas.as_array().map_or(&[][..], Vec::as_slice);
    let known = named
        .iter()
        .filter_map(Value::as_str)
        .any(|urn| urn.eq_ignore_ascii_case(SEARCH_SCHEMA));
    if known || named.is_empty() {
        Ok(())
    } else {
        Err(ScimError::new(
            ScimType::InvalidSyntax,
            format!("schemas: must be {SEARCH_SCHEMA}"),
        ))
    }
}

fn decode(text: &str) -> Result<String> {
    let blanks: Cow<'_, str> = if text.contains('+') {
        text.replace('+', " ").into()
    } else {
        text.into()
    };
    let decoded = percent_decode_str(&blanks).decode_utf8();
    decoded
        .map(Cow::into_owned)
        .map_err(|_| ScimError::new(ScimType::InvalidValue, "the query is not UTF-8"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn get(raw: &str, name: &str) -> Option<String> {
        Query::parse(Some(raw))
            .unwrap()
            .get(name)
            .unwrap()
            .map(str::to_owned)
    }

    #[test]
    fn q09_plus_is_a_blank_and_percent_2b_a_plus() {
        let filter = get("filter=userName+eq+%22a%2Bb%40c%22&", "filter");
        assert_eq!(filter.as_deref(), Some("userName eq \"a+b@c\""));
    }

    #[test]
    fn names_have_no_case_and_a_bare_name_is_empty_text() {
        assert_eq!(get("CURSOR&count=2", "cursor").as_deref(), Some(""));
        assert_eq!(get("StartIndex=3", "startIndex").as_deref(), Some("3"));
        assert_eq!(get("", "filter"), None);
    }

    #[test]
    fn a_parameter_that_contradicts_itself_is_refused() {
        let query = Query::parse(Some("count=1&count=2&a=1&a=1")).unwrap();
        assert_eq!(
            query.get("count").unwrap_err().scim_type,
            Some(ScimType::InvalidValue)
        );
        assert_eq!(query.get("a").unwrap(), Some("1"));
    }

    #[test]
    fn a_search_request_says_the_same_as_a_query() {
        let body = serde_json::json!({ "attributes": ["id", "name.givenName"], "count": 3, "filter": null });
        let Value::Object(body) = body else { unreachable!() };
        let query = Query::of_search(body).unwrap();
        assert_eq!(query.get("attributes").unwrap(), Some("id,name.givenName"));
        assert_eq!(query.get("count").unwrap(), Some("3"));
        assert_eq!(query.get("filter").unwrap(), None);
    }

    #[test]
    fn bytes_that_are_no_utf_8_are_refused() {
        assert!(Query::parse(Some("filter=%ff")).is_err());
    }
}
