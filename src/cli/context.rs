//! `roster context`: named services with their organization and token, one of which commands speak to by default.

use std::{
    env, fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

use clap::Subcommand;

use super::{access_token::secret, write_out};
use crate::{
    failure::Failure,
    settings::{GROUP, OTHERS, is_open},
};

pub(super) const EXAMPLE: &str = "Examples:
  roster context set prod --endpoint https://roster.example:50051 --org acme --token - < token
  roster context use prod
  roster context list";

/// The variable that names a context for one command.
const VARIABLE: &str = "ROSTER_CONTEXT";
/// Key of the file for the context in use.
const CURRENT: &str = "current";

/// Contexts, which are kept in `$XDG_CONFIG_HOME/roster/contexts.toml`.
#[derive(Debug, Subcommand)]
pub(crate) enum ContextCommand {
    /// Show all contexts; a star marks the one in use
    #[command(after_help = "Example:\n  roster context list")]
    List,
    /// Make a context, or change what is given of it
    #[command(
        after_help = "Example:\n  roster context set prod --endpoint https://roster.example:50051 --org acme --token - < token"
    )]
    Set {
        /// The context
        name: String,
        /// The organization of commands that name none
        #[arg(long, value_name = "SLUG")]
        org: Option<String>,
        /// The token; - reads it from standard input
        #[arg(long, value_name = "TOKEN")]
        token: Option<String>,
    },
    /// Speak to this context's service by default
    #[command(after_help = "Example:\n  roster context use prod")]
    Use {
        /// The context
        name: String,
    },
    /// Forget a context
    #[command(after_help = "Example:\n  roster context delete prod")]
    Delete {
        /// The context
        name: String,
    },
}

/// A named service.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Context {
    /// Where the service is.
    pub(crate) endpoint: Option<String>,
    /// The organization of commands that name none.
    pub(crate) org: Option<String>,
    /// The bearer token, which goes to no other service.
    pub(crate) token: Option<String>,
}

const ENDPOINT: &str = "endpoint";
const ORG: &str = "org";
const TOKEN: &str = "token";

impl Context {
    fn of(table: &toml::Table) -> Self {
        let text = |key: &str| Some(table.get(key)?.as_str()?.to_owned());
        Self {
            endpoint: text(ENDPOINT),
            org: text(ORG),
            token: text(TOKEN),
        }
    }

    /// The context that `ROSTER_CONTEXT` or the file says; none: neither does.
    pub(crate) fn in_use() -> Result<Option<Self>, Failure> {
        let Some(file) = File::usual() else {
            return Ok(None);
        };
        let contexts = file.read()?;
        match current(&contexts) {
            None => Ok(None),
            Some(name) => file.get(&contexts, &name).map(|context| Some(Self::of(context))),
        }
    }
}

impl ContextCommand {
    pub(crate) fn run(self, endpoint: Option<&str>) -> Result<(), Failure> {
        let file = File::usual().ok_or_else(|| {
            Failure::Usage("there is no place for contexts: set HOME or XDG_CONFIG_HOME".into())
        })?;
        let mut contexts = file.read()?;
        match self {
            Self::List => return write_out(&listed(&contexts, current(&contexts).as_deref())),
            Self::Set { name, org, token } => {
                if name == CURRENT || name.is_empty() {
                    return Err(Failure::Usage(format!(
                        "{name:?} cannot be the name of a context"
                    )));
                }
                let entry = contexts
                    .entry(name)
                    .or_insert_with(|| toml::Value::Table(toml::Table::new()));
                let token = token.map(secret).transpose()?;
                if let Some(table) = entry.as_table_mut() {
                    // The token of one service is not shown to another.
                    let known = table.get(ENDPOINT).and_then(toml::Value::as_str);
                    if endpoint.is_some_and(|new| known.is_some_and(|known| known != new)) {
                        table.remove(TOKEN);
                    }
                    for (key, text) in [
                        (ENDPOINT, endpoint.map(str::to_owned)),
                        (ORG, org),
                        (TOKEN, token),
                    ] {
                        if let Some(text) = text {
                            table.insert(key.to_owned(), text.into());
                        }
                    }
                }
            }
            Self::Use { name } => {
                file.get(&contexts, &name)?;
                contexts.insert(CURRENT.to_owned(), name.into());
            }
            Self::Delete { name } => {
                file.get(&contexts, &name)?;
                contexts.remove(&name);
                if contexts.get(CURRENT).and_then(toml::Value::as_str) == Some(&name) {
                    contexts.remove(CURRENT);
                }
            }
        }
        file.write(&contexts)?;
        write_out(&listed(&contexts, current(&contexts).as_deref()))
    }
}

