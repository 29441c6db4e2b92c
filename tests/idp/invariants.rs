//! Requirements of every identity provider, in every scenario.

use serde_json::Value;

use super::{pointer::resolve, scenario::Step};
use crate::harness::Answer;

const ERROR: &str = "urn:ietf:params:scim:api:messages:2.0:Error";
const LIST: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";
const COLLECTIONS: [&str; 5] = ["Users", "Groups", "Roles", "Schemas", "ResourceTypes"];

/// Checks an answer to a request.
pub(super) fn check(step: &Step, method: &str, path: &str, answer: &Answer) -> Result<(), String> {
    let status = answer.status.as_u16();
    demand(status < 500 || step.allow_5xx, "a server error", answer)?;
    if status == 204 {
        return demand(answer.body.is_empty(), "a 204 with a body", answer);
    }
    if status < 400 && answer.body.is_empty() {
        return demand(status != 201, "a 201 without the resource", answer);
    }
    let media_type = answer
        .header("content-type")
        .split(';')
        .next()
        .unwrap_or_default()
        .trim();
    let is_json = ["application/scim+json", "application/json"].contains(&media_type);
    demand(is_json, "a body that does not say it is JSON", answer)?;
    let body: Value =
        serde_json::from_slice(&answer.body).map_err(|error| format!("no JSON ({error}): {answer}"))?;
    demand(!has_password(&body), "a password", answer)?;
    if status >= 400 {
        demand(has_schema(&body, ERROR), "an error that is no SCIM error", answer)?;
        return demand(
            body["status"].as_str() == Some(&status.to_string()),
            "an error without its status as text",
            answer,
        );
    }
    let collection = path
        .split('?')
        .next()
        .unwrap_or_default()
        .trim_end_matches('/')
        .rsplit('/')
        .next();
    if method == "GET" && status == 200 && collection.is_some_and(|name| COLLECTIONS.contains(&name)) {
        check_list(&body, answer)?;
    }
    demand(
        status != 201 || method != "POST" || has_id(&body),
        "a 201 without an id",
        answer,
    )
}

fn check_list(body: &Value, answer: &Answer) -> Result<(), String> {
    demand(
        has_schema(body, LIST),
        "a collection that is no ListResponse",
        answer,
    )?;
    demand(
        body["totalResults"].is_u64(),
        "a totalResults that is no whole number",
        answer,
    )?;
    for name in ["itemsPerPage", "startIndex"] {
        let whole = body
            .get(name)
            .is_none_or(|value| value.is_i64() || value.is_u64());
        demand(whole, "a page's number that is no whole number", answer)?;
    }
    let resources = body["Resources"].as_array().map_or(&[][..], Vec::as_slice);
    demand(
        resources.iter().all(has_id),
        "a listed resource without an id",
        answer,
    )
}

fn demand(holds: bool, fault: &str, answer: &Answer) -> Result<(), String> {
    if holds {
        Ok(())
    } else {
        Err(format!("{fault}: {answer}"))
    }
}

fn has_schema(body: &Value, urn: &str) -> bool {
    body["schemas"]
        .as_array()
        .is_some_and(|schemas| schemas.iter().any(|schema| schema == urn))
}

fn has_id(resource: &Value) -> bool {
    resolve(resource, "/id").is_some_and(|id| id.as_str().is_some_and(|id| !id.is_empty()))
}

fn has_password(value: &Value) -> bool {
    match value {
        Value::Object(members) => members
            .iter()
            .any(|(name, value)| name.eq_ignore_ascii_case("password") || has_password(value)),
        Value::Array(items) => items.iter().any(has_password),
        _ => false,
    }
}
