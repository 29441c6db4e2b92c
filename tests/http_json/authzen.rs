//! Access checks as AuthZEN asks them.

use serde_json::{Value, json};

use super::{Json, assert_error};
use crate::harness::{
    Answer, Http, ROOT_TOKEN, Request, SeededRng, World, everywhere, run_folder::fresh_name,
};

everywhere!(
    questions_are_answered_as_the_core_answers_them,
    who_and_what_is_unknown_may_not_and_is_told_why,
    a_list_ends_with_the_question_that_decides,
    a_question_that_is_none_is_refused_by_its_field,
    other_tokens_are_refused,
    the_configuration_names_the_endpoints,
    random_questions_are_answered_as_by_batch_check_access,
);

const ONE: &str = "/access/v1/evaluation";
const MANY: &str = "/access/v1/evaluations";

/// The endpoints with a token, of an organization where `ada` runs reports in a project.
struct Fixture {
    http: Http,
    token: String,
    ada: String,
    name: String,
    project: String,
    project_name: String,
}

impl Fixture {
    async fn make(world: &World) -> Self {
        let [api, _] = Json::both(world, ROOT_TOKEN);
        let organization = &world.organization().slug;
        let made = async |method: &str, mut body: Value| {
            body["organization"] = organization.as_str().into();
            api.call(method, &body).await.expect(200)
        };
        let (name, project_name) = (fresh_name("ada"), fresh_name("apollo"));
        let ada = made("UserService/CreateUser", json!({"user": {"userName": name}})).await;
        let project = made(
            "ProjectService/CreateProject",
            json!({"project": {"name": project_name}}),
        )
        .await;
        let role = json!({
            "name": fresh_name("reporter"), "scope": "ROLE_SCOPE_PROJECT", "permissions": ["report.run", "record.read"],
        });
        let role = made("RoleService/CreateRole", json!({"role": role})).await;
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let (ada, project) = (text(&ada["user"]["id"]), text(&project["project"]["id"]));
        let grant = json!({"principalId": ada, "project": project, "role": role["role"]["id"]});
        made("RoleService/GrantRole", grant).await;
        Self {
            http: Http::new(world.endpoints().scim.clone()),
            token: world.service_token(&["access:read", "users:read"]).await,
            ada,
            name,
            project,
            project_name,
        }
    }

    fn request(&self, path: &str, body: &str) -> Request {
        Request::new("POST", path)
            .header("authorization", &format!("Bearer {}", self.token))
            .header("content-type", "application/json")
            .body(body.to_owned())
    }

    async fn ask(&self, path: &str, body: &Value) -> Answer {
        self.http.send(self.request(path, &body.to_string())).await
    }

    /// Asks one question, alone and as the only one of a list without questions.
    async fn decide(&self, question: &Value) -> Value {
        let answer = self.ask(ONE, question).await.expect(200);
        assert_eq!(self.ask(MANY, question).await.expect(200), answer);
        answer
    }

    fn question(&self, action: &str) -> Value {
        json!({
            "subject": {"type": "user", "id": self.ada},
            "action": {"name": action},
            "resource": {"type": "project", "id": self.project},
        })
    }
}

fn with(mut question: Value, at: &str, value: Value) -> Value {
    *question.pointer_mut(at).unwrap() = value;
    question
}

