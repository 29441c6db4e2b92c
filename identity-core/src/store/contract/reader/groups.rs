//! Reading groups, their members and the mapping rules over them.

use async_trait::async_trait;

use crate::{
    error::Result,
    group::{Group, Member, MemberKind},
    id::Id,
    mapping::MappingRule,
    store::{GroupLicense, ListQuery, MembershipOrigin},
};

/// Reads groups, their members and the mapping rules over them.
#[async_trait]
pub trait GroupReader: Send {
    /// A group.
    async fn group(&mut self, organization: Id, id: Id) -> Result<Option<Group>>;
    /// A group that is deleted, and was not made while `groups.sync` was off.
    async fn deleted_group(&mut self, organization: Id, id: Id) -> Result<Option<Group>>;
    /// The id of the group with this folded name, the oldest if there are several.
    async fn group_id_by_name(&mut self, organization: Id, display_name_key: &str) -> Result<Option<Id>>;
    /// A group that this connection made while `groups.sync` was off.
    async fn group_out_of_sync(&mut self, organization: Id, connection: Id, id: Id) -> Result<Option<Group>>;
    /// The one of these with this folded name, the oldest if there are several.
    async fn group_out_of_sync_by_name(
        &mut self,
        organization: Id,
        connection: Id,
        display_name_key: &str,
    ) -> Result<Option<Group>>;
    /// Tells whether two groups share a folded name.
    async fn duplicate_group_names(&mut self, organization: Id) -> Result<bool>;
    /// The first group but this one with this external id under this connection.
    async fn other_group_by_external_id(
        &mut self,
        organization: Id,
        connection: Option<Id>,
        external_id: &str,
        group: Id,
    ) -> Result<Option<Id>>;
    /// One page of groups.
    async fn groups(&mut self, organization: Id, page: &ListQuery) -> Result<Vec<Group>>;
    /// Counts the groups that meet the filter; order, place and limit do not matter.
    async fn count_groups(&mut self, organization: Id, page: &ListQuery) -> Result<i64>;
    /// Direct members in order of their ids, after the given one.
    async fn members(
        &mut self,
        organization: Id,
        group: Id,
        after: Option<Id>,
        limit: i64,
    ) -> Result<Vec<Member>>;
    /// The ids of all direct members with their kinds.
    async fn member_ids(&mut self, organization: Id, group: Id) -> Result<Vec<(Id, MemberKind)>>;
    /// Finds those of these ids that are direct members.
    async fn members_among(&mut self, organization: Id, group: Id, ids: &[Id]) -> Result<Vec<Id>>;
    /// Where the memberships of those of these ids come from that are direct members, in order of their ids.
    async fn membership_origins(
        &mut self,
        organization: Id,
        group: Id,
        ids: &[Id],
    ) -> Result<Vec<MembershipOrigin>>;
    /// The mapping rules in their order. There are never many.
    async fn mapping_rules(&mut self, organization: Id) -> Result<Vec<MappingRule>>;
    /// The licenses that mapping rules give to these groups, in order of the rules.
    async fn group_licenses(&mut self, organization: Id, groups: &[Id]) -> Result<Vec<GroupLicense>>;
    /// Finds the kind of each of these ids; ids that are neither a user nor a group are left out.
    async fn kinds_of(&mut self, organization: Id, ids: &[Id]) -> Result<Vec<(Id, MemberKind)>>;
    /// All groups that contain this group, directly or through others; the group itself is not among them.
    async fn ancestors(&mut self, organization: Id, group: Id) -> Result<Vec<Id>>;
}
