//! Field masks: which fields an update names.

use identity_core::error::{Error, Result};
use prost_types::FieldMask;

const FIELD: &str = "update_mask";
/// AIP-134: every field.
const EVERYTHING: &str = "*";

/// The names of a resource's fields, for masks.
pub(crate) struct Fields<F: 'static> {
    /// Those that an update can set.
    pub(crate) settable: &'static [(&'static str, F)],
    /// Those that only the server sets.
    pub(crate) read_only: &'static [&'static str],
}

impl<F: Copy + PartialEq> Fields<F> {
    /// The fields that a mask names, each once; `None` if it names none at all.
    pub(crate) fn named(&self, mask: Option<FieldMask>) -> Result<Option<Vec<F>>> {
        let paths = mask.unwrap_or_default().paths;
        if paths.is_empty() {
            return Ok(None);
        }
        let mut fields = Vec::new();
        for path in &paths {
            if path == EVERYTHING {
                return Ok(Some(self.settable.iter().map(|(_, field)| *field).collect()));
            }
            let field = self.field(path)?;
            if !fields.contains(&field) {
                fields.push(field);
            }
        }
        Ok(Some(fields))
    }

    /// The fields that a mask names, where it must name one.
    pub(crate) fn required(&self, mask: Option<FieldMask>) -> Result<Vec<F>> {
        self.named(mask)?
            .ok_or_else(|| Error::invalid(FIELD, "must name a field"))
    }

    fn field(&self, path: &str) -> Result<F> {
        if let Some((_, field)) = self.settable.iter().find(|(name, _)| *name == path) {
            return Ok(*field);
        }
        let whole = path.split('.').next().unwrap_or(path);
        if self.read_only.contains(&whole) {
            return Err(Error::ReadOnly {
                field: path.to_owned(),
            });
        }
        if self.settable.iter().any(|(name, _)| *name == whole) {
            let rule = format!("must name whole fields: {whole}, not {path}");
            return Err(Error::invalid(FIELD, rule));
        }
        Err(Error::invalid(
            FIELD,
            format!("names {path:?}, which is no field"),
        ))
    }
}

#[cfg(test)]
mod tests {
    use identity_core::error::{Error, Result};
    use prost_types::FieldMask;

    use super::Fields;

    const FIELDS: Fields<u8> = Fields {
        settable: &[("name", 1), ("title", 2)],
        read_only: &["id"],
    };

    fn named(paths: &[&str]) -> Result<Option<Vec<u8>>> {
        let paths = paths.iter().map(ToString::to_string).collect();
        FIELDS.named(Some(FieldMask { paths }))
    }

    #[test]
    fn a_mask_names_fields_once_each() {
        assert_eq!(named(&["title", "name", "title"]).unwrap(), Some(vec![2, 1]));
        assert_eq!(named(&["*"]).unwrap(), Some(vec![1, 2]));
        assert_eq!(named(&[]).unwrap(), None);
        assert_eq!(FIELDS.named(None).unwrap(), None);
    }

    #[test]
    fn a_field_of_the_server_is_read_only() {
        for path in ["id", "id.x"] {
            assert!(matches!(named(&[path]), Err(Error::ReadOnly { .. })));
        }
    }

    #[test]
    fn parts_of_fields_and_unknown_fields_are_refused() {
        for path in ["name.given_name", "shoe_size", "", "Name"] {
            let refused = named(&[path]);
            assert!(matches!(refused, Err(Error::Invalid { field, .. }) if field == "update_mask"));
        }
    }

    #[test]
    fn a_required_mask_names_a_field() {
        let name = FieldMask {
            paths: vec!["name".into()],
        };
        assert!(FIELDS.required(None).is_err());
        assert_eq!(FIELDS.required(Some(name)).unwrap(), vec![1]);
    }
}
