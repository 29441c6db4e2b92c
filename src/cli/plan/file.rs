//! The file: organizations and the parts of them that it declares.
//!
//! It is read by serde-saphyr: maintained, without unsafe code, with the places of errors and with limits of aliases.

use std::{
    collections::{BTreeMap, HashSet},
    fs::File as Opened,
    io::{self, Read},
    path::Path,
    time::Duration,
};

use identity_proto::v1::{ConnectionStatus, OrganizationStatus, ProjectStatus, ProjectType, RoleScope};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::{Map, Value};
use serde_saphyr::{Error, Location, Spanned, UserMessageFormatter};

use super::resource::Resource;
use crate::{
    cli::{
        duration::{duration_text, parse_duration},
        output::{is_unsafe, json_lines},
    },
    failure::Failure,
};

/// The largest file that is read: 10,000 projects have a tenth of it.
const MAX_BYTES: u64 = 4 * 1024 * 1024;
/// The most values that a file may have, those that its aliases repeat too.
const MAX_NODES: usize = 200_000;
/// The deepest nesting; a complete file has 6 levels.
const MAX_DEPTH: usize = 12;

/// The content of a file. A key that is left out is left as it is on the server.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    /// The organizations.
    pub(super) organizations: Vec<Spanned<Organization>>,
}

/// An organization: its facts, and sections of what is in it.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Organization {
    /// Names it; never changes.
    pub(super) slug: String,
    /// The name that people see.
    pub(super) name: Option<String>,
    /// The plan's name.
    pub(super) plan: Option<String>,
    /// The number of active users that the plan allows.
    pub(super) seats: Option<i64>,
    /// Set if single sign-on is configured.
    pub(super) sso_enabled: Option<bool>,
    /// Set if role-based access control is on.
    pub(super) rbac_enabled: Option<bool>,
    /// Domains that are proven to be the organization's.
    pub(super) verified_domains: Option<Vec<String>>,
    /// State in which callers other than root are served or refused.
    pub(super) status: Option<OrganizationState>,
    /// The provisioning policy.
    pub(super) policy: Option<Policy>,
    /// Custom roles.
    pub(super) roles: Option<Vec<Spanned<Role>>>,
    /// Projects.
    pub(super) projects: Option<Vec<Spanned<Project>>>,
    /// Connections.
    pub(super) connections: Option<Vec<Spanned<Connection>>>,
    /// Mapping rules.
    pub(super) mapping_rules: Option<Vec<Spanned<MappingRule>>>,
}

/// A provisioning policy.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Policy {
    /// The preset that settings without a line of their own have.
    pub(super) preset: Option<String>,
    /// Values by key, as text.
    #[serde(default)]
    pub(super) settings: BTreeMap<String, String>,
}

/// A custom role.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Role {
    /// A name, unique within the scope.
    pub(super) name: String,
    /// Where it can be held.
    pub(super) scope: Scope,
    /// Its permissions.
    pub(super) permissions: Option<Vec<String>>,
}

/// A project.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Project {
    /// A unique name.
    pub(super) name: String,
    /// Its type.
    pub(super) r#type: Option<ProjectKind>,
    /// Its state.
    pub(super) status: Option<ProjectState>,
}

/// A connection; its tokens are no part of it.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Connection {
    /// A unique name.
    pub(super) name: String,
    /// Kind of the identity provider.
    pub(super) idp_kind: Option<String>,
    /// State in which its tokens are served or refused.
    pub(super) status: Option<ConnectionState>,
    /// The strongest role that it can give.
    pub(super) max_role: Option<String>,
    /// The issuer whose assertions sign it in.
    pub(super) federation: Option<Federation>,
    /// Number of users that it may deactivate within a window.
    pub(super) brake_count: Option<i64>,
    /// The same as a share of those that it manages.
    pub(super) brake_share_percent: Option<i32>,
    /// Length of a window.
    pub(super) brake_window: Option<Span>,
}

/// An issuer whose assertions sign a connection in.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Federation {
    /// `iss` of its assertions.
    pub(super) issuer: String,
    /// `sub` of its assertions.
    pub(super) subject: String,
    /// A value that `aud` of its assertions must have.
    pub(super) audience: String,
    /// Where its keys are.
    pub(super) jwks_uri: String,
}

