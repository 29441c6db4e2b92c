//! From canonical form to the messages of roster.identity.v1.

use identity_proto::v1::{Address, EnterpriseUser, ExtensionValues, Group, Manager, TypedValue, User};
use serde_json::{Map, Value};

use super::{canonical::Canonical, values};
use crate::attributes::{
    ADDRESS_TEXTS, ENTERPRISE, ENTERPRISE_TEXTS, NAME_TEXTS, Table, TextAttribute, USER_TEXTS,
};

/// An object whose values are taken out by name.
struct Parts(Map<String, Value>);

impl Parts {
    fn text(&mut self, name: &str) -> String {
        match self.0.get_mut(name).map(Value::take) {
            Some(Value::String(text)) => text,
            _ => String::new(),
        }
    }

    /// Reads the texts of a table; the message has nothing else.
    fn texts<M: Default>(&mut self, texts: &[TextAttribute<M>]) -> M {
        let mut message = M::default();
        for text in texts {
            *(text.get_mut)(&mut message) = self.text(text.name);
        }
        message
    }

    fn boolean(&mut self, name: &str) -> Option<bool> {
        self.0.get(name).and_then(Value::as_bool)
    }

    fn object(&mut self, name: &str) -> Option<Parts> {
        match self.0.get_mut(name).map(Value::take) {
            Some(Value::Object(parts)) => Some(Parts(parts)),
            _ => None,
        }
    }

    fn list<T>(&mut self, name: &str, element: fn(Parts) -> T) -> Vec<T> {
        let Some(Value::Array(elements)) = self.0.get_mut(name).map(Value::take) else {
            return Vec::new();
        };
        let objects = elements.into_iter().filter_map(|value| match value {
            Value::Object(parts) => Some(Parts(parts)),
            _ => None,
        });
        objects.map(element).collect()
    }

    fn extensions(&mut self, table: &Table) -> Vec<ExtensionValues> {
        let declared = table.extensions.iter().filter(|schema| schema.is_declared());
        declared
            .filter_map(|schema| {
                let values = self.object(&schema.urn)?;
                let attributes = Some(values::to_struct(values.0)).filter(|values| !values.fields.is_empty());
                Some(ExtensionValues {
                    schema: schema.urn.clone().into_owned(),
                    attributes,
                })
            })
            .collect()
    }
}

/// The user; what only the server sets stays empty.
pub(crate) fn user(resource: Canonical, table: &Table) -> User {
    let mut parts = Parts(resource);
    User {
        external_id: parts.text("externalId"),
        user_name: parts.text("userName"),
        active: parts.boolean("active"),
        name: parts.object("name").map(|mut name| name.texts(NAME_TEXTS)),
        emails: parts.list("emails", typed),
        phone_numbers: parts.list("phoneNumbers", typed),
        ims: parts.list("ims", typed),
        photos: parts.list("photos", typed),
        addresses: parts.list("addresses", address),
        entitlements: parts.list("entitlements", typed),
        roles: parts.list("roles", typed),
        x509_certificates: parts.list("x509Certificates", typed),
        enterprise: parts.object(ENTERPRISE).map(enterprise),
        extensions: parts.extensions(table),
        ..parts.texts(USER_TEXTS)
    }
}

/// The group; what only the server sets stays empty.
pub(crate) fn group(resource: Canonical, table: &Table) -> Group {
    let mut parts = Parts(resource);
    Group {
        external_id: parts.text("externalId"),
        display_name: parts.text("displayName"),
        extensions: parts.extensions(table),
        ..Default::default()
    }
}

fn typed(mut parts: Parts) -> TypedValue {
    TypedValue {
        value: parts.text("value"),
        display: parts.text("display"),
        r#type: parts.text("type"),
        primary: parts.boolean("primary").unwrap_or_default(),
    }
}

fn address(mut parts: Parts) -> Address {
    Address {
        r#type: parts.text("type"),
        primary: parts.boolean("primary").unwrap_or_default(),
        ..parts.texts(ADDRESS_TEXTS)
    }
}

fn enterprise(mut parts: Parts) -> EnterpriseUser {
    let manager = parts.object("manager").map(|mut manager| Manager {
        value: manager.text("value"),
        display_name: String::new(),
    });
    EnterpriseUser {
        manager: manager.filter(|manager| !manager.value.is_empty()),
        ..parts.texts(ENTERPRISE_TEXTS)
    }
}
