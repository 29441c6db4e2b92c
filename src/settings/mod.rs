//! The settings of the server: read, checked and typed before anything starts.

mod database;
mod parse;
mod secret;
mod sources;
mod table;

use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};

use grpc_server::RateLimits;
use http::Uri;
use identity_core::{platform::Platform, store};
use ipnet::IpNet;
use scim_facade::{DEFAULT_PATH, PublicUrl};

pub(crate) use self::{
    database::Database,
    parse::Toggle,
    secret::{GROUP, OTHERS, Secrets, is_open},
    sources::{SettingError, Sources},
    table::Flags,
};
use crate::cli::session::is_loopback;

/// The lowest rate limit of a connection, in calls a second: identity providers expect 25 requests a second, and a SCIM request makes
/// at most 4 calls.
const MIN_CONNECTION_RATE: u32 = 100;

/// Everything that `roster serve` is told.
#[derive(Debug)]
pub(crate) struct Settings {
    /// Parts that this process serves.
    pub(crate) part: Part,
    /// Where gRPC listens.
    pub(crate) grpc_listen: SocketAddr,
    /// Where SCIM listens.
    pub(crate) scim_listen: SocketAddr,
    /// The URL of the SCIM listener as identity providers see it; `None`: the Host header tells.
    pub(crate) scim_public_url: Option<PublicUrl>,
    /// This deployment as access tokens name it; `None`: it follows from the SCIM listener.
    pub(crate) token_issuer: Option<Uri>,
    /// Switch for fetching keys of other issuers from anywhere.
    pub(crate) insecure_federation: Toggle,
    /// The certificate of both listeners; `None`: plaintext.
    pub(crate) tls: Option<TlsFiles>,
    /// Switch for gRPC reflection.
    pub(crate) reflection: Toggle,
    /// Networks of the proxies that the SCIM listener believes about a client's address.
    pub(crate) trusted_proxies: Vec<IpNet>,
    /// Networks of the facades that the gRPC listener believes about a client's address.
    pub(crate) trusted_facades: Vec<IpNet>,
    /// Connections of a listener, if the file limit allows.
    pub(crate) max_connections: usize,
    /// Connections from one address.
    pub(crate) max_connections_per_address: usize,
    /// Calls a second that one connection or token may make.
    pub(crate) rate_limits: RateLimits,
    /// Where an operator's tools find probes and metrics; `None`: on the SCIM listener.
    pub(crate) management_listen: Option<SocketAddr>,
    /// Where the web console listens; `None`: it is not served.
    pub(crate) console_listen: Option<SocketAddr>,
    /// The URL of the console as browsers see it; `None`: the address that it listens on.
    pub(crate) console_public_url: Option<Uri>,
    /// Time for load balancers to notice that the program is about to end.
    pub(crate) shutdown_delay: Duration,
    /// Interval at which the change logs are told of the health of connections; zero: never.
    pub(crate) health_interval: Duration,
    /// Form of the log.
    pub(crate) log_format: LogFormat,
    /// Collector of traces.
    pub(crate) otlp_endpoint: Option<Uri>,
}

/// Parts that a process serves.
#[derive(Debug)]
pub(crate) enum Part {
    /// Core and facade.
    Whole(CoreSettings),
    /// The core alone.
    Core(CoreSettings),
    /// The facade alone, and where its core is.
    Scim(CoreAddress),
}

/// Settings that the core needs.
#[derive(Debug)]
pub(crate) struct CoreSettings {
    /// The database.
    pub(crate) database: Database,
    /// Limits of its connections.
    pub(crate) connections: store::Options,
    /// Care for its schema at the start.
    pub(crate) migrate: Migrate,
    /// Time that a start waits for it; `None`: nobody said.
    pub(crate) database_wait: Option<Duration>,
    root_tokens: Option<Secrets>,
    secret_keys: Option<Secrets>,
}

/// The core's secrets.
#[derive(Debug)]
pub(crate) struct CoreSecrets {
    /// Bearer tokens of root.
    pub(crate) root_tokens: Secrets,
    /// Keys that sign page tokens; `None`: the one in the database.
    pub(crate) secret_keys: Option<Secrets>,
}

/// Where the core of a facade is.
#[derive(Debug)]
pub(crate) struct CoreAddress {
    /// Its URL.
    pub(crate) url: Uri,
    /// The certificate authority of its certificate; `None`: the system's.
    pub(crate) authority: Option<PathBuf>,
    /// The certificate to show to it, and its key.
    pub(crate) identity: Option<(PathBuf, PathBuf)>,
}