/// A mapping rule: a condition on groups, and the role or license of their members.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MappingRule {
    /// The group of this name.
    pub(super) group_name: Option<String>,
    /// The group of this external id.
    pub(super) group_external_id: Option<String>,
    /// Groups whose name fits this pattern.
    pub(super) group_pattern: Option<String>,
    /// A role of the organization, or `PROJECT:ROLE`, both by name or id.
    pub(super) role: Option<String>,
    /// A license of the catalog.
    pub(super) license: Option<String>,
    /// Its place among the rules.
    pub(super) position: Option<i32>,
}

/// Makes an enum whose words are those of an enum of the API, without its prefix and in small letters.
macro_rules! words {
    ($($(#[$doc:meta])* $name:ident of $message:ident { $($word:ident),* })*) => { $(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Deserialize, Serialize)]
        #[serde(rename_all = "lowercase")]
        pub(super) enum $name {
            $(#[doc = "As in the API."] $word),*
        }

        impl $name {
            /// The word of a value of the API.
            pub(super) fn of(value: $message) -> Option<Self> {
                match value {
                    $($message::$word => Some(Self::$word),)*
                    _ => None,
                }
            }
        }

        impl From<$name> for i32 {
            fn from(word: $name) -> Self {
                match word {
                    $($name::$word => $message::$word.into()),*
                }
            }
        }
    )* };
}

words! {
    /// States of an organization.
    OrganizationState of OrganizationStatus { Active, Suspended }
    /// States of a project.
    ProjectState of ProjectStatus { Active, Archived }
    /// Types of project.
    ProjectKind of ProjectType { Default, Preview }
    /// States of a connection.
    ConnectionState of ConnectionStatus { Enabled, Disabled }
    /// Scopes in which a custom role can be held.
    Scope of RoleScope { Organization, Project }
}

/// A span of time, such as `30m`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span(pub(super) Duration);

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        parse_duration(&text).map(Self).map_err(de::Error::custom)
    }
}

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&duration_text(self.0))
    }
}

impl File {
    /// Reads a file; `-` is standard input.
    pub(super) fn read(path: &Path) -> Result<Self, Failure> {
        let is_input = path == Path::new("-");
        let name = if is_input {
            "standard input".to_owned()
        } else {
            path.display().to_string()
        };
        let wrong = |what: String| Failure::Usage(format!("{name}: {what}"));
        let mut text = String::new();
        let read = if is_input {
            io::stdin().lock().take(MAX_BYTES + 1).read_to_string(&mut text)
        } else {
            Opened::open(path).and_then(|file| file.take(MAX_BYTES + 1).read_to_string(&mut text))
        };
        // What is cut may end within a character.
        match read {
            Ok(length) if length as u64 <= MAX_BYTES => {}
            Err(cause) if text.len() as u64 <= MAX_BYTES => return Err(wrong(cause.to_string())),
            _ => return Err(wrong(format!("is larger than {MAX_BYTES} bytes"))),
        }
        Self::parse(&text).map_err(wrong)
    }

    /// Reads the text of a file. An error names line, column and key, and no value.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let options = serde_saphyr::options! {
            budget: serde_saphyr::budget! { max_nodes: MAX_NODES, max_depth: MAX_DEPTH },
            alias_limits: serde_saphyr::alias_limits! { max_total_replayed_events: MAX_NODES },
            strict_booleans: true,
            reject_unsupported_tags: true,
            with_snippet: false,
        };
        let mut file: Self =
            serde_saphyr::from_str_with_options(text, options).map_err(|error| told(&error, text))?;
        check(Some(&mut file.organizations))?;
        for organization in &mut file.organizations {
            organization.value.check()?;
        }
        Ok(file)
    }
}

impl Organization {
    fn check(&mut self) -> Result<(), String> {
        check(self.roles.as_deref_mut())?;
        check(self.projects.as_deref_mut())?;
        check(self.connections.as_deref_mut())?;
        check(self.mapping_rules.as_deref_mut())
    }
}

/// Puts things into the form in which they are compared, and refuses those that are none or there twice.
fn check<R: Resource>(things: Option<&mut [Spanned<R>]>) -> Result<(), String> {
    let mut known = HashSet::new();
    for Spanned {
        value, referenced, ..
    } in things.unwrap_or_default()
    {
        value.normalize().map_err(|what| located(*referenced, what))?;
        if !known.insert(value.key()) {
            let told = format!("{} {:?} is there twice", R::KIND, value.name());
            return Err(located(*referenced, &told));
        }
    }
    Ok(())
}

fn located(at: Location, what: &str) -> String {
    format!("line {}, column {}: {what}", at.line(), at.column())
}

