//! Actions of tests on users and groups. The caller is root unless a test says otherwise.

use identity_core::{
    caller::Call,
    change::{Change, ChangeQuery},
    directory::input::{
        GroupInput, GroupUpdate, ListRequest, MemberChange, PageRequest, UserField, UserInput, UserUpdate,
        View,
    },
    error::Result,
    filter::{Filter, Operator, Value},
    group::{Group, Member},
    id::Id,
    user::{TypedValue, UserView},
};

use super::{ORGANIZATION, World};

/// A user of this name.
pub(crate) fn named(user_name: &str) -> UserInput {
    UserInput {
        user_name: user_name.into(),
        ..UserInput::default()
    }
}

/// A user of this name with these roles.
pub(crate) fn with_roles(user_name: &str, roles: &[&str]) -> UserInput {
    let mut input = named(user_name);
    input.profile.roles = roles.iter().map(|value| role(value)).collect();
    input
}

pub(crate) fn role(value: &str) -> TypedValue {
    TypedValue {
        value: value.into(),
        ..TypedValue::default()
    }
}

/// An update of these fields.
pub(crate) fn update(user: &UserView, fields: &[UserField], input: UserInput) -> UserUpdate {
    UserUpdate {
        id: user.user.id.to_string(),
        fields: fields.to_vec(),
        input,
        ..UserUpdate::default()
    }
}

/// The same by id.
pub(crate) fn change(id: Id, fields: &[UserField], input: UserInput) -> UserUpdate {
    UserUpdate {
        id: id.to_string(),
        fields: fields.to_vec(),
        input,
        ..UserUpdate::default()
    }
}

pub(crate) fn add(ids: &[Id]) -> MemberChange {
    MemberChange::Add(texts(ids))
}

pub(crate) fn remove(ids: &[Id]) -> MemberChange {
    MemberChange::Remove(texts(ids))
}

pub(crate) fn replace(ids: &[Id]) -> MemberChange {
    MemberChange::Replace(texts(ids))
}

fn texts(ids: &[Id]) -> Vec<String> {
    ids.iter().map(ToString::to_string).collect()
}

impl World {
    pub(crate) async fn create(&self, input: UserInput) -> Result<UserView> {
        self.directory
            .create_user(self.root(), ORGANIZATION, input, "")
            .await
    }

    /// The same by another caller.
    pub(crate) async fn create_as(&self, call: &Call, input: UserInput) -> Result<UserView> {
        self.directory.create_user(call, ORGANIZATION, input, "").await
    }

    /// The same by another caller.
    pub(crate) async fn get_as(&self, call: &Call, id: Id) -> Result<UserView> {
        self.directory.get_user(call, ORGANIZATION, &id.to_string()).await
    }

    /// The same by another caller.
    pub(crate) async fn update_as(&self, call: &Call, update: UserUpdate) -> Result<UserView> {
        self.directory.update_user(call, ORGANIZATION, update).await
    }

    /// The same by another caller.
    pub(crate) async fn delete_as(&self, call: &Call, id: Id) -> Result<()> {
        let id = id.to_string();
        self.directory.delete_user(call, ORGANIZATION, &id, "").await
    }

    /// Deactivates or activates a user.
    pub(crate) async fn set_active(&self, call: &Call, id: Id, active: bool) -> Result<UserView> {
        let input = UserInput {
            active: Some(active),
            ..UserInput::default()
        };
        self.update_as(call, change(id, &[UserField::Active], input))
            .await
    }

    /// The names of the users that a caller sees, in order of their ids, and how many it is told there are.
    pub(crate) async fn visible_to(&self, call: &Call, filter: Option<Filter>) -> (Vec<String>, i64) {
        let request = ListRequest {
            filter,
            view: View::WithTotal,
            ..ListRequest::default()
        };
        let users = self
            .directory
            .list_users(call, ORGANIZATION, request)
            .await
            .unwrap();
        let names = users.items.into_iter().map(|view| view.user.user_name);
        (names.collect(), users.total.unwrap())
    }

    /// A new user of this name.
    pub(crate) async fn user(&self, user_name: &str) -> UserView {
        self.create(named(user_name)).await.unwrap()
    }

