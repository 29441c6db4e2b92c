//! Reading groups, their members and the mapping rules over them, by the statements of this folder.

use async_trait::async_trait;

use super::super::{Conn, groups, lists, mappings, members, users};
use crate::{
    error::Result,
    group::{Group, Member, MemberKind},
    id::Id,
    mapping::MappingRule,
    store::{GroupLicense, GroupReader, ListQuery, MembershipOrigin},
};

#[async_trait]
impl GroupReader for Conn {
    async fn group(&mut self, organization: Id, id: Id) -> Result<Option<Group>> {
        groups::by_id(self, organization, id).await
    }

    async fn deleted_group(&mut self, organization: Id, id: Id) -> Result<Option<Group>> {
        groups::deleted(self, organization, id).await
    }

    async fn group_id_by_name(&mut self, organization: Id, display_name_key: &str) -> Result<Option<Id>> {
        groups::id_by_name(self, organization, display_name_key).await
    }

    async fn group_out_of_sync(&mut self, organization: Id, connection: Id, id: Id) -> Result<Option<Group>> {
        groups::out_of_sync_by_id(self, organization, connection, id).await
    }

    async fn group_out_of_sync_by_name(
        &mut self,
        organization: Id,
        connection: Id,
        display_name_key: &str,
    ) -> Result<Option<Group>> {
        groups::out_of_sync_by_name(self, organization, connection, display_name_key).await
    }

    async fn duplicate_group_names(&mut self, organization: Id) -> Result<bool> {
        groups::duplicate_names(self, organization).await
    }

    async fn other_group_by_external_id(
        &mut self,
        organization: Id,
        connection: Option<Id>,
        external_id: &str,
        group: Id,
    ) -> Result<Option<Id>> {
        groups::other_by_external_id(self, organization, connection, external_id, group).await
    }

    async fn groups(&mut self, organization: Id, page: &ListQuery) -> Result<Vec<Group>> {
        lists::groups(self, organization, page).await
    }

    async fn count_groups(&mut self, organization: Id, page: &ListQuery) -> Result<i64> {
        lists::count_groups(self, organization, page).await
    }

    async fn members(
        &mut self,
        organization: Id,
        group: Id,
        after: Option<Id>,
        limit: i64,
    ) -> Result<Vec<Member>> {
        members::page(self, organization, group, after, limit).await
    }

    async fn member_ids(&mut self, organization: Id, group: Id) -> Result<Vec<(Id, MemberKind)>> {
        members::ids(self, organization, group).await
    }

    async fn members_among(&mut self, organization: Id, group: Id, ids: &[Id]) -> Result<Vec<Id>> {
        members::among(self, organization, group, ids).await
    }

    async fn membership_origins(
        &mut self,
        organization: Id,
        group: Id,
        ids: &[Id],
    ) -> Result<Vec<MembershipOrigin>> {
        members::origins(self, organization, group, ids).await
    }

    async fn mapping_rules(&mut self, organization: Id) -> Result<Vec<MappingRule>> {
        mappings::list(self, organization).await
    }

    async fn group_licenses(&mut self, organization: Id, groups: &[Id]) -> Result<Vec<GroupLicense>> {
        mappings::licenses(self, organization, groups).await
    }

    async fn kinds_of(&mut self, organization: Id, ids: &[Id]) -> Result<Vec<(Id, MemberKind)>> {
        users::kinds_of(self, organization, ids).await
    }

    async fn ancestors(&mut self, organization: Id, group: Id) -> Result<Vec<Id>> {
        members::ancestors(self, organization, group).await
    }
}
