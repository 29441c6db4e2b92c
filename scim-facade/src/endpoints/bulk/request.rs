//! Reading a `/Bulk` request.

use http::StatusCode;
use serde_json::{Map, Value};

use crate::{
    attributes::ResourceKind,
    error::{Result, ScimError, ScimType},
    json::integer,
    limits::MAX_BULK_OPERATIONS,
};

const BULK_SCHEMA: &str = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";

/// The whole request.
#[derive(Debug)]
pub(crate) struct BulkRequest {
    /// After this many errors the rest is not run; absent: everything is run.
    pub fail_on_errors: Option<usize>,
    /// The operations, as sent.
    pub operations: Vec<Operation>,
}

/// One operation. What is wrong with it is its own error, not the request's.
#[derive(Debug)]
pub(crate) struct Operation {
    /// The method, as sent, for the answer.
    pub method: String,
    /// The name that other operations may use for what this one makes.
    pub bulk_id: Option<String>,
    /// Action of the operation.
    pub action: Result<Action>,
    /// The version that it is made from.
    pub version: Option<String>,
    /// The body.
    pub data: Option<Map<String, Value>>,
}

/// Action of an operation. Ids may still be references.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// `POST`.
    Create(ResourceKind),
    /// `PUT`.
    Replace(ResourceKind, String),
    /// `PATCH`.
    Patch(ResourceKind, String),
    /// `DELETE`.
    Delete(ResourceKind, String),
}

impl Action {
    /// The id that it is about, for those that are about an existing resource.
    pub(crate) fn id(&self) -> Option<&str> {
        match self {
            Self::Create(_) => None,
            Self::Replace(_, id) | Self::Patch(_, id) | Self::Delete(_, id) => Some(id),
        }
    }

    pub(crate) const fn kind(&self) -> ResourceKind {
        match self {
            Self::Create(kind) | Self::Replace(kind, _) | Self::Patch(kind, _) | Self::Delete(kind, _) => {
                *kind
            }
        }
    }

    /// The same for the resource that a reference stands for.
    pub(crate) fn with_id(self, id: String) -> Self {
        match self {
            Self::Create(kind) => Self::Create(kind),
            Self::Replace(kind, _) => Self::Replace(kind, id),
            Self::Patch(kind, _) => Self::Patch(kind, id),
            Self::Delete(kind, _) => Self::Delete(kind, id),
        }
    }
}

impl BulkRequest {
    /// Reads the body. Refused as a whole: what is no bulk request, has too many operations or uses a bulkId twice.
    pub(crate) fn read(mut body: Map<String, Value>) -> Result<Self> {
        check_schemas(take(&mut body, "schemas"))?;
        let Some(Value::Array(operations)) = take(&mut body, "operations") else {
            return Err(ScimError::new(
                ScimType::InvalidSyntax,
                "Operations: must be a list",
            ));
        };
        if operations.len() > MAX_BULK_OPERATIONS {
            // RFC 7644, section 3.7.3: 413, and the detail says the limit.
            let detail = format!("Operations: at most {MAX_BULK_OPERATIONS} (maxOperations) are allowed");
            return Err(ScimError::plain(StatusCode::PAYLOAD_TOO_LARGE, detail));
        }
        let operations = operations.into_iter().enumerate();
        let operations: Vec<_> = operations
            .map(|(index, value)| operation(index, value))
            .collect::<Result<_>>()?;
        check_unique(&operations)?;
        let fail_on_errors = fail_on_errors(take(&mut body, "failOnErrors"))?;
        Ok(Self {
            fail_on_errors,
            operations,
        })
    }
}

fn check_schemas(schemas: Option<Value>) -> Result<()> {
    let Some(Value::Array(schemas)) = schemas else {
        return Ok(());
    };
    let named = schemas
        .iter()
        .filter_map(Value::as_str)
        .any(|urn| urn.eq_ignore_ascii_case(BULK_SCHEMA));
    if named || schemas.is_empty() {
        Ok(())
    } else {
        Err(ScimError::new(
            ScimType::InvalidSyntax,
            format!("schemas: must be {BULK_SCHEMA}"),
        ))
    }
}

fn fail_on_errors(value: Option<Value>) -> Result<Option<usize>> {
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(value) => match whole(&value) {
            // Indigo IAM sends -1 for "no limit".
            Some(number) if number <= 0 => Ok(None),
            Some(number) => Ok(Some(usize::try_from(number).unwrap_or(usize::MAX))),
            None => Err(ScimError::new(
                ScimType::InvalidValue,
                "failOnErrors: must be a whole number",
            )),
        },
    }
}

/// A whole number, also one that is written as 1.0 or as text.
fn whole(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => integer(number),
        Value::String(text) => integer(&text.parse().ok()?),
        _ => None,
    }
}

