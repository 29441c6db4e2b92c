//! The table of `docs/authorization.md`, held against the server.

use std::collections::BTreeSet;

use super::entries::{ENTRIES, Requirement};

const DOCUMENT: &str = include_str!("../../docs/authorization.md");

/// An RPC and whom it serves.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    /// `Service/Method`.
    pub(super) method: &'static str,
    /// A scope's name, or what stands for one.
    scope: &'static str,
    pub(super) connections: bool,
    pub(super) persons: bool,
    pub(super) limited: bool,
}

/// The needs of an RPC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Takes {
    Root,
    Scope(&'static str),
    AnyToken,
    Nothing,
}

impl Row {
    pub(super) fn takes(&self) -> Takes {
        match self.scope {
            "root alone" => Takes::Root,
            "any token" => Takes::AnyToken,
            "no token" => Takes::Nothing,
            scope => Takes::Scope(scope.trim_matches('`')),
        }
    }
}

/// The rows of the table of RPCs.
pub(super) fn rows() -> Vec<Row> {
    let rows = lines("call").map(|cells| {
        let [method, scope, connections, persons, limited, _size] = cells[..] else {
            panic!("{cells:?}");
        };
        Row {
            method,
            scope,
            connections: connections == "yes",
            persons: persons == "itself",
            limited: limited == "its projects",
        }
    });
    rows.collect()
}

/// The paths over HTTP, and whom they serve.
pub(super) fn paths() -> Vec<(&'static str, &'static str)> {
    lines("path")
        .map(|cells| (cells[0].trim_matches('`'), cells[1]))
        .collect()
}

/// The cells of the table whose first column has this name.
fn lines(first: &str) -> impl Iterator<Item = Vec<&'static str>> {
    let head = format!("| {first} |");
    let mut lines = DOCUMENT.lines().skip_while(move |line| !line.starts_with(&head));
    assert!(
        lines.next().is_some() && lines.next().is_some(),
        "no table of {first}"
    );
    lines
        .take_while(|line| line.starts_with('|'))
        .map(|line| line.trim_matches('|').split('|').map(str::trim).collect())
}

/// Every scope that there is.
pub(crate) fn all_scopes() -> Vec<&'static str> {
    let scopes = rows().into_iter().filter_map(|row| match row.takes() {
        Takes::Scope(scope) => Some(scope),
        Takes::Root | Takes::AnyToken | Takes::Nothing => None,
    });
    scopes.collect::<BTreeSet<_>>().into_iter().collect()
}

#[test]
fn every_entry_needs_what_the_document_says() {
    let told: BTreeSet<_> = rows()
        .into_iter()
        .map(|row| format!("{} {:?} {}", row.method, row.takes(), row.connections))
        .collect();
    let needed: BTreeSet<_> = ENTRIES
        .iter()
        .map(|entry| {
            let (takes, connections) = match entry.requirement {
                Requirement::Root => (Takes::Root, false),
                Requirement::Service => (Takes::AnyToken, false),
                Requirement::Scope(scope) => (Takes::Scope(scope), false),
                Requirement::ScopeOrScim(scope) => (Takes::Scope(scope), true),
                Requirement::Token => (Takes::AnyToken, true),
                Requirement::Nothing => (Takes::Nothing, false),
            };
            format!("{} {takes:?} {connections}", entry.method)
        })
        .collect();
    assert_eq!(told, needed);
}
