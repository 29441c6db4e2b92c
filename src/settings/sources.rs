//! Where settings come from: flags, then the environment, then the file, then the defaults.

use std::{collections::BTreeMap, env, fmt, fs, path::Path};

use super::{
    OTHERS, is_open,
    table::{Flags, Given, SETTINGS, Setting, setting},
};

/// A setting that is wrong: which, and what rule it breaks. Never holds a secret.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct SettingError {
    title: String,
    rule: String,
}

impl SettingError {
    /// The setting of this name breaks the rule.
    pub(crate) fn new(name: &str, rule: impl fmt::Display) -> Self {
        let title = setting(name).map_or_else(|| name.to_owned(), Setting::title);
        Self {
            title,
            rule: rule.to_string(),
        }
    }
}

impl fmt::Display for SettingError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {}", self.title, self.rule)
    }
}

/// End of the name of a variable that names a file with a secret, as orchestrators mount it.
const FILE_SUFFIX: &str = "_FILE";

/// Everything that was given, as text.
#[derive(Default)]
pub(crate) struct Sources {
    flags: Flags,
    environment: BTreeMap<String, String>,
    file: BTreeMap<&'static str, String>,
}

impl Sources {
    /// Reads the settings that were given to this process.
    pub(crate) fn read(flags: Flags, config: Option<&Path>) -> Result<Self, SettingError> {
        let file = config.map(read_file).transpose()?.unwrap_or_default();
        let mut environment: BTreeMap<_, _> = env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        read_secret_files(&mut environment)?;
        Ok(Self {
            flags,
            environment,
            file,
        })
    }

    /// The text of a setting. An empty one counts as not given, so that a variable can be switched off by emptying it.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        let setting = setting(name)?;
        [
            self.flags.0.get(setting.name),
            self.environment.get(&setting.variable()),
            self.file.get(setting.name),
        ]
        .into_iter()
        .flatten()
        .map(|text| text.trim())
        .chain([setting.default])
        .find(|text| !text.is_empty())
    }
}

fn read_file(path: &Path) -> Result<BTreeMap<&'static str, String>, SettingError> {
    let wrong = |rule: String| SettingError::new("--config", format!("{}: {rule}", path.display()));
    let text = fs::read_to_string(path).map_err(|cause| wrong(cause.to_string()))?;
    // A parser's message quotes the line at fault, and that may be a secret.
    let table: toml::Table = text
        .parse()
        .map_err(|cause: toml::de::Error| wrong(cause.message().to_owned()))?;
    let given = parse_file(&table)?;
    let is_open = is_open(path, OTHERS).map_err(|cause| wrong(cause.to_string()))?;
    match given
        .iter()
        .find(|(name, text)| is_open && holds_secret(name, text))
    {
        Some((name, _)) => Err(wrong(format!(
            "holds {name}, and others may read it; chmod 640 it"
        ))),
        None => Ok(given),
    }
}

/// Reads the files that variables such as `ROSTER_ROOT_TOKEN_FILE` name, as if the variables without the end held their texts.
fn read_secret_files(environment: &mut BTreeMap<String, String>) -> Result<(), SettingError> {
    for setting in SETTINGS.iter().filter(|setting| setting.may_hold_secret()) {
        let (variable, naming) = (setting.variable(), setting.variable() + FILE_SUFFIX);
        let Some(path) = environment.get(&naming).filter(|path| !path.is_empty()) else {
            continue;
        };
        let wrong = |rule: String| SettingError::new(&naming, format!("{path}: {rule}"));
        if environment.get(&variable).is_some_and(|text| !text.is_empty()) {
            return Err(wrong(format!("{variable} is given, too")));
        }
        // Kubernetes mounts secrets for everybody in the container to read, so the mode is not looked at.
        let text = fs::read_to_string(path).map_err(|cause| wrong(cause.to_string()))?;
        let text = text.trim();
        if text.is_empty() {
            return Err(wrong("is empty".into()));
        }
        environment.insert(variable, text.to_owned());
    }
    Ok(())
}

/// Tells whether a value is a secret, or a URL in which there may be one.
fn holds_secret(name: &str, text: &str) -> bool {
    setting(name).is_some_and(|setting| setting.given == Given::Secretly) || text.contains('@')
}

fn parse_file(table: &toml::Table) -> Result<BTreeMap<&'static str, String>, SettingError> {
    let mut given = BTreeMap::new();
    for (key, value) in table {
        let Some(setting) = setting(key) else {
            return Err(SettingError::new("--config", format!("{key:?} is no setting")));
        };
        let Some(text) = text_of(value) else {
            return Err(SettingError::new(
                setting.name,
                "must be a text, a number, a boolean or a list of texts in the file",
            ));
        };
        given.insert(setting.name, text);
    }
    Ok(given)
}

