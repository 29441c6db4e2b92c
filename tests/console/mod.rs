//! The web console, as browsers see it.

mod browser;

use std::time::Duration;

use tonic::Code;

use crate::harness::{
    Answer, Grpc, Http, ROOT_TOKEN, Request, Server, Setup, World, everywhere, run,
    scim::{encoded, user_body},
};

everywhere!(
    a_link_signs_in_once_and_nobody_keeps_an_id_from_before,
    a_form_from_elsewhere_changes_nothing,
    a_token_sees_its_own_organization_and_does_what_its_scopes_allow,
    names_are_text_whatever_they_contain,
    every_answer_has_its_headers_and_names_no_other_origin,
    buttons_do_what_they_say,
);

/// The console's listener, and the users of its pages.
struct Console {
    server: Server,
    world: World,
    http: Http,
}

/// A browser with a session.
struct Visitor<'a> {
    http: &'a Http,
    cookie: String,
    form_token: String,
}

impl Console {
    async fn start(setup: Setup) -> Self {
        let server = Server::start_with(setup, &["--console-listen", "127.0.0.1:0"]);
        let world = World::new(server.endpoints().clone(), "").await;
        let http = Http::new(server.console_url());
        Self { server, world, http }
    }

    fn path(&self, page: &str) -> String {
        format!("/o/{}{page}", self.world.organization().slug)
    }

    /// Signs in with a token in the form.
    async fn sign_in(&self, token: &str) -> Visitor<'_> {
        let form = format!("token={}", encoded(token));
        let answer = self.http.send(posted("/sign-in", &form)).await;
        Visitor::of(&self.http, &answer, &self.path("/access")).await
    }

    /// A link that `roster console` prints.
    fn link(&self) -> String {
        let variables = [
            ("ROSTER_ENDPOINT", self.server.endpoints().grpc.as_str()),
            ("ROSTER_TOKEN", ROOT_TOKEN),
        ];
        let output = run(&["console", "--output", "secret"], &variables);
        let url = String::from_utf8(output.stdout).expect("utf-8");
        let path = url.trim().strip_prefix(&self.server.console_url());
        path.unwrap_or_else(|| panic!("no link: {url}")).to_owned()
    }
}

impl<'a> Visitor<'a> {
    /// The visitor whose session this answer began, with the form token of a page.
    async fn of(http: &'a Http, answer: &Answer, page: &str) -> Self {
        assert_eq!(
            (answer.status.as_u16(), answer.header("location")),
            (303, "/"),
            "{answer}"
        );
        let cookie = answer.header("set-cookie");
        for attribute in [
            "__Host-roster=",
            "; Path=/;",
            "; Secure;",
            "; HttpOnly;",
            "SameSite=Strict",
        ] {
            assert!(cookie.contains(attribute), "{cookie}");
        }
        let cookie = cookie.split(';').next().expect("a cookie").to_owned();
        let mut visitor = Self {
            http,
            cookie,
            form_token: String::new(),
        };
        let page = visitor.get(page).await;
        visitor.form_token = between(&page, "name=\"form_token\" value=\"", "\"");
        visitor
    }

    async fn answer(&self, path: &str) -> Answer {
        let request = Request::new("GET", path).header("cookie", &self.cookie);
        self.http.send(request).await
    }

    async fn get(&self, path: &str) -> String {
        let answer = self.answer(path).await;
        assert_eq!(answer.status, 200, "{path}: {answer}");
        text(&answer)
    }

    async fn post(&self, path: &str, fields: &str) -> Answer {
        let form = format!("form_token={}&{fields}", self.form_token);
        let request = posted(path, &form).header("cookie", &self.cookie);
        self.http.send(request).await
    }
}

/// A form as a page of the console sends it.
fn posted(path: &str, form: &str) -> Request {
    Request::new("POST", path)
        .header("content-type", "application/x-www-form-urlencoded")
        .header("sec-fetch-site", "same-origin")
        .body(form.to_owned())
}

fn text(answer: &Answer) -> String {
    String::from_utf8(answer.body.to_vec()).expect("utf-8")
}

fn between(text: &str, before: &str, after: &str) -> String {
    let rest = text
        .split_once(before)
        .unwrap_or_else(|| panic!("no {before} in {text}"))
        .1;
    rest.split(after).next().unwrap_or_default().to_owned()
}

