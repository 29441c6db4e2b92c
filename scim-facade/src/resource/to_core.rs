//! From canonical form to the messages of roster.identity.v1.

use identity_proto::v1::{Address, EnterpriseUser, ExtensionValues, Group, Manager, Name, TypedValue, User};
use serde_json::{Map, Value};

use super::{canonical::Canonical, values};
use crate::attributes::{ENTERPRISE, TEXTS, Table};

/// An object whose values are taken out by name.
struct Parts(Map<String, Value>);

impl Parts {
    fn text(&mut self, name: &str) -> String {
        match self.0.get_mut(name).map(Value::take) {
            Some(Value::String(text)) => text,
            _ => String::new(),
        }
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
    let mut user = User {
        external_id: parts.text("externalId"),
        user_name: parts.text("userName"),
        active: parts.boolean("active"),
        name: parts.object("name").map(name),
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
        ..Default::default()
    };
    for text in TEXTS {
        *(text.get_mut)(&mut user) = parts.text(text.name);
    }
    user
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

fn name(mut parts: Parts) -> Name {
    Name {
        formatted: parts.text("formatted"),
        family_name: parts.text("familyName"),
        given_name: parts.text("givenName"),
        middle_name: parts.text("middleName"),
        honorific_prefix: parts.text("honorificPrefix"),
        honorific_suffix: parts.text("honorificSuffix"),
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
        formatted: parts.text("formatted"),
        street_address: parts.text("streetAddress"),
        locality: parts.text("locality"),
        region: parts.text("region"),
        postal_code: parts.text("postalCode"),
        country: parts.text("country"),
        r#type: parts.text("type"),
        primary: parts.boolean("primary").unwrap_or_default(),
    }
}

fn enterprise(mut parts: Parts) -> EnterpriseUser {
    let manager = parts.object("manager").map(|mut manager| Manager {
        value: manager.text("value"),
        display_name: String::new(),
    });
    EnterpriseUser {
        employee_number: parts.text("employeeNumber"),
        cost_center: parts.text("costCenter"),
        organization: parts.text("organization"),
        division: parts.text("division"),
        department: parts.text("department"),
        manager: manager.filter(|manager| !manager.value.is_empty()),
    }
}