/// Files in PEM.
#[derive(Clone, Debug)]
pub(crate) struct TlsFiles {
    /// The certificate chain.
    pub(crate) certificate: PathBuf,
    /// The private key.
    pub(crate) key: PathBuf,
    /// The authority of the certificates that gRPC clients must have; `None`: they need none.
    pub(crate) client_authority: Option<PathBuf>,
}

/// Care for the database's schema at the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Migrate {
    /// Bring it up to date.
    Run,
    /// Check that it is.
    Check,
}

/// Form of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LogFormat {
    /// A line of text an event.
    Text,
    /// A JSON object an event.
    Json,
}

impl Settings {
    /// Checks and types what was given. Touches no file.
    pub(crate) fn parse(sources: &Sources) -> Result<Self, SettingError> {
        let settings = Self {
            part: Part::parse(sources)?,
            grpc_listen: parse::address(sources, "grpc-listen")?,
            scim_listen: parse::address(sources, "scim-listen")?,
            scim_public_url: parse::parsed(sources, "scim-public-url")?,
            token_issuer: parse::url(sources, "token-issuer")?,
            insecure_federation: parse::switch(sources, "insecure-federation")?,
            tls: TlsFiles::parse(sources)?,
            reflection: match parse::switch(sources, "no-reflection")? {
                Toggle::On => Toggle::Off,
                Toggle::Off => Toggle::On,
            },
            trusted_proxies: parse::networks(sources, "trusted-proxy")?,
            trusted_facades: parse::networks(sources, "trusted-facade")?,
            max_connections: parse::count(sources, "max-connections")?,
            max_connections_per_address: parse::count(sources, "max-connections-per-address")?,
            rate_limits: RateLimits {
                connection: parse::rate(sources, "connection-rate-limit", MIN_CONNECTION_RATE)?,
                token: parse::rate(sources, "token-rate-limit", 1)?,
            },
            management_listen: match sources.text("management-listen") {
                Some(_) => Some(parse::address(sources, "management-listen")?),
                None => None,
            },
            console_listen: match sources.text("console-listen") {
                Some(_) => Some(parse::address(sources, "console-listen")?),
                None => None,
            },
            console_public_url: parse::url(sources, "console-public-url")?,
            shutdown_delay: parse::span(sources, "shutdown-delay")?.unwrap_or_default(),
            health_interval: parse::span(sources, "health-interval")?.unwrap_or_default(),
            log_format: LogFormat::parse(sources)?,
            otlp_endpoint: parse::url(sources, "otlp-endpoint")?,
        };
        settings.check_reach(parse::switch(sources, "insecure-plaintext")?)?;
        Ok(settings)
    }

    /// This deployment as access tokens name it. All instances must say the same.
    pub(crate) fn issuer(&self) -> String {
        match &self.token_issuer {
            Some(issuer) => issuer.to_string().trim_end_matches('/').to_owned(),
            None => self.origin(self.scim_listen),
        }
    }

    /// Scheme and host of what is not SCIM on the SCIM listener, which listens there.
    pub(crate) fn origin(&self, listening: SocketAddr) -> String {
        let issuer = self.token_issuer.as_ref();
        let of_issuer = issuer.and_then(|uri| Some(format!("{}://{}", uri.scheme()?, uri.authority()?)));
        match (&self.scim_public_url, of_issuer) {
            (Some(public), _) => public.origin().to_owned(),
            (None, Some(origin)) => origin,
            (None, None) => {
                let scheme = if self.tls.is_some() { "https" } else { "http" };
                format!("{scheme}://{listening}")
            }
        }
    }

    /// Where browsers find the console, which listens here.
    pub(crate) fn console_url(&self, listening: SocketAddr) -> String {
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        match &self.console_public_url {
            Some(url) => url.to_string().trim_end_matches('/').to_owned(),
            None => format!("{scheme}://{listening}"),
        }
    }

    /// Where identity providers find the SCIM facade, which listens here if it is in this process; empty: nobody said.
    pub(crate) fn scim_base_url(&self, listening: Option<SocketAddr>) -> String {
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        match (&self.scim_public_url, listening) {
            (Some(public), _) => public.base(),
            (None, Some(address)) => format!("{scheme}://{address}{DEFAULT_PATH}"),
            (None, None) => String::new(),
        }
    }

