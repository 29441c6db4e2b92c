//! Accuracy of `/Schemas`: writable attributes can be written, read, filtered, sorted and cleared, others
//! cannot be written.

use serde_json::{Value, json};

use crate::harness::{
    World, everywhere,
    scim::{encoded, patch_body, text},
};

everywhere!(
    every_writable_attribute_can_be_written_found_sorted_and_cleared,
    every_writable_attribute_of_groups_can_be_written_found_sorted_and_cleared,
    no_read_only_attribute_can_be_written,
);

/// Prefix of the URNs of the resources' own schemas.
const CORE: &str = "urn:ietf:params:scim:schemas:core:2.0:";

/// Resource under test, by its path; another one stands beside it.
struct Subject {
    world: World,
    list: &'static str,
    id: String,
}

async fn every_writable_attribute_can_be_written_found_sorted_and_cleared(world: World) {
    let id = text(&world.scim().create_user("ada").await["id"]);
    world.scim().create_user("bystander").await;
    let published = attributes(&world, "User").await;
    assert!(published.len() > 20, "only {} attributes", published.len());
    let list = "/Users";
    assert_true(&Subject { world, list, id }, &published).await;
}

async fn every_writable_attribute_of_groups_can_be_written_found_sorted_and_cleared(world: World) {
    let id = text(&world.scim().create_group("team", &[]).await["id"]);
    world.scim().create_group("bystanders", &[]).await;
    // Members must be somebody; the tests of groups write, find and remove them.
    let mut published = attributes(&world, "Group").await;
    published.retain(|attribute| !attribute.path.ends_with(":members"));
    assert!(!published.is_empty());
    let list = "/Groups";
    assert_true(&Subject { world, list, id }, &published).await;
}

