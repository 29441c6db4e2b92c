//! Settings as operators give them.

use identity_core::platform::SystemPlatform as System;

use super::{Part, Secrets, Settings, Sources, Toggle};
use crate::test_folder::TestFolder;

const POSTGRES: (&str, &str) = ("ROSTER_DATABASE_URL", "postgres://u:hunter2@db.example/roster");
const ROOT: (&str, &str) = ("ROSTER_ROOT_TOKEN", "a-root-token-of-some-length");
const KEY: (&str, &str) = ("ROSTER_SECRET_KEY", "a-secret-key-of-some-length");
const OPEN: (&str, &str) = ("ROSTER_GRPC_LISTEN", "0.0.0.0:50051");
const OPEN_SCIM: (&str, &str) = ("ROSTER_SCIM_LISTEN", "0.0.0.0:8080");
const PLAIN: (&str, &str) = ("ROSTER_INSECURE_PLAINTEXT", "true");
const PUBLIC: (&str, &str) = ("ROSTER_SCIM_PUBLIC_URL", "https://id.example");
const REMOTE: (&str, &str) = ("ROSTER_CORE_URL", "http://10.0.0.1:50051");
const ONLY_SCIM: (&str, &str) = ("ROSTER_ONLY", "scim");

fn parse(environment: &[(&str, &str)]) -> Result<Settings, String> {
    Settings::parse(&Sources::of(&[], environment, "")).map_err(|refused| refused.to_string())
}

#[test]
fn without_any_setting_both_parts_listen_on_loopback_over_sqlite() {
    let settings = parse(&[]).unwrap();
    let Part::Whole(core) = &settings.part else {
        panic!("both parts are served")
    };
    assert_eq!(core.database.shown(), "sqlite:roster-data/roster.db");
    assert_eq!(settings.grpc_listen.to_string(), "127.0.0.1:50051");
    assert_eq!(settings.scim_listen.to_string(), "127.0.0.1:8080");
    assert_eq!(settings.reflection, Toggle::On);
}

/// Wrong settings, each with the setting that the one line must name.
const WRONG: &[(&[(&str, &str)], &str)] = &[
    (
        &[("ROSTER_GRPC_LISTEN", "50051")],
        "--grpc-listen (ROSTER_GRPC_LISTEN)",
    ),
    (
        &[("ROSTER_CONNECTION_RATE_LIMIT", "99")],
        "--connection-rate-limit (ROSTER_CONNECTION_RATE_LIMIT)",
    ),
    (
        &[("ROSTER_TOKEN_RATE_LIMIT", "many")],
        "--token-rate-limit (ROSTER_TOKEN_RATE_LIMIT)",
    ),
    (
        &[("ROSTER_SCIM_LISTEN", "127.0.0.1:99999")],
        "--scim-listen (ROSTER_SCIM_LISTEN)",
    ),
    (
        &[("ROSTER_DATABASE_URL", "mysql://u:hunter2@h/d")],
        "--database-url (ROSTER_DATABASE_URL)",
    ),
    (&[("ROSTER_ONLY", "grpc")], "--only (ROSTER_ONLY)"),
    (&[ONLY_SCIM], "--core-url (ROSTER_CORE_URL)"),
    (
        &[("ROSTER_CORE_URL", "http://127.0.0.1:1")],
        "--core-url (ROSTER_CORE_URL)",
    ),
    (
        &[ONLY_SCIM, ("ROSTER_CORE_URL", "127.0.0.1:1")],
        "--core-url (ROSTER_CORE_URL)",
    ),
    (&[ONLY_SCIM, REMOTE], "--core-url (ROSTER_CORE_URL)"),
    (&[OPEN], "--grpc-listen (ROSTER_GRPC_LISTEN)"),
    (&[OPEN_SCIM, PUBLIC], "--scim-listen (ROSTER_SCIM_LISTEN)"),
    (&[OPEN_SCIM, PLAIN], "--scim-public-url (ROSTER_SCIM_PUBLIC_URL)"),
    (
        &[("ROSTER_SCIM_PUBLIC_URL", "id.example")],
        "--scim-public-url (ROSTER_SCIM_PUBLIC_URL)",
    ),
    (
        &[("ROSTER_SCIM_PUBLIC_URL", "https://u:p@id.example")],
        "--scim-public-url (ROSTER_SCIM_PUBLIC_URL)",
    ),
    (&[("ROSTER_TLS_CERT", "c.pem")], "--tls-key (ROSTER_TLS_KEY)"),
    (&[("ROSTER_TLS_KEY", "k.pem")], "--tls-cert (ROSTER_TLS_CERT)"),
    (
        &[("ROSTER_NO_REFLECTION", "perhaps")],
        "--no-reflection (ROSTER_NO_REFLECTION)",
    ),
    (
        &[("ROSTER_TRUSTED_PROXY", "10.0.0.0/8,x")],
        "--trusted-proxy (ROSTER_TRUSTED_PROXY)",
    ),
    (
        &[("ROSTER_TRUSTED_FACADE", "10.0.0.0/64")],
        "--trusted-facade (ROSTER_TRUSTED_FACADE)",
    ),
    (
        &[("ROSTER_LOG_FORMAT", "xml")],
        "--log-format (ROSTER_LOG_FORMAT)",
    ),
    (
        &[("ROSTER_OTLP_ENDPOINT", "collector:4317")],
        "--otlp-endpoint (ROSTER_OTLP_ENDPOINT)",
    ),
    (&[POSTGRES], "ROSTER_ROOT_TOKEN"),
    (&[("ROSTER_ROOT_TOKEN", "hunter2,,")], "ROSTER_ROOT_TOKEN"),
    (&[("ROSTER_ROOT_TOKEN", "hunter2")], "ROSTER_ROOT_TOKEN"),
    (&[("ROSTER_SECRET_KEY", "hunter2")], "ROSTER_SECRET_KEY"),
    (&[("ROSTER_SECRET_KEY", "hunter2 2")], "ROSTER_SECRET_KEY"),
    (&[POSTGRES, ROOT, OPEN, PLAIN], "ROSTER_SECRET_KEY"),
    (
        &[OPEN, PLAIN, ("ROSTER_ROOT_TOKEN", "hunter2")],
        "ROSTER_ROOT_TOKEN",
    ),
];