fn text_of(value: &toml::Value) -> Option<String> {
    match value {
        toml::Value::String(text) => Some(text.clone()),
        toml::Value::Boolean(switch) => Some(switch.to_string()),
        toml::Value::Integer(number) => Some(number.to_string()),
        toml::Value::Array(items) => {
            let texts: Option<Vec<_>> = items.iter().map(toml::Value::as_str).collect();
            Some(texts?.join(","))
        }
        _ => None,
    }
}

#[cfg(test)]
impl Sources {
    /// Sources of a test: flags, variables, and the text of the file.
    pub(crate) fn of(flags: &[(&'static str, &str)], environment: &[(&str, &str)], file: &str) -> Self {
        let file = parse_file(&file.parse().unwrap()).unwrap();
        Self {
            flags: Flags(
                flags
                    .iter()
                    .map(|(name, text)| (*name, (*text).to_owned()))
                    .collect(),
            ),
            environment: environment
                .iter()
                .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
                .collect(),
            file,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_folder::TestFolder;

    const NAME: &str = "grpc-listen";

    #[test]
    fn flags_win_over_the_environment_and_that_over_the_file() {
        let flag: &[_] = &[(NAME, "1")];
        let variable: &[_] = &[("ROSTER_GRPC_LISTEN", "2")];
        let file = "grpc-listen = '3'";
        assert_eq!(Sources::of(flag, variable, file).text(NAME), Some("1"));
        assert_eq!(Sources::of(&[], variable, file).text(NAME), Some("2"));
        assert_eq!(Sources::of(&[], &[], file).text(NAME), Some("3"));
        assert_eq!(Sources::of(&[], &[], "").text(NAME), Some("127.0.0.1:50051"));
    }

    #[test]
    fn an_empty_variable_is_not_given() {
        let sources = Sources::of(&[], &[("ROSTER_GRPC_LISTEN", "")], "grpc-listen = '3'");
        assert_eq!(sources.text(NAME), Some("3"));
    }

    #[test]
    fn the_file_has_texts_switches_and_lists() {
        let sources = Sources::of(
            &[],
            &[],
            "no_reflection = true\nROSTER_TRUSTED_PROXY = ['10.0.0.0/8', '::1']",
        );
        assert_eq!(sources.text("no-reflection"), Some("true"));
        assert_eq!(sources.text("trusted-proxy"), Some("10.0.0.0/8,::1"));
    }

    #[test]
    fn a_file_with_secrets_that_others_may_read_is_refused() {
        use std::os::unix::fs::PermissionsExt;

        let folder = TestFolder::new();
        let path = folder.path().join("roster.toml");
        let read = |text: &str, mode| {
            fs::write(&path, text).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            read_file(&path)
        };
        for secret in [
            "root-token = 'hunter2'",
            "database-url = 'postgres://u:hunter2@db.example/r'",
        ] {
            let refused = read(secret, 0o644).unwrap_err().to_string();
            assert!(
                refused.contains("chmod 640") && !refused.contains("hunter2"),
                "{refused}"
            );
            assert!(read(secret, 0o640).is_ok());
        }
        assert!(read("grpc-listen = '127.0.0.1:1'", 0o644).is_ok());
    }

    #[test]
    fn a_variable_may_name_a_file_with_the_secret() {
        let folder = TestFolder::new();
        let path = folder.path().join("token");
        let path = path.to_str().unwrap();
        let read = |more: &[(&str, &str)], secret: &str| {
            fs::write(path, secret).unwrap();
            let named = [("ROSTER_ROOT_TOKEN_FILE", path)];
            let given = named.iter().chain(more);
            let mut environment = given
                .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
                .collect();
            read_secret_files(&mut environment).map(|()| environment["ROSTER_ROOT_TOKEN"].clone())
        };
        assert_eq!(read(&[], "hunter2\n"), Ok("hunter2".into()));
        assert_eq!(
            read(&[("ROSTER_ROOT_TOKEN", "")], "hunter2"),
            Ok("hunter2".into())
        );
        for refused in [
            read(&[("ROSTER_ROOT_TOKEN", "other")], "hunter2"),
            read(&[], "\n"),
        ] {
            let refused = refused.unwrap_err().to_string();
            assert!(
                refused.starts_with("ROSTER_ROOT_TOKEN_FILE: ") && !refused.contains("hunter2"),
                "{refused}"
            );
        }
    }

    #[test]
    fn the_file_has_no_unknown_keys() {
        let refused = |text: &str| parse_file(&text.parse().unwrap()).unwrap_err().to_string();
        assert_eq!(refused("grpc-port = 1"), "--config: \"grpc-port\" is no setting");
        assert!(refused("root-token = 1.5").starts_with("ROSTER_ROOT_TOKEN: must be a text"));
    }
}
