//! Every numbered quirk of the identity providers has a test that bears its number, and a row in `docs/quirks.md`.

use super::sources::below;

/// The last number.
const QUIRKS: usize = 70;

#[test]
fn every_quirk_has_a_test_of_its_number() {
    let mut sources = below("tests");
    sources.extend(below("scim-facade"));
    let missing: Vec<_> = (1..=QUIRKS)
        .map(|number| format!("q{number:02}_"))
        .filter(|start| {
            let declared = format!("fn {start}");
            !sources.iter().any(|source| source.text.contains(&declared))
        })
        .collect();
    assert!(missing.is_empty(), "no test of {}", missing.join(", "));
}

#[test]
fn every_quirk_has_a_row_in_the_docs() {
    let page = std::fs::read_to_string("docs/quirks.md").expect("the page");
    let rows: Vec<_> = page.lines().filter_map(|line| line.get(..5)).collect();
    let missing: Vec<_> = (1..=QUIRKS)
        .map(|number| format!("| Q{number:02}"))
        .filter(|row| !rows.contains(&row.as_str()))
        .collect();
    assert!(missing.is_empty(), "no row for {}", missing.join(", "));
}