async fn a_link_signs_in_once_and_nobody_keeps_an_id_from_before(setup: Setup) {
    let console = Console::start(setup).await;
    let link = console.link();
    // To look at the link signs nobody in, whoever sent it, and uses nothing up.
    let page = console.http.send(Request::new("GET", &link)).await;
    assert_eq!((page.status.as_u16(), page.header("set-cookie")), (200, ""));
    let code = format!("code={}", between(&text(&page), "name=\"code\" value=\"", "\""));
    let elsewhere = posted("/sign-in", &code).header("sec-fetch-site", "cross-site");
    assert_eq!(console.http.send(elsewhere).await.status, 403);
    let planted = posted("/sign-in", &code).header("cookie", "__Host-roster=planted");
    let answer = console.http.send(planted).await;
    let visitor = Visitor::of(&console.http, &answer, "/").await;
    assert_ne!(visitor.cookie, "__Host-roster=planted");
    assert!(visitor.get("/").await.contains("Organizations"));
    let again = console.http.send(posted("/sign-in", &code)).await;
    assert_eq!(again.status, 401);
    assert_eq!(again.header("set-cookie"), "");
    let wrong = console.http.send(posted("/sign-in", "token=rst_wrong")).await;
    assert_eq!((wrong.status.as_u16(), wrong.header("set-cookie")), (401, ""));
    // A second sign-in ends the session before it, and a sign-out ends its own.
    let form = format!("token={}", encoded(ROOT_TOKEN));
    let second = posted("/sign-in", &form).header("cookie", &visitor.cookie);
    let second = console.http.send(second).await;
    let second = Visitor::of(&console.http, &second, "/").await;
    assert_eq!(visitor.answer("/").await.header("location"), "/sign-in");
    assert_eq!(second.post("/sign-out", "").await.status, 303);
    assert_eq!(second.answer("/").await.header("location"), "/sign-in");
}

/// Paths of forms below an organization, for a connection, a token and a user of these ids.
fn forms(connection: &str, token: &str, user: &str) -> Vec<String> {
    let of = |place: &str, id: &str, acts: &[&str]| {
        let paths = acts.iter().map(|act| format!("/{place}/{id}/{act}"));
        paths.collect::<Vec<_>>()
    };
    [
        of(
            "connections",
            connection,
            &["enable", "disable", "release", "reject", "reset", "token"],
        ),
        of("tokens", token, &["rotate", "delete"]),
        of("people", user, &["activate", "deactivate", "delete", "undelete"]),
        vec![
            "/policy/preview".to_owned(),
            "/policy/apply".to_owned(),
            "/changes/undo/preview".to_owned(),
            "/changes/undo/apply".to_owned(),
        ],
    ]
    .concat()
}

async fn a_form_from_elsewhere_changes_nothing(setup: Setup) {
    let console = Console::start(setup).await;
    let visitor = console.sign_in(ROOT_TOKEN).await;
    let user = console.world.grpc().create_user("ada").await.id;
    let before = console.world.grpc().revision().await;
    let fields = "key=put.omitted&value=keep&name=x&request_id=x";
    let mut forms = forms("default", "00000000-0000-7000-8000-000000000000", &user);
    for form in &mut forms {
        *form = console.path(form);
    }
    forms.push("/sign-out".to_owned());
    for path in forms {
        let whole = format!("form_token={}&{fields}", visitor.form_token);
        let own = posted(&path, &whole).header("cookie", &visitor.cookie);
        for (fault, request) in [
            (
                "no token",
                posted(&path, fields).header("cookie", &visitor.cookie),
            ),
            (
                "another token",
                posted(&path, &format!("form_token=x&{fields}")).header("cookie", &visitor.cookie),
            ),
            ("another site", own.clone().header("sec-fetch-site", "cross-site")),
            ("a sibling", own.clone().header("sec-fetch-site", "same-site")),
            ("no word", own.clone().without("sec-fetch-site")),
            (
                "another origin",
                own.clone()
                    .without("sec-fetch-site")
                    .header("origin", "https://evil.example"),
            ),
        ] {
            let answer = console.http.send(request).await;
            assert_eq!(answer.status, 403, "{fault}: {path}");
        }
        let unsigned = console.http.send(own.without("cookie")).await;
        assert_eq!(unsigned.header("location"), "/sign-in", "{path}");
        let got = visitor.answer(&path).await.status;
        assert!(got == 405 || got == 404, "GET {path}: {got}");
    }
    assert_eq!(console.world.grpc().revision().await, before);
}

