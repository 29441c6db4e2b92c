//! State of a directory as a flat list of facts, to compare two moments.

use std::collections::{BTreeMap, BTreeSet};

use identity_core::{
    change::{Action, Actor, Change},
    directory::input::{ListRequest, PageRequest, View},
    id::Id,
};

use crate::harness::{ORGANIZATION, World};

/// A fact by the user or group that it is about, and a field or member.
pub(super) type Fact = (Id, String);

/// All facts about users and groups.
pub(super) async fn state(world: &World) -> BTreeMap<Fact, String> {
    let mut facts = BTreeMap::new();
    let request = || ListRequest {
        view: View::Resources,
        page: PageRequest {
            size: 1_000,
            ..PageRequest::default()
        },
        ..ListRequest::default()
    };
    let root = world.root();
    let users = world
        .directory
        .list_users(root, ORGANIZATION, request())
        .await
        .unwrap();
    for view in users.items {
        let (id, user) = (view.user.id, &view.user);
        let mut put = |field: &str, value: String| facts.insert((id, field.to_owned()), value);
        put("existence", "user".into());
        put("user_name", user.user_name.clone());
        put("external_id", format!("{:?}", user.external_id));
        put("active", user.active.to_string());
        put("managed_by", format!("{:?}", user.managed_by));
        put(
            "roles",
            format!("{:?} {}", user.profile.roles, view.organization_role),
        );
        put("title", format!("{:?}", user.profile.title));
        put("display_name", format!("{:?}", user.profile.display_name));
        put("marks", format!("{:?}", user.profile.manually_set));
    }
    let groups = world
        .directory
        .list_groups(root, ORGANIZATION, request())
        .await
        .unwrap();
    for group in groups.items {
        let mut put = |field: String, value: String| facts.insert((group.id, field), value);
        put("existence".into(), "group".into());
        put("display_name".into(), group.display_name.clone());
        put("external_id".into(), format!("{:?}", group.external_id));
        put("managed_by".into(), format!("{:?}", group.managed_by));
        let members = world.members(group.id).await;
        assert_eq!(usize::try_from(group.member_count).unwrap(), members.len());
        for member in members {
            put(member.id.to_string(), format!("{:?}", member.source));
        }
    }
    facts
}

/// The facts that others than a connection set.
pub(super) fn touched(changes: &[Change]) -> BTreeSet<Fact> {
    let mut facts = BTreeSet::new();
    let others = changes
        .iter()
        .filter(|it| !matches!(it.actor, Actor::Scim { .. }) && it.action != Action::Ignored);
    for change in others {
        let Some(id) = Id::parse(&change.resource_id) else {
            continue;
        };
        let detail = &change.detail;
        facts.extend(detail.fields.iter().map(|it| (id, it.field.clone())));
        // A mark follows a manual change, and a connection's change takes it.
        facts.insert((id, "marks".to_owned()));
        let members = detail.added_members.iter().chain(&detail.removed_members);
        facts.extend(members.map(|member| (id, member.to_string())));
        if change.action != Action::Updated {
            facts.insert((id, "existence".to_owned()));
        }
    }
    facts
}
