mod group;
mod model;
mod requests;
mod rules;
mod user;

use identity_proto::v1::User;
use serde_json::{Map, Value, json};

use super::*;
use crate::{
    attributes::{ENTERPRISE, Tables},
    error::{ScimError, ScimType},
    resource::{DisplayNames, UserBody, UserJson, read_user},
    work::Work,
};

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(object) => object,
        other => panic!("{other} is no object"),
    }
}

fn operations(operations: Value) -> Vec<Operation> {
    let body = Map::from_iter([("Operations".to_owned(), operations)]);
    read_operations(body).unwrap_or_else(|error| panic!("{}", error.detail))
}

/// A user with an id and these attributes.
fn user(body: Value) -> User {
    let mut body = object(body);
    body.entry("userName").or_insert_with(|| "ada".into());
    let user = read_user(body, &Tables::builtin().user)
        .unwrap_or_else(|error| panic!("{}", error.detail))
        .user;
    User {
        id: "u1".into(),
        etag: "7".into(),
        ..user
    }
}

fn try_patch(user: &User, sent: Value) -> Result<UserBody, ScimError> {
    apply_to_user(
        user,
        &operations(sent),
        &Tables::builtin().user,
        ReplaceMissing::Create,
        &Work::default(),
    )
}

/// The user as it is answered after a PATCH, without what the server sets.
fn patched(body: Value, sent: Value) -> Value {
    let user = user(body);
    let changed = try_patch(&user, sent).unwrap_or_else(|error| panic!("{}", error.detail));
    rendered(&changed.user)
}

fn rendered(user: &User) -> Value {
    let mut rendered = object(
        serde_json::to_value(UserJson {
            user,
            base: "",
            names: DisplayNames::Hidden,
        })
        .expect("JSON"),
    );
    for name in ["schemas", "id", "userName", "meta"] {
        rendered.remove(name);
    }
    if let Some(manager) = rendered
        .get_mut(ENTERPRISE)
        .and_then(|it| it.get_mut("manager"))
        .and_then(Value::as_object_mut)
    {
        manager.remove("$ref");
    }
    // Written where it is false too; what these tests expect says only where it is true.
    let elements = rendered.values_mut().filter_map(Value::as_array_mut).flatten();
    for element in elements.filter_map(Value::as_object_mut) {
        element.retain(|part, value| part != "primary" || *value != false);
    }
    Value::Object(rendered)
}

/// Why a PATCH of a user is refused.
fn refused(body: Value, sent: Value) -> (String, Option<ScimType>) {
    let error = try_patch(&user(body), sent).expect_err("refused");
    (error.detail.to_string(), error.scim_type)
}

/// One operation.
fn op(op: &str, path: &str, value: Value) -> Value {
    let mut operation = json!({ "op": op, "path": path });
    operation["value"] = value;
    Value::Array(vec![operation])
}
