//! Statements on `mapping_rules` and `group_licenses`.

use diesel::prelude::*;

use super::{Conn, Pipeline, RunQueryDsl, all};
use crate::{
    error::Result,
    id::{Id, Key},
    mapping::MappingRule,
    store::{
        GroupLicense,
        rows::{GroupLicenseRow, MappingRow},
        schema::{group_licenses, mapping_rules},
        sql::{BulkLicenses, IdIn},
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
        .filter(IdIn::new(group_licenses::group_id, groups))
        .order((
            group_licenses::position,
            group_licenses::rule_id,
            group_licenses::group_id,
        ))
        .select(GroupLicenseRow::as_select());
    all(query.load(conn).await)
}

pub(super) fn insert(pipeline: &mut Pipeline<'_>, rule: &MappingRule) {
    let row = MappingRow::from(rule);
    pipeline.push(
        "insert mapping rule",
        diesel::insert_into(mapping_rules::table).values(row),
    );
}

pub(super) fn update(pipeline: &mut Pipeline<'_>, rule: &MappingRule) {
    let target = mapping_rules::table.find((rule.organization_id, rule.id));
    pipeline.push(
        "update mapping rule",
        diesel::update(target).set(MappingRow::from(rule)),
    );
}

pub(super) fn delete(pipeline: &mut Pipeline<'_>, Key { organization, id }: Key) {
    let target = mapping_rules::table.find((organization, id));
    pipeline.push("delete mapping rule", diesel::delete(target));
}

/// Deletes before it inserts, so that it needs no statement of either database's own.
pub(super) fn set_licenses(
    pipeline: &mut Pipeline<'_>,
    organization: Id,
    groups: &[Id],
    licenses: &[GroupLicense],
) {
    let target = group_licenses::table
        .filter(group_licenses::organization_id.eq(organization))
        .filter(IdIn::new(group_licenses::group_id, groups));
    pipeline.push("delete group licenses", diesel::delete(target));
    for same in licenses.chunk_by(|one, other| one.rule == other.rule) {
        if let Some(first) = same.first() {
            let groups = same.iter().map(|license| license.group);
            pipeline.push(
                "insert group licenses",
                BulkLicenses::new(organization, first, groups),
            );
        }
    }
}
