//! A scenario as it stands in its file; `fixtures/README.md` says what each key means.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

/// The one format there is.
const FORMAT: &str = "idp-traffic/1";

#[derive(Deserialize)]
pub(super) struct Scenario {
    pub(super) format: String,
    pub(super) id: String,
    pub(super) title: String,
    pub(super) only_if_config: Option<Condition>,
    #[serde(default)]
    pub(super) defaults: Defaults,
    #[serde(default)]
    pub(super) vars: Map<String, Value>,
    pub(super) steps: Vec<Step>,
}

/// A value that must stand somewhere.
#[derive(Deserialize)]
pub(super) struct Condition {
    pub(super) at: String,
    pub(super) equals: Value,
}

#[derive(Deserialize, Default)]
pub(super) struct Defaults {
    #[serde(default)]
    pub(super) headers: Map<String, Value>,
    pub(super) auth: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Step {
    #[serde(default)]
    pub(super) name: String,
    pub(super) method: String,
    pub(super) path: String,
    #[serde(default)]
    pub(super) query: Value,
    #[serde(default)]
    pub(super) query_style: QueryStyle,
    #[serde(default)]
    pub(super) query_tail: String,
    #[serde(default)]
    pub(super) headers: Map<String, Value>,
    /// `None`: the default; `Some(Null)`: none is sent.
    #[serde(default, deserialize_with = "present")]
    pub(super) auth: Option<Value>,
    #[serde(default, deserialize_with = "present")]
    pub(super) body: Option<Value>,
    pub(super) raw_body: Option<String>,
    pub(super) count: Option<u64>,
    #[serde(default = "once")]
    pub(super) repeat: u32,
    #[serde(default)]
    pub(super) capture: Map<String, Value>,
    #[serde(default)]
    pub(super) append: Map<String, Value>,
    pub(super) only_if_status: Option<OnlyIf>,
    #[serde(default)]
    pub(super) allow_5xx: bool,
    #[serde(default = "yes")]
    pub(super) invariants: bool,
    #[serde(default)]
    pub(super) expect: Expect,
}

#[derive(Deserialize, Default, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(super) enum QueryStyle {
    /// Spaces as `%20`.
    #[default]
    Percent,
    /// Spaces as `+`.
    Plus,
}

#[derive(Deserialize)]
pub(super) struct OnlyIf {
    pub(super) step: String,
    #[serde(rename = "in")]
    pub(super) statuses: Vec<u16>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct Expect {
    #[serde(default)]
    pub(super) status: Value,
    #[serde(default)]
    pub(super) headers: Vec<Value>,
    #[serde(default)]
    pub(super) json: Vec<Value>,
}

/// A member that is there, also when it is null.
fn present<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(from).map(Some)
}

fn once() -> u32 {
    1
}

fn yes() -> bool {
    true
}

/// The scenarios of an identity provider, in order of their names.
pub(super) fn load(identity_provider: &str) -> Vec<Scenario> {
    let read = |path: PathBuf| {
        let text = fs::read_to_string(&path).expect("a readable file");
        let scenario: Scenario =
            serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert_eq!(scenario.format, FORMAT, "{}", path.display());
        scenario
    };
    entries(&fixtures().join(identity_provider))
        .into_iter()
        .map(read)
        .collect()
}

/// The names of all identity providers, in order.
pub(super) fn identity_providers() -> Vec<String> {
    let folders = entries(&fixtures()).into_iter().filter(|path| path.is_dir());
    folders
        .map(|path| path.file_name().expect("a name").to_string_lossy().into_owned())
        .collect()
}

fn fixtures() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/idp/fixtures")
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let list = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<_> = list.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    paths
}
