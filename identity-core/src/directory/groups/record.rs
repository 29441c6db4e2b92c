//! A group as the change log shows it, and back.

use serde_json::json;

use crate::{
    directory::record::{self, Record},
    group::{Group, GroupKind},
};

/// The fields of a group by their names in the API; its members are told apart.
pub(in crate::directory) fn of(group: &Group) -> Record {
    let mut fields = Record::new();
    if group.kind != GroupKind::Group {
        fields.insert("kind".to_owned(), json!(group.kind.name()));
    }
    fields.insert("display_name".to_owned(), json!(group.display_name));
    record::put(&mut fields, "external_id", group.external_id.as_ref());
    record::put(&mut fields, "managed_by", group.managed_by.as_ref());
    if !group.extensions.is_empty() {
        let extensions = record::extensions(&group.extensions);
        fields.insert("extensions".to_owned(), extensions);
    }
    fields
}

/// The group with these fields instead of its own.
pub(super) fn with_fields(group: &Group, mut fields: Record) -> Group {
    Group {
        display_name: record::text(fields.remove("display_name")).unwrap_or_default(),
        external_id: record::text(fields.remove("external_id")),
        managed_by: record::id(fields.remove("managed_by")),
        extensions: record::extension_values(fields.remove("extensions")),
        ..group.clone()
    }
}
