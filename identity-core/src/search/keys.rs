//! The keys that are stored with a user or a group.

use serde_json::{Map, Value};

use super::{SearchKeys, key};
use crate::{
    attributes::{Case, VALUE, data_type, label},
    group::Group,
    schema::{AttributeType, ExtendedType, ExtensionSchema, SchemaAttribute},
    user::{self, Address, FieldValue, Form, Profile, Text, TypedValue, User},
};

/// The key of the part that marks an element as the preferred one.
const PRIMARY: &str = "primary";

/// The keys of a user; `schemas` are those of its organization.
pub fn of_user(user: &User, schemas: &[ExtensionSchema]) -> SearchKeys {
    let mut keys = SearchKeys::default();
    let profile = &user.profile;
    for text in user::texts().filter(|text| text.form != Form::Column) {
        keys.text(text, profile);
    }
    let license = profile.license.as_ref().map(|it| &it.value);
    insert(&mut keys.0, "license", Case::Exact, license);
    for part in user::PARTS {
        keys.text(part, profile);
    }
    for value in user::VALUES {
        match value {
            FieldValue::Values(list) => {
                let elements = (list.get)(profile).iter();
                keys.list(list.name, elements.map(|it| element(it, list.form.into())));
            }
            FieldValue::Addresses => keys.list("addresses", profile.addresses.iter().map(address)),
            FieldValue::Text(_) | FieldValue::Object => {}
        }
    }
    keys.extensions(ExtendedType::User, &profile.extensions, schemas);
    keys
}

/// The keys of a group; `schemas` are those of its organization.
pub fn of_group(group: &Group, schemas: &[ExtensionSchema]) -> SearchKeys {
    let mut keys = SearchKeys::default();
    keys.extensions(ExtendedType::Group, &group.extensions, schemas);
    keys
}

impl SearchKeys {
    fn text(&mut self, text: &Text, profile: &Profile) {
        insert(&mut self.0, text.name, text.form.into(), (text.get)(profile));
    }

    fn list(&mut self, name: &str, elements: impl Iterator<Item = Map<String, Value>>) {
        let mut elements: Vec<_> = elements.filter(|it| !it.is_empty()).collect();
        // Stable: the others stay in their order.
        elements.sort_by_key(|it| it.get(PRIMARY).and_then(Value::as_str) != Some(key::boolean(true)));
        if !elements.is_empty() {
            let elements = elements.into_iter().map(Value::Object);
            self.0.insert(name.to_owned(), elements.collect());
        }
    }

    fn extensions(
        &mut self,
        resource: ExtendedType,
        values: &Map<String, Value>,
        schemas: &[ExtensionSchema],
    ) {
        for schema in schemas.iter().filter(|it| it.extends == resource) {
            let Some(values) = values.get(&schema.urn).and_then(Value::as_object) else {
                continue;
            };
            for attribute in &schema.attributes {
                if let Some(value) = values.get(&attribute.name) {
                    self.extension(&label(schema, attribute), attribute, value);
                }
            }
        }
    }

    fn extension(&mut self, label: &str, attribute: &SchemaAttribute, value: &Value) {
        if attribute.multi_valued {
            let elements = value.as_array().map(Vec::as_slice).unwrap_or_default();
            self.list(label, elements.iter().map(|element| parts(attribute, element)));
        } else if attribute.kind == AttributeType::Complex {
            for (part, key) in parts(attribute, value) {
                self.0.insert(format!("{label}.{part}"), key);
            }
        } else if let Some(key) = key::of_json(data_type(attribute), value) {
            self.0.insert(label.to_owned(), key.into());
        }
    }
}

/// The keys of one element or object of a declared attribute.
fn parts(attribute: &SchemaAttribute, value: &Value) -> Map<String, Value> {
    if attribute.kind != AttributeType::Complex {
        let key = key::of_json(data_type(attribute), value);
        return key
            .map(|key| (VALUE.to_owned(), key.into()))
            .into_iter()
            .collect();
    }
    let key_of = |sub: &SchemaAttribute| {
        let key = key::of_json(data_type(sub), value.get(&sub.name)?)?;
        Some((sub.name.clone(), key.into()))
    };
    attribute.sub_attributes.iter().filter_map(key_of).collect()
}

fn element(value: &TypedValue, case: Case) -> Map<String, Value> {
    let mut keys = Map::new();
    insert(&mut keys, VALUE, case, Some(&value.value));
    insert(&mut keys, "display", Case::Folded, value.display.as_ref());
    insert(&mut keys, "type", Case::Folded, value.kind.as_ref());
    keys.insert(PRIMARY.to_owned(), key::boolean(value.primary).into());
    keys
}

fn address(value: &Address) -> Map<String, Value> {
    let mut keys = Map::new();
    let mut folded = |label, value: &Option<String>| insert(&mut keys, label, Case::Folded, value.as_ref());
    folded("formatted", &value.formatted);
    folded("street_address", &value.street_address);
    folded("locality", &value.locality);
    folded("region", &value.region);
    folded("postal_code", &value.postal_code);
    folded("country", &value.country);
    folded("type", &value.kind);
    keys.insert(PRIMARY.to_owned(), key::boolean(value.primary).into());
    keys
}

fn insert(keys: &mut Map<String, Value>, label: &str, case: Case, value: Option<&String>) {
    if let Some(value) = value.filter(|it| !it.is_empty()) {
        keys.insert(label.to_owned(), key::text(case, value).into());
    }
}