    pub(crate) async fn get(&self, id: Id) -> Result<UserView> {
        let id = id.to_string();
        self.directory.get_user(self.root(), ORGANIZATION, &id).await
    }

    pub(crate) async fn update(&self, update: UserUpdate) -> Result<UserView> {
        self.directory
            .update_user(self.root(), ORGANIZATION, update)
            .await
    }

    pub(crate) async fn delete(&self, id: Id) -> Result<()> {
        let id = id.to_string();
        self.directory
            .delete_user(self.root(), ORGANIZATION, &id, "")
            .await
    }

    pub(crate) async fn create_group(&self, name: &str, members: &[Id]) -> Result<Group> {
        self.create_group_as(self.root(), name, members).await
    }

    /// The same by another caller.
    pub(crate) async fn create_group_as(&self, call: &Call, name: &str, members: &[Id]) -> Result<Group> {
        let input = GroupInput {
            display_name: name.into(),
            ..GroupInput::default()
        };
        self.directory
            .create_group(call, ORGANIZATION, input, texts(members), "")
            .await
    }

    /// A new group of this name with these members.
    pub(crate) async fn group(&self, name: &str, members: &[Id]) -> Group {
        self.create_group(name, members).await.unwrap()
    }

    pub(crate) async fn get_group(&self, id: Id) -> Result<Group> {
        let id = id.to_string();
        self.directory.get_group(self.root(), ORGANIZATION, &id).await
    }

    pub(crate) async fn update_group(&self, update: GroupUpdate) -> Result<Group> {
        self.directory
            .update_group(self.root(), ORGANIZATION, update)
            .await
    }

    /// Changes the members of a group.
    pub(crate) async fn change_members(&self, group: Id, steps: &[MemberChange]) -> Result<Group> {
        self.change_members_as(self.root(), group, steps).await
    }

    /// The same by another caller.
    pub(crate) async fn change_members_as(
        &self,
        call: &Call,
        group: Id,
        steps: &[MemberChange],
    ) -> Result<Group> {
        let update = GroupUpdate {
            id: group.to_string(),
            member_changes: steps.to_vec(),
            ..GroupUpdate::default()
        };
        self.directory.update_group(call, ORGANIZATION, update).await
    }

    /// The direct members of a group.
    pub(crate) async fn members(&self, group: Id) -> Vec<Member> {
        let id = group.to_string();
        let page = PageRequest::default();
        let members = self.directory.list_members(self.root(), ORGANIZATION, &id, page);
        members.await.unwrap().items
    }

    /// Their ids.
    pub(crate) async fn member_ids(&self, group: Id) -> Vec<Id> {
        self.members(group)
            .await
            .into_iter()
            .map(|member| member.id)
            .collect()
    }

    /// The names of all users that meet the filter.
    pub(crate) async fn names_where(&self, filter: Option<Filter>) -> Vec<String> {
        let request = ListRequest {
            filter,
            view: View::Resources,
            ..ListRequest::default()
        };
        let users = self.directory.list_users(self.root(), ORGANIZATION, request);
        let users = users.await.unwrap().items;
        users.into_iter().map(|view| view.user.user_name).collect()
    }

    /// The entries after a revision.
    pub(crate) async fn changes_after(&self, revision: i64) -> Vec<Change> {
        let query = ChangeQuery {
            after_revision: revision,
            ..ChangeQuery::default()
        };
        let (mut changes, mut page) = (Vec::new(), PageRequest::default());
        loop {
            let read = self
                .directory
                .list_changes(self.root(), ORGANIZATION, query.clone(), page)
                .await
                .unwrap();
            changes.extend(read.page.items);
            if read.page.next_page_token.is_empty() {
                return changes;
            }
            page = PageRequest {
                token: read.page.next_page_token,
                ..PageRequest::default()
            };
        }
    }
}

/// Users whose attribute equals a text.
pub(crate) fn equal(attribute: &str, value: &str) -> Filter {
    Filter::Comparison {
        attribute: attribute.into(),
        operator: Operator::Equal,
        value: Value::Text(value.into()),
    }
}

/// Users of whom a flag is true.
pub(crate) fn is_true(attribute: &str) -> Filter {
    Filter::Comparison {
        attribute: attribute.into(),
        operator: Operator::Equal,
        value: Value::Boolean(true),
    }
}
