//! A whole resource as keys: what is stored as keys, in columns and in other tables, in one object.

use serde_json::{Map, Value, json};

use super::{key, of_group, of_user};
use crate::{
    attributes::{Attribute, AttributeLocation, Case, Column},
    group::{Group, Member, MemberKind},
    id::Id,
    platform::Timestamp,
    schema::ExtensionSchema,
    text::fold,
    user::{GroupReference, User},
};

/// The keys of everything that filters and orders can name, under the names of the attributes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Resource(Map<String, Value>);

impl Resource {
    /// A user with the groups that it belongs to.
    pub fn of_user(user: &User, groups: &[GroupReference], schemas: &[ExtensionSchema]) -> Self {
        let mut it = Self(of_user(user, schemas).0);
        it.set(Column::Id, Some(user.id.to_string()));
        it.set(Column::OrganizationId, Some(user.organization_id.to_string()));
        it.set(Column::Version, Some(user.version.to_string()));
        it.set(Column::UserName, Some(fold(&user.user_name)));
        it.set(Column::ExternalId, user.external_id.clone());
        it.set(
            Column::DisplayName,
            user.profile.display_name.as_deref().map(fold),
        );
        it.set(Column::Active, Some(key::boolean(user.active).to_owned()));
        it.set(Column::OrganizationRole, user.organization_role.clone());
        it.set(Column::ManagedBy, user.managed_by.as_ref().map(Id::to_string));
        it.set(
            Column::BreakGlass,
            Some(key::boolean(user.break_glass).to_owned()),
        );
        it.times(user.created_at, user.updated_at, user.deleted_at);
        let groups = groups.iter().map(|group| {
            json!({ "value": group.id.to_string(), "display": key::text(Case::Folded, &group.display_name) })
        });
        it.list("groups", groups.collect());
        it
    }

    /// A group with its direct members.
    pub fn of_group(group: &Group, members: &[Member], schemas: &[ExtensionSchema]) -> Self {
        let mut it = Self(of_group(group, schemas).0);
        it.set(Column::Id, Some(group.id.to_string()));
        it.set(Column::OrganizationId, Some(group.organization_id.to_string()));
        it.set(Column::Version, Some(group.version.to_string()));
        it.set(Column::ExternalId, group.external_id.clone());
        it.set(Column::DisplayName, Some(fold(&group.display_name)));
        it.set(Column::ManagedBy, group.managed_by.as_ref().map(Id::to_string));
        #[expect(clippy::cast_precision_loss, reason = "no group has 2^53 members")]
        it.set(Column::MemberCount, Some(key::number(group.member_count as f64)));
        it.times(group.created_at, group.updated_at, group.deleted_at);
        let members = members.iter().map(|member| {
            let kind = match member.kind {
                MemberKind::User => "user",
                MemberKind::Group => "group",
            };
            json!({ "value": member.id.to_string(), "type": kind })
        });
        it.list("members", members.collect());
        it
    }

    fn times(&mut self, created: Timestamp, updated: Timestamp, deleted: Option<Timestamp>) {
        self.set(Column::CreatedAt, Some(key::time(created)));
        self.set(Column::UpdatedAt, Some(key::time(updated)));
        self.set(Column::DeletedAt, deleted.map(key::time));
    }

    fn set(&mut self, column: Column, key: Option<String>) {
        if let Some(key) = key.filter(|it| !it.is_empty()) {
            self.0.insert(name(column).to_owned(), key.into());
        }
    }

    fn list(&mut self, name: &str, elements: Vec<Value>) {
        if !elements.is_empty() {
            self.0.insert(name.to_owned(), elements.into());
        }
    }

    /// The key of an attribute that is not in a list.
    pub fn key(&self, attribute: &Attribute) -> Option<&str> {
        let name = match &attribute.location {
            AttributeLocation::Column(column) => name(*column),
            AttributeLocation::Key(label) | AttributeLocation::Part(label) => label,
        };
        self.0.get(name)?.as_str()
    }

    /// The elements of a list.
    pub fn elements(&self, list: &str) -> &[Value] {
        let elements = self.0.get(list).and_then(Value::as_array);
        elements.map(Vec::as_slice).unwrap_or_default()
    }
}

/// The attribute that a column holds.
fn name(column: Column) -> &'static str {
    match column {
        Column::Id => "id",
        Column::OrganizationId => "organization_id",
        Column::Version => "etag",
        Column::UserName => "user_name",
        Column::ExternalId => "external_id",
        Column::DisplayName => "display_name",
        Column::Active => "active",
        Column::OrganizationRole => "organization_role",
        Column::ManagedBy => "managed_by",
        Column::BreakGlass => "break_glass",
        Column::MemberCount => "member_count",
        Column::CreatedAt => "create_time",
        Column::UpdatedAt => "update_time",
        Column::DeletedAt => "delete_time",
    }
}
