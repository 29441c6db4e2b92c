//! Each broken set-up is found and named, and a sound one is not blamed.

use ::http::{HeaderValue, StatusCode, header};
use identity_proto::v1::{
    Connection, ConnectionHealth, ConnectionHealthState as Health, Federation, Organization,
    OrganizationStatus,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

use super::{
    checks::{CHECKS, Grade},
    clock_ahead,
    facts::{Base, Examined, Facts, Refused},
    http::{HttpAnswer, HttpClient, NoAnswer},
};

const URL: &str = "https://id.example/scim/v2";

fn answer(status: u16, content_type: &'static str, body: &str) -> HttpAnswer {
    let mut answer = HttpAnswer {
        status: StatusCode::from_u16(status).unwrap(),
        body: body.into(),
        ..HttpAnswer::default()
    };
    let value = HeaderValue::from_static(content_type);
    answer.headers.insert(header::CONTENT_TYPE, value);
    answer
}

fn scim(status: u16, detail: &str) -> HttpAnswer {
    let body = serde_json::json!({ "detail": detail }).to_string();
    answer(status, "application/scim+json", &body)
}

/// A set-up in which all is well.
fn sound() -> Facts {
    Facts {
        endpoint: "https://core.example".into(),
        clock_ahead: Some(1),
        organization: Some(Organization {
            slug: "acme".into(),
            status: OrganizationStatus::Active.into(),
            ..Organization::default()
        }),
        connections: vec![in_state(Health::Healthy)],
        base: Some(Base {
            url: URL.into(),
            answer: Some(Ok(scim(401, "no token"))),
            metrics: Some(answer(404, "text/plain", "")),
        }),
        told_base: URL.into(),
        sequence: vec![("the list of users", Ok(scim(200, "")))],
        ..Facts::default()
    }
}

fn in_state(state: Health) -> Examined {
    Examined {
        connection: Connection {
            name: "okta".into(),
            ..Connection::default()
        },
        health: ConnectionHealth {
            connection_name: "okta".into(),
            state: state.into(),
            advice: "The next step.".into(),
            ..ConnectionHealth::default()
        },
        tokens: Some(1),
        keys: None,
    }
}

fn base(change: impl FnOnce(&mut Base)) -> Facts {
    let mut facts = sound();
    change(facts.base.as_mut().unwrap());
    facts
}

fn at(url: &str) -> Facts {
    base(|base| base.url = url.into())
}

fn no_answer(cause: NoAnswer) -> Facts {
    base(|base| base.answer = Some(Err(cause)))
}

fn organization(change: impl FnOnce(&mut Organization)) -> Facts {
    let mut facts = sound();
    change(facts.organization.as_mut().unwrap());
    facts
}

fn state(state: Health) -> Facts {
    Facts {
        connections: vec![in_state(state)],
        ..sound()
    }
}

fn asked(answer: HttpAnswer) -> Facts {
    Facts {
        sequence: vec![("the list of users", Ok(answer))],
        ..sound()
    }
}

/// The findings that are not good: check, grade, text and fix.
fn wrong(facts: &Facts) -> Vec<(&'static str, Grade, String, String)> {
    let found = CHECKS.iter().flat_map(|(name, check)| {
        let findings = check(facts).into_iter();
        findings.map(move |it| (*name, it.grade, it.text, it.fix))
    });
    found.filter(|(_, grade, ..)| *grade != Grade::Good).collect()
}

#[test]
fn a_sound_set_up_is_not_blamed() {
    assert!(wrong(&sound()).is_empty(), "{:?}", wrong(&sound()));
    let names: Vec<_> = CHECKS.iter().map(|(name, _)| *name).collect();
    let silent = CHECKS.iter().filter(|(_, check)| check(&sound()).is_empty());
    let silent: Vec<_> = silent.map(|(name, _)| *name).collect();
    assert_eq!(silent, ["issuer keys"], "all of {names:?} find something");
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn every_broken_set_up_is_found_named_and_mended() {
    use Grade::{Fault, Warning};
    let unreachable = Facts {
        endpoint: "http://127.0.0.1:1".into(),
        unreachable: Some("cannot reach http://127.0.0.1:1".into()),
        ..Facts::default()
    };
    let refused = |refused| Facts {
        endpoint: "https://core.example".into(),
        refused: Some(refused),
        ..Facts::default()
    };
    let no_public_url = Facts {
        base: None,
        told_base: String::new(),
        ..sound()
    };
    let clock = |seconds| Facts {
        clock_ahead: Some(seconds),
        ..sound()
    };
    let mut tokenless = in_state(Health::NeverCalled);
    tokenless.tokens = Some(0);
    let mut keyless = in_state(Health::Healthy);
    keyless.connection.federation = Some(Federation {
        jwks_uri: "https://login.example/keys".into(),
        ..Federation::default()
    });
    keyless.keys = Some("answered 404".into());
    let of = |examined| Facts {
        connections: vec![examined],
        ..sound()
    };
    let metrics = answer(200, "text/plain", "# TYPE roster_requests counter");
    let cases: Vec<(Facts, &str, Grade, &str, &str)> = vec![
        (unreachable, "service", Fault, "cannot reach", "roster serve"),
        (
            refused(Refused::Unknown),
            "token",
            Fault,
            "expired",
            "ROSTER_TOKEN",
        ),
        (
            refused(Refused::Insufficient),
            "token",
            Warning,
            "may not read",
            "root token",
        ),
        (clock(-600), "clock", Fault, "600 s behind", "NTP"),
        (clock(45), "clock", Fault, "45 s ahead of", "NTP"),
        (
            organization(|it| it.status = OrganizationStatus::Suspended.into()),
            "organization",
            Fault,
            "suspended",
            "--status active",
        ),
        (
            organization(|it| (it.seats, it.active_user_count) = (5, 5)),
            "organization",
            Warning,
            "all 5 seats",
            "--seats",
        ),
        (
            Facts {
                connections: Vec::new(),
                ..sound()
            },
            "connection",
            Warning,
            "none",
            "roster connection create",
        ),
        (
            of(tokenless),
            "connection",
            Fault,
            "no token",
            "roster scim-token create",
        ),
        (
            state(Health::Disabled),
            "connection",
            Fault,
            "disabled",
            "roster connection enable okta",
        ),
        (
            state(Health::NeverCalled),
            "connection",
            Warning,
            "never called",
            "next step",
        ),
        (
            state(Health::CredentialsExpired),
            "connection",
            Fault,
            "credentials expired",
            "scim-token create",
        ),
        (
            state(Health::CredentialsExpiring),
            "connection",
            Warning,
            "credentials expiring",
            "scim-token list",
        ),
        (
            state(Health::Held),
            "connection",
            Fault,
            "held",
            "brake release okta",
        ),
        (
            state(Health::Failing),
            "connection",
            Fault,
            "failing",
            "roster provisioning list",
        ),
        (state(Health::Quiet), "connection", Warning, "quiet", "next step"),
        (
            of(keyless),
            "issuer keys",
            Fault,
            "https://login.example/keys: answered 404",
            "--jwks-uri",
        ),
        (
            no_public_url,
            "base URL",
            Fault,
            "does not know",
            "--scim-public-url",
        ),
        (
            at("https://id.example"),
            "base URL",
            Fault,
            "does not end with /scim/v2",
            URL,
        ),
        (
            at("https://id.example/scim/v2/Users"),
            "base URL",
            Fault,
            "names a resource",
            URL,
        ),
        (
            at("https://id.example/scim/v2/"),
            "base URL",
            Warning,
            "ends with a slash",
            URL,
        ),
        (
            at("https://other.example/scim/v2"),
            "base URL",
            Warning,
            "another host",
            "--scim-public-url",
        ),
        (
            at("http://id.example/scim/v2"),
            "public URL",
            Fault,
            "not encrypted",
            "--tls-cert",
        ),
        (
            no_answer(NoAnswer::Unreachable("refused".into())),
            "public URL",
            Fault,
            "cannot be reached",
            "firewall",
        ),
        (
            no_answer(NoAnswer::NotHttp("preface".into())),
            "public URL",
            Fault,
            "no HTTP",
            "gRPC listener",
        ),
        (
            base(|it| it.answer = Some(Ok(answer(200, "text/html", "<html>")))),
            "public URL",
            Fault,
            "something else than Roster",
            "proxy",
        ),
        (
            no_answer(NoAnswer::Expired),
            "certificate",
            Fault,
            "has expired",
            "renew",
        ),
        (
            no_answer(NoAnswer::OtherHost),
            "certificate",
            Fault,
            "another host",
            "--scim-public-url",
        ),
        (
            no_answer(NoAnswer::UnknownAuthority),
            "certificate",
            Fault,
            "nobody",
            "--ca",
        ),
        (
            base(|it| {
                it.answer = Some(Ok(HttpAnswer {
                    certificate_ends_soon: true,
                    ..scim(401, "")
                }));
            }),
            "certificate",
            Warning,
            "within 14 days",
            "renew",
        ),
        (
            base(|it| it.metrics = Some(metrics)),
            "metrics",
            Fault,
            "/metrics",
            "--management-listen",
        ),
        (
            asked(scim(401, "")),
            "identity provider",
            Fault,
            "unknown, expired",
            "scim-token create",
        ),
        (
            asked(scim(403, "the organization's plan does not have scim")),
            "identity provider",
            Fault,
            "plan does not have scim",
            "troubleshooting",
        ),
        (
            asked(scim(500, "oops")),
            "identity provider",
            Fault,
            "status 500: oops",
            "log",
        ),
    ];
    for (facts, check, grade, text, fix) in cases {
        let found = wrong(&facts);
        let named = found.iter().find(|it| it.0 == check);
        let (_, is, told, mended) = named.unwrap_or_else(|| panic!("{check}, {text}: {found:?}"));
        assert_eq!(*is, grade, "{told}");
        assert!(told.contains(text), "{text}: {told}");
        assert!(mended.contains(fix), "{fix}: {mended}");
    }
}

#[test]
fn a_deployment_for_trials_is_warned_of_and_not_blamed() {
    let url = "http://127.0.0.1:8080/scim/v2";
    let mut facts = base(|base| {
        base.url = url.into();
        base.metrics = Some(answer(200, "text/plain", "# TYPE x counter"));
    });
    facts.told_base = url.into();
    let found = wrong(&facts);
    assert!(found.iter().all(|it| it.1 == Grade::Warning), "{found:?}");
    let checks: Vec<_> = found.iter().map(|it| it.0).collect();
    assert_eq!(checks, ["public URL", "metrics"]);
}

#[test]
fn the_clock_of_an_answer_is_read() {
    let mut told = HttpAnswer::default();
    assert_eq!(clock_ahead(&told, 0), None);
    let date = HeaderValue::from_static("Sun, 06 Nov 1994 08:49:37 GMT");
    told.headers.insert(header::DATE, date);
    assert_eq!(clock_ahead(&told, 784_111_777), Some(0));
    assert_eq!(clock_ahead(&told, 784_111_700), Some(77));
}

#[tokio::test]
async fn an_answer_is_read_from_a_server() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/scim/v2", listener.local_addr().unwrap());
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = [0; 1024];
            let _ = stream.read(&mut request).await;
            let _ = stream
                .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-type: text/html\r\n\r\nhello")
                .await;
        }
    });
    let client = HttpClient::new(None).unwrap();
    let read = client.get(&url.parse().unwrap(), None).await.unwrap();
    assert_eq!((read.status, read.body.as_str()), (StatusCode::OK, "hello"));
    let tls = url.replace("http:", "https:").parse().unwrap();
    let refused = client.get(&tls, None).await;
    assert!(matches!(refused, Err(NoAnswer::Tls(_))), "{refused:?}");
}
