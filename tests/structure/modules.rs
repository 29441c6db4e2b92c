//! Names that modules may use, read from the sources.

use std::io::{self, Write};

use super::sources::{Source, below};

#[test]
fn sql_stays_in_the_store() {
    for source in below("identity-core/src") {
        let in_store = source.path.starts_with("identity-core/src/store/");
        for word in ["diesel", "diesel_async", "tokio_postgres", "libsqlite3_sys"] {
            assert!(in_store || !source.names(word), "{} names {word}", source.path);
        }
    }
}

/// A connection keeps an insertion by the type of its row. If a value that is missing left its column out, one text would serve rows of
/// several forms.
#[test]
fn a_row_to_insert_has_all_its_columns() {
    const ALWAYS: &str = "treat_none_as_default_value = false";
    let mut rows = 0;
    for source in below("identity-core/src/store/rows") {
        let derived = source.text.split("#[derive(").skip(1);
        for row in derived.filter(|row| row.lines().next().is_some_and(|it| it.contains("Insertable"))) {
            let attributes = row.split("struct ").next().unwrap_or_default();
            let name: String = row
                .lines()
                .find(|line| line.contains("struct "))
                .unwrap_or_default()
                .into();
            assert!(attributes.contains(ALWAYS), "{}: {name}", source.path);
            rows += 1;
        }
    }
    assert!(rows > 20, "{rows}");
}

#[test]
fn the_core_is_not_compiled_for_one_database_alone() {
    for source in below("identity-core/src") {
        let conditional = source.code().find(|line| line.contains("cfg(feature"));
        assert!(conditional.is_none(), "{}: {conditional:?}", source.path);
    }
}

#[test]
fn apis_do_not_name_each_other_or_the_store() {
    assert_names_none("scim-facade/src", &["identity_core", "grpc_server", "diesel"]);
    assert_names_none("grpc-server/src", &["scim_facade", "axum", "diesel"]);
    assert_names_none(
        "console/src",
        &["identity_core", "grpc_server", "scim_facade", "diesel"],
    );
    assert_names_none("client/src", &["identity_core", "grpc_server", "scim_facade"]);
    assert_names_none("proto/src", &["identity_core", "grpc_server", "scim_facade"]);
    for source in below("grpc-server/src") {
        assert!(
            !source.text.contains("identity_core::store"),
            "{} reaches into the store",
            source.path
        );
    }
}

#[test]
fn end_to_end_tests_stay_outside() {
    assert_names_none("tests", &["identity_core", "grpc_server", "scim_facade"]);
}

#[test]
fn clock_and_randomness_are_parameters() {
    let globals = ["SystemTime", "thread_rng", "now_utc", "now_v7", "Uuid::new_v4"];
    for folder in [
        "src",
        "client/src",
        "identity-core/src",
        "grpc-server/src",
        "scim-facade/src",
    ] {
        for source in below(folder) {
            let is_the_one_place = source.path == "identity-core/src/platform.rs";
            let found = globals
                .iter()
                .find(|global| source.names(global) && !is_the_one_place);
            assert!(found.is_none(), "{} names {found:?}", source.path);
        }
    }
}

/// Beside it the answers that a unit outdates would be remembered.
#[test]
fn units_of_the_directory_are_run_in_one_place() {
    for source in below("identity-core/src/directory") {
        let text: String = source.code().collect();
        let runs = ["store.write(", "store.write_new("]
            .iter()
            .any(|call| text.contains(call));
        assert_eq!(
            runs,
            source.path == "identity-core/src/directory/mod.rs",
            "{}",
            source.path
        );
    }
}

#[test]
fn nothing_is_left_for_later() {
    for folder in FOLDERS {
        for source in below(folder) {
            let marks = ["todo!", "unimplemented!", "TODO", "FIXME", "#[allow(", "#[ignore"];
            // This file names them.
            let found = marks
                .into_iter()
                .find(|mark| source.text.contains(mark) && !source.path.ends_with("modules.rs"));
            assert!(found.is_none(), "{}: {found:?}", source.path);
        }
    }
}

/// Tells the sizes; it is people who judge them.
#[test]
fn file_sizes_are_told() {
    let mut sizes: Vec<_> = FOLDERS
        .iter()
        .flat_map(|folder| below(folder))
        .map(|source| (lines(&source), source.path))
        .collect();
    sizes.sort();
    let at = |share: usize| sizes[(sizes.len() - 1) * share / 100].0;
    // Not by `println!`, which is hidden where the test passes.
    let mut out = io::stdout().lock();
    writeln!(
        out,
        "{} files, lines: median {}, p95 {}",
        sizes.len(),
        at(50),
        at(95)
    )
    .unwrap();
    for (lines, path) in sizes.iter().rev().take(5) {
        writeln!(out, "{lines:5} {path}").unwrap();
    }
}

const FOLDERS: [&str; 7] = [
    "client/src",
    "src",
    "proto/src",
    "identity-core/src",
    "grpc-server/src",
    "scim-facade/src",
    "tests",
];

/// Without the tests at its end.
fn lines(source: &Source) -> usize {
    source
        .text
        .lines()
        .take_while(|line| !line.contains("#[cfg(test)]"))
        .count()
}

fn assert_names_none(folder: &str, words: &[&str]) {
    for source in below(folder) {
        // This file names them all.
        let found = words
            .iter()
            .find(|word| source.names(word) && !source.path.ends_with("modules.rs"));
        assert!(found.is_none(), "{} names {found:?}", source.path);
    }
}
