//! Walks pages by index, as an import does.

use serde_json::{Value, json};

use super::{
    invariants, replay,
    scenario::{Scenario, Step},
    variables::Variables,
};
use crate::harness::{World, scim::text};

/// More pages than any scenario has people.
const MAX_PAGES: u64 = 5000;

/// All pages of a list: `{ids, pages, totalResults}`.
pub(super) async fn walk(
    world: &World,
    scenario: &Scenario,
    step: &Step,
    variables: &Variables,
) -> Result<Value, String> {
    let count = step.count.expect("PAGINATE has a count");
    let (mut ids, mut pages, mut start) = (Vec::new(), 0, 1);
    loop {
        let mut more = vec![("startIndex", start.to_string())];
        more.extend((count > 0).then(|| ("count", count.to_string())));
        let (path, answer) = replay::request(world, scenario, step, variables, &more).await?;
        if answer.status != 200 {
            return Err(format!("the page at {start}: {answer}"));
        }
        invariants::check(step, "GET", &path, &answer)?;
        let body = answer.json();
        let resources = body["Resources"].as_array().cloned().unwrap_or_default();
        pages += 1;
        ids.extend(resources.iter().map(|resource| text(&resource["id"])));
        start += resources.len();
        let total = body["totalResults"].as_u64().unwrap_or_default();
        if count > 0 && resources.len() as u64 > count {
            return Err(format!(
                "a page of {} when {count} were asked for",
                resources.len()
            ));
        }
        if ids.len() as u64 >= total {
            return Ok(json!({"ids": ids, "pages": pages, "totalResults": total}));
        }
        if resources.is_empty() || pages > MAX_PAGES {
            return Err(format!(
                "page {pages} is empty when {} of {total} were seen",
                ids.len()
            ));
        }
    }
}
