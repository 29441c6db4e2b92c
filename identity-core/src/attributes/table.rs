//! The core attributes of users and groups.

use super::{Attribute, AttributeLocation, Case, Column, DataType, Elements, List, Target};
use crate::schema::ExtendedType;

const FOLDED: DataType = DataType::Text(Case::Folded);
const EXACT: DataType = DataType::Text(Case::Exact);

/// An attribute of one value in the row.
struct InRow(&'static str, DataType, Column);
/// An attribute of one value in the keys.
struct InKeys(&'static str, DataType);
/// A list and the parts of its elements.
struct Listed(&'static str, Elements, &'static [(&'static str, DataType)]);

/// Attributes that users and groups both have in their rows.
const SHARED: [InRow; 9] = [
    InRow("id", EXACT, Column::Id),
    InRow("organization_id", EXACT, Column::OrganizationId),
    InRow("external_id", EXACT, Column::ExternalId),
    InRow("display_name", FOLDED, Column::DisplayName),
    InRow("managed_by", EXACT, Column::ManagedBy),
    InRow("etag", EXACT, Column::Version),
    InRow("create_time", DataType::Time, Column::CreatedAt),
    InRow("update_time", DataType::Time, Column::UpdatedAt),
    InRow("delete_time", DataType::Time, Column::DeletedAt),
];

const USER_ROW: [InRow; 4] = [
    InRow("user_name", FOLDED, Column::UserName),
    InRow("active", DataType::Boolean, Column::Active),
    InRow("break_glass", DataType::Boolean, Column::BreakGlass),
    // The role that is held explicitly; the policy's default comes in by `filter::prepare`.
    InRow("organization_role", FOLDED, Column::OrganizationRole),
];

const GROUP_ROW: [InRow; 1] = [InRow("member_count", DataType::Number, Column::MemberCount)];

const USER_KEYS: [InKeys; 20] = [
    // The license that was given, whether it counts or not.
    InKeys("license", EXACT),
    InKeys("name.formatted", FOLDED),
    InKeys("name.family_name", FOLDED),
    InKeys("name.given_name", FOLDED),
    InKeys("name.middle_name", FOLDED),
    InKeys("name.honorific_prefix", FOLDED),
    InKeys("name.honorific_suffix", FOLDED),
    InKeys("nick_name", FOLDED),
    // RFC 7643, section 2.3.7: references are case exact.
    InKeys("profile_url", EXACT),
    InKeys("title", FOLDED),
    InKeys("user_type", FOLDED),
    InKeys("preferred_language", FOLDED),
    InKeys("locale", FOLDED),
    InKeys("timezone", FOLDED),
    InKeys("enterprise.employee_number", FOLDED),
    InKeys("enterprise.cost_center", FOLDED),
    InKeys("enterprise.organization", FOLDED),
    InKeys("enterprise.division", FOLDED),
    InKeys("enterprise.department", FOLDED),
    InKeys("enterprise.manager.value", EXACT),
];

const TYPED: &[(&str, DataType)] = &[
    ("value", FOLDED),
    ("display", FOLDED),
    ("type", FOLDED),
    ("primary", DataType::Boolean),
];
const PHOTO: &[(&str, DataType)] = &[
    ("value", EXACT),
    ("display", FOLDED),
    ("type", FOLDED),
    ("primary", DataType::Boolean),
];
const CERTIFICATE: &[(&str, DataType)] = &[
    ("value", DataType::Binary),
    ("display", FOLDED),
    ("type", FOLDED),
    ("primary", DataType::Boolean),
];
const ADDRESS: &[(&str, DataType)] = &[
    ("formatted", FOLDED),
    ("street_address", FOLDED),
    ("locality", FOLDED),
    ("region", FOLDED),
    ("postal_code", FOLDED),
    ("country", FOLDED),
    ("type", FOLDED),
    ("primary", DataType::Boolean),
];

const USER_LISTS: [Listed; 9] = [
    Listed("emails", Elements::Emails, TYPED),
    Listed("phone_numbers", Elements::Keys, TYPED),
    Listed("ims", Elements::Keys, TYPED),
    Listed("photos", Elements::Keys, PHOTO),
    Listed("addresses", Elements::Keys, ADDRESS),
    Listed("entitlements", Elements::Keys, TYPED),
    Listed("roles", Elements::Keys, TYPED),
    Listed("x509_certificates", Elements::Keys, CERTIFICATE),
    Listed(
        "groups",
        Elements::Groups,
        &[("value", EXACT), ("display", FOLDED)],
    ),
];

// `type` is `user` or `group`.
const GROUP_LISTS: [Listed; 1] = [Listed(
    "members",
    Elements::Members,
    &[("value", EXACT), ("type", FOLDED)],
)];

struct Table {
    row: &'static [InRow],
    keys: &'static [InKeys],
    lists: &'static [Listed],
}

const USER: Table = Table {
    row: &USER_ROW,
    keys: &USER_KEYS,
    lists: &USER_LISTS,
};
const GROUP: Table = Table {
    row: &GROUP_ROW,
    keys: &[],
    lists: &GROUP_LISTS,
};

/// Finds the target of a core name.
pub(super) fn find(resource: ExtendedType, name: &str) -> Option<Target> {
    let table = match resource {
        ExtendedType::User => USER,
        ExtendedType::Group => GROUP,
    };
    table
        .value(name)
        .map(Target::Value)
        .or_else(|| table.list(name))
        .or_else(|| table.object(name))
}

impl Table {
    fn value(&self, name: &str) -> Option<Attribute> {
        let mut row = SHARED.iter().chain(self.row);
        if let Some(&InRow(name, data, column)) = row.find(|entry| entry.0 == name) {
            return Some(attribute(name, data, AttributeLocation::Column(column)));
        }
        // A manager is an object around its id, so its bare name means the id.
        let name = if name == "enterprise.manager" {
            "enterprise.manager.value"
        } else {
            name
        };
        let &InKeys(name, data) = self.keys.iter().find(|entry| entry.0 == name)?;
        Some(attribute(name, data, AttributeLocation::Key(name.to_owned())))
    }

    fn list(&self, name: &str) -> Option<Target> {
        let (head, part) = match name.split_once('.') {
            Some((head, part)) => (head, Some(part)),
            None => (name, None),
        };
        let Listed(head, elements, parts) = self.lists.iter().find(|entry| entry.0 == head)?;
        let parts = parts.iter().map(|&(label, data)| {
            attribute(
                &format!("{head}.{label}"),
                data,
                AttributeLocation::Part(label.to_owned()),
            )
        });
        let list = List {
            name: (*head).to_owned(),
            elements: elements.clone(),
            parts: parts.collect(),
            naming: Case::Exact,
        };
        match part {
            None => Some(Target::List(list)),
            Some(part) => {
                let part = list.part(part)?.clone();
                Some(Target::Each(list, part))
            }
        }
    }

    fn object(&self, name: &str) -> Option<Target> {
        let parts: Vec<_> = self
            .keys
            .iter()
            .filter(|entry| {
                entry
                    .0
                    .strip_prefix(name)
                    .is_some_and(|rest| rest.starts_with('.'))
            })
            .map(|&InKeys(name, data)| {
                Target::Value(attribute(name, data, AttributeLocation::Key(name.to_owned())))
            })
            .collect();
        (!parts.is_empty()).then_some(Target::Object(parts))
    }
}

fn attribute(name: &str, data: DataType, location: AttributeLocation) -> Attribute {
    Attribute {
        name: name.to_owned(),
        data,
        location,
    }
}