    /// The listeners of the served parts, by their settings' names.
    pub(crate) fn listeners(&self) -> Vec<(&'static str, SocketAddr)> {
        let grpc = ("grpc-listen", self.grpc_listen);
        let scim = ("scim-listen", self.scim_listen);
        let mut listeners = match &self.part {
            Part::Whole(_) => vec![grpc, scim],
            Part::Core(_) => vec![grpc],
            Part::Scim(_) => vec![scim],
        };
        listeners.extend(
            self.management_listen
                .map(|address| ("management-listen", address)),
        );
        listeners.extend(self.console_listen.map(|address| ("console-listen", address)));
        listeners
    }

    /// Refuses settings that are unsafe for listeners that other machines can reach.
    fn check_reach(&self, plaintext: Toggle) -> Result<(), SettingError> {
        let beyond = self
            .listeners()
            .into_iter()
            .filter(|(_, address)| !address.ip().is_loopback());
        let beyond: Vec<_> = beyond.map(|(name, _)| name).collect();
        if let (Some(name), None, Toggle::Off) = (beyond.first(), &self.tls, plaintext) {
            let rule =
                "beyond loopback it needs --tls-cert and --tls-key, or --insecure-plaintext behind a proxy";
            return Err(SettingError::new(name, rule));
        }
        if beyond.contains(&"scim-listen") && self.scim_public_url.is_none() {
            let rule =
                "is needed when --scim-listen is not loopback, as the Host header is not believed there";
            return Err(SettingError::new("scim-public-url", rule));
        }
        match &self.part {
            Part::Scim(core) => core.check_plaintext(plaintext),
            Part::Whole(core) | Part::Core(core) if !beyond.is_empty() => core.check_secrets(),
            Part::Whole(_) | Part::Core(_) => Ok(()),
        }
    }
}

impl Part {
    fn parse(sources: &Sources) -> Result<Self, SettingError> {
        let address = CoreAddress::parse(sources)?;
        match (sources.text("only"), address) {
            (Some("scim"), Some(address)) => Ok(Self::Scim(address)),
            (Some("scim"), None) => Err(SettingError::new("core-url", "is needed with --only scim")),
            (_, Some(_)) => Err(SettingError::new("core-url", "is only for --only scim")),
            (None, None) => Ok(Self::Whole(CoreSettings::parse(sources)?)),
            (Some("core"), None) => Ok(Self::Core(CoreSettings::parse(sources)?)),
            (Some(other), None) => Err(SettingError::new(
                "only",
                format!("{other:?} is neither core nor scim"),
            )),
        }
    }
}

impl CoreAddress {
    fn parse(sources: &Sources) -> Result<Option<Self>, SettingError> {
        let authority = sources.text("core-ca").map(PathBuf::from);
        let file = |name| sources.text(name).map(PathBuf::from);
        let identity = match (file("core-cert"), file("core-key")) {
            (None, None) => None,
            (Some(certificate), Some(key)) => Some((certificate, key)),
            (Some(_), None) => return Err(SettingError::new("core-key", "is needed with --core-cert")),
            (None, Some(_)) => return Err(SettingError::new("core-cert", "is needed with --core-key")),
        };
        Ok(parse::url(sources, "core-url")?.map(|url| Self {
            url,
            authority,
            identity,
        }))
    }

    fn check_plaintext(&self, plaintext: Toggle) -> Result<(), SettingError> {
        let open = self.url.scheme_str() == Some("http") && !is_loopback(&self.url);
        if open && plaintext == Toggle::Off {
            return Err(SettingError::new(
                "core-url",
                "beyond loopback it needs https, or --insecure-plaintext",
            ));
        }
        Ok(())
    }
}

impl CoreSettings {
    fn parse(sources: &Sources) -> Result<Self, SettingError> {
        let secrets = |name| {
            sources
                .text(name)
                .map(|text| Secrets::parse(name, text))
                .transpose()
        };
        let core = Self {
            database: database(sources)?,
            connections: connections(sources)?,
            migrate: Migrate::parse(sources)?,
            database_wait: parse::span(sources, "database-wait")?,
            root_tokens: secrets("root-token")?,
            secret_keys: secrets("secret-key")?,
        };
        if core.root_tokens.is_none() && core.database.folder().is_none() {
            return Err(SettingError::new("root-token", "is needed with PostgreSQL"));
        }
        Ok(core)
    }

