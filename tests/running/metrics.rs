//! Metrics: those that the dashboard and the alert rules name exist, and none names a person or token.

use std::{collections::BTreeSet, fs};

use crate::{
    grpc::watch,
    harness::{ANY, Http, Request, Server, Setup, World, everywhere},
};

everywhere!(the_dashboard_and_the_alerts_name_metrics_that_exist,);

const DASHBOARD: &str = include_str!("../../deploy/monitoring/dashboard.json");
const ALERTS: &str = include_str!("../../deploy/monitoring/alerts.yaml");

/// Metrics that appear only when something happens.
const RARE: [&str; 1] = ["roster_provisioning_log_dropped_total"];

/// The metrics in a text, without the endings of histograms.
fn named(text: &str) -> BTreeSet<String> {
    let words = text.split(|character: char| !character.is_ascii_alphanumeric() && character != '_');
    words
        .filter(|word| word.starts_with("roster_") || word.starts_with("process_"))
        .map(|word| word.trim_end_matches("_bucket").to_owned())
        .collect()
}

async fn the_dashboard_and_the_alerts_name_metrics_that_exist(setup: Setup) {
    let server = Server::start_with(setup, &["--management-listen", ANY]);
    let world = World::new(server.endpoints().clone(), "").await;
    let ada = world.scim().create_user("nobody-in-metrics").await;
    world.grpc().user(ada["id"].as_str().unwrap()).await;
    let _stream = world.grpc().watch(watch::from(0)).await.expect("a stream");
    let mut existing = BTreeSet::new();
    for base in server.management_urls() {
        let answer = Http::new(base).send(Request::new("GET", "/metrics")).await;
        let text = String::from_utf8(answer.body.to_vec()).unwrap();
        assert!(!text.contains("nobody-in-metrics"), "{text}");
        existing.extend(named(&text));
    }
    existing.extend(RARE.map(str::to_owned));
    let missing: Vec<_> = named(&format!("{DASHBOARD}{ALERTS}"))
        .into_iter()
        .filter(|name| !existing.contains(name))
        .collect();
    assert_eq!(missing, [""; 0], "of {existing:?}");
}

#[test]
fn the_dashboard_is_json_and_each_alert_says_what_to_do() {
    let dashboard: serde_json::Value = serde_json::from_str(DASHBOARD).expect("JSON");
    assert!(dashboard["panels"].as_array().expect("panels").len() > 10);
    let count = |part: &str| ALERTS.matches(part).count();
    assert_eq!(count("- alert:"), count("description:"));
    // Where Prometheus is installed, it reads the rules itself.
    if fs::exists("/usr/bin/promtool").unwrap_or(false) {
        let rules = concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/monitoring/alerts.yaml");
        let checked = std::process::Command::new("/usr/bin/promtool")
            .args(["check", "rules", rules])
            .output()
            .expect("run promtool");
        assert!(checked.status.success(), "{checked:?}");
    }
}