#[test]
fn a_wrong_setting_is_named_in_one_line_without_its_secret() {
    for (environment, name) in WRONG {
        let refused = parse(environment).unwrap_err();
        assert!(
            refused.starts_with(&format!("{name}: ")),
            "{environment:?} gave {refused}"
        );
        assert!(
            !refused.contains('\n') && !refused.contains("hunter2"),
            "{refused}"
        );
    }
}

#[test]
fn beyond_loopback_tls_or_a_word_of_consent_is_needed() {
    let tls = [("ROSTER_TLS_CERT", "c.pem"), ("ROSTER_TLS_KEY", "k.pem")];
    assert!(parse(&[OPEN, OPEN_SCIM, PUBLIC, tls[0], tls[1]]).is_ok());
    assert!(parse(&[OPEN, OPEN_SCIM, PUBLIC, PLAIN]).is_ok());
    assert!(parse(&[ONLY_SCIM, REMOTE, PLAIN]).is_ok());
    assert!(parse(&[ONLY_SCIM, ("ROSTER_CORE_URL", "https://10.0.0.1:50051")]).is_ok());
}

#[test]
fn a_listener_that_is_not_served_is_not_judged() {
    assert!(parse(&[("ROSTER_ONLY", "core"), OPEN_SCIM]).is_ok());
    assert!(parse(&[ONLY_SCIM, ("ROSTER_CORE_URL", "http://[::1]:1"), OPEN]).is_ok());
}

#[test]
fn the_facade_alone_needs_no_secret_and_no_database() {
    assert!(parse(&[ONLY_SCIM, ("ROSTER_CORE_URL", "http://localhost:1"), POSTGRES]).is_ok());
}

fn secrets(environment: &[(&str, &str)]) -> (Secrets, Option<Secrets>) {
    let settings = parse(environment).unwrap();
    let Part::Whole(core) = settings.part else {
        panic!("both parts are served")
    };
    let secrets = core.secrets(&System).unwrap();
    (secrets.root_tokens, secrets.secret_keys)
}

#[test]
fn secrets_that_are_not_given_are_kept_beside_sqlite() {
    let folder = TestFolder::new();
    let url = format!("sqlite:{}/data/roster.db", folder.path().display());
    let database = ("ROSTER_DATABASE_URL", url.as_str());
    let made = secrets(&[database]);
    assert_eq!(secrets(&[database]), made);
    assert!(folder.path().join("data/root-token").exists() && folder.path().join("data/secret-key").exists());
    let given = secrets(&[database, ROOT]);
    assert_eq!((given.0.newest(), given.1), (ROOT.1, made.1));
}

#[test]
fn on_postgres_and_loopback_the_key_may_be_that_of_the_database() {
    assert_eq!(secrets(&[POSTGRES, ROOT]).1, None);
    let given = secrets(&[POSTGRES, ROOT, KEY]).1;
    assert_eq!(given.unwrap().newest(), KEY.1);
}

#[test]
fn the_base_url_is_public_or_where_the_facade_listens() {
    let listening = Some("127.0.0.1:8080".parse().unwrap());
    let here = "http://127.0.0.1:8080/scim/v2";
    for (environment, address, base) in [
        (&[][..], listening, here),
        (&[], None, ""),
        (&[PUBLIC], listening, "https://id.example/scim/v2"),
        (&[PUBLIC], None, "https://id.example/scim/v2"),
    ] {
        assert_eq!(parse(environment).unwrap().scim_base_url(address), base);
    }
}
