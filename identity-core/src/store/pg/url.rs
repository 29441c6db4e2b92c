//! The URL of a PostgreSQL database, and how it wants to be reached.

use std::{fmt::Write as _, net::IpAddr, path::PathBuf, time::Duration};

use tokio_postgres::{
    Config,
    config::{Host, SslMode},
};

use super::password;
use crate::store::{OpenError, Options};

/// Time limits of silence on the network, for each that the URL does not set: the name of the parameter, and seconds or a count. Linux's own
/// are 15 minutes for what was sent and two hours for an idle connection; in the cluster where that was found every call failed as long.
const SILENCE: [(&str, u32); 4] = [
    ("tcp_user_timeout", 10),
    ("keepalives_idle", 5),
    ("keepalives_interval", 2),
    ("keepalives_retries", 3),
];
/// Time limit of a connection to one host of several, to its first answer, and to one address of a name: one that is silent must leave
/// time for the next.
pub(super) const HOST_TIMEOUT: Duration = Duration::from_secs(2);
/// Time limit of a transaction that does nothing, as its client may be gone in silence: it would hold its locks for ever. No transaction of
/// ours idles as long.
const IDLE_IN_TRANSACTION: &str = "10s";
/// Settings of every session, for each that the URL's `options` do not set. The first five are the same limits of silence for the server's
/// side of a connection, which notices nothing else of a client that is gone. Scans of whole tables are never wanted: each statement has an
/// index that begins with the organization. But a plan that was made while a table was small would scan it, and stay in use when the table
/// has grown. A statement that is kept is planned once: left to itself, the server plans those with a `LIMIT` anew at each run, which takes
/// longer than running them.
const SESSION: [(&str, &str); 8] = [
    ("idle_in_transaction_session_timeout", IDLE_IN_TRANSACTION),
    ("tcp_user_timeout", "10000"),
    ("tcp_keepalives_idle", "5"),
    ("tcp_keepalives_interval", "2"),
    ("tcp_keepalives_count", "3"),
    ("enable_seqscan", "off"),
    ("jit", "off"),
    ("plan_cache_mode", "force_generic_plan"),
];

/// A database, as a URL names it.
pub(super) struct Target {
    /// One for each host of the URL, in its order.
    pub(super) hosts: Vec<Config>,
    /// Time limit of a new connection to one host, to its first answer.
    pub(super) time_limit: Duration,
    pub(super) encryption: Encryption,
    pub(super) certificate: Option<ClientCertificate>,
    /// Statements that set a session up. They are not parameters of the connection, as poolers refuse those.
    pub(super) session: String,
}

/// Encryption of the connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Encryption {
    /// No encryption.
    None,
    /// Encrypted connection to a server whose certificate was issued by one of these authorities for the name
    /// in the URL: those of the file, or without one those that the system trusts.
    Verified(Option<PathBuf>),
}

/// Files of a client's certificate in PEM, and of its key.
pub(super) struct ClientCertificate {
    pub(super) certificate: PathBuf,
    pub(super) key: PathBuf,
}

