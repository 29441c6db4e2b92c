//! Rules of one group.

use super::{
    Ignored, InputRules, MAX_DOCUMENT_BYTES,
    text::{MAX_CHARACTERS, indexed, name},
    user::external_id,
};
use crate::{
    error::{Error, Result},
    group::Group,
    schema::{ExtendedType, ExtensionSchema, check_values},
};

/// Brings a group into the form that is stored, and refuses what breaks a rule of its values. `before` is the group before a
/// change. Answers what was dropped.
pub fn group(
    group: &mut Group,
    schemas: &[ExtensionSchema],
    before: Option<&Group>,
    rules: InputRules,
) -> Result<Ignored> {
    name("display_name", &group.display_name, MAX_CHARACTERS)?;
    indexed("display_name", &group.display_name)?;
    external_id(&mut group.external_id)?;
    let ignored = check_values(
        ExtendedType::Group,
        &mut group.extensions,
        schemas,
        before.map(|it| &it.extensions),
        rules,
    )?;
    let bytes = serde_json::to_vec(&group.extensions).map_err(|error| Error::Internal(error.into()))?;
    if bytes.len() > MAX_DOCUMENT_BYTES {
        let rule = format!("must have at most {MAX_DOCUMENT_BYTES} bytes in all");
        return Err(Error::invalid("extensions", rule));
    }
    Ok(ignored)
}