async fn a_token_sees_its_own_organization_and_does_what_its_scopes_allow(setup: Setup) {
    let console = Console::start(setup).await;
    let other = console.world.other().await;
    let theirs = other.grpc().create_user("theirs").await.id;
    let token = console
        .world
        .service_token(&["users:read", "groups:read", "access:read"])
        .await;
    let visitor = console.sign_in(&token).await;
    let ours = console.world.grpc().create_user("ours").await.id;
    assert!(
        visitor
            .get(&console.path(&format!("/people/{ours}")))
            .await
            .contains("ours")
    );
    for path in [
        format!("/o/{}/people", other.organization().slug),
        format!("/o/{}/people/{theirs}", other.organization().slug),
        console.path(&format!("/people/{theirs}")),
    ] {
        let answer = visitor.answer(&path).await;
        assert_eq!(answer.status, 404, "{path}");
        assert!(!text(&answer).contains("theirs"), "{path}");
    }
    let deactivate = console.path(&format!("/people/{ours}/deactivate"));
    let refused = visitor.post(&deactivate, "").await;
    assert_eq!(refused.status, 403, "{refused}");
    assert!(text(&refused).contains("users:write"));
    for page in ["/provisioning", "/policy", "/changes", "/tokens", "/roles"] {
        assert_eq!(visitor.answer(&console.path(page)).await.status, 403, "{page}");
    }
    let user = console.world.grpc().user(&ours).await;
    assert_eq!(user.active, Some(true));
}

async fn names_are_text_whatever_they_contain(setup: Setup) {
    const NAME: &str = "<img src=x onerror=alert(1)>\u{202e}";
    let console = Console::start(setup).await;
    let visitor = console.sign_in(ROOT_TOKEN).await;
    let mut body = user_body("mallory@x.example");
    body["displayName"] = NAME.into();
    let made = console.world.scim().post("/Users", &body).await;
    assert_eq!(made.status, 201);
    let id = made.json()["id"].as_str().expect("an id").to_owned();
    console.world.scim().create_group(NAME, &[&id]).await;
    for page in [
        "/people",
        &format!("/people/{id}"),
        "/groups",
        "/changes",
        "/provisioning",
    ] {
        let page = visitor.get(&console.path(page)).await;
        assert!(!page.contains("<img"), "{page}");
        assert!(!page.contains('\u{202e}'), "{page}");
    }
    let search = format!("/people?q={}", encoded("\"><script>alert(1)</script>"));
    assert!(!visitor.get(&console.path(&search)).await.contains("<script"));
}

async fn every_answer_has_its_headers_and_names_no_other_origin(setup: Setup) {
    let console = Console::start(setup).await;
    let visitor = console.sign_in(ROOT_TOKEN).await;
    let own = |page: &str| console.path(page);
    let pages = [
        "/",
        "/sign-in",
        "/sign-in?code=x",
        "/nowhere",
        "/style.css",
        "/icon.svg",
    ];
    let own_pages = [
        "",
        "/provisioning",
        "/people",
        "/groups",
        "/roles",
        "/policy",
        "/changes",
        "/access",
        "/tokens",
        "/people/nobody",
        "/connections/nobody",
    ];
    let paths = pages.map(str::to_owned).into_iter().chain(own_pages.map(own));
    for path in paths {
        let answer = visitor.answer(&path).await;
        let policy = answer.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none';"), "{path}: {policy}");
        assert!(
            !policy.contains("unsafe") && !policy.contains('*'),
            "{path}: {policy}"
        );
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("cross-origin-opener-policy", "same-origin"),
        ] {
            assert_eq!(answer.header(name), value, "{path}");
        }
        let is_file = ["/style.css", "/icon.svg"].contains(&&*path);
        assert_eq!(answer.header("cache-control") == "no-store", !is_file, "{path}");
        let body = text(&answer);
        assert!(body.len() < 100_000, "{path} has {} bytes", body.len());
        for word in ["<script", " style=", "href=\"http", "src=\"http", "onclick"] {
            assert!(!body.contains(word), "{path} has {word}");
        }
    }
}

