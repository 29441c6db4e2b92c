//! THE table of settings: their flags, variables, keys of the file, defaults and help all come from here.

use std::collections::BTreeMap;

use clap::{Arg, ArgMatches, Args, Command, FromArgMatches, error::Error};

/// The start of every variable's name.
const VARIABLE_PREFIX: &str = "ROSTER_";

/// One setting.
#[derive(Debug)]
pub(crate) struct Setting {
    /// The flag without its dashes; also the key in the file.
    pub(crate) name: &'static str,
    /// Placeholder of a value, for the help. Empty: a switch, which stands alone or is `true` or `false`.
    value: &'static str,
    /// Value that holds when none is given.
    pub(crate) default: &'static str,
    /// Where it may be given.
    pub(crate) given: Given,
    /// Effect of the setting, for the help.
    help: &'static str,
}

/// Where a setting may be given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Given {
    /// As flag, variable, or in the file.
    Anywhere,
    /// As variable or in the file: every process of the machine can read the command line.
    Secretly,
}

impl Setting {
    const fn new(name: &'static str, value: &'static str, default: &'static str, help: &'static str) -> Self {
        Self {
            name,
            value,
            default,
            given: Given::Anywhere,
            help,
        }
    }

    const fn secret(name: &'static str) -> Self {
        Self {
            name,
            value: "",
            default: "",
            given: Given::Secretly,
            help: "",
        }
    }

    /// The environment variable.
    pub(crate) fn variable(&self) -> String {
        format!("{VARIABLE_PREFIX}{}", self.name.to_uppercase().replace('-', "_"))
    }

    /// Tells whether its text may hold a secret, as a URL with a password does.
    pub(crate) fn may_hold_secret(&self) -> bool {
        self.given == Given::Secretly || self.name == "database-url"
    }

    /// The name that messages use: what the operator wrote, or could have written.
    pub(crate) fn title(&self) -> String {
        match self.given {
            Given::Anywhere => format!("--{} ({})", self.name, self.variable()),
            Given::Secretly => self.variable(),
        }
    }

    fn arg(&self) -> Arg {
        let mut help = format!("{} [env: {}]", self.help, self.variable());
        if !self.default.is_empty() {
            help = format!("{help} [default: {}]", self.default);
        }
        let arg = Arg::new(self.name).long(self.name).help(help);
        if self.value.is_empty() {
            arg.num_args(0..=1)
                .require_equals(true)
                .default_missing_value("true")
                .value_name("BOOL")
                .hide_possible_values(true)
        } else {
            arg.value_name(self.value)
        }
    }
}