async fn questions_are_answered_as_the_core_answers_them(world: World) {
    let fixture = Fixture::make(&world).await;
    let run = fixture.question("report.run");
    let record =
        json!({"type": "record", "id": "7", "properties": {"project": fixture.project_name, "color": 1}});
    let acme = json!({"type": "organization", "id": world.organization().slug});
    let yes = [
        run.clone(),
        with(run.clone(), "/subject/id", json!(fixture.name.to_uppercase())),
        with(run.clone(), "/resource/id", json!(fixture.project_name)),
        with(fixture.question("read"), "/resource", record),
        with(fixture.question("view"), "/resource", acme),
    ];
    for mut question in yes {
        question["context"] = json!({"time": "2025-06-27T18:03-07:00"});
        question["futureField"] = json!({"nested": true});
        let answer = fixture.decide(&question).await;
        assert_eq!(answer["decision"], true, "{question} {answer}");
        let revision = answer["context"]["revision"].as_str().unwrap();
        assert_eq!(revision, world.grpc().revision().await.to_string());
    }
    let answer = fixture.decide(&fixture.question("edit")).await;
    assert_eq!(answer["decision"], false);
    assert_eq!(answer["context"]["reason"], "not_granted");
    // Root names the organization.
    let root = Fixture {
        token: ROOT_TOKEN.into(),
        ..fixture
    };
    let mut question = root.question("report.run");
    assert_error(&root.ask(ONE, &question).await, 400, "invalid_argument");
    question["resource"]["properties"] = json!({"organization": world.organization().slug});
    assert_eq!(root.decide(&question).await["decision"], true);
}

async fn who_and_what_is_unknown_may_not_and_is_told_why(world: World) {
    let fixture = Fixture::make(&world).await;
    let other = world.other().await;
    let run = fixture.question("report.run");
    let uuid = "01900000-0000-7000-8000-000000000001";
    let questions = [
        ("user_unknown", with(run.clone(), "/subject/id", json!("nobody"))),
        ("user_unknown", with(run.clone(), "/subject/id", json!(uuid))),
        (
            "user_unknown",
            with(
                run.clone(),
                "/subject",
                json!({"type": "user", "id": "s", "properties": {"iss": "https://idp.example"}}),
            ),
        ),
        (
            "subject_type_unknown",
            with(run.clone(), "/subject/type", json!("robot")),
        ),
        (
            "project_unknown",
            with(run.clone(), "/resource/id", json!("nothing")),
        ),
        ("project_unknown", with(run.clone(), "/resource/id", json!(uuid))),
        (
            "not_granted",
            with(run.clone(), "/resource/type", json!("record")),
        ),
        (
            "organization_unknown",
            with(
                run.clone(),
                "/resource",
                json!({"type": "organization", "id": other.organization().slug}),
            ),
        ),
        (
            "action_unknown",
            with(run.clone(), "/action/name", json!("Run it")),
        ),
    ];
    for (reason, question) in &questions {
        let answer = fixture.decide(question).await;
        assert_eq!(answer["decision"], false, "{question}");
        assert_eq!(answer["context"]["reason"], *reason, "{question}");
    }
    // In one list they leave the others alone.
    let mut items: Vec<_> = questions.iter().map(|(_, question)| question.clone()).collect();
    items.push(run);
    let answers = fixture
        .ask(MANY, &json!({"evaluations": items}))
        .await
        .expect(200);
    let answers = answers["evaluations"].as_array().unwrap();
    assert_eq!(answers.len(), items.len());
    for (answer, (reason, question)) in answers.iter().zip(&questions) {
        assert_eq!(answer["context"]["reason"], *reason, "{question}");
    }
    assert_eq!(answers.last().unwrap()["decision"], true);
}

