//! Runs one scenario.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::{
    assertion::{check, same},
    invariants, pages,
    pointer::resolve,
    scenario::{QueryStyle, Scenario, Step},
    variables::{Variables, percent, plain, plus},
};
use crate::harness::{Answer, Request, World, run_folder::fresh_name};

/// Sends all requests of a scenario, in order, until one is not answered as the identity provider needs it.
pub(super) async fn run(world: &World, scenario: &Scenario) -> Result<(), String> {
    if !applies(world, scenario).await {
        return Ok(());
    }
    let mut variables = Variables::new(&fresh_name("run"), world.scim_token());
    for (name, template) in &scenario.vars {
        let value = variables.expand(template);
        variables.set(name, value);
    }
    let mut statuses = HashMap::new();
    for (number, step) in scenario.steps.iter().enumerate() {
        let skipped = |only_if: &super::scenario::OnlyIf| {
            !statuses
                .get(&only_if.step)
                .is_some_and(|status| only_if.statuses.contains(status))
        };
        if step.only_if_status.as_ref().is_some_and(skipped) {
            continue;
        }
        for repetition in 0..step.repeat {
            variables.set("i", repetition);
            let status = take(world, scenario, step, &mut variables).await;
            let status =
                status.map_err(|failure| format!("step {} \"{}\": {failure}", number + 1, step.name))?;
            statuses.insert(step.name.clone(), status);
        }
    }
    Ok(())
}

/// Tells whether the service's own configuration has what the scenario needs.
async fn applies(world: &World, scenario: &Scenario) -> bool {
    let Some(condition) = &scenario.only_if_config else {
        return true;
    };
    let config = world.scim().get("/ServiceProviderConfig").await.expect(200);
    resolve(&config, &condition.at).is_some_and(|value| same(value, &condition.equals))
}

/// Takes one step and returns the status of the answer.
async fn take(
    world: &World,
    scenario: &Scenario,
    step: &Step,
    variables: &mut Variables,
) -> Result<u16, String> {
    if step.method == "PAGINATE" {
        let walked = pages::walk(world, scenario, step, variables).await?;
        check_json(step, variables, &walked)?;
        return Ok(200);
    }
    let (path, answer) = request(world, scenario, step, variables, &[]).await?;
    check_status(step, &path, &answer)?;
    if step.invariants {
        invariants::check(step, &step.method, &path, &answer)?;
    }
    let body = serde_json::from_slice(&answer.body).unwrap_or(Value::Null);
    keep(step, variables, &body)?;
    check_headers(step, variables, &answer)?;
    if answer.status != 204 {
        check_json(step, variables, &body)?;
    }
    Ok(answer.status.as_u16())
}

/// Sends a step's request, with more query parameters, and returns its path and the answer.
pub(super) async fn request(
    world: &World,
    scenario: &Scenario,
    step: &Step,
    variables: &Variables,
    more: &[(&str, String)],
) -> Result<(String, Answer), String> {
    let path = path_of(step, variables, more);
    let method = if step.method == "PAGINATE" {
        "GET"
    } else {
        &step.method
    };
    let mut request = Request::new(method, &path);
    let default = scenario.defaults.auth.as_deref().unwrap_or("Bearer ${token}");
    match &step.auth {
        None => request = request.header("authorization", &variables.text(default)),
        Some(Value::Null) => {}
        Some(auth) => request = request.header("authorization", &variables.text(&plain(auth))),
    }
    let body = match (&step.body, &step.raw_body) {
        (Some(body), _) => Some(variables.expand(body).to_string()),
        (None, raw) => raw.as_ref().map(|text| variables.text(text)),
    };
    if let Some(body) = body {
        request = request.body(body).header("content-type", "application/scim+json");
    }
    for (name, value) in scenario.defaults.headers.iter().chain(&step.headers) {
        request = if value.is_null() {
            request.without(&name.to_lowercase())
        } else {
            request.header(&name.to_lowercase(), &variables.text(&plain(value)))
        };
    }
    Ok((path, world.scim().try_send(request).await?))
}

fn path_of(step: &Step, variables: &Variables, more: &[(&str, String)]) -> String {
    let encode = if step.query_style == QueryStyle::Plus {
        plus
    } else {
        percent
    };
    let pair = |(name, value): (&str, &Value)| {
        format!("{}={}", encode(name), encode(&variables.text(&plain(value))))
    };
    let mut pairs: Vec<_> = match &step.query {
        Value::Array(list) => list
            .iter()
            .map(|item| pair((item[0].as_str().expect("a name"), &item[1])))
            .collect(),
        Value::Object(members) => members.iter().map(|(name, value)| pair((name, value))).collect(),
        _ => Vec::new(),
    };
    pairs.extend(more.iter().map(|(name, value)| format!("{name}={value}")));
    let path = variables.text(&step.path);
    if pairs.is_empty() {
        return path;
    }
    let joint = if path.contains('?') { '&' } else { '?' };
    format!("{path}{joint}{}{}", pairs.join("&"), step.query_tail)
}

fn check_status(step: &Step, path: &str, answer: &Answer) -> Result<(), String> {
    let status = answer.status.as_u16();
    let expected = match &step.expect.status {
        Value::Null => status == 200,
        Value::Array(list) => list.iter().any(|one| *one == status),
        one => *one == status,
    };
    if expected {
        Ok(())
    } else {
        Err(format!(
            "{} {path}: not {}: {answer}",
            step.method, step.expect.status
        ))
    }
}

fn check_headers(step: &Step, variables: &Variables, answer: &Answer) -> Result<(), String> {
    for expected in &step.expect.headers {
        let expected = variables.expand(expected);
        let name = expected["name"].as_str().expect("a header's name");
        let value = answer.headers.contains_key(name).then(|| answer.header(name));
        let holds = match (
            &expected["absent"],
            &expected["equals"],
            expected["regex"].as_str(),
        ) {
            (Value::Bool(true), _, _) => value.is_none(),
            (_, Value::String(text), _) => value == Some(text),
            (_, _, Some(pattern)) => {
                let pattern = regex::RegexBuilder::new(pattern).case_insensitive(true).build();
                value.is_some_and(|value| pattern.expect("a regular expression").is_match(value))
            }
            _ => value.is_some(),
        };
        if !holds {
            return Err(format!("header {name} is {value:?}, not as in {expected}"));
        }
    }
    Ok(())
}

fn check_json(step: &Step, variables: &Variables, body: &Value) -> Result<(), String> {
    step.expect
        .json
        .iter()
        .try_for_each(|assertion| check(&variables.expand(assertion), body))
}

/// Remembers what later steps need.
fn keep(step: &Step, variables: &mut Variables, body: &Value) -> Result<(), String> {
    for (name, value) in captured(&step.capture, body)? {
        variables.set(name, value);
    }
    for (name, value) in captured(&step.append, body)? {
        variables.append(name, value);
    }
    Ok(())
}

fn captured<'a>(pointers: &'a Map<String, Value>, body: &Value) -> Result<Vec<(&'a str, Value)>, String> {
    let one =
        |(name, pointer): (&'a String, &Value)| match resolve(body, pointer.as_str().expect("a pointer")) {
            None | Some(Value::Null) => Err(format!("nothing at {pointer} to keep as {name}: {body}")),
            Some(value) => Ok((name.as_str(), value.clone())),
        };
    pointers.iter().map(one).collect()
}
