//! Parts of which users and groups are written.

use identity_proto::v1::{Address, EnterpriseUser, ExtensionValues, Manager, Name, TypedValue};
use prost_types::Timestamp;
use serde::{Serialize, Serializer};

use super::{fields::Fields, values::ObjectJson, write::DisplayNames};
use crate::attributes::{ADDRESS_TEXTS, ENTERPRISE_TEXTS, NAME_TEXTS, ResourceKind};

/// Metadata of a resource, RFC 7643, section 3.1.
pub(super) struct Meta<'a> {
    pub(super) kind: ResourceKind,
    pub(super) id: &'a str,
    pub(super) etag: &'a str,
    pub(super) created: Option<&'a Timestamp>,
    pub(super) changed: Option<&'a Timestamp>,
    pub(super) base: &'a str,
}

impl Serialize for Meta<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = Fields::begin(serializer)?;
        fields.text("resourceType", self.kind.name())?;
        fields.time("created", self.created)?;
        fields.time("lastModified", self.changed)?;
        fields.formatted(
            "location",
            &format_args!("{}{}/{}", self.base, self.kind.endpoint(), self.id),
        )?;
        // RFC 7644, section 3.14: weak, since the same version may be written in different forms.
        fields.formatted("version", &format_args!("W/\"{}\"", self.etag))?;
        fields.end()
    }
}

pub(super) struct NameJson<'a>(pub(super) &'a Name);

impl Serialize for NameJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = Fields::begin(serializer)?;
        fields.texts(NAME_TEXTS, self.0)?;
        fields.end()
    }
}

pub(super) struct TypedJson<'a>(pub(super) &'a TypedValue);

impl Serialize for TypedJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = Fields::begin(serializer)?;
        fields.text("value", &self.0.value)?;
        fields.text("display", &self.0.display)?;
        fields.text("type", &self.0.r#type)?;
        fields.primary(self.0.primary)?;
        fields.end()
    }
}

pub(super) struct AddressJson<'a>(pub(super) &'a Address);

impl Serialize for AddressJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = Fields::begin(serializer)?;
        fields.texts(ADDRESS_TEXTS, self.0)?;
        fields.text("type", &self.0.r#type)?;
        fields.primary(self.0.primary)?;
        fields.end()
    }
}

pub(super) struct EnterpriseJson<'a> {
    pub(super) enterprise: &'a EnterpriseUser,
    pub(super) base: &'a str,
    pub(super) names: DisplayNames,
}

impl Serialize for EnterpriseJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let enterprise = self.enterprise;
        let mut fields = Fields::begin(serializer)?;
        fields.texts(ENTERPRISE_TEXTS, enterprise)?;
        if let Some(manager) = manager(enterprise) {
            fields.value(
                "manager",
                &ManagerJson {
                    manager,
                    base: self.base,
                    names: self.names,
                },
            )?;
        }
        fields.end()
    }
}

struct ManagerJson<'a> {
    manager: &'a Manager,
    base: &'a str,
    names: DisplayNames,
}

impl Serialize for ManagerJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = Fields::begin(serializer)?;
        fields.text("value", &self.manager.value)?;
        // A manager who is told by name or by the id of another directory is nobody here whom a URI could point to.
        if is_id(&self.manager.value) {
            fields.formatted(
                "$ref",
                &format_args!("{}/Users/{}", self.base, self.manager.value),
            )?;
        }
        if self.names == DisplayNames::Shown {
            fields.text("displayName", &self.manager.display_name)?;
        }
        fields.end()
    }
}

/// Tells whether a text can be the id of a user: a UUID.
fn is_id(text: &str) -> bool {
    const HYPHENS: [usize; 4] = [8, 13, 18, 23];
    let fits = |(at, byte): (usize, u8)| {
        let is_hyphen = byte == b'-';
        is_hyphen == HYPHENS.contains(&at) && (is_hyphen || byte.is_ascii_hexdigit())
    };
    text.len() == 36 && text.bytes().enumerate().all(fits)
}

/// The enterprise attributes, if there is one that has a value.
pub(super) fn enterprise(enterprise: Option<&EnterpriseUser>) -> Option<&EnterpriseUser> {
    enterprise.filter(|it| {
        let mut texts = ENTERPRISE_TEXTS.iter();
        texts.any(|text| !(text.get)(it).is_empty()) || manager(it).is_some()
    })
}

fn manager(enterprise: &EnterpriseUser) -> Option<&Manager> {
    enterprise
        .manager
        .as_ref()
        .filter(|manager| !manager.value.is_empty())
}

/// The URNs of the declared schemas that there are values of.
pub(super) fn declared(extensions: &[ExtensionValues]) -> impl Iterator<Item = (&str, ObjectJson<'_>)> {
    extensions.iter().filter_map(|extension| {
        let values = extension
            .attributes
            .as_ref()
            .filter(|values| !values.fields.is_empty())?;
        Some((extension.schema.as_str(), ObjectJson(values)))
    })
}