/// The text of an error, behind its place and the key whose value is wrong.
fn told(error: &Error, text: &str) -> String {
    let whole = error.render_with_formatter(&UserMessageFormatter);
    let Some(at) = error.location().filter(|at| at.line() > 0) else {
        return whole;
    };
    let what = whole
        .rsplit_once(" at line ")
        .map_or(whole.as_str(), |(what, _)| what);
    // The place of a value: what is before it ends with its key.
    let offset = usize::try_from(at.span().offset()).unwrap_or_default();
    let before: String = text.chars().take(offset).collect();
    let key = before.trim_end().strip_suffix(':');
    let key = key.and_then(|key| key.rsplit([' ', '\n', '{', ',', '[']).next());
    match key.filter(|key| !what.contains(key)) {
        Some(key) => located(at, &format!("{key}: {what}")),
        None => located(at, what),
    }
}

/// The fields of a value that it has: what is left out has none.
pub(super) fn fields(value: &(impl Serialize + ?Sized)) -> Map<String, Value> {
    match serde_json::to_value(value).map(present) {
        Ok(Value::Object(fields)) => fields,
        _ => Map::new(),
    }
}

fn present(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            let fields = fields.into_iter().filter(|(_, value)| !value.is_null());
            Value::Object(fields.map(|(key, value)| (key, present(value))).collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(present).collect()),
        other => other,
    }
}

/// The text of a file that declares this. What would steer a terminal is escaped as in JSON, which is YAML too.
pub(super) fn write(organization: Organization) -> Result<(Value, String), Failure> {
    let file = File {
        organizations: vec![spanned(organization)],
    };
    let value = Value::Object(fields(&file));
    let text = serde_saphyr::to_string(&value)
        .map_err(|cause| Failure::while_doing("the organization cannot be written as a file", cause))?;
    let is_plain = !text.chars().any(|it| it != '\n' && is_unsafe(it));
    let text = if is_plain { text } else { json_lines(&value) + "\n" };
    Ok((value, text))
}

/// A value that comes from no file.
pub(super) fn spanned<T>(value: T) -> Spanned<T> {
    Spanned::new(value, Location::UNKNOWN, Location::UNKNOWN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_page_is_a_file() {
        let page = include_str!("../../../docs/plan.md");
        let example = page
            .split("```yaml\n")
            .nth(1)
            .and_then(|rest| rest.split("```").next());
        let file = File::parse(example.expect("an example")).expect("a file");
        let example = fields(&file.organizations[0].value);
        for key in [
            "verified_domains",
            "status",
            "policy",
            "roles",
            "projects",
            "connections",
            "mapping_rules",
        ] {
            assert!(example.contains_key(key), "{key}");
        }
    }

    #[test]
    fn a_file_that_is_written_is_read_as_the_same() {
        let texts = [
            "a: b # c",
            "null",
            "yes",
            "007",
            " x ",
            "- \u{202e}",
            "\"'",
            "*",
            "é\u{7f}",
            "",
        ];
        let settings = texts
            .iter()
            .map(|text| (format!("key of {text}"), (*text).to_owned()));
        let organization = Organization {
            slug: "acme".into(),
            name: Some("Acme: the first".into()),
            policy: Some(Policy {
                preset: None,
                settings: settings.collect(),
            }),
            ..Organization::default()
        };
        let (value, text) = write(organization).expect("a text");
        assert!(!text.chars().any(|it| it != '\n' && is_unsafe(it)), "{text}");
        assert_eq!(Value::Object(fields(&File::parse(&text).expect("a file"))), value);
    }

    #[test]
    fn aliases_cannot_make_a_small_file_large() {
        let level = |number: usize| {
            let inner = vec![format!("*a{}", number - 1); 10].join(", ");
            format!("    - &a{number} [{inner}]\n")
        };
        let bomb: String = (1..9).map(level).collect();
        let file = format!("organizations:\n  - slug: acme\n    roles:\n    - &a0 [x]\n{bomb}");
        let told = File::parse(&file).unwrap_err();
        assert!(told.starts_with("line "), "{told}");
        let first = "organizations:\n  - slug: acme\n    policy: {settings: &a {x: y}}\n";
        let others = (0..50_000).map(|n| format!("  - {{slug: a{n}, policy: {{settings: *a}}}}\n"));
        let file = [first.to_owned()]
            .into_iter()
            .chain(others)
            .collect::<Vec<_>>()
            .concat();
        let told = File::parse(&file).unwrap_err();
        assert!(told.starts_with("line "), "{told}");
    }
}