/// Reads a URL. `sslmode` is `disable`, `require`, `verify-ca` or `verify-full`; the last three mean the same, for an encrypted
/// connection to somebody unknown protects nothing. The default is `disable` on this machine and `verify-full` elsewhere.
pub(super) fn read(url: &str, options: &Options) -> Result<Target, OpenError> {
    let (base, query) = url.split_once('?').unwrap_or((url, ""));
    let (mut mode, mut roots, mut others) = (None, None, Vec::new());
    let (mut certificate, mut key, mut passfile) = (None, None, None);
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        match pair.split_once('=') {
            Some(("sslmode", value)) => mode = Some(value),
            Some(("sslrootcert", "system")) => {}
            Some(("sslrootcert", value)) => roots = Some(PathBuf::from(value)),
            Some(("sslcert", value)) => certificate = Some(PathBuf::from(value)),
            Some(("sslkey", value)) => key = Some(PathBuf::from(value)),
            Some(("passfile", value)) => passfile = Some(PathBuf::from(value)),
            _ => others.push(pair.to_owned()),
        }
    }
    for (name, value) in SILENCE {
        if !others.iter().any(|pair| pair.split('=').next() == Some(name)) {
            others.push(format!("{name}={value}"));
        }
    }
    let query = others.join("&");
    let parse = |base: String| -> Result<Config, OpenError> {
        format!("{base}?{query}")
            .parse()
            .map_err(|error| OpenError::url(format_args!("cannot be read: {error}")))
    };
    let hosts = hosts(base).into_iter().map(parse);
    let mut hosts: Vec<Config> = hosts.collect::<Result<_, _>>()?;
    let names: Vec<Host> = hosts.iter().flat_map(Config::get_hosts).cloned().collect();
    let encryption = encryption(mode, roots, &names)?;
    let certificate = client_certificate(certificate, key, &encryption)?;
    let time_limit = match hosts.len() {
        0 | 1 => options.connect_timeout,
        _ => HOST_TIMEOUT,
    };
    for config in &mut hosts {
        config.ssl_mode(match encryption {
            Encryption::None => SslMode::Disable,
            Encryption::Verified(_) => SslMode::Require,
        });
        if config.get_application_name().is_none() {
            config.application_name(&options.application_name);
        }
        password::complete(config, passfile.as_deref())?;
        // Of each address that a name has; the first may be silent.
        config.connect_timeout(time_limit.min(HOST_TIMEOUT));
    }
    let own = hosts.first().and_then(Config::get_options).unwrap_or_default();
    Ok(Target {
        session: session(options, own),
        certificate,
        hosts,
        time_limit,
        encryption,
    })
}

/// A URL for each host of this one, which has no query.
fn hosts(base: &str) -> Vec<String> {
    let Some((scheme, rest)) = base.split_once("://") else {
        return vec![base.to_owned()];
    };
    let (authority, path) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
    let (user, hosts) = authority
        .rfind('@')
        .map_or(("", authority), |at| authority.split_at(at + 1));
    let hosts = hosts.split(',');
    hosts
        .map(|host| format!("{scheme}://{user}{host}{path}"))
        .collect()
}

fn encryption(mode: Option<&str>, roots: Option<PathBuf>, hosts: &[Host]) -> Result<Encryption, OpenError> {
    match mode {
        None if roots.is_none() && hosts.iter().all(is_local) => Ok(Encryption::None),
        Some("disable") => Ok(Encryption::None),
        None | Some("require" | "verify-ca" | "verify-full") => Ok(Encryption::Verified(roots)),
        Some(other) => Err(OpenError::url(format_args!(
            "has sslmode={other}; it can be disable, require, verify-ca or verify-full"
        ))),
    }
}

fn client_certificate(
    certificate: Option<PathBuf>,
    key: Option<PathBuf>,
    encryption: &Encryption,
) -> Result<Option<ClientCertificate>, OpenError> {
    match (certificate, key, encryption) {
        (None, None, _) => Ok(None),
        (Some(_), Some(_), Encryption::None) => Err(OpenError::url(
            "has a client certificate, for which it needs sslmode=verify-full",
        )),
        (Some(certificate), Some(key), Encryption::Verified(_)) => {
            Ok(Some(ClientCertificate { certificate, key }))
        }
        _ => Err(OpenError::url("has one of sslcert and sslkey without the other")),
    }
}

fn is_local(host: &Host) -> bool {
    match host {
        Host::Tcp(name) => {
            name == "localhost" || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
        }
        #[cfg(unix)]
        Host::Unix(_) => true,
    }
}

