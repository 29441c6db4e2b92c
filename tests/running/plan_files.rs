//! Files for plans.

use serde_json::{Value, json};

use crate::harness::SeededRng;

/// A file with every section.
pub(super) fn complete(slug: &str) -> String {
    format!(
        "
organizations:
  - slug: {slug}
    name: Acme
    plan: business
    seats: 250
    sso_enabled: true
    rbac_enabled: true
    verified_domains: [Acme.example]
    status: active
    policy:
      preset: default
      settings: {{connections.max: 2, put.omitted: keep, license.catalog: 'it,developer'}}
    roles:
      - {{name: Auditor, scope: project, permissions: [audit.read, project.view]}}
      - {{name: Auditor, scope: organization}}
    projects:
      - name: Apollo
      - {{name: Gemini, type: preview, status: archived}}
    connections:
      - name: okta
        idp_kind: okta
        max_role: editor
        brake_count: 20
        brake_window: 30m
      - name: entra
        status: disabled
        federation:
          issuer: https://login.example/v2.0
          subject: b0e5
          audience: api://roster
          jwks_uri: https://login.example/keys
    mapping_rules:
      - {{group_name: Auditors, role: Auditor}}
      - {{group_pattern: 'eng-*', role: 'apollo:auditor', position: 7}}
      - {{group_external_id: 00g1, license: it}}
"
    )
}

/// A file with some of these things, each with some of its fields.
pub(super) fn random(slug: &str, numbers: &mut SeededRng) -> String {
    let mut pick = |options: &[Value]| options[numbers.below(options.len())].clone();
    let some = |pairs: Vec<(&str, Value)>| {
        let present = pairs.into_iter().filter(|(_, value)| !value.is_null());
        Value::Object(present.map(|(key, value)| (key.to_owned(), value)).collect())
    };
    let none = Value::Null;
    let mut roles = Vec::new();
    for name in ["Auditor", "Ops & on-call", "null", "Zo\u{eb} # x"] {
        if pick(&[true.into(), false.into()]) == true {
            let scope = pick(&["project".into(), "organization".into()]);
            let permissions = pick(&[none.clone(), json!([]), json!(["b.c", "a.b"])]);
            roles.push(some(vec![
                ("name", name.into()),
                ("scope", scope),
                ("permissions", permissions),
            ]));
        }
    }
    let (mut projects, mut mappings) = (Vec::new(), Vec::new());
    for name in ["Apollo", "a: b", "007"] {
        if pick(&[true.into(), false.into()]) == true {
            let status = pick(&[none.clone(), "active".into(), "archived".into()]);
            projects.push(some(vec![("name", name.into()), ("status", status)]));
            let role = pick(&["editor".into(), "viewer".into()]);
            let role = format!("{name}:{}", role.as_str().expect("a text"));
            mappings.push(json!({ "group_name": format!("team {name}"), "role": role }));
        }
    }
    for pattern in ["eng-*", "*", "~"] {
        let role = pick(&[none.clone(), "editor".into(), "viewer".into()]);
        if !role.is_null() {
            let position = pick(&[none.clone(), 0.into(), 3.into(), 90.into()]);
            mappings.push(some(vec![
                ("group_pattern", pattern.into()),
                ("role", role),
                ("position", position),
            ]));
        }
    }
    let mut connections = Vec::new();
    for name in ["okta", "yes", "default"] {
        if pick(&[true.into(), false.into()]) == true {
            connections.push(some(vec![
                ("name", name.into()),
                ("idp_kind", pick(&[none.clone(), "okta".into(), "generic".into()])),
                (
                    "status",
                    pick(&[none.clone(), "enabled".into(), "disabled".into()]),
                ),
                ("max_role", pick(&[none.clone(), "".into(), "editor".into()])),
                ("brake_share_percent", pick(&[none.clone(), 0.into(), 20.into()])),
                ("brake_window", pick(&[none.clone(), "90s".into(), "2d".into()])),
            ]));
        }
    }
    let settings = some(vec![
        ("connections.max", "unlimited".into()),
        (
            "put.omitted",
            pick(&[none.clone(), "keep".into(), "clear".into()]),
        ),
        (
            "groups.sync",
            pick(&[none.clone(), "false".into(), "true".into()]),
        ),
        ("tokens.max_active", pick(&[none.clone(), "5".into()])),
    ]);
    let policy = some(vec![
        (
            "preset",
            pick(&[none.clone(), "default".into(), "strict_rfc".into()]),
        ),
        ("settings", settings),
    ]);
    let organization = some(vec![
        ("slug", slug.into()),
        ("name", pick(&[none.clone(), "Acme".into(), "- x: \"y\"".into()])),
        ("plan", pick(&[none.clone(), "".into(), "pro".into()])),
        ("seats", pick(&[none.clone(), 0.into(), 7.into()])),
        (
            "verified_domains",
            pick(&[none, json!([]), json!(["b.example", "A.example"])]),
        ),
        ("policy", policy),
        ("roles", roles.into()),
        ("projects", projects.into()),
        ("connections", connections.into()),
        ("mapping_rules", mappings.into()),
    ]);
    json!({ "organizations": [organization] }).to_string()
}
