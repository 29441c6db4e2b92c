//! Every rule of `docs/rules.md` has a row, and every row a proof that exists; so does every attack of `docs/oauth.md`.

use std::{collections::BTreeSet, fs, path::Path};

use super::sources::{Source, below};

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

/// The names of all functions, tests among them.
fn declared(sources: &[Vec<Source>]) -> BTreeSet<&str> {
    let functions = sources.iter().flatten().flat_map(|source| {
        let declared = source.text.split("fn ").skip(1);
        declared.filter_map(|rest| rest.split('(').next())
    });
    functions.collect()
}

fn sources() -> [Vec<Source>; 5] {
    ["tests", "src", "identity-core", "grpc-server", "scim-facade"].map(below)
}

#[test]
fn every_row_names_tests_that_exist_or_a_page() {
    let sources = sources();
    let declared = declared(&sources);
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

#[test]
fn every_attack_on_tokens_names_tests_that_exist() {
    let sources = sources();
    let declared = declared(&sources);
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/oauth.md");
    let page = fs::read_to_string(page).expect("docs/oauth.md");
    let (_, attacks) = page
        .split_once("## What is tried, and refused")
        .expect("the attacks");
    let rows: Vec<_> = attacks
        .lines()
        .filter(|line| line.starts_with("| ") && !line.ends_with("refused by |"))
        .collect();
    assert!(rows.len() > 15, "{} rows", rows.len());
    for row in rows {
        let proof = row.rsplit(" | ").next().unwrap_or_default();
        let tests: Vec<_> = proof.split('`').skip(1).step_by(2).collect();
        assert!(!tests.is_empty(), "no test: {row}");
        for test in tests {
            assert!(declared.contains(test), "there is no test {test}: {row}");
        }
    }
}