/// Returns the statements that set a session up, but for what `options` of the URL's own set.
fn session(options: &Options, own: &str) -> String {
    let statement_timeout = options.statement_timeout.as_millis().to_string();
    let settings = [("statement_timeout", statement_timeout.as_str())];
    let mut statements = String::new();
    for (name, value) in settings.into_iter().chain(SESSION) {
        if !own.contains(&format!("{name}=")) {
            // Writing to a text cannot fail.
            let _ = write!(statements, "SET {name} = '{value}';");
        }
    }
    statements
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encryption_of(url: &str) -> Result<Encryption, String> {
        read(url, &Options::default())
            .map(|target| target.encryption)
            .map_err(|error| error.to_string())
    }

    #[test]
    fn only_this_machine_is_spoken_to_in_the_clear() {
        for local in [
            "postgres://me@localhost/db",
            "postgres://me@127.0.0.1:5433/db",
            "postgres://me@%2Frun%2Fpostgresql/db",
        ] {
            assert_eq!(encryption_of(local), Ok(Encryption::None), "{local}");
        }
        assert_eq!(
            encryption_of("postgres://me@db.example/db"),
            Ok(Encryption::Verified(None))
        );
    }

    #[test]
    fn silence_has_a_limit_that_the_url_can_set() {
        let limits = |url: &str| {
            let config = &read(url, &Options::default()).expect("a target").hosts[0];
            (
                config.get_tcp_user_timeout().copied(),
                config.get_keepalives_idle(),
            )
        };
        let seconds = Duration::from_secs;
        assert_eq!(limits("postgres://localhost/db"), (Some(seconds(10)), seconds(5)));
        assert_eq!(
            limits("postgres://localhost/db?tcp_user_timeout=60"),
            (Some(seconds(60)), seconds(5))
        );
    }

    #[test]
    fn hosts_are_tried_one_by_one() {
        let url = "postgres://me:p%40ss@h1:5433,[::1],h3/db?sslmode=disable&target_session_attrs=read-write";
        let target = read(url, &Options::default()).expect("a target");
        let one = |config: &Config| {
            assert_eq!(
                (config.get_user(), config.get_password()),
                (Some("me"), Some(&b"p@ss"[..]))
            );
            (config.get_hosts().to_vec(), config.get_ports().to_vec())
        };
        let host = |name: &str| vec![Host::Tcp(name.into())];
        assert_eq!(
            target.hosts.iter().map(one).collect::<Vec<_>>(),
            [
                (host("h1"), vec![5433]),
                (host("::1"), vec![5432]),
                (host("h3"), vec![5432])
            ]
        );
        assert_eq!(target.time_limit, HOST_TIMEOUT);
    }

    #[test]
    fn what_the_url_sets_for_a_session_stays() {
        let session = |url: &str| read(url, &Options::default()).expect("a target").session;
        let url = "postgres://localhost/db?options=-c%20statement_timeout%3D5000";
        assert!(!session(url).contains("statement_timeout"));
        assert!(session(url).contains("SET jit = 'off';"));
        assert!(session("postgres://localhost/db").contains("SET statement_timeout = '30000';"));
    }

    #[test]
    fn sslmode_and_sslrootcert_decide() {
        assert_eq!(
            encryption_of("postgres://me@db.example/db?sslmode=disable"),
            Ok(Encryption::None)
        );
        assert_eq!(
            encryption_of("postgres://me@localhost/db?sslmode=require&sslrootcert=/etc/ca.pem"),
            Ok(Encryption::Verified(Some("/etc/ca.pem".into())))
        );
        assert_eq!(
            encryption_of("postgres://me@db.example/db?sslrootcert=system"),
            Ok(Encryption::Verified(None))
        );
        for refused in [
            "postgres://me@db.example/db?sslmode=prefer",
            "postgres://me@db.example/db?sslcert=/etc/me.pem",
            "postgres://me@localhost/db?sslcert=/etc/me.pem&sslkey=/etc/me.key",
        ] {
            assert!(encryption_of(refused).is_err(), "{refused}");
        }
    }
}