async fn buttons_do_what_they_say(setup: Setup) {
    let console = Console::start(setup).await;
    let visitor = console.sign_in(ROOT_TOKEN).await;
    let (world, grpc) = (&console.world, console.world.grpc());
    let ada = grpc.create_user("ada").await.id;
    let person = |act: &str| console.path(&format!("/people/{ada}/{act}"));
    let is_active = async || grpc.user(&ada).await.active;
    assert_eq!(visitor.post(&person("deactivate"), "").await.status, 303);
    assert_eq!(is_active().await, Some(false));
    let page = visitor.get(&console.path(&format!("/people/{ada}"))).await;
    assert!(page.contains("inactive") && page.contains("Activate"), "{page}");
    assert_eq!(visitor.post(&person("activate"), "").await.status, 303);
    assert_eq!(is_active().await, Some(true));
    assert_eq!(visitor.post(&person("delete"), "").await.status, 303);
    assert_eq!(grpc.try_user(&ada).await.unwrap_err().code(), Code::NotFound);
    assert_eq!(visitor.post(&person("undelete"), "").await.status, 303);

    undoes(&console, &visitor, &grpc, &ada).await;

    let setting = "key=put.omitted&value=keep";
    let preview = visitor.post(&console.path("/policy/preview"), setting).await;
    assert!(text(&preview).contains("put.omitted"), "{preview}");
    let applied = visitor.post(&console.path("/policy/apply"), setting).await;
    assert_eq!(applied.status, 303);
    let policy = visitor.get(&console.path("/policy?compare=1")).await;
    assert!(
        policy.contains("<tr class=\"differs\" id=\"put.omitted\">"),
        "{policy}"
    );

    // A secret is in the answer that made it, and nowhere else.
    world.set_policy(&[("tokens.max_active", "unlimited")]).await;
    let overview = visitor.get(&console.path("")).await;
    let connection = between(&overview, "/connections/", "\"");
    let make_token = console.path(&format!("/connections/{connection}/token"));
    let made = visitor.post(&make_token, "name=second").await;
    let secret = between(&text(&made), "class=\"copy secret\">", "<");
    let found = world.scim().with_token(&secret).get("/Users").await;
    assert_eq!(found.status, 200);
    let page = visitor
        .get(&console.path(&format!("/connections/{connection}")))
        .await;
    assert!(page.contains("second") && !page.contains(&secret), "{page}");
    // The same form sent again, as a browser does that loads the answer anew, makes no second token.
    let form = format!(
        "name=third&request_id={}",
        between(&page, "name=\"request_id\" value=\"", "\"")
    );
    assert_eq!(visitor.post(&make_token, &form).await.status, 200);
    assert_eq!(visitor.post(&make_token, &form).await.status, 409);
    let disable = console.path(&format!("/connections/{connection}/disable"));
    assert_eq!(visitor.post(&disable, "").await.status, 303);
    let refused = world.scim().with_token(&secret).get("/Users").await;
    assert_eq!(refused.status, 403);
}

/// The undo of a deactivation that an identity provider asked for.
async fn undoes(console: &Console, visitor: &Visitor<'_>, grpc: &Grpc, user: &str) {
    let service = console.world.service(&["users:write", "users:read"]).await;
    let changed = identity_proto::v1::User {
        id: user.to_owned(),
        active: Some(false),
        ..Default::default()
    };
    service.update_user(changed, &["active"]).await.expect("a change");
    let log = visitor.get(&console.path("/changes")).await;
    let request = between(&log, "name=\"request_id\" value=\"", "\"");
    let fields = format!("request_id={request}");
    let preview = visitor
        .post(&console.path("/changes/undo/preview"), &fields)
        .await;
    assert!(text(&preview).contains("Take it back"), "{preview}");
    assert_eq!(grpc.user(user).await.active, Some(false));
    let undone = visitor.post(&console.path("/changes/undo/apply"), &fields).await;
    assert_eq!(undone.status, 200, "{undone}");
    let deadline = tokio::time::Instant::now() + Duration::from_secs(10);
    while grpc.user(user).await.active != Some(true) {
        assert!(tokio::time::Instant::now() < deadline, "{undone}");
    }
}