    fn check_secrets(&self) -> Result<(), SettingError> {
        if self.secret_keys.is_none() && self.database.folder().is_none() {
            return Err(SettingError::new(
                "secret-key",
                "is needed with PostgreSQL and a listener beyond loopback",
            ));
        }
        Ok(())
    }

    /// Where people find the root token, as a shell would read it.
    pub(crate) fn root_token_location(&self) -> String {
        match (&self.root_tokens, self.database.folder()) {
            (None, Some(folder)) => format!("$(cat {})", folder.join("root-token").display()),
            _ => "$ROSTER_ROOT_TOKEN".into(),
        }
    }

    /// The secrets that were given; those that were not are made and kept beside the SQLite database. On PostgreSQL, where
    /// there is no such place, the key is the one that was made with the tables.
    pub(crate) fn secrets(&self, platform: &dyn Platform) -> Result<CoreSecrets, SettingError> {
        let folder = self.database.folder();
        if let Some(folder) = folder {
            make_folder(folder)?;
        }
        let kept = |given: &Option<Secrets>, name| match (given, folder) {
            (Some(given), _) => Ok(Some(given.clone())),
            (None, Some(folder)) => secret::keep(name, folder, platform).map(Some),
            (None, None) => Ok(None),
        };
        let root_tokens = kept(&self.root_tokens, "root-token")?
            .ok_or_else(|| SettingError::new("root-token", "is needed with PostgreSQL"))?;
        Ok(CoreSecrets {
            root_tokens,
            secret_keys: kept(&self.secret_keys, "secret-key")?,
        })
    }
}

/// The limits of connections that were given.
fn connections(sources: &Sources) -> Result<store::Options, SettingError> {
    const MIN: usize = store::Options::MIN_CONNECTIONS;
    let name = "database-connections";
    let mut options = store::Options {
        connect_timeout: parse::some_span(sources, "database-acquire-timeout")?,
        statement_timeout: parse::some_span(sources, "database-statement-timeout")?,
        ..store::Options::default()
    };
    if sources.text(name).is_some() {
        options.connections = parse::count(sources, name)?;
    }
    if options.connections < MIN {
        return Err(SettingError::new(name, format!("must be at least {MIN}")));
    }
    Ok(options)
}

/// The database that was given.
pub(crate) fn database(sources: &Sources) -> Result<Database, SettingError> {
    Database::parse(sources.text("database-url").unwrap_or_default())
}

/// Makes the folder of the database. It will hold secrets and personal data, so it is its owner's alone.
pub(crate) fn make_folder(folder: &Path) -> Result<(), SettingError> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    let wrong = |cause| SettingError::new("database-url", format!("{}: {cause}", folder.display()));
    builder.create(folder).map_err(wrong)
}

impl TlsFiles {
    fn parse(sources: &Sources) -> Result<Option<Self>, SettingError> {
        let client_authority = sources.text("tls-client-ca").map(PathBuf::from);
        match (sources.text("tls-cert"), sources.text("tls-key")) {
            (None, None) if client_authority.is_some() => {
                Err(SettingError::new("tls-cert", "is needed with --tls-client-ca"))
            }
            (None, None) => Ok(None),
            (Some(certificate), Some(key)) => Ok(Some(Self {
                certificate: certificate.into(),
                key: key.into(),
                client_authority,
            })),
            (Some(_), None) => Err(SettingError::new("tls-key", "is needed with --tls-cert")),
            (None, Some(_)) => Err(SettingError::new("tls-cert", "is needed with --tls-key")),
        }
    }
}

impl Migrate {
    fn parse(sources: &Sources) -> Result<Self, SettingError> {
        match sources.text("migrate") {
            Some("check") => Ok(Self::Check),
            Some("run") | None => Ok(Self::Run),
            Some(other) => Err(SettingError::new(
                "migrate",
                format!("{other:?} is neither run nor check"),
            )),
        }
    }
}

impl LogFormat {
    fn parse(sources: &Sources) -> Result<Self, SettingError> {
        match sources.text("log-format") {
            Some("json") => Ok(Self::Json),
            Some("text") | None => Ok(Self::Text),
            Some(other) => Err(SettingError::new(
                "log-format",
                format!("{other:?} is neither text nor json"),
            )),
        }
    }
}

#[cfg(test)]
mod tests;
