//! The Postman collection of the SCIM API, made of its OpenAPI document, and run by newman on every server.
//!
//! `ROSTER_WRITE_DOCS=1 cargo test --test e2e postman` writes the collection anew.

use std::{env, fs, path::PathBuf, process::Command, sync::OnceLock};

use serde_json::{Value, json};

use super::python::succeed;
use crate::harness::{World, everywhere};

everywhere!(
    newman_runs_the_collection,
    the_collection_has_every_operation_of_the_openapi_document,
);

const NEWMAN: &str = "newman@6.2.2";
const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
const MESSAGES: &str = "urn:ietf:params:scim:api:messages:2.0:";

/// One request of the collection.
struct Step {
    /// `operationId` of the document.
    id: &'static str,
    path: &'static str,
    body: Value,
    statuses: &'static [u16],
    /// The variable that keeps something of the answer, and where it stands there.
    keeps: Option<(&'static str, &'static str)>,
}

fn step(id: &'static str, path: &'static str, statuses: &'static [u16]) -> Step {
    Step {
        id,
        path,
        body: Value::Null,
        statuses,
        keeps: None,
    }
}

impl Step {
    fn sending(self, body: Value) -> Self {
        Self { body, ..self }
    }

    fn keeping(self, variable: &'static str, place: &'static str) -> Self {
        let keeps = Some((variable, place));
        Self { keeps, ..self }
    }
}

/// Every operation, in an order in which they work: a user and a group come, change and go.
fn steps() -> Vec<Step> {
    let message = |name: &str| format!("{MESSAGES}{name}");
    let search =
        |filter: &str| json!({ "schemas": [message("SearchRequest")], "filter": filter, "count": 10 });
    let patch = |operation: Value| json!({ "schemas": [message("PatchOp")], "Operations": [operation] });
    let user = |name: &str| json!({ "schemas": [USER], "userName": "{{userName}}", "displayName": name, "active": true });
    let group = |name: &str| json!({ "schemas": [GROUP], "displayName": name, "members": [{ "value": "{{userId}}" }] });
    let of_bulk = json!({ "method": "PATCH", "path": "/Users/{{userId}}", "data": patch(
        json!({ "op": "replace", "path": "title", "value": "Engineer" }),
    ) });
    vec![
        step("get_ServiceProviderConfig", "/ServiceProviderConfig", &[200]),
        step("get_ResourceTypes", "/ResourceTypes", &[200]),
        step("get_ResourceTypes_name", "/ResourceTypes/User", &[200]),
        step("get_Schemas", "/Schemas", &[200]),
        step(
            "get_Schemas_urn",
            "/Schemas/urn:ietf:params:scim:schemas:core:2.0:User",
            &[200],
        ),
        step("get_openapi_json", "/openapi.json", &[200]),
        step("post_Users", "/Users", &[201])
            .sending(user("Ada"))
            .keeping("userId", "id"),
        step("get_Users_id", "/Users/{{userId}}", &[200]),
        step(
            "get_Users",
            "/Users?filter=userName%20eq%20%22{{userName}}%22",
            &[200],
        ),
        step("post_Users_search", "/Users/.search", &[200]).sending(search("active eq true")),
        step("put_Users_id", "/Users/{{userId}}", &[200]).sending(user("Ada Lovelace")),
        step("patch_Users_id", "/Users/{{userId}}", &[200]).sending(patch(
            json!({ "op": "replace", "path": "name.givenName", "value": "Ada" }),
        )),
        step("post_Groups", "/Groups", &[201])
            .sending(group("{{groupName}}"))
            .keeping("groupId", "id"),
        step("get_Groups_id", "/Groups/{{groupId}}", &[200]),
        step("get_Groups", "/Groups?excludedAttributes=members", &[200]),
        step("post_Groups_search", "/Groups/.search", &[200]).sending(search("displayName pr")),
        step("put_Groups_id", "/Groups/{{groupId}}", &[200]).sending(group("{{groupName}} 2")),
        step("patch_Groups_id", "/Groups/{{groupId}}", &[200]).sending(patch(
            json!({ "op": "remove", "path": "members[value eq \"{{userId}}\"]" }),
        )),
        step("get", "/?count=10", &[200]),
        step("post_search", "/.search", &[200]).sending(search("id pr")),
        step("post_Bulk", "/Bulk", &[200])
            .sending(json!({ "schemas": [message("BulkRequest")], "Operations": [of_bulk] })),
        step("get_Roles", "/Roles", &[200]).keeping("roleId", "Resources[0].id"),
        step("get_Roles_id", "/Roles/{{roleId}}", &[200]),
        step("get_Entitlements", "/Entitlements", &[200]),
        step("get_Entitlements_id", "/Entitlements/none", &[404]),
        // A person's token gets the person; that of a connection is nobody's.
        step("get_Me", "/Me", &[200, 501]),
        step("delete_Groups_id", "/Groups/{{groupId}}", &[204]),
        step("delete_Users_id", "/Users/{{userId}}", &[204]),
    ]
}