/// Every setting, in the order of the help.
pub(crate) const SETTINGS: &[Setting] = &[
    Setting::new(
        "database-url",
        "URL",
        "sqlite:roster-data/roster.db",
        "The database: sqlite:PATH, made if absent, or postgres://…",
    ),
    Setting::new(
        "migrate",
        "MODE",
        "run",
        "run: bring the schema of the database up to date at the start; check: only check it, which needs no right to create tables",
    ),
    Setting::new(
        "database-wait",
        "SPAN",
        "",
        "How long a start waits for a database that cannot be reached yet, 60s if left out; if given, also for an SQLite file that \
         another process has open and, with --migrate check, for a schema that is not there yet",
    ),
    Setting::new(
        "database-connections",
        "COUNT",
        "",
        "Connections to PostgreSQL, at least 2; if left out, 4 for each core and at most 16",
    ),
    Setting::new(
        "database-acquire-timeout",
        "SPAN",
        "5s",
        "How long a call waits for a free connection to PostgreSQL",
    ),
    Setting::new(
        "database-statement-timeout",
        "SPAN",
        "30s",
        "After which time PostgreSQL ends a statement",
    ),
    Setting::new("grpc-listen", "ADDRESS", "127.0.0.1:50051", "Where gRPC listens"),
    Setting::new(
        "scim-listen",
        "ADDRESS",
        "127.0.0.1:8080",
        "Where SCIM, /livez, /readyz and /metrics listen",
    ),
    Setting::new(
        "only",
        "PART",
        "",
        "Serve one part alone: core (gRPC) or scim; scim needs --core-url",
    ),
    Setting::new(
        "core-url",
        "URL",
        "",
        "Where the core is, for --only scim; else it is in this process",
    ),
    Setting::new(
        "core-ca",
        "FILE",
        "",
        "The certificate authority of an https core URL, PEM; else the system's",
    ),
    Setting::new(
        "core-cert",
        "FILE",
        "",
        "The certificate that a facade apart shows to a core with --tls-client-ca, PEM; with --core-key",
    ),
    Setting::new(
        "core-key",
        "FILE",
        "",
        "The key of that certificate, PEM; with --core-cert",
    ),
    Setting::new(
        "scim-public-url",
        "URL",
        "",
        "The URL under which identity providers see the SCIM listener, for Location and $ref; may be left out on loopback",
    ),
    Setting::new(
        "token-issuer",
        "URL",
        "",
        "This deployment as access tokens name it; else the SCIM listener's public URL without its path, or its address",
    ),
    Setting::new(
        "insecure-federation",
        "",
        "",
        "Fetch the keys of other issuers from private addresses and without TLS, too: for development alone",
    ),
    Setting::new(
        "tls-cert",
        "FILE",
        "",
        "The certificate chain of both listeners, PEM; with --tls-key",
    ),
    Setting::new(
        "tls-key",
        "FILE",
        "",
        "The private key of both listeners, PEM; with --tls-cert",
    ),
    Setting::new(
        "tls-client-ca",
        "FILE",
        "",
        "The authority of client certificates, PEM: the gRPC listener takes no client without one of it",
    ),
    Setting::new(
        "insecure-plaintext",
        "",
        "",
        "Allow listeners and a core URL beyond loopback without TLS",
    ),
    Setting::new("no-reflection", "", "", "Do not serve gRPC reflection"),
    Setting::new(
        "trusted-proxy",
        "NET,…",
        "",
        "Networks whose X-Forwarded-For the SCIM listener believes",
    ),
    Setting::new(
        "trusted-facade",
        "NET,…",
        "",
        "Networks whose forwarded client address the gRPC listener believes",
    ),
    Setting::new(
        "max-connections",
        "COUNT",
        "10000",
        "Connections that each listener holds; fewer where the system's file limit leaves no room for them",
    ),
    Setting::new(
        "max-connections-per-address",
        "COUNT",
        "500",
        "Connections that each listener holds from one address that is no trusted proxy or facade",
    ),
    Setting::new(
        "connection-rate-limit",
        "CALLS",
        "",
        "Calls a second that one connection may make at this instance, at least 100; a SCIM request makes 1 to 4. Any number if left out",
    ),
    Setting::new(
        "token-rate-limit",
        "CALLS",
        "",
        "Calls a second that one token of a service or a person may make at this instance; any number if left out",
    ),
    Setting::new(
        "management-listen",
        "ADDR",
        "",
        "Where /livez, /readyz and /metrics listen; else the SCIM listener has them",
    ),
    Setting::new(
        "console-listen",
        "ADDR",
        "",
        "Where the web console listens; it is not served if left out",
    ),
    Setting::new(
        "console-public-url",
        "URL",
        "",
        "The URL of the console as browsers see it, for the links that it is reached by; else the address that it listens on",
    ),
    Setting::new(
        "shutdown-delay",
        "SPAN",
        "0s",
        "How long the listeners stay open, with /readyz at 503, after a signal that ends the program",
    ),
    Setting::new(
        "health-interval",
        "SPAN",
        "60s",
        "How often the change logs are told of connections that came to another state of health; 0: never",
    ),
    Setting::new(
        "log-format",
        "FORMAT",
        "text",
        "How the log is written: text or json; RUST_LOG says what is",
    ),
    Setting::new(
        "otlp-endpoint",
        "URL",
        "",
        "The collector that gets traces over gRPC (OTLP), http://HOST:4317; without it none are made",
    ),
    Setting::secret("root-token"),
    Setting::secret("secret-key"),
];

/// The setting of this name, as a flag, variable or key of the file writes it.
pub(crate) fn setting(name: &str) -> Option<&'static Setting> {
    let plain = name.strip_prefix(VARIABLE_PREFIX).unwrap_or(name);
    let plain = plain.to_lowercase().replace('_', "-");
    SETTINGS.iter().find(|setting| setting.name == plain)
}

/// The settings given as flags, as their texts.
#[derive(Clone, Debug, Default)]
pub(crate) struct Flags(pub(crate) BTreeMap<&'static str, String>);

impl Args for Flags {
    fn augment_args(command: Command) -> Command {
        let flags = SETTINGS.iter().filter(|setting| setting.given == Given::Anywhere);
        command
            .next_help_heading("Settings")
            .args(flags.map(Setting::arg))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for Flags {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let given = SETTINGS.iter().filter(|setting| setting.given == Given::Anywhere);
        let text = |setting: &'static Setting| {
            matches
                .get_one::<String>(setting.name)
                .map(|text| (setting.name, text.clone()))
        };
        Ok(Self(given.filter_map(text).collect()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        self.0.extend(Self::from_arg_matches(matches)?.0);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flag_variable_and_key_name_the_same_setting() {
        for name in ["grpc-listen", "grpc_listen", "ROSTER_GRPC_LISTEN"] {
            assert_eq!(setting(name).unwrap().variable(), "ROSTER_GRPC_LISTEN", "{name}");
        }
        assert!(setting("grpc").is_none());
    }

    #[test]
    fn secrets_are_no_flags() {
        let command = Flags::augment_args(Command::new("serve"));
        let flags: Vec<_> = command.get_arguments().map(|arg| arg.get_id().as_str()).collect();
        assert!(flags.contains(&"database-url"));
        assert!(!flags.contains(&"root-token") && !flags.contains(&"secret-key"));
    }

    #[test]
    fn a_switch_stands_alone_or_has_a_value() {
        let command = Flags::augment_args(Command::new("serve"));
        for (line, expected) in [("--no-reflection", "true"), ("--no-reflection=false", "false")] {
            let matches = command.clone().get_matches_from(["serve", line]);
            assert_eq!(
                Flags::from_arg_matches(&matches).unwrap().0["no-reflection"],
                expected
            );
        }
    }
}
