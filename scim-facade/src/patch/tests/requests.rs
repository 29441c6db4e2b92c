use serde_json::json;

use super::*;

fn unread(body: Value) -> ScimError {
    read_operations(object(body)).expect_err("refused")
}

#[test]
fn q33_op_is_read_in_any_case() {
    let read = operations(
        json!([{"op": "Add", "path": "a", "value": 1}, {"op": "REPLACE", "path": "a", "value": 1}, {"Op": "rEmove", "PATH": "a"}]),
    );
    assert_eq!(
        read.iter().map(|it| it.op).collect::<Vec<_>>(),
        [Op::Add, Op::Replace, Op::Remove]
    );
}

#[test]
fn q26_schemas_may_be_absent_and_q47_what_is_strange_is_ignored() {
    let body = json!({"id": "g", "operations": [{"name": "addMember", "op": "add", "path": "members", "value": []}]});
    assert_eq!(read_operations(object(body)).map(|read| read.len()), Ok(1));
    let schemas = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": {"op": "remove", "path": "x"}});
    assert_eq!(read_operations(object(schemas)).map(|read| read.len()), Ok(1));
}

#[test]
fn a_body_of_another_form_is_invalid_syntax() {
    let cases = [
        (json!({}), "Operations: must be a list of operations"),
        (json!({"Operations": []}), "Operations: must not be empty"),
        (json!({"Operations": [5]}), "Operations[0]: must be an object"),
        (
            json!({"Operations": [{"op": "add", "path": "a", "value": 1}, {"path": "a"}]}),
            "Operations[1]: op: is missing",
        ),
        (
            json!({"Operations": [{"op": "update"}]}),
            "Operations[0]: op: must be add, replace or remove",
        ),
        (
            json!({"schemas": ["urn:x"], "Operations": []}),
            "schemas: must be urn:ietf:params:scim:api:messages:2.0:PatchOp",
        ),
    ];
    for (body, wanted) in cases {
        let error = unread(body);
        assert_eq!(
            (error.detail.as_ref(), error.scim_type),
            (wanted, Some(ScimType::InvalidSyntax))
        );
    }
}

#[test]
fn an_operation_that_sets_must_have_a_value() {
    let error = unread(json!({"Operations": [{"op": "replace", "path": "title"}]}));
    assert_eq!(
        (error.detail.as_ref(), error.scim_type),
        ("Operations[0]: value: is missing", Some(ScimType::InvalidValue))
    );
    assert_eq!(
        unread(json!({"Operations": [{"op": "remove", "path": 5}]})).scim_type,
        Some(ScimType::InvalidPath)
    );
}

#[test]
fn more_operations_than_the_limit_are_too_large() {
    let operation = json!({"op": "remove", "path": "title"});
    let allowed = json!({"Operations": vec![operation.clone(); MAX_OPERATIONS]});
    assert!(read_operations(object(allowed)).is_ok());
    let error = unread(json!({"Operations": vec![operation; MAX_OPERATIONS + 1]}));
    assert_eq!(error.status, http::StatusCode::PAYLOAD_TOO_LARGE);
}