async fn a_list_ends_with_the_question_that_decides(world: World) {
    let fixture = Fixture::make(&world).await;
    let decisions = async |semantic: Option<&str>, actions: &[&str]| {
        let items: Vec<_> = actions
            .iter()
            .map(|action| json!({"action": {"name": action}}))
            .collect();
        let mut body = json!({
            "subject": {"type": "user", "id": fixture.ada},
            "resource": {"type": "project", "id": fixture.project},
            "evaluations": items,
        });
        if let Some(semantic) = semantic {
            body["options"] = json!({"evaluations_semantic": semantic});
        }
        let answer = fixture.ask(MANY, &body).await.expect(200);
        let answers = answer["evaluations"].as_array().unwrap().clone();
        answers
            .iter()
            .map(|it| it["decision"].as_bool().unwrap())
            .collect::<Vec<_>>()
    };
    let (yes, no) = ("report.run", "edit");
    let asked = [yes, no, yes, no];
    assert_eq!(decisions(None, &asked).await, [true, false, true, false]);
    assert_eq!(
        decisions(Some("execute_all"), &asked).await,
        [true, false, true, false]
    );
    assert_eq!(decisions(Some("deny_on_first_deny"), &asked).await, [true, false]);
    assert_eq!(decisions(Some("permit_on_first_permit"), &asked).await, [true]);
    assert_eq!(
        decisions(Some("permit_on_first_permit"), &[no, yes, no]).await,
        [false, true]
    );
    assert_eq!(
        decisions(Some("deny_on_first_deny"), &[yes, yes]).await,
        [true, true]
    );
    // A question that lacks something fails alone.
    let body = json!({"subject": {"type": "user", "id": fixture.ada}, "action": {"name": yes},
        "evaluations": [{"resource": {"type": "project", "id": fixture.project}}, {}, 7]});
    let answer = fixture.ask(MANY, &body).await.expect(200);
    let answers = &answer["evaluations"];
    assert_eq!(
        (&answers[0]["decision"], &answers[1]["decision"]),
        (&json!(true), &json!(false))
    );
    assert_eq!(
        answers[1]["context"]["message"],
        "evaluations[1].resource: is required"
    );
    assert_eq!(answers[2]["context"]["reason"], "invalid");
}

async fn a_question_that_is_none_is_refused_by_its_field(world: World) {
    let fixture = Fixture::make(&world).await;
    let whole = fixture.question("view");
    for path in [ONE, MANY] {
        for field in ["subject", "action", "resource"] {
            let mut without = whole.clone();
            without.as_object_mut().unwrap().remove(field);
            let error = assert_error(&fixture.ask(path, &without).await, 400, "invalid_argument");
            assert_eq!(error["message"], format!("{field}: is required"));
        }
        for (at, value, message) in [
            ("/subject", json!("alice"), "subject: must be an object"),
            ("/action/name", json!(123), "action.name: must be a text"),
            ("/resource", json!({"id": "x"}), "resource.type: is required"),
        ] {
            let answer = fixture.ask(path, &with(whole.clone(), at, value)).await;
            assert_eq!(assert_error(&answer, 400, "invalid_argument")["message"], message);
        }
        for body in ["", "{", "[]", "null"] {
            let answer = fixture.http.send(fixture.request(path, body)).await;
            assert_error(&answer, 400, "invalid_argument");
        }
        let request = fixture.request(path, &whole.to_string());
        let answer = fixture
            .http
            .send(request.header("content-type", "text/plain"))
            .await;
        assert_error(&answer, 400, "invalid_argument");
        let answer = fixture.http.send(Request::new("GET", path)).await;
        assert_error(&answer, 405, "invalid_argument");
        let large = format!("{{\"x\": \"{}\"}}", "x".repeat(600 << 10));
        let answer = fixture.http.send(fixture.request(path, &large)).await;
        assert_error(&answer, 413, "resource_exhausted");
    }
    for (body, field) in [
        (json!({"evaluations": 7}), "evaluations"),
        (
            json!({"evaluations": [{}], "options": {"evaluations_semantic": "some"}}),
            "options.evaluations_semantic",
        ),
        (json!({"evaluations": [{}], "subject": "ada"}), "subject"),
        (json!({"evaluations": vec![json!({}); 1001]}), "evaluations"),
    ] {
        let error = assert_error(&fixture.ask(MANY, &body).await, 400, "invalid_argument");
        assert!(
            error["message"]
                .as_str()
                .unwrap()
                .starts_with(&format!("{field}: ")),
            "{error}"
        );
    }
}