async fn the_collection_has_every_operation_of_the_openapi_document(world: World) {
    let document = world.scim().get("/openapi.json").await.expect(200);
    let text = serde_json::to_string_pretty(&collection(&document)).expect("JSON") + "\n";
    if env::var_os("ROSTER_WRITE_DOCS").is_some() {
        fs::write(file(), &text).expect("write the collection");
    }
    assert_eq!(fs::read_to_string(file()).expect("the collection"), text);
}

async fn newman_runs_the_collection(world: World) {
    let base = format!("base={}/scim/v2", world.endpoints().scim);
    let mut newman = Command::new(newman());
    newman.arg("run").arg(file());
    newman.args([
        "--env-var",
        &base,
        "--env-var",
        &format!("token={}", world.scim_token()),
    ]);
    println!("{}", succeed(&mut newman));
}

fn file() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/postman/roster-scim.json")
}

/// newman, installed at the first use.
fn newman() -> PathBuf {
    static MADE: OnceLock<PathBuf> = OnceLock::new();
    let made = MADE.get_or_init(|| {
        let place = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(NEWMAN);
        let program = place.join("node_modules/.bin/newman");
        if !program.exists() {
            fs::create_dir_all(&place).expect("a folder");
            let install = ["install", "--silent", "--no-audit", "--no-fund", "--prefix"];
            succeed(Command::new("npm").args(install).arg(&place).arg(NEWMAN));
        }
        program
    });
    made.clone()
}

/// Makes the collection; panics unless each operation of the document has a step.
fn collection(document: &Value) -> Value {
    let mut operations = Vec::new();
    for methods in document["paths"].as_object().expect("paths").values() {
        for (method, operation) in methods.as_object().expect("methods") {
            let id = operation["operationId"].as_str().expect("an id");
            operations.push((
                id,
                method.to_uppercase(),
                operation["summary"].as_str().expect("a summary"),
            ));
        }
    }
    let steps = steps();
    assert_eq!(steps.len(), operations.len());
    let items = steps.iter().map(|step| {
        let found = operations.iter().find(|(id, ..)| *id == step.id);
        let (_, method, summary) = found.unwrap_or_else(|| panic!("{} is no operation", step.id));
        item(step, method, summary)
    });
    let variables = [
        ("base", "http://127.0.0.1:8080/scim/v2"),
        ("token", ""),
        ("userName", "postman@example.com"),
        ("groupName", "Postman"),
    ];
    json!({
        "info": {
            "name": "Roster SCIM",
            "description": "Set the variables base (the SCIM base URL) and token (a SCIM token). Run in order: a user and a group are \
                made, changed and deleted.",
            "schema": "https://schema.getpostman.com/json/collection/v2.1.0/collection.json",
        },
        "auth": { "type": "bearer", "bearer": [{ "key": "token", "value": "{{token}}", "type": "string" }] },
        "variable": variables.map(|(key, value)| json!({ "key": key, "value": value })),
        "item": items.collect::<Vec<_>>(),
    })
}

fn item(step: &Step, method: &str, summary: &str) -> Value {
    let mut script = vec![format!(
        "pm.test(\"the status is as expected\", () => pm.expect(pm.response.code).to.be.oneOf({}));",
        json!(step.statuses)
    )];
    if let Some((variable, place)) = step.keeps {
        script.push(format!(
            "pm.collectionVariables.set(\"{variable}\", pm.response.json().{place});"
        ));
    }
    let mut request = json!({ "method": method, "header": [], "url": format!("{{{{base}}}}{}", step.path) });
    if !step.body.is_null() {
        request["header"] = json!([{ "key": "Content-Type", "value": "application/scim+json" }]);
        let raw = serde_json::to_string_pretty(&step.body).expect("JSON");
        request["body"] = json!({ "mode": "raw", "raw": raw, "options": { "raw": { "language": "json" } } });
    }
    json!({
        "name": summary,
        "request": request,
        "event": [{ "listen": "test", "script": { "type": "text/javascript", "exec": script } }],
    })
}