async fn assert_true(subject: &Subject, published: &[Attribute]) {
    let mut wrong = Vec::new();
    for attribute in published {
        if attribute.is("mutability", "readWrite") && !attribute.is("returned", "never") {
            for fault in try_out(subject, attribute).await {
                wrong.push(format!("{}: {fault}", attribute.path));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

async fn no_read_only_attribute_can_be_written(world: World) {
    let scim = world.scim();
    let path = format!("/Users/{}", text(&scim.create_user("ada").await["id"]));
    let before = scim.get(&path).await.expect(200);
    let read_only = attributes(&world, "User").await;
    for attribute in read_only
        .iter()
        .filter(|attribute| attribute.is("mutability", "readOnly"))
    {
        let value = attribute.sample(1);
        let operation = json!([{"op": "replace", "path": attribute.path, "value": value}]);
        let answer = scim.patch(&path, operation).await;
        assert!(
            answer.status.is_success() || answer.json()["scimType"] == "mutability",
            "{}: {answer}",
            attribute.path
        );
        assert_eq!(scim.get(&path).await.expect(200), before, "{}", attribute.path);
    }
}

/// An attribute as it is published; sub-attributes of single-valued ones stand by themselves.
struct Attribute {
    path: String,
    published: Value,
}

impl Attribute {
    fn is(&self, characteristic: &str, value: &str) -> bool {
        self.published[characteristic] == value
    }

    fn is_list(&self) -> bool {
        self.published["multiValued"] == true
    }

    /// A value of the attribute's type; another one for each number.
    fn sample(&self, number: usize) -> Value {
        if !self.is_list() {
            return plain_sample(&self.published, number);
        }
        let subs = self.published["subAttributes"].as_array();
        let members = subs
            .into_iter()
            .flatten()
            .filter(|sub| sub["mutability"] != "readOnly")
            .map(|sub| {
                let name = text(&sub["name"]);
                let value = if name == "primary" {
                    json!(true)
                } else {
                    plain_sample(sub, number)
                };
                (name, value)
            });
        json!([Value::Object(members.collect())])
    }

    /// Returns the name for comparisons: for a list, that of the part that stands for its elements.
    fn compared(&self) -> String {
        let of_list = |sub: &Value| {
            if sub["name"] == "value" {
                "value"
            } else {
                "formatted"
            }
        };
        match self.published["subAttributes"].get(0).filter(|_| self.is_list()) {
            Some(first) => format!("{}.{}", self.path, of_list(first)),
            None => self.path.clone(),
        }
    }

    /// A filter that finds who has this value; none where RFC 7644 has no comparison.
    fn filter(&self, value: &Value) -> Option<String> {
        let compared = self.compared();
        let value = match compared.rsplit('.').next() {
            Some(name) if self.is_list() => &value[0][name],
            _ => value,
        };
        (value.is_string() || value.is_boolean()).then(|| format!("{compared} eq {value}"))
    }

    /// Where its value stands in a resource.
    fn read(&self, resource: &Value) -> Value {
        let (schema, name) = self.path.rsplit_once(':').expect("a URN");
        let start = if schema.starts_with(CORE) {
            resource
        } else {
            &resource[schema]
        };
        name.split('.').fold(start, |value, part| &value[part]).clone()
    }
}

fn plain_sample(published: &Value, number: usize) -> Value {
    match published["type"].as_str().expect("a type") {
        "boolean" => json!(number == 0),
        "dateTime" => json!("2026-01-31T12:00:00Z"),
        "integer" => json!(number),
        "decimal" => json!(0.5),
        "binary" => json!("3q2+7w=="),
        "reference" => json!(format!("https://example.com/{number}")),
        "complex" => json!({"value": format!("sample{number}")}),
        _ => published["canonicalValues"]
            .get(0)
            .cloned()
            .unwrap_or_else(|| json!(format!("sample{number}"))),
    }
}

/// Every attribute of the schemas of users or groups, but for the manager's `$ref`: it follows from the `value`, and that from it.
async fn attributes(world: &World, kind: &str) -> Vec<Attribute> {
    let list = world.scim().get("/Schemas").await.expect(200);
    let schemas = list["Resources"].as_array().expect("a list").clone();
    let kind = format!(":{kind}");
    let of_kind = schemas
        .into_iter()
        .filter(|schema| text(&schema["id"]).ends_with(&kind));
    let mut found = Vec::new();
    for schema in of_kind {
        for published in schema["attributes"].as_array().expect("a list") {
            let path = format!("{}:{}", text(&schema["id"]), text(&published["name"]));
            let is_parts = published["type"] == "complex" && published["multiValued"] == false;
            let subs = published["subAttributes"].as_array().filter(|_| is_parts);
            let subs = subs.into_iter().flatten().filter(|sub| sub["name"] != "$ref");
            found.extend(subs.map(|sub| Attribute {
                path: format!("{path}.{}", text(&sub["name"])),
                published: sub.clone(),
            }));
            if !is_parts {
                found.push(Attribute {
                    path,
                    published: published.clone(),
                });
            }
        }
    }
    found
}

/// Writes, reads, finds, sorts by and clears an attribute, and tells what did not work.
async fn try_out(subject: &Subject, attribute: &Attribute) -> Vec<String> {
    let Subject { world, list, id } = subject;
    let (scim, path, mut wrong) = (world.scim(), format!("{list}/{id}"), Vec::new());
    for number in [0, 1] {
        let value = attribute.sample(number);
        let operation = json!([{"op": "replace", "path": attribute.path, "value": value}]);
        let answer = scim
            .send(scim.request_with("PATCH", &path, &patch_body(operation)))
            .await;
        if answer.status != 200 {
            return vec![format!("writing {value}: {answer}")];
        }
        let read = attribute.read(&scim.get(&path).await.expect(200));
        if !covers(&read, &value) {
            wrong.push(format!("wrote {value}, read {read}"));
        }
        let Some(filter) = attribute.filter(&value) else {
            continue;
        };
        let found = scim.list(list, &filter, "").await;
        if found.status != 200 || !found.json()["Resources"].to_string().contains(id.as_str()) {
            wrong.push(format!("{filter}: {found}"));
        }
    }
    let sorted = scim
        .get(&format!("{list}?sortBy={}", encoded(&attribute.compared())))
        .await;
    if sorted.status != 200 || sorted.json()["totalResults"] != 2 {
        wrong.push(format!("sorting: {sorted}"));
    }
    if attribute.published["required"] == false {
        // An inactive user stays inactive: `active` is taken away from one who is active.
        let first = json!([{"op": "replace", "path": attribute.path, "value": attribute.sample(0)}]);
        scim.patch(&path, first).await.expect(200);
        let removed = scim
            .patch(&path, json!([{"op": "remove", "path": attribute.path}]))
            .await;
        let read = attribute.read(&scim.get(&path).await.expect(200));
        if removed.status != 200 || !read.is_null() {
            wrong.push(format!("clearing: {removed}, read {read}"));
        }
    }
    wrong
}

/// Tells whether the value that was read has at least what was written.
fn covers(read: &Value, written: &Value) -> bool {
    match written {
        Value::Array(items) => items.iter().enumerate().all(|(n, item)| covers(&read[n], item)),
        Value::Object(members) => members.iter().all(|(name, value)| covers(&read[name], value)),
        value => read == value,
    }
}
