//! Invariants of an organization after any changes.

use std::collections::BTreeSet;

use identity_proto::v1::{
    Group, ListGroupsRequest, ListUsersRequest, User, group_service_client::GroupServiceClient,
};

use super::World;

/// More than any test makes.
const ALL: i32 = 1_000;

impl World {
    /// Fails unless every invariant holds: an active admin, unique names, true counts, no dangling or circular membership, and
    /// revisions without a gap.
    pub(crate) async fn assert_invariants(&self) {
        let users = self.all_users().await;
        let groups = self.all_groups().await;
        let organization = self.grpc().organization().await;
        let is_active = |user: &&User| user.active == Some(true);
        let is_admin = |user: &User| is_active(&user) && user.organization_role == "admin";
        assert!(users.iter().any(is_admin), "there is no admin");
        let names: BTreeSet<_> = users.iter().map(|user| user.user_name.to_lowercase()).collect();
        assert_eq!(names.len(), users.len(), "a name is there twice");
        let counts = [
            organization.user_count,
            organization.active_user_count,
            organization.group_count,
        ];
        let active = users.iter().filter(is_active).count();
        assert_eq!(counts.map(count), [users.len(), active, groups.len()]);
        for group in &groups {
            self.assert_members(group, &users, &groups).await;
        }
        self.assert_revisions(organization.revision).await;
    }

    async fn assert_members(&self, group: &Group, users: &[User], groups: &[Group]) {
        let members = self.grpc().member_ids(&group.id).await;
        assert_eq!(count(group.member_count), members.len());
        assert!(!members.contains(&group.id), "a group is in itself");
        let exists = |member: &String| {
            users.iter().any(|user| user.id == *member) || groups.iter().any(|group| group.id == *member)
        };
        assert!(members.iter().all(exists), "a member is nobody");
    }

    /// The log may have been pruned, so it need not begin with the first one.
    async fn assert_revisions(&self, last: i64) {
        let changes = self.grpc().changes_after(0).await;
        let told: BTreeSet<_> = changes.iter().map(|change| change.revision).collect();
        let first = told.first().copied().unwrap_or(last + 1);
        assert!(told.into_iter().eq(first..=last), "revisions have a gap");
    }

    async fn all_users(&self) -> Vec<User> {
        let request = ListUsersRequest {
            page_size: ALL,
            ..Default::default()
        };
        let (users, more) = self.grpc().list_users(request).await.expect("users");
        assert_eq!(more, "", "there are more than {ALL}");
        users
    }

    async fn all_groups(&self) -> Vec<Group> {
        let request = ListGroupsRequest {
            organization: self.organization().slug.clone(),
            page_size: ALL,
            ..Default::default()
        };
        let mut client = GroupServiceClient::new(self.grpc().line());
        let listed = client.list_groups(request).await.expect("groups");
        listed.into_inner().groups
    }
}

fn count(number: i64) -> usize {
    usize::try_from(number).expect("a count")
}
