//! PATCH of a group.

use identity_proto::v1;
use serde_json::Map;

use super::{
    ReplaceMissing, engine::Engine, members::Steps, normalize::normalize, request::Operation, user::as_object,
};
use crate::{
    attributes::Table,
    error::Result,
    resource::{Canonical, DisplayNames, GroupJson, bounded, to_group},
    work::Work,
};

/// State of a group before a PATCH, as far as it is known. Start with its id alone, and read more if the
/// answer asks for it.
#[derive(Clone, Copy, Debug)]
pub struct CurrentGroup<'a> {
    /// Its id, from the request's path.
    pub id: &'a str,
    /// The group.
    pub group: Option<&'a v1::Group>,
    /// All its members.
    pub members: Option<&'a [v1::Member]>,
}

/// Effect of a PATCH on a group.
#[derive(Clone, Debug, PartialEq)]
#[expect(
    clippy::large_enum_variant,
    reason = "made once a request and taken apart at once"
)]
pub enum GroupPatch {
    /// These changes, in one `UpdateGroup`.
    Changes(GroupChanges),
    /// The group must be known: operations change single attributes of an extension. Send its etag with the update.
    NeedsGroup,
    /// The members must be known: a filter selects them by something else than `value`. Send the group's etag with the update.
    NeedsMembers,
}

/// Changes of a group.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GroupChanges {
    /// The new values of `fields`.
    pub group: v1::Group,
    /// The update mask.
    pub fields: Vec<String>,
    /// Steps on the members, in order.
    pub members: Vec<v1::MemberChange>,
    /// Attributes that nothing is known of, for the change log.
    pub ignored: Vec<String>,
}

impl GroupChanges {
    /// Tells whether there is nothing to send.
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty() && self.members.is_empty() && self.ignored.is_empty()
    }
}

/// Translates operations into changes of a group, all or none, without its members wherever that is possible.
pub fn apply_to_group(
    known: CurrentGroup<'_>,
    operations: &[Operation],
    table: &Table,
    missing: ReplaceMissing,
    work: &Work,
) -> Result<GroupPatch> {
    let before = known.group.map(canonical).transpose()?;
    let start = before
        .clone()
        .unwrap_or_else(|| Map::from_iter([("id".to_owned(), known.id.into())]));
    let mut engine = Engine::new(table, missing, start, work);
    engine.run(operations)?;
    normalize(&mut engine.resource, table);
    // Extensions are sent whole, so what the operations leave alone must be known.
    if before.is_none() && engine.has_touched("extensions") {
        return Ok(GroupPatch::NeedsGroup);
    }
    let Some(members) = Steps::of(&engine.members, known.members, missing, work)? else {
        return Ok(GroupPatch::NeedsMembers);
    };
    let fields = engine.fields(before.as_ref());
    Ok(GroupPatch::Changes(GroupChanges {
        group: to_group(engine.resource, table),
        fields,
        members,
        ignored: bounded(engine.ignored),
    }))
}

/// The group in canonical form, without members.
fn canonical(group: &v1::Group) -> Result<Canonical> {
    let json = GroupJson {
        group,
        members: None,
        base: "",
        names: DisplayNames::Hidden,
    };
    as_object(serde_json::to_value(json))
}
