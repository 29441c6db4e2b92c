//! Every rule of `docs/rules.md` has a row, and every row tests that run on both databases; so has every attack of `docs/oauth.md`.
//! The list of tests that run comes from the test programs ([`super::ran`]), so a test that is renamed, ignored or left out of its list proves nothing.

use std::{fs, path::Path};

use super::ran::{databases, is_end_to_end};

const RULES: usize = 126;
/// The rules that no request shows: pages that people read, and what a process does by itself.
const DOCUMENTATION_ONLY: [usize; 5] = [11, 45, 84, 85, 125];

/// One row of the page.
struct Row {
    number: usize,
    proof: String,
}

impl Row {
    /// The tests that it names.
    fn tests(&self) -> impl Iterator<Item = &str> {
        self.proof.split('`').skip(1).step_by(2)
    }

    /// The page that it names.
    fn page(&self) -> Option<&str> {
        let (_, page) = self.proof.split_once("documentation: ")?;
        page.split([',', ' ']).next()
    }
}

fn page(name: &str) -> String {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    fs::read_to_string(page).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The rows: the rule's number, and its proof.
fn rows() -> Vec<Row> {
    let page = page("docs/rules.md");
    let cells = page.lines().filter_map(|line| {
        let cells: Vec<_> = line.trim_matches('|').split(" | ").map(str::trim).collect();
        let number = cells.first()?.parse().ok()?;
        let proof = cells.last()?.to_string();
        Some(Row { number, proof })
    });
    cells.collect()
}

#[test]
fn every_rule_has_one_row() {
    let numbers: Vec<_> = rows().into_iter().map(|row| row.number).collect();
    assert_eq!(numbers, (1..=RULES).collect::<Vec<_>>());
}

#[test]
fn every_row_names_tests_that_run_on_both_databases() {
    let mut wrong = Vec::new();
    for row in rows() {
        let number = row.number;
        if let Some(name) = row.page() {
            page(name);
        } else if DOCUMENTATION_ONLY.contains(&number) {
            wrong.push(format!("rule {number}: names no page"));
        }
        let mut is_proven = false;
        for test in row.tests() {
            match databases(test) {
                None => wrong.push(format!("rule {number}: no test {test} runs")),
                Some(on) if on.len() == 1 => {
                    wrong.push(format!("rule {number}: {test} runs on {on:?} alone"));
                }
                Some(on) => is_proven |= on.len() == 2,
            }
        }
        if !is_proven && !DOCUMENTATION_ONLY.contains(&number) {
            wrong.push(format!("rule {number}: no test of it runs on both databases"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// The rules that only the core's operations show: times that a test has to let pass, and what no request can reach.
const INSIDE: [usize; 0] = [];

#[test]
fn every_row_names_a_test_through_the_apis() {
    let is_open = |row: &Row| !DOCUMENTATION_ONLY.contains(&row.number) && !INSIDE.contains(&row.number);
    let rows = rows().into_iter().filter(is_open);
    let inside: Vec<_> = rows
        .filter(|row| !row.tests().any(is_end_to_end))
        .map(|row| row.number)
        .collect();
    assert!(inside.is_empty(), "no end-to-end test: {inside:?}");
}

#[test]
fn every_attack_on_tokens_names_tests_that_run() {
    let page = page("docs/oauth.md");
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
            assert!(databases(test).is_some(), "no test {test} runs: {row}");
        }
    }
}
