//! Statements on `mapping_rules` and `group_licenses`.

use diesel::prelude::*;

use super::{Conn, Flight, RunQueryDsl, all};
use crate::{
    error::Result,
    id::Id,
    mapping::MappingRule,
    store::{
        GroupLicense,
        rows::{GroupLicenseRow, MappingRow},
        schema::{group_licenses, mapping_rules},
        sql::{AlikeLicenses, Among},
    },
};

pub(super) async fn list(conn: &mut Conn, organization: Id) -> Result<Vec<MappingRule>> {
    let query = mapping_rules::table
        .filter(mapping_rules::organization_id.eq(organization))
        .order((mapping_rules::position, mapping_rules::id))
        .select(MappingRow::as_select());
    all(query.load(conn).await)
}

pub(super) async fn licenses(conn: &mut Conn, organization: Id, groups: &[Id]) -> Result<Vec<GroupLicense>> {
    let query = group_licenses::table
        .filter(group_licenses::organization_id.eq(organization))
        .filter(Among::new(group_licenses::group_id, groups))
        .order((
            group_licenses::position,
            group_licenses::rule_id,
            group_licenses::group_id,
        ))
        .select(GroupLicenseRow::as_select());
    all(query.load(conn).await)
}

pub(super) fn insert(flight: &mut Flight<'_>, rule: &MappingRule) {
    let row = MappingRow::from(rule);
    flight.push(
        "insert mapping rule",
        diesel::insert_into(mapping_rules::table).values(row),
    );
}

pub(super) fn update(flight: &mut Flight<'_>, rule: &MappingRule) {
    let target = mapping_rules::table.find((rule.organization_id, rule.id));
    flight.push(
        "update mapping rule",
        diesel::update(target).set(MappingRow::from(rule)),
    );
}

pub(super) fn delete(flight: &mut Flight<'_>, organization: Id, id: Id) {
    let target = mapping_rules::table.find((organization, id));
    flight.push("delete mapping rule", diesel::delete(target));
}

/// Deletes before it inserts, so that it needs no statement of either database's own.
pub(super) fn set_licenses(
    flight: &mut Flight<'_>,
    organization: Id,
    groups: &[Id],
    licenses: &[GroupLicense],
) {
    let target = group_licenses::table
        .filter(group_licenses::organization_id.eq(organization))
        .filter(Among::new(group_licenses::group_id, groups));
    flight.push("delete group licenses", diesel::delete(target));
    for alike in licenses.chunk_by(|one, other| one.rule == other.rule) {
        if let Some(first) = alike.first() {
            let groups = alike.iter().map(|license| license.group);
            flight.push(
                "insert group licenses",
                AlikeLicenses::new(organization, first, groups),
            );
        }
    }
}
