//! Every rule of `docs/rules.md` has a row, and every row a proof that exists.

use std::{collections::BTreeSet, fs, path::Path};

use super::sources::below;

const RULES: usize = 126;

/// The rows: the rule's number, and its proof.
fn rows() -> Vec<(usize, String)> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/rules.md");
    let page = fs::read_to_string(page).expect("docs/rules.md");
    let cells = page.lines().filter_map(|line| {
        let cells: Vec<_> = line.trim_matches('|').split(" | ").map(str::trim).collect();
        let number = cells.first()?.parse().ok()?;
        Some((number, cells.last()?.to_string()))
    });
    cells.collect()
}

#[test]
fn every_rule_has_one_row() {
    let numbers: Vec<_> = rows().into_iter().map(|(number, _)| number).collect();
    assert_eq!(numbers, (1..=RULES).collect::<Vec<_>>());
}

#[test]
fn every_row_names_tests_that_exist_or_a_page() {
    let folders = ["tests", "src", "identity-core", "grpc-server", "scim-facade"];
    let sources = folders.map(below);
    let declared: BTreeSet<_> = sources
        .iter()
        .flatten()
        .flat_map(|source| source.text.split("fn ").skip(1))
        .filter_map(|rest| rest.split('(').next())
        .collect();
    for (number, proof) in rows() {
        let mut tests = proof.split('`').skip(1).step_by(2).peekable();
        let page = proof.strip_prefix("documentation: ");
        let page = page.map(|page| Path::new(env!("CARGO_MANIFEST_DIR")).join(page));
        let is_told = page.is_some_and(|page| page.exists()) || proof == "open";
        assert!(tests.peek().is_some() || is_told, "rule {number}: {proof}");
        for test in tests {
            assert!(declared.contains(test), "rule {number}: there is no test {test}");
        }
    }
}
