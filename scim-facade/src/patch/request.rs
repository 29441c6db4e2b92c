//! The body of a PATCH.

use http::StatusCode;
use serde_json::{Map, Value};

use crate::{
    error::{Result, ScimError, ScimType},
    limits::{MAX_SHORT_OPERATIONS, MAX_SHORT_PATHS},
    work::Length,
};

/// Operations that one request may hold.
pub const MAX_OPERATIONS: usize = 20_000;

const PATCH_OP: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

/// One operation, as sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Operation {
    /// Kind of the operation.
    pub op: Op,
    /// Where; absent: the value is an object of attributes.
    pub path: Option<String>,
    /// With what; absent for most removes, and null counts as absent there.
    pub value: Option<Value>,
}

/// Kind of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Op {
    /// Adds values.
    Add,
    /// Replaces values.
    Replace,
    /// Removes values.
    Remove,
}

/// Tells whether operations name the attribute `active`.
pub(crate) fn name_activity(operations: &[Operation]) -> bool {
    let is_active = |name: &str| name.eq_ignore_ascii_case("active");
    operations
        .iter()
        .any(|operation| match (&operation.path, &operation.value) {
            (Some(path), _) => is_active(path),
            (None, Some(Value::Object(keys))) => keys.keys().any(|key| is_active(key)),
            (None, _) => false,
        })
}

/// Reads the body of a PATCH. What an operation or the body holds beyond its own names is ignored (quirk Q47).
pub fn read_operations(body: Map<String, Value>) -> Result<Vec<Operation>> {
    let mut operations = None;
    for (name, value) in body {
        if name.eq_ignore_ascii_case("schemas") {
            check_schemas(&value)?;
        } else if name.eq_ignore_ascii_case("Operations") {
            operations = Some(value);
        }
    }
    let sent = match operations {
        Some(Value::Array(operations)) => operations,
        Some(operation @ Value::Object(_)) => vec![operation],
        _ => return Err(syntax("Operations: must be a list of operations")),
    };
    if sent.is_empty() {
        return Err(syntax("Operations: must not be empty"));
    }
    if sent.len() > MAX_OPERATIONS {
        let detail = format!("Operations: must not be more than {MAX_OPERATIONS}");
        return Err(ScimError::plain(StatusCode::PAYLOAD_TOO_LARGE, detail));
    }
    let read = |(index, operation)| read_operation(operation).map_err(|error| at(index, error));
    sent.into_iter().enumerate().map(read).collect()
}

/// Tells whether applying operations may take long.
pub(crate) fn length(operations: &[Operation]) -> Length {
    let paths = operations
        .iter()
        .filter_map(|operation| operation.path.as_deref());
    Length::long_if(
        operations.len() > MAX_SHORT_OPERATIONS || paths.map(str::len).sum::<usize>() > MAX_SHORT_PATHS,
    )
}

/// The same refusal, saying which operation it is about.
pub(super) fn at(index: usize, error: ScimError) -> ScimError {
    error.within(&format!("Operations[{index}]"))
}

fn read_operation(operation: Value) -> Result<Operation> {
    let Value::Object(parts) = operation else {
        return Err(syntax("must be an object"));
    };
    let (mut op, mut path, mut value) = (None, None, None);
    for (name, part) in parts {
        match name.to_ascii_lowercase().as_str() {
            "op" => op = Some(read_op(&part)?),
            "path" => path = read_path(part)?,
            "value" => value = Some(part),
            _ => {}
        }
    }
    match op {
        Some(Op::Remove) => Ok(Operation {
            op: Op::Remove,
            path,
            value: value.filter(|value| !value.is_null()),
        }),
        Some(op) if value.is_some() => Ok(Operation { op, path, value }),
        Some(_) => Err(ScimError::new(ScimType::InvalidValue, "value: is missing")),
        None => Err(syntax("op: is missing")),
    }
}

/// Quirk Q33: in any case.
fn read_op(op: &Value) -> Result<Op> {
    match op.as_str().map(str::to_ascii_lowercase).as_deref() {
        Some("add") => Ok(Op::Add),
        Some("replace") => Ok(Op::Replace),
        Some("remove") => Ok(Op::Remove),
        _ => Err(syntax("op: must be add, replace or remove")),
    }
}

fn read_path(path: Value) -> Result<Option<String>> {
    match path {
        Value::Null => Ok(None),
        Value::String(path) => Ok(Some(path).filter(|path| !path.trim().is_empty())),
        _ => Err(ScimError::new(ScimType::InvalidPath, "path: must be a text")),
    }
}

/// Quirk Q26: authentik sends none.
fn check_schemas(schemas: &Value) -> Result<()> {
    let named = match schemas {
        Value::Array(list) => list.as_slice(),
        Value::Null => &[],
        _ => std::slice::from_ref(schemas),
    };
    // Some clients write it among the schemas of resources: `urn:ietf:params:scim:schemas:core:2.0:PatchOp`.
    let is_patch = |urn: &Value| {
        let name = urn.as_str().and_then(|urn| urn.rsplit(':').next());
        name.is_some_and(|name| name.eq_ignore_ascii_case("PatchOp"))
    };
    if named.is_empty() || named.iter().any(is_patch) {
        return Ok(());
    }
    Err(syntax(&format!("schemas: must be {PATCH_OP}")))
}

fn syntax(detail: &str) -> ScimError {
    ScimError::new(ScimType::InvalidSyntax, detail.to_owned())
}
