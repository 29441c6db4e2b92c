//! The core attributes of users and groups.

use super::{Attribute, AttributeLocation, Case, Column, DataType, Elements, List, Target, VALUE};
use crate::{
    schema::ExtendedType,
    user::{self, PARTS, texts},
};

const FOLDED: DataType = DataType::Text(Case::Folded);
const EXACT: DataType = DataType::Text(Case::Exact);

/// An attribute of one value in the row.
struct InRow(&'static str, DataType, Column);
/// Name and type of an attribute in the keys, or of a part of the elements of a list.
type Typed = (&'static str, DataType);

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

/// The license that was given, whether it counts or not.
const LICENSE: Typed = ("license", EXACT);

/// The parts of a typed value besides its value.
const TYPED: [Typed; 3] = [
    ("display", FOLDED),
    ("type", FOLDED),
    ("primary", DataType::Boolean),
];

const ADDRESS: [Typed; 8] = [
    ("formatted", FOLDED),
    ("street_address", FOLDED),
    ("locality", FOLDED),
    ("region", FOLDED),
    ("postal_code", FOLDED),
    ("country", FOLDED),
    ("type", FOLDED),
    ("primary", DataType::Boolean),
];

/// Finds the target of a core name.
pub(super) fn find(resource: ExtendedType, name: &str) -> Option<Target> {
    value(resource, name)
        .map(Target::Value)
        .or_else(|| list(resource, name))
        .or_else(|| object(resource, name))
}

/// The attributes of one value in the row.
fn rows(resource: ExtendedType) -> impl Iterator<Item = &'static InRow> {
    SHARED.iter().chain(match resource {
        ExtendedType::User => USER_ROW.as_slice(),
        ExtendedType::Group => &GROUP_ROW,
    })
}

/// The attributes of one value in the keys; groups have none.
fn keys(resource: ExtendedType) -> impl Iterator<Item = Typed> {
    let of_user = texts().chain(PARTS).map(|text| (text.name, text.form.into()));
    std::iter::once(LICENSE)
        .chain(of_user)
        .filter(move |_| resource == ExtendedType::User)
}

/// The elements of a list and their parts.
fn elements(resource: ExtendedType, name: &str) -> Option<(Elements, Vec<Typed>)> {
    match (resource, name) {
        (ExtendedType::User, "addresses") => Some((Elements::Keys, ADDRESS.to_vec())),
        (ExtendedType::User, "groups") => Some((Elements::Groups, vec![(VALUE, EXACT), ("display", FOLDED)])),
        (ExtendedType::User, _) => {
            let list = user::lists().find(|list| list.name == name)?;
            let elements = if name == "emails" {
                Elements::Emails
            } else {
                Elements::Keys
            };
            let parts = std::iter::once((VALUE, list.form.into())).chain(TYPED);
            Some((elements, parts.collect()))
        }
        // `type` is `user` or `group`.
        (ExtendedType::Group, "members") => Some((Elements::Members, vec![(VALUE, EXACT), ("type", FOLDED)])),
        (ExtendedType::Group, _) => None,
    }
}

fn value(resource: ExtendedType, name: &str) -> Option<Attribute> {
    if let Some(&InRow(name, data, column)) = rows(resource).find(|entry| entry.0 == name) {
        return Some(attribute(name, data, AttributeLocation::Column(column)));
    }
    // A manager is an object around its id, so its bare name means the id.
    let name = if name == "enterprise.manager" {
        "enterprise.manager.value"
    } else {
        name
    };
    keys(resource).find(|entry| entry.0 == name).map(in_keys)
}

fn list(resource: ExtendedType, name: &str) -> Option<Target> {
    let (head, part) = match name.split_once('.') {
        Some((head, part)) => (head, Some(part)),
        None => (name, None),
    };
    let (elements, parts) = elements(resource, head)?;
    let parts = parts.into_iter().map(|(label, data)| {
        attribute(
            &format!("{head}.{label}"),
            data,
            AttributeLocation::Part(label.to_owned()),
        )
    });
    let list = List {
        name: head.to_owned(),
        elements,
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

fn object(resource: ExtendedType, name: &str) -> Option<Target> {
    let is_part = |(path, _): &Typed| path.strip_prefix(name).is_some_and(|rest| rest.starts_with('.'));
    let parts: Vec<_> = keys(resource)
        .filter(is_part)
        .map(|it| Target::Value(in_keys(it)))
        .collect();
    (!parts.is_empty()).then_some(Target::Object(parts))
}

fn in_keys((name, data): Typed) -> Attribute {
    attribute(name, data, AttributeLocation::Key(name.to_owned()))
}

fn attribute(name: &str, data: DataType, location: AttributeLocation) -> Attribute {
    Attribute {
        name: name.to_owned(),
        data,
        location,
    }
}
