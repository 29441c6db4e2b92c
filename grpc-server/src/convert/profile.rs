//! The parts of a user's profile.

use identity_core::user::{Address, Enterprise, Name, TypedValue};
use identity_proto::v1;

use super::text;

pub(super) fn name_message(name: Option<Name>) -> Option<v1::Name> {
    name.map(|name| v1::Name {
        formatted: name.formatted.unwrap_or_default(),
        family_name: name.family_name.unwrap_or_default(),
        given_name: name.given_name.unwrap_or_default(),
        middle_name: name.middle_name.unwrap_or_default(),
        honorific_prefix: name.honorific_prefix.unwrap_or_default(),
        honorific_suffix: name.honorific_suffix.unwrap_or_default(),
    })
}

/// A name without a part is none.
pub(super) fn name(name: Option<v1::Name>) -> Option<Name> {
    let name = name?;
    let name = Name {
        formatted: text(name.formatted),
        family_name: text(name.family_name),
        given_name: text(name.given_name),
        middle_name: text(name.middle_name),
        honorific_prefix: text(name.honorific_prefix),
        honorific_suffix: text(name.honorific_suffix),
    };
    (name != Name::default()).then_some(name)
}

pub(super) fn values_message(values: Vec<TypedValue>) -> Vec<v1::TypedValue> {
    let message = |value: TypedValue| v1::TypedValue {
        value: value.value,
        display: value.display.unwrap_or_default(),
        r#type: value.kind.unwrap_or_default(),
        primary: value.primary,
    };
    values.into_iter().map(message).collect()
}

/// Elements without a value are none.
pub(super) fn values(values: Vec<v1::TypedValue>) -> Vec<TypedValue> {
    let value = |value: v1::TypedValue| TypedValue {
        value: value.value,
        display: text(value.display),
        kind: text(value.r#type),
        primary: value.primary,
    };
    let given = values.into_iter().filter(|value| !value.value.is_empty());
    given.map(value).collect()
}

pub(super) fn addresses_message(addresses: Vec<Address>) -> Vec<v1::Address> {
    let message = |address: Address| v1::Address {
        formatted: address.formatted.unwrap_or_default(),
        street_address: address.street_address.unwrap_or_default(),
        locality: address.locality.unwrap_or_default(),
        region: address.region.unwrap_or_default(),
        postal_code: address.postal_code.unwrap_or_default(),
        country: address.country.unwrap_or_default(),
        r#type: address.kind.unwrap_or_default(),
        primary: address.primary,
    };
    addresses.into_iter().map(message).collect()
}

/// An address that only says what it is for is none.
pub(super) fn addresses(addresses: Vec<v1::Address>) -> Vec<Address> {
    let mut given = Vec::new();
    for address in addresses {
        let place = Address {
            formatted: text(address.formatted),
            street_address: text(address.street_address),
            locality: text(address.locality),
            region: text(address.region),
            postal_code: text(address.postal_code),
            country: text(address.country),
            ..Address::default()
        };
        if place != Address::default() {
            given.push(Address {
                kind: text(address.r#type),
                primary: address.primary,
                ..place
            });
        }
    }
    given
}

pub(super) fn enterprise_message(enterprise: Enterprise, manager_name: Option<String>) -> v1::EnterpriseUser {
    let manager = |value| v1::Manager {
        value,
        display_name: manager_name.unwrap_or_default(),
    };
    v1::EnterpriseUser {
        employee_number: enterprise.employee_number.unwrap_or_default(),
        cost_center: enterprise.cost_center.unwrap_or_default(),
        organization: enterprise.organization.unwrap_or_default(),
        division: enterprise.division.unwrap_or_default(),
        department: enterprise.department.unwrap_or_default(),
        manager: enterprise.manager_id.map(manager),
    }
}

/// Enterprise attributes without a value are none; a manager's name is the server's.
pub(super) fn enterprise(enterprise: v1::EnterpriseUser) -> Option<Enterprise> {
    let enterprise = Enterprise {
        employee_number: text(enterprise.employee_number),
        cost_center: text(enterprise.cost_center),
        organization: text(enterprise.organization),
        division: text(enterprise.division),
        department: text(enterprise.department),
        manager_id: enterprise.manager.and_then(|manager| text(manager.value)),
    };
    (enterprise != Enterprise::default()).then_some(enterprise)
}