/// The name of the context in use: `ROSTER_CONTEXT`, or the one in the file.
fn current(contexts: &toml::Table) -> Option<String> {
    let named = env::var(VARIABLE).ok().filter(|name| !name.is_empty());
    named.or_else(|| Some(contexts.get(CURRENT)?.as_str()?.to_owned()))
}

/// A line a context, without its token.
fn listed(contexts: &toml::Table, current: Option<&str>) -> String {
    let named = contexts
        .iter()
        .filter_map(|(name, value)| Some((name, value.as_table()?)));
    let lines: Vec<_> = named
        .map(|(name, table)| {
            let context = Context::of(table);
            let star = if current == Some(name.as_str()) { '*' } else { ' ' };
            let token = context.token.map_or("no token", |_| "with a token");
            let endpoint = context.endpoint.unwrap_or_else(|| "default endpoint".to_owned());
            let org = context.org.unwrap_or_else(|| "no organization".to_owned());
            format!("{star} {name}  {endpoint}  {org}  {token}\n")
        })
        .collect();
    lines.concat()
}

/// The file of contexts.
struct File(PathBuf);

impl File {
    fn usual() -> Option<Self> {
        let folder = |variable: &str| {
            env::var_os(variable)
                .filter(|text| !text.is_empty())
                .map(PathBuf::from)
        };
        let config = folder("XDG_CONFIG_HOME").or_else(|| Some(folder("HOME")?.join(".config")))?;
        Some(Self(config.join("roster").join("contexts.toml")))
    }

    fn failure(&self, cause: impl std::fmt::Display) -> Failure {
        Failure::Usage(format!("{}: {cause}", self.0.display()))
    }

    /// Reads it; one that is absent has no context.
    fn read(&self) -> Result<toml::Table, Failure> {
        let text = match fs::read_to_string(&self.0) {
            Ok(text) => text,
            // A home of somebody else's has no contexts of this user.
            Err(cause)
                if [
                    io::ErrorKind::NotFound,
                    io::ErrorKind::NotADirectory,
                    io::ErrorKind::PermissionDenied,
                ]
                .contains(&cause.kind()) =>
            {
                return Ok(toml::Table::new());
            }
            Err(cause) => return Err(self.failure(cause)),
        };
        if is_open(&self.0, GROUP | OTHERS).map_err(|cause| self.failure(cause))? {
            return Err(self.failure("others may read the tokens in this file; chmod 600 it"));
        }
        // The parser's whole message quotes the line, which may hold a token.
        text.parse()
            .map_err(|cause: toml::de::Error| self.failure(cause.message()))
    }

    fn get<'a>(&self, contexts: &'a toml::Table, name: &str) -> Result<&'a toml::Table, Failure> {
        let found = contexts.get(name).and_then(toml::Value::as_table);
        found.ok_or_else(|| self.failure(format!("there is no context {name:?}; see: roster context list")))
    }

    /// Puts a new file in its place, its owner's alone.
    fn write(&self, contexts: &toml::Table) -> Result<(), Failure> {
        let failed = |cause: io::Error| self.failure(cause);
        let folder = self.0.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder).map_err(failed)?;
        let new = self.0.with_extension("new");
        let mut options = fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        // One that a killed command left, with whatever permissions.
        let _ = fs::remove_file(&new);
        let written = options
            .open(&new)
            .and_then(|mut file| file.write_all(contexts.to_string().as_bytes()));
        written.and_then(|()| fs::rename(&new, &self.0)).map_err(failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_folder::TestFolder;

    #[test]
    fn contexts_are_listed_without_their_tokens() {
        let contexts =
            "current = 'prod'\n[prod]\nendpoint = 'https://x'\ntoken = 'hunter2'\n[test]\norg = 'acme'"
                .parse()
                .unwrap();
        assert_eq!(
            listed(&contexts, Some("prod")),
            "* prod  https://x  no organization  with a token\n  test  default endpoint  acme  no token\n"
        );
    }

    #[test]
    fn the_file_is_its_owners_alone() {
        use std::os::unix::fs::PermissionsExt;

        let folder = TestFolder::new();
        let file = File(folder.path().join("roster").join("contexts.toml"));
        assert_eq!(file.read().unwrap(), toml::Table::new());
        let contexts = "[prod]\ntoken = 'hunter2'".parse().unwrap();
        file.write(&contexts).unwrap();
        assert_eq!(file.read().unwrap(), contexts);
        fs::set_permissions(&file.0, fs::Permissions::from_mode(0o640)).unwrap();
        let refused = file.read().unwrap_err().to_string();
        assert!(
            refused.contains("chmod 600") && !refused.contains("hunter2"),
            "{refused}"
        );
    }
}
