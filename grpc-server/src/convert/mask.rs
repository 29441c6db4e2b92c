//! Field masks: which fields an update names. One rule for all updates (AIP-134): without a mask, those of the resource that have a value;
//! `*`, all that can be set, so that the update stands for the whole resource.

use identity_core::error::{Error, Result};
use prost::{Message, Name};
use prost_types::FieldMask;

use super::snake_case;
use crate::paths;

const FIELD: &str = "update_mask";
/// AIP-134: every field.
const EVERYTHING: &str = "*";

/// The names of a resource's fields, for masks.
pub(crate) struct Fields<F: 'static> {
    /// Fields that an update can set.
    pub(crate) settable: &'static [(&'static str, F)],
    /// Fields that only the server sets.
    pub(crate) read_only: &'static [&'static str],
}

impl<F: Copy + PartialEq> Fields<F> {
    /// Tells which fields an update of this resource gives, each once.
    pub(crate) fn given<M: Message + Name>(&self, mask: Option<FieldMask>, resource: &M) -> Result<Vec<F>> {
        let paths = mask.unwrap_or_default().paths;
        if paths.is_empty() {
            // What only the server sets comes back with what was read, and is passed over (AIP-203).
            let named = paths::populated(resource).into_iter();
            return Ok(distinct(named.filter_map(|name| self.settable(name))));
        }
        self.named(&paths)
    }

    /// Tells which fields these paths name, each once.
    pub(crate) fn named(&self, paths: &[String]) -> Result<Vec<F>> {
        if paths.iter().any(|path| path == EVERYTHING) {
            return Ok(distinct(self.settable.iter().map(|(_, field)| *field)));
        }
        let fields = paths.iter().map(|path| self.field(&snake_case(path)));
        Ok(distinct(fields.collect::<Result<Vec<_>>>()?))
    }

    fn settable(&self, name: &str) -> Option<F> {
        let found = self.settable.iter().find(|(settable, _)| *settable == name);
        found.map(|(_, field)| *field)
    }

    fn field(&self, path: &str) -> Result<F> {
        if let Some(field) = self.settable(path) {
            return Ok(field);
        }
        let whole = path.split('.').next().unwrap_or(path);
        if self.read_only.contains(&whole) {
            return Err(Error::ReadOnly {
                field: path.to_owned(),
            });
        }
        if self.settable(whole).is_some() {
            let rule = format!("must name {whole} as a whole, not {path}");
            return Err(Error::invalid(FIELD, rule));
        }
        Err(Error::invalid(
            FIELD,
            format!("names {path:?}, which is no field"),
        ))
    }
}

fn distinct<F: PartialEq>(fields: impl IntoIterator<Item = F>) -> Vec<F> {
    let mut each = Vec::new();
    for field in fields {
        if !each.contains(&field) {
            each.push(field);
        }
    }
    each
}

#[cfg(test)]
mod tests {
    use identity_core::error::{Error, Result};
    use identity_proto::v1::User;
    use prost_types::FieldMask;

    use super::Fields;

    const FIELDS: Fields<u8> = Fields {
        settable: &[("name", 1), ("title", 2)],
        read_only: &["id"],
    };

    fn named(paths: &[&str]) -> Result<Vec<u8>> {
        let paths = paths.iter().map(ToString::to_string).collect();
        FIELDS.given(Some(FieldMask { paths }), &User::default())
    }

    #[test]
    fn a_mask_names_fields_once_each() {
        assert_eq!(named(&["title", "name", "title"]).unwrap(), [2, 1]);
        assert_eq!(named(&["*"]).unwrap(), [1, 2]);
    }

    #[test]
    fn without_a_mask_an_update_gives_what_has_a_value_and_can_be_set() {
        let user = User {
            id: "7".into(),
            title: "Countess".into(),
            ..Default::default()
        };
        assert_eq!(FIELDS.given(None, &user).unwrap(), [2]);
        assert_eq!(FIELDS.given(Some(FieldMask::default()), &user).unwrap(), [2]);
    }

    #[test]
    fn a_field_of_the_server_is_read_only() {
        for path in ["id", "id.x"] {
            assert!(matches!(named(&[path]), Err(Error::ReadOnly { .. })));
        }
    }

    #[test]
    fn parts_of_fields_and_unknown_fields_are_refused() {
        for path in ["name.given_name", "shoe_size", ""] {
            let refused = named(&[path]);
            assert!(matches!(refused, Err(Error::Invalid { field, .. }) if field == "update_mask"));
        }
    }
}
