//! Dependencies of the crates, as Cargo resolves them.

use std::{
    collections::{BTreeMap, BTreeSet},
    process::Command,
};

use serde_json::Value;

#[test]
fn the_core_reaches_no_protocol() {
    let graph = Graph::read();
    let reached = graph.reached_from("identity-core");
    for protocol in [
        "tonic",
        "prost",
        "axum",
        "http",
        "hyper",
        "tower-http",
        "identity-proto",
    ] {
        assert!(!reached.contains(protocol), "identity-core reaches {protocol}");
    }
}

#[test]
fn crates_depend_only_on_what_they_may() {
    let graph = Graph::read();
    for (user, forbidden) in [
        (
            "scim-facade",
            &[
                "identity-core",
                "grpc-server",
                "diesel",
                "diesel-async",
                "tokio-postgres",
            ][..],
        ),
        (
            "grpc-server",
            &["scim-facade", "axum", "diesel", "diesel-async", "tokio-postgres"],
        ),
        (
            "console",
            &[
                "identity-core",
                "grpc-server",
                "scim-facade",
                "diesel",
                "tokio-postgres",
            ],
        ),
        (
            "identity-client",
            &["identity-core", "grpc-server", "scim-facade", "diesel", "axum"],
        ),
        (
            "identity-proto",
            &["identity-core", "grpc-server", "scim-facade", "identity-client"],
        ),
        ("identity-core", &["grpc-server", "scim-facade", "roster"]),
        ("roster", &["diesel", "diesel-async", "libsqlite3-sys"]),
    ] {
        for used in forbidden {
            assert!(!graph.uses(user, used), "{user} uses {used}");
        }
    }
}

/// The packages of this build and what each uses when it is not tested.
struct Graph(BTreeMap<String, BTreeSet<String>>);

impl Graph {
    fn read() -> Self {
        let output = Command::new(env!("CARGO"))
            .args(["metadata", "--format-version", "1", "--offline", "--locked"])
            .args(["--filter-platform", "x86_64-unknown-linux-gnu"])
            .args([
                "--manifest-path",
                concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"),
            ])
            .output()
            .expect("run cargo");
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        let metadata: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        let names: BTreeMap<_, _> = list(&metadata["packages"])
            .map(|package| (text(&package["id"]), text(&package["name"])))
            .collect();
        let mut graph = BTreeMap::<String, BTreeSet<String>>::new();
        for node in list(&metadata["resolve"]["nodes"]) {
            let used = list(&node["deps"])
                .filter(|used| is_normal(used))
                .map(|used| names[text(&used["pkg"])]);
            // Two versions of a package count as one.
            let entry = graph.entry(names[text(&node["id"])].to_owned()).or_default();
            entry.extend(used.map(ToOwned::to_owned));
        }
        Self(graph)
    }

    fn uses(&self, user: &str, library: &str) -> bool {
        self.0[user].contains(library)
    }

    fn reached_from(&self, package: &str) -> BTreeSet<&str> {
        let (mut reached, mut next) = (BTreeSet::new(), vec![package]);
        while let Some(package) = next.pop() {
            for used in &self.0[package] {
                if reached.insert(used.as_str()) {
                    next.push(used);
                }
            }
        }
        reached
    }
}

fn is_normal(used: &Value) -> bool {
    list(&used["dep_kinds"]).any(|kind| kind["kind"].is_null())
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().expect("a list").iter()
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}
