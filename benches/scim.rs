//! The workloads over SCIM.

use std::sync::Arc;

use crate::{
    http::{Connection, Request},
    load::{Calls, Figure, Plan, Tickets, Until, run},
    server::Server,
};

const USERS: &str = "/scim/v2/Users";
const GROUPS: &str = "/scim/v2/Groups";

/// The load of one server.
#[derive(Clone)]
pub struct Scim {
    address: Arc<str>,
    token: Arc<str>,
}

impl Scim {
    /// For this server.
    pub fn new(server: &Server) -> Self {
        Self {
            address: server.http.as_str().into(),
            token: server.scim_token.as_str().into(),
        }
    }

    /// For a limit server.
    pub fn limit(address: &str) -> Self {
        Self {
            address: address.into(),
            token: "none".into(),
        }
    }

    async fn open(&self) -> Result<Connection, String> {
        Connection::open(&self.address, &self.token).await
    }

    /// Creates users number `from` on; returns their ids too.
    pub async fn create(&self, plan: Plan, from: u64) -> (Figure, Vec<String>) {
        self.create_as(plan, from, user_body).await
    }

    /// The same with bodies of this form.
    pub async fn create_as(&self, plan: Plan, from: u64, body: fn(u64) -> String) -> (Figure, Vec<String>) {
        let ids = Arc::new(std::sync::Mutex::new(Vec::new()));
        let figure = run(plan, |_, tickets| {
            let (scim, ids) = (self.clone(), ids.clone());
            async move { scim.create_worker(tickets, (from, body), &ids).await }
        })
        .await;
        let ids = std::mem::take(&mut *ids.lock().expect("ids"));
        (figure, ids)
    }

    async fn create_worker(
        &self,
        tickets: Tickets,
        (from, body): (u64, fn(u64) -> String),
        ids: &std::sync::Mutex<Vec<String>>,
    ) -> Result<Vec<u32>, String> {
        let mut connection = self.open().await?;
        let (mut mine, mut calls) = (Vec::new(), Calls::new(tickets));
        while let Some(n) = calls.begin() {
            let body = body(from + n);
            let request = Request {
                method: "POST",
                path: USERS,
                body: &body,
            };
            let response = connection.expect(&request, &[201]).await?;
            mine.push(id_of(&response.body)?);
            calls.end();
        }
        ids.lock().expect("ids").append(&mut mine);
        Ok(calls.times())
    }

