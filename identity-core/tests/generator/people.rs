//! Random users and groups.

use identity_core::{
    group::{Group, Member, MemberKind, Source},
    role::Catalog,
    schema::ExtendedType,
    user::{Address, Enterprise, GroupReference, Membership, Name, Profile, TypedValue, User},
};
use proptest::{collection::vec, option::of, prelude::*, sample::select};
use serde_json::{Map, Value};

use super::{
    World, extension,
    values::{CONNECTIONS, GROUPS, ORGANIZATION, USERS, id, id_text, maybe_text, moment, text},
};

/// An organization of so many users and groups at most.
pub(crate) fn world(max_users: usize, max_groups: usize) -> impl Strategy<Value = World> {
    let users = vec(
        (user(), extension::values(ExtendedType::User)),
        max_users / 2..=max_users,
    );
    let groups = vec(
        (text(), maybe_text(), extension::values(ExtendedType::Group)),
        0..=max_groups,
    );
    let inside = vec(any::<bool>(), max_groups * (max_users + max_groups));
    (users, groups, inside).prop_map(|(users, groups, inside)| {
        let mut world = World {
            organization: id(ORGANIZATION, 0),
            users: Vec::new(),
            groups: Vec::new(),
            schemas: extension::schemas(id(ORGANIZATION, 0)),
        };
        for (number, (user, extensions)) in users.into_iter().enumerate() {
            world.users.push((complete(user, number, extensions), Vec::new()));
        }
        for (number, (name, external_id, extensions)) in groups.into_iter().enumerate() {
            world
                .groups
                .push((group(number, name, external_id, extensions), Vec::new()));
        }
        fill(&mut world, &inside);
        world
    })
}

/// A user but for its extensions; its number makes its names unique.
fn user() -> impl Strategy<Value = User> {
    let names = (
        text(),
        maybe_text(),
        any::<bool>(),
        of(0..3_usize),
        moment(),
        moment(),
    );
    (names, profile()).prop_map(
        |((user_name, external_id, active, connection, created_at, updated_at), profile)| User {
            id: id(USERS, 0),
            organization_id: id(ORGANIZATION, 0),
            version: 1,
            user_name,
            external_id,
            active,
            organization_role: None,
            managed_by: connection.map(|number| id(CONNECTIONS, number)),
            break_glass: false,
            predecessor_id: None,
            created_at,
            updated_at,
            deleted_at: None,
            profile,
        },
    )
}

fn complete(user: User, number: usize, extensions: Map<String, Value>) -> User {
    User {
        id: id(USERS, number),
        version: i64::try_from(number).unwrap_or_default() + 1,
        user_name: format!("{}-{number}", user.user_name),
        external_id: user.external_id.map(|it| format!("{it}-{number}")),
        organization_role: strongest(&user.profile),
        profile: Profile {
            extensions,
            ..user.profile
        },
        ..user
    }
}

/// As the operations tell it of the user's own roles.
fn strongest(profile: &Profile) -> Option<String> {
    let names = profile.roles.iter().map(|role| role.value.as_str());
    Catalog::new(&[]).strongest(names).map(str::to_owned)
}

fn profile() -> impl Strategy<Value = Profile> {
    let texts = (maybe_text(), maybe_text(), maybe_text(), maybe_text());
    let lists = (
        vec(typed(), 0..3),
        vec(typed(), 0..2),
        vec(typed(), 0..2),
        vec(typed(), 0..3),
    );
    (texts, lists, of(name()), of(enterprise()), vec(address(), 0..3)).prop_map(
        |(
            (display_name, title, nick_name, profile_url),
            (emails, photos, certificates, roles),
            name,
            it,
            addresses,
        )| {
            Profile {
                name,
                display_name,
                nick_name,
                profile_url,
                title,
                emails: one_primary(emails),
                photos,
                x509_certificates: certificates,
                roles,
                enterprise: it,
                addresses,
                ..Profile::default()
            }
        },
    )
}

fn name() -> impl Strategy<Value = Name> {
    (maybe_text(), text()).prop_map(|(formatted, family_name)| Name {
        formatted,
        family_name: Some(family_name),
        ..Name::default()
    })
}

fn enterprise() -> impl Strategy<Value = Enterprise> {
    (maybe_text(), id_text()).prop_map(|(department, manager)| Enterprise {
        department,
        manager_id: Some(manager),
        ..Enterprise::default()
    })
}

fn address() -> impl Strategy<Value = Address> {
    (text(), maybe_text()).prop_map(|(locality, kind)| Address {
        locality: Some(locality),
        kind,
        ..Address::default()
    })
}

fn typed() -> impl Strategy<Value = TypedValue> {
    let value = prop_oneof![3 => text(), 1 => select(vec!["admin".to_owned(), "viewer".to_owned()])];
    (value, maybe_text(), maybe_text(), any::<bool>()).prop_map(|(value, display, kind, primary)| {
        TypedValue {
            value,
            display,
            kind,
            primary,
        }
    })
}

fn one_primary(mut list: Vec<TypedValue>) -> Vec<TypedValue> {
    let first = list.iter().position(|it| it.primary);
    for (at, element) in list.iter_mut().enumerate() {
        element.primary = Some(at) == first;
    }
    list
}

fn group(number: usize, name: String, external_id: Option<String>, extensions: Map<String, Value>) -> Group {
    Group {
        kind: identity_core::group::GroupKind::default(),
        id: id(GROUPS, number),
        organization_id: id(ORGANIZATION, 0),
        version: 1,
        display_name: name,
        external_id: external_id.map(|it| format!("{it}-{number}")),
        extensions,
        member_count: 0,
        managed_by: None,
        created_at: identity_core::platform::Timestamp(0),
        updated_at: identity_core::platform::Timestamp(0),
        deleted_at: None,
    }
}

/// Puts users into groups, and groups into groups of smaller numbers, so that none contains itself.
fn fill(world: &mut World, inside: &[bool]) {
    let mut inside = inside.iter().copied();
    let users: Vec<_> = world
        .users
        .iter()
        .map(|(user, _)| (user.id, MemberKind::User))
        .collect();
    let groups: Vec<_> = world
        .groups
        .iter()
        .map(|(group, _)| (group.id, MemberKind::Group))
        .collect();
    for (number, (group, members)) in world.groups.iter_mut().enumerate() {
        let candidates = users.iter().chain(groups.iter().skip(number + 1));
        let chosen = candidates.filter(|_| inside.next() == Some(true));
        members.extend(chosen.map(|&(id, kind)| Member {
            id,
            kind,
            display_name: String::new(),
            source: Source::Scim,
        }));
        group.member_count = i64::try_from(members.len()).unwrap_or_default();
    }
    let mut users = std::mem::take(&mut world.users);
    for (user, groups) in &mut users {
        *groups = groups_of(world, user.id);
    }
    world.users = users;
}

fn groups_of(world: &World, user: identity_core::id::Id) -> Vec<GroupReference> {
    let mut belongs = vec![user];
    let mut found = Vec::new();
    // Groups hold groups of larger numbers, so one walk backwards finds all.
    for (group, members) in world.groups.iter().rev() {
        if members.iter().any(|member| belongs.contains(&member.id)) {
            belongs.push(group.id);
            found.push(GroupReference {
                id: group.id,
                display_name: group.display_name.clone(),
                membership: Membership::Direct,
            });
        }
    }
    found
}