fn operation(index: usize, value: Value) -> Result<Operation> {
    let Value::Object(mut fields) = value else {
        return Err(ScimError::new(
            ScimType::InvalidSyntax,
            format!("Operations[{index}]: must be an object"),
        ));
    };
    let method = text(&mut fields, "method").unwrap_or_default();
    let path = text(&mut fields, "path").unwrap_or_default();
    Ok(Operation {
        bulk_id: text(&mut fields, "bulkId").filter(|id| !id.is_empty()),
        version: text(&mut fields, "version"),
        data: take(&mut fields, "data").and_then(|data| match data {
            Value::Object(data) => Some(data),
            // RFC 7644, section 3.7, shows the bare list, and its errata the whole PatchOp.
            Value::Array(_) if method.eq_ignore_ascii_case("PATCH") => {
                Some(Map::from_iter([("Operations".to_owned(), data)]))
            }
            _ => None,
        }),
        action: action(&method, &path),
        method,
    })
}

fn action(method: &str, path: &str) -> Result<Action> {
    let mut parts = path.split('/').filter(|part| !part.is_empty());
    let kind = match parts.next() {
        Some("Users") => ResourceKind::User,
        Some("Groups") => ResourceKind::Group,
        _ => {
            return Err(ScimError::new(
                ScimType::InvalidValue,
                "path: must start with /Users or /Groups",
            ));
        }
    };
    let id = parts.next().map(str::to_owned);
    if parts.next().is_some() {
        return Err(ScimError::new(
            ScimType::InvalidValue,
            "path: must end with the resource's id",
        ));
    }
    match (method.to_ascii_uppercase().as_str(), id) {
        ("POST", None) => Ok(Action::Create(kind)),
        ("PUT", Some(id)) => Ok(Action::Replace(kind, id)),
        ("PATCH", Some(id)) => Ok(Action::Patch(kind, id)),
        ("DELETE", Some(id)) => Ok(Action::Delete(kind, id)),
        ("POST", Some(_)) => Err(ScimError::new(
            ScimType::InvalidValue,
            "path: must have no id with POST",
        )),
        ("PUT" | "PATCH" | "DELETE", None) => {
            Err(ScimError::new(ScimType::InvalidValue, "path: must have an id"))
        }
        _ => Err(ScimError::new(
            ScimType::InvalidValue,
            "method: must be POST, PUT, PATCH or DELETE",
        )),
    }
}

/// RFC 7644, section 3.7.2: a bulkId names one operation.
fn check_unique(operations: &[Operation]) -> Result<()> {
    let mut seen = std::collections::HashSet::new();
    let repeated = operations
        .iter()
        .filter_map(|operation| operation.bulk_id.as_deref())
        .find(|id| !seen.insert(*id));
    match repeated {
        Some(id) => Err(ScimError::new(
            ScimType::InvalidValue,
            format!("bulkId {id:?}: names two operations"),
        )),
        None => Ok(()),
    }
}

/// RFC 7643, section 2.1: names have no case.
fn take(object: &mut Map<String, Value>, name: &str) -> Option<Value> {
    let key = object.keys().find(|key| key.eq_ignore_ascii_case(name))?.clone();
    object.remove(&key)
}

fn text(object: &mut Map<String, Value>, name: &str) -> Option<String> {
    match take(object, name)? {
        Value::String(text) => Some(text),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(body: Value) -> Result<BulkRequest> {
        let Value::Object(body) = body else { unreachable!() };
        BulkRequest::read(body)
    }

    #[test]
    fn paths_and_methods_say_what_an_operation_does() {
        assert_eq!(
            action("post", "/Users").unwrap(),
            Action::Create(ResourceKind::User)
        );
        assert_eq!(
            action("PUT", "Groups/7/").unwrap(),
            Action::Replace(ResourceKind::Group, "7".into())
        );
        for (method, path) in [
            ("POST", "/Users/7"),
            ("DELETE", "/Users"),
            ("GET", "/Users/7"),
            ("PUT", "/Bulk/1"),
        ] {
            assert_eq!(
                action(method, path).unwrap_err().scim_type,
                Some(ScimType::InvalidValue),
                "{method} {path}"
            );
        }
    }

    #[test]
    fn more_operations_than_the_limit_are_413() {
        let operations = vec![json!({ "method": "DELETE", "path": "/Users/1" }); MAX_BULK_OPERATIONS + 1];
        let error = read(json!({ "Operations": operations })).unwrap_err();
        assert_eq!(error.status, StatusCode::PAYLOAD_TOO_LARGE);
        assert!(error.detail.contains("maxOperations"));
    }

    #[test]
    fn a_bulk_id_names_one_operation() {
        let operation = json!({ "method": "POST", "path": "/Users", "bulkId": "a", "data": {} });
        assert!(read(json!({ "Operations": [operation.clone(), operation] })).is_err());
    }

    #[test]
    fn fail_on_errors_of_0_is_none() {
        assert_eq!(
            read(json!({ "Operations": [], "failOnErrors": 0 }))
                .unwrap()
                .fail_on_errors,
            None
        );
        assert_eq!(
            read(json!({ "operations": [], "failonerrors": 3 }))
                .unwrap()
                .fail_on_errors,
            Some(3)
        );
    }
}
