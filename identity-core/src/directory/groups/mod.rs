//! Groups and their members.

mod adopt;
mod create;
mod delete;
mod members;
mod memberships;
mod plan;
mod read;
mod record;
mod rules;
mod update;
mod write;

pub(super) use delete::leave_groups;
pub(super) use record::of as record_of;

use create::CreateGroup;
use delete::DeleteGroup;
use read::{GetGroup, ListGroups, ListMembers};
use update::UpdateGroup;

use super::{
    Directory,
    act::Act,
    id_of,
    input::{GroupInput, GroupUpdate, ListRequest, Page, PageRequest},
    listing::LookUp,
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

/// Whether the policy puts names of groups under the unique index.
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
        let known = inner
            .groups_organization(call, organization, Scope::GroupsWrite)
            .await?;
        let act = Act::new(call, &*inner.platform);
        let dropped = input.ignored_attributes.clone();
        let new = create::new_group(&act, known.id, inner.new_id(), input);
        let unit = CreateGroup::new(act, new, member_ids, request_id)?.dropping(&dropped)?;
        inner.write(&call.caller, known.id, unit).await
    }

    /// Gets a group.
    #[crate::boxed]
    pub async fn get_group(&self, call: &Call, organization: &str, id: &str) -> Result<Group> {
        let known = self
            .inner
            .groups_organization(call, organization, Scope::GroupsRead)
            .await?;
        let query = GetGroup {
            organization: known.id,
            id: id_of(Resource::Group, id)?,
            sight: known.sight_of_groups(call),
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
        let known = inner
            .groups_organization(call, organization, Scope::GroupsRead)
            .await?;
        let (listing, pager) =
            inner.listing::<Group>(known.id, request, None, known.sight_of_groups(call))?;
        let found = if listing.is_look_up() {
            inner.store.read(LookUp(ListGroups(listing))).await?
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
        let known = inner
            .groups_organization(call, organization, Scope::GroupsWrite)
            .await?;
        let unit = UpdateGroup::new(Act::new(call, &*inner.platform), known.id, update)?;
        inner.write(&call.caller, known.id, unit).await
    }

    /// Deletes a group.
    #[crate::boxed]
    pub async fn delete_group(&self, call: &Call, organization: &str, id: &str, etag: &str) -> Result<()> {
        let inner = &self.inner;
        let known = inner
            .groups_organization(call, organization, Scope::GroupsWrite)
            .await?;
        let unit = DeleteGroup {
            act: Act::new(call, &*inner.platform),
            organization: known.id,
            id: id_of(Resource::Group, id)?,
            etag: etag.to_owned(),
        };
        inner.write(&call.caller, known.id, unit).await
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
        let known = inner
            .groups_organization(call, organization, Scope::GroupsRead)
            .await?;
        let group = id_of(Resource::Group, group)?;
        let list = List {
            name: "members",
            organization: Some(known.id),
            query: &group,
            sizes: MEMBERS,
        };
        let pager: Pager<Id> = inner.pager(&list, &page)?;
        let query = ListMembers {
            organization: known.id,
            group,
            after: pager.after,
            size: pager.size,
            hides_break_glass: known.hides_members(call),
            sight: known.sight_of_groups(call),
        };
        let rows = inner.store.read(query).await?;
        inner.page(&pager, rows)
    }
}
