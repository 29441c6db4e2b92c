//! PATCH of a user.

use identity_proto::v1;
use serde_json::Value;

use super::{ReplaceMissing, engine::Engine, normalize::normalize, request::Operation};
use crate::{
    attributes::{ENTERPRISE, Table},
    error::{Result, ScimError},
    resource::{Canonical, DisplayNames, UserBody, UserJson, bounded, to_user},
    work::Work,
};

/// Applies operations to a user, all or none. The answer's `fields` are those that have changed.
pub fn apply_to_user(
    user: &v1::User,
    operations: &[Operation],
    table: &Table,
    missing: ReplaceMissing,
    work: &Work,
) -> Result<UserBody> {
    let before = canonical(user, table)?;
    let mut engine = Engine::new(table, missing, before.clone(), work);
    engine.run(operations)?;
    normalize(&mut engine.resource, table);
    let fields = engine.fields(Some(&before));
    let mut user = to_user(engine.resource, table);
    user.active_unassigned = user.active.is_none();
    Ok(UserBody {
        user,
        fields,
        ignored: bounded(engine.ignored),
        coerced: engine.coerced,
    })
}

/// The user in canonical form, with what is read-only beside it.
fn canonical(user: &v1::User, table: &Table) -> Result<Canonical> {
    let mut resource = as_object(serde_json::to_value(UserJson {
        user,
        base: "",
        names: DisplayNames::Hidden,
    }))?;
    if let Some(Value::Object(manager)) = resource.get_mut(ENTERPRISE).and_then(|it| it.get_mut("manager")) {
        manager.retain(|part, _| part == "value");
    }
    normalize(&mut resource, table);
    Ok(resource)
}

/// Returns the object to which a resource was serialized.
pub(super) fn as_object(value: serde_json::Result<Value>) -> Result<Canonical> {
    match value {
        Ok(Value::Object(object)) => Ok(object),
        // Only a time that no calendar has gets here, and the core has none.
        _ => Err(ScimError::plain(
            http::StatusCode::INTERNAL_SERVER_ERROR,
            "the resource could not be written as JSON",
        )),
    }
}