async fn other_tokens_are_refused(world: World) {
    let fixture = Fixture::make(&world).await;
    let question = fixture.question("view");
    let by_name = with(question.clone(), "/subject/id", json!(fixture.name));
    let checks_alone = world.service_token(&["access:read"]).await;
    let none = world.service_token(&["users:read"]).await;
    let large = with(question.clone(), "/resource/id", json!("x".repeat(20 << 10)));
    for (token, question, status, code) in [
        ("rst_nonsense", &question, 401, "unauthenticated"),
        ("rst_nonsense", &large, 401, "unauthenticated"),
        (none.as_str(), &question, 403, "permission_denied"),
        (world.scim_token(), &question, 403, "permission_denied"),
        // Names are looked up.
        (checks_alone.as_str(), &by_name, 403, "permission_denied"),
    ] {
        let fixture = Fixture {
            token: token.to_owned(),
            http: fixture.http.clone(),
            ..Fixture::make(&world).await
        };
        assert_error(&fixture.ask(ONE, question).await, status, code);
    }
    let request = fixture
        .request(ONE, &question.to_string())
        .without("authorization");
    let answer = fixture.http.send(request.header("x-request-id", "q-7")).await;
    assert_error(&answer, 401, "unauthenticated");
    assert_eq!(answer.header("www-authenticate"), "Bearer");
    assert_eq!(answer.header("x-request-id"), "q-7");
    let fixture = Fixture {
        token: checks_alone,
        ..fixture
    };
    fixture.ask(ONE, &question).await.expect(200);
}

async fn the_configuration_names_the_endpoints(world: World) {
    let http = Http::new(world.endpoints().scim.clone());
    let configuration = http
        .send(Request::new("GET", "/.well-known/authzen-configuration"))
        .await
        .expect(200);
    let at = configuration["policy_decision_point"].as_str().unwrap();
    assert_eq!(configuration["access_evaluation_endpoint"], format!("{at}{ONE}"));
    assert_eq!(
        configuration["access_evaluations_endpoint"],
        format!("{at}{MANY}")
    );
    assert_eq!(configuration["search_subject_endpoint"], Value::Null);
    let description = http.send(Request::new("GET", "/api/openapi.json")).await;
    assert_eq!(description.header("content-type"), "application/json");
    let description = description.expect(200);
    assert_eq!(description["openapi"], "3.1.0");
    assert!(description["paths"]["/roster.identity.v1.UserService/GetUser"]["post"].is_object());
}

async fn random_questions_are_answered_as_by_batch_check_access(world: World) {
    let fixture = Fixture::make(&world).await;
    let eve = world.grpc().create_user(&fresh_name("eve")).await;
    let users = [
        (fixture.ada.as_str(), fixture.name.as_str()),
        (&eve.id, &eve.user_name),
    ];
    let permissions = [
        "report.run",
        "record.read",
        "project.view",
        "organization.view",
        "billing.pay",
    ];
    let mut rng = SeededRng(17);
    let (mut questions, mut checks) = (Vec::new(), Vec::new());
    for _ in 0..200 {
        let (id, name) = users[rng.below(users.len())];
        let permission = permissions[rng.below(permissions.len())];
        let in_project = rng.below(3) > 0;
        let resource = if in_project {
            json!({"type": "project", "id": fixture.project})
        } else {
            json!({"type": "organization", "id": world.organization().slug})
        };
        questions.push(json!({
            "subject": {"type": "user", "id": if rng.below(2) == 0 { id } else { name }},
            "action": {"name": permission},
            "resource": resource,
        }));
        let project = if in_project { fixture.project.as_str() } else { "" };
        checks.push(json!({"userId": id, "permission": permission, "projectId": project}));
    }
    let answer = fixture
        .ask(MANY, &json!({"evaluations": questions}))
        .await
        .expect(200);
    let decisions = answer["evaluations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["decision"].clone());
    for api in Json::both(&world, &fixture.token) {
        let asked = json!({"checks": checks});
        let expected = api
            .call("AccessService/BatchCheckAccess", &asked)
            .await
            .expect(200);
        let expected = expected["decisions"].as_array().unwrap();
        let expected = expected.iter().map(|it| Value::from(it["allowed"] == true));
        assert!(decisions.clone().eq(expected), "{answer}");
    }
}
