//! Groups and their members.

mod adopt;
mod create;
mod delete;
mod members;
mod memberships;
mod plan;
mod read;
mod record;
mod revert;
mod rules;
mod update;
mod write;

pub(super) use delete::leave_groups;
pub(super) use record::of as record_of;
pub(super) use revert::{MemberPlan, PlanMembers, RevertGroup, RevertMembers};

use create::CreateGroup;
use delete::DeleteGroup;
use read::{GetGroup, ListGroups, ListMembers};
use update::UpdateGroup;

use super::{
    Directory,
    change_context::ChangeContext,
    id_of,
    input::{GroupInput, GroupUpdate, ListRequest, Page, PageRequest},
    listing::PointQuery,
    paging::{List, MEMBERS, Pager},
};
use crate::{
    caller::{Call, Scope},
    error::{Error, Resource, Result},
    group::{Group, Member},
    id::Id,
    policy::Policy,
    store::UniqueName,
};

/// Tells whether the policy puts names of groups under the unique index.
pub(super) fn unique_names(policy: &Policy) -> UniqueName {
    if policy.groups_unique_names.is_on() {
        UniqueName::Enforced
    } else {
        UniqueName::Free
    }
}

impl Directory {
    /// Creates a group with its members.
    #[crate::boxed]
    pub async fn create_group(
        &self,
        call: &Call,
        organization: &str,
        input: GroupInput,
        member_ids: Vec<String>,
        request_id: &str,
    ) -> Result<Group> {
        let inner = &self.inner;
        let org = inner
            .groups_organization(call, organization, Scope::GroupsWrite)
            .await?;
        let context = ChangeContext::new(call, &*inner.platform);
        let dropped = input.ignored_attributes.clone();
        let new = create::new_group(&context, org.id, inner.new_id(), input);
        let unit = CreateGroup::new(context, new, member_ids, request_id)?.dropping(&dropped)?;
        inner.write(&call.caller, org.id, unit).await
    }

    /// Gets a group.
    #[crate::boxed]
    pub async fn get_group(&self, call: &Call, organization: &str, id: &str) -> Result<Group> {
        let org = self
            .inner
            .groups_organization(call, organization, Scope::GroupsRead)
            .await?;
        let query = GetGroup {
            organization: org.id,
            id: id_of(Resource::Group, id)?,
            visibility: org.group_visibility(call),
        };
        let group = self.inner.store.read(query).await?;
        group.ok_or_else(|| Error::not_found(Resource::Group, id))
    }

    /// Lists groups.
    #[crate::boxed]
    pub async fn list_groups(
        &self,
        call: &Call,
        organization: &str,
        request: ListRequest,
    ) -> Result<Page<Group>> {
        let inner = &self.inner;
        let org = inner
            .groups_organization(call, organization, Scope::GroupsRead)
            .await?;
        let (listing, pager) = inner.listing::<Group>(org.id, request, None, org.group_visibility(call))?;
        let found = if listing.is_point_query() {
            inner.store.read(PointQuery(ListGroups(listing))).await?
        } else {
            inner.store.read(ListGroups(listing)).await?
        };
        let page = inner.page(&pager, found.rows)?;
        Ok(Page {
            total: found.total,
            ..page
        })
    }

    /// Changes a group and its members in one step.
    #[crate::boxed]
    pub async fn update_group(&self, call: &Call, organization: &str, update: GroupUpdate) -> Result<Group> {
        let inner = &self.inner;
        let org = inner
            .groups_organization(call, organization, Scope::GroupsWrite)
            .await?;
        let unit = UpdateGroup::new(ChangeContext::new(call, &*inner.platform), org.id, update)?;
        inner.write(&call.caller, org.id, unit).await
    }

    /// Deletes a group.
    #[crate::boxed]
    pub async fn delete_group(&self, call: &Call, organization: &str, id: &str, etag: &str) -> Result<()> {
        let inner = &self.inner;
        let org = inner
            .groups_organization(call, organization, Scope::GroupsWrite)
            .await?;
        let unit = DeleteGroup {
            context: ChangeContext::new(call, &*inner.platform),
            organization: org.id,
            id: id_of(Resource::Group, id)?,
            etag: etag.to_owned(),
        };
        inner.write(&call.caller, org.id, unit).await
    }

    /// Lists direct members of a group.
    #[crate::boxed]
    pub async fn list_members(
        &self,
        call: &Call,
        organization: &str,
        group: &str,
        page: PageRequest,
    ) -> Result<Page<Member>> {
        let inner = &self.inner;
        let org = inner
            .groups_organization(call, organization, Scope::GroupsRead)
            .await?;
        let group = id_of(Resource::Group, group)?;
        let list = List {
            name: "members",
            organization: Some(org.id),
            query: &group,
            sizes: MEMBERS,
        };
        let pager: Pager<Id> = inner.pager(&list, &page)?;
        let query = ListMembers {
            organization: org.id,
            group,
            after: pager.after,
            size: pager.size,
            hides_break_glass: org.hides_members(call),
            visibility: org.group_visibility(call),
        };
        let rows = inner.store.read(query).await?;
        inner.page(&pager, rows)
    }
}
