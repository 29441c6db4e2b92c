//! The table of `docs/errors.md`: each of its rows is what the server answers.
//!
//! `ROSTER_WRITE_DOCS=1 cargo test --test e2e errors` writes the table anew.

mod cases;
mod patches;
mod rules;

use std::{collections::BTreeSet, env, fs, path::PathBuf};

use regex::Regex;

use crate::harness::{Answer, Request, World, everywhere};

everywhere!(every_refusal_is_as_the_table_says,);

const BEGIN: &str = "<!-- made by a test -->\n";
const HEAD: &str = "| status | scimType | request | detail |\n|---|---|---|---|\n";

/// A request that is refused, and what it is, for people.
struct Case {
    when: &'static str,
    world: Where,
    request: Request,
}

/// In which organization a request is made.
#[derive(Clone, Copy)]
enum Where {
    /// One with the default policy.
    Default,
    /// One with the preset `strict_rfc`.
    Strict,
}

fn case(when: &'static str, request: Request) -> Case {
    Case {
        when,
        world: Where::Default,
        request,
    }
}

async fn every_refusal_is_as_the_table_says(world: World) {
    let strict = world.with_preset("strict_rfc").await;
    let (mut rows, mut served) = (Vec::new(), Vec::new());
    let mut all = cases::of_requests(&world).await;
    all.extend(cases::of_queries(&world).await);
    all.extend(cases::of_values(&world));
    all.extend(patches::of_users(&world).await);
    all.extend(rules::of_directories(&world, &strict).await);
    all.extend(rules::of_bulk(&world));
    for case in all {
        let scim = match case.world {
            Where::Default => world.scim(),
            Where::Strict => strict.scim(),
        };
        let answer = scim.send(case.request).await;
        let refusals = rows_of(case.when, &answer);
        if refusals.is_empty() {
            served.push(format!("{}: {answer}", case.when));
        }
        rows.extend(refusals);
    }
    let unique: BTreeSet<_> = rows.iter().collect();
    assert_eq!(unique.len(), rows.len(), "a row stands twice");
    compare(&format!("{HEAD}{}", rows.concat()));
    assert!(served.is_empty(), "not refused:\n{}", served.join("\n"));
}

/// The row of a refusal, or those of the operations of a `/Bulk` that were refused.
fn rows_of(when: &str, answer: &Answer) -> Vec<String> {
    let body = answer.json();
    if answer.status.as_u16() == 200 {
        let operations = body["Operations"].as_array().cloned().unwrap_or_default();
        let refused = operations
            .iter()
            .filter(|operation| operation["response"].is_object());
        return refused
            .map(|operation| row(when, &operation["response"]))
            .collect();
    }
    if !answer.status.is_client_error() {
        return Vec::new();
    }
    vec![row(when, &body)]
}

fn row(when: &str, error: &serde_json::Value) -> String {
    let status = error["status"].as_str().expect("a status");
    let keyword = error["scimType"].as_str().unwrap_or("–");
    let detail = error["detail"].as_str().expect("a detail");
    let ids = Regex::new("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}").expect("a pattern");
    let detail = ids.replace_all(detail, "ID").replace('|', "\\|");
    format!("| {status} | {keyword} | {when} | {detail} |\n")
}

fn compare(table: &str) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/errors.md");
    let page = fs::read_to_string(&path).expect("docs/errors.md");
    let (text, shown) = page.split_once(BEGIN).expect("the place of the table");
    if env::var_os("ROSTER_WRITE_DOCS").is_some() {
        fs::write(&path, [text, BEGIN, table].concat()).expect("write the table");
    } else {
        assert_eq!(shown, table, "docs/errors.md is behind");
    }
}