    /// Sends the requests that `make` gives for each call.
    pub async fn requests<M>(&self, plan: Plan, make: M) -> Figure
    where
        M: Fn(u64) -> (&'static str, String, String) + Clone + Send + Sync + 'static,
    {
        run(plan, |_, tickets| {
            let (scim, make) = (self.clone(), make.clone());
            async move {
                let mut connection = scim.open().await?;
                let mut calls = Calls::new(tickets);
                while let Some(n) = calls.begin() {
                    let (method, path, body) = make(n);
                    let request = Request {
                        method,
                        path: &path,
                        body: &body,
                    };
                    connection.expect(&request, &[200, 201, 204]).await?;
                    calls.end();
                }
                Ok(calls.times())
            }
        })
        .await
    }

    /// The body of one answer.
    pub async fn body(&self, path: &str) -> String {
        let mut connection = self.open().await.expect("connect");
        let response = connection
            .expect(
                &Request {
                    method: "GET",
                    path,
                    body: "",
                },
                &[200],
            )
            .await
            .expect("a body");
        String::from_utf8(response.body).expect("text")
    }

    /// Makes a group and fills it by PATCHes of 1,000 members; returns its id and how long each PATCH took, in milliseconds.
    pub async fn group(&self, name: &str, members: &[String]) -> (String, Vec<f64>) {
        let mut connection = self.open().await.expect("connect");
        let body = format!(
            r#"{{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":"{name}"}}"#
        );
        let response = connection
            .expect(
                &Request {
                    method: "POST",
                    path: GROUPS,
                    body: &body,
                },
                &[201],
            )
            .await
            .expect("create a group");
        let id = id_of(&response.body).expect("an id");
        let mut times = Vec::new();
        for chunk in members.chunks(1000) {
            let begin = std::time::Instant::now();
            let (method, path, body) = member_patch(&id, "add", chunk);
            connection
                .expect(
                    &Request {
                        method,
                        path: &path,
                        body: &body,
                    },
                    &[200, 204],
                )
                .await
                .expect("fill a group");
            times.push(begin.elapsed().as_secs_f64() * 1000.0);
        }
        (id, times)
    }

    /// Creates users number `from` on by one request.
    pub async fn bulk(&self, from: u64, count: u64) {
        let operations: Vec<_> = (from..from + count)
            .map(|n| {
                let data = user_body(n);
                format!(r#"{{"method":"POST","path":"/Users","bulkId":"{n}","data":{data}}}"#)
            })
            .collect();
        let body = format!(
            r#"{{"schemas":["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],"Operations":[{}]}}"#,
            operations.join(",")
        );
        let request = Request {
            method: "POST",
            path: "/scim/v2/Bulk",
            body: &body,
        };
        let mut connection = self.open().await.expect("connect");
        let answer = connection.expect(&request, &[200]).await.expect("a bulk").body;
        let answer: serde_json::Value = serde_json::from_slice(&answer).expect("JSON");
        let made = answer["Operations"]
            .as_array()
            .map_or(0, |list| list.iter().filter(|it| it["status"] == "201").count());
        assert_eq!(made as u64, count, "not all operations of a bulk were done");
    }

    /// Walks all users by `nextCursor`, 1,000 a page; returns how many there are, and the cursors.
    pub async fn walk(&self) -> (usize, Vec<String>) {
        let mut connection = self.open().await.expect("connect");
        let (mut cursor, mut seen) = (String::new(), 0);
        let mut cursors = Vec::new();
        loop {
            let path = format!("{USERS}?count=1000&cursor={cursor}");
            let request = Request {
                method: "GET",
                path: &path,
                body: "",
            };
            let body = connection.expect(&request, &[200]).await.expect("a page").body;
            let page: serde_json::Value = serde_json::from_slice(&body).expect("JSON");
            seen += page["Resources"].as_array().map_or(0, Vec::len);
            cursors.push(cursor.clone());
            match page["nextCursor"].as_str() {
                Some(next) => cursor = next.to_owned(),
                None => return (seen, cursors),
            }
        }
    }
}

/// The workers and the end of a load.
pub fn plan(workers: usize, until: Until) -> Plan {
    Plan { workers, until }
}

/// A user as Okta sends one.
pub fn user_body(n: u64) -> String {
    format!(
        r#"{{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"{name}","externalId":"{name}","name":{{"givenName":"Load","familyName":"Test"}},"displayName":"Load Test {n}","active":true,"emails":[{{"value":"{name}","type":"work","primary":true}}]}}"#,
        name = user_name(n)
    )
}

/// The same with a role in the organization.
pub fn editor_body(n: u64) -> String {
    let body = user_body(n);
    let open = body.strip_suffix('}').unwrap_or(&body);
    format!(r#"{open},"roles":[{{"value":"editor"}}]}}"#)
}

/// The name of user number `n`.
pub fn user_name(n: u64) -> String {
    format!("user-{n}@bench.example")
}

/// GET of one user.
pub fn get(id: &str) -> (&'static str, String, String) {
    ("GET", format!("{USERS}/{id}"), String::new())
}

/// A search.
pub fn filter(text: &str) -> (&'static str, String, String) {
    let encoded = text
        .replace(' ', "%20")
        .replace('"', "%22")
        .replace('[', "%5B")
        .replace(']', "%5D");
    ("GET", format!("{USERS}?filter={encoded}"), String::new())
}

/// A page of 100 by index.
pub fn first_page() -> (&'static str, String, String) {
    ("GET", format!("{USERS}?startIndex=1&count=100"), String::new())
}

/// A page of 100 by cursor.
pub fn page_after(cursor: &str) -> (&'static str, String, String) {
    ("GET", format!("{USERS}?count=100&cursor={cursor}"), String::new())
}

/// How identity providers write the same PATCH.
#[derive(Clone, Copy)]
pub enum Dialect {
    /// With a path, as RFC 7644 shows it.
    Path,
    /// As Okta: an object without a path.
    Okta,
    /// As Entra ID: capital letters, and a path into a list by its type.
    Entra,
}

impl Dialect {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Path, Self::Okta, Self::Entra];

    /// In names of workloads.
    pub fn name(self) -> &'static str {
        match self {
            Self::Path => "path",
            Self::Okta => "Okta",
            Self::Entra => "Entra",
        }
    }
}

/// A PATCH of one user's title, or of what a dialect changes otherwise.
pub fn patch_title(id: &str, title: u64, dialect: Dialect) -> (&'static str, String, String) {
    let operation = match dialect {
        Dialect::Path => format!(r#"{{"op":"replace","path":"title","value":"Title {title}"}}"#),
        Dialect::Okta => format!(r#"{{"op":"replace","value":{{"title":"Title {title}"}}}}"#),
        Dialect::Entra => {
            format!(
                r#"{{"op":"Replace","path":"phoneNumbers[type eq \"work\"].value","value":"+49 {title}"}}"#
            )
        }
    };
    let body = format!(
        r#"{{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{operation}]}}"#
    );
    ("PATCH", format!("{USERS}/{id}"), body)
}

/// A PATCH that adds or removes members of a group.
pub fn member_patch(group: &str, op: &str, members: &[String]) -> (&'static str, String, String) {
    let values: Vec<_> = members
        .iter()
        .map(|id| format!(r#"{{"value":"{id}"}}"#))
        .collect();
    let body = format!(
        r#"{{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{{"op":"{op}","path":"members","value":[{}]}}]}}"#,
        values.join(",")
    );
    (
        "PATCH",
        format!("{GROUPS}/{group}?excludedAttributes=members"),
        body,
    )
}

fn id_of(body: &[u8]) -> Result<String, String> {
    let text = std::str::from_utf8(body).map_err(|e| e.to_string())?;
    let start = text.find(r#""id":""#).ok_or("no id")? + 6;
    text.get(start..start + 36)
        .map(ToOwned::to_owned)
        .ok_or_else(|| "a short id".into())
}
