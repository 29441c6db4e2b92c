//! Mapping rules.

use identity_core::{
    directory::input::{
        GrantRevocation, GroupField, GroupInput, GroupUpdate, MappingUpdate, NewGrant, NewMapping,
    },
    error::{Error, Result, Rule},
    group::Source,
    id::Id,
    license::LicenseOrigin,
    mapping::{GroupMatcher, MappingRule, MappingTarget},
};

use crate::harness::{
    ORGANIZATION, World, add, assert_broken, assert_invalid, assert_not_found, on_every_database, remove,
};
use crate::roles::given;

on_every_database![
    members_of_a_group_have_the_license_of_its_rule,
    members_of_groups_in_a_group_have_it_too,
    a_rule_follows_the_name_of_a_group,
    of_several_licenses_the_first_rule_wins,
    of_rules_in_one_place_the_older_wins,
    a_rule_that_changes_or_goes_takes_its_license_along,
    a_rule_that_wins_leaves_what_was_given,
    a_rule_gives_no_license_that_there_is_not,
    a_rule_gives_no_license_where_the_provider_alone_does,
    a_preview_names_the_groups_and_changes_nothing,
    there_is_no_rule_of_another_id,
    members_of_a_group_have_the_role_of_its_rule,
    a_rule_that_makes_the_last_admin_stays,
    what_a_rule_gives_is_not_given_or_taken_manually,
    long_names_and_many_rules_hold_nobody_up,
];

async fn offer(world: &World) {
    let settings = [
        ("license.catalog", "it,analyst,developer"),
        ("license.source", "mapping"),
        ("plan.licenses", "it,developer"),
    ];
    world.policy(&settings).await;
}

fn rule(matcher: GroupMatcher, license: &str) -> NewMapping {
    NewMapping {
        position: None,
        matcher,
        target: MappingTarget::License(license.into()),
    }
}

fn named(group: &str) -> GroupMatcher {
    GroupMatcher::Name(group.into())
}

async fn create(world: &World, new: NewMapping) -> Result<MappingRule> {
    let root = world.root();
    world
        .directory
        .create_mapping_rule(root, ORGANIZATION, new, "")
        .await
}

async fn change(world: &World, update: MappingUpdate) -> MappingRule {
    let changed = world
        .directory
        .update_mapping_rule(world.root(), ORGANIZATION, update);
    changed.await.unwrap()
}

async fn license(world: &World, user: Id) -> Option<String> {
    world.get(user).await.unwrap().license.map(|it| it.value)
}

async fn members_of_a_group_have_the_license_of_its_rule(world: World) {
    offer(&world).await;
    let ada = world.user("ada").await.user.id;
    let team = world.group("Team", &[]).await;
    create(&world, rule(named("TEAM"), "it")).await.unwrap();
    assert_eq!(license(&world, ada).await, None);
    world.change_members(team.id, &[add(&[ada])]).await.unwrap();
    let has = world.get(ada).await.unwrap().license.unwrap();
    assert_eq!((has.value.as_str(), has.origin), ("it", LicenseOrigin::Mapping));
    world.change_members(team.id, &[remove(&[ada])]).await.unwrap();
    assert_eq!(license(&world, ada).await, None);
}

async fn members_of_groups_in_a_group_have_it_too(world: World) {
    offer(&world).await;
    let ada = world.user("ada").await.user.id;
    let inner = world.group("Inner", &[ada]).await;
    world.group("Outer", &[inner.id]).await;
    create(&world, rule(named("Outer"), "it")).await.unwrap();
    assert_eq!(license(&world, ada).await.as_deref(), Some("it"));
}

async fn a_rule_follows_the_name_of_a_group(world: World) {
    offer(&world).await;
    let ada = world.user("ada").await.user.id;
    let pattern = GroupMatcher::Pattern("lic-*".into());
    create(&world, rule(pattern, "it")).await.unwrap();
    let group = world.group("LIC-it", &[ada]).await;
    assert_eq!(license(&world, ada).await.as_deref(), Some("it"));
    let rename = GroupUpdate {
        id: group.id.to_string(),
        fields: vec![GroupField::DisplayName],
        input: GroupInput {
            display_name: "Others".into(),
            ..GroupInput::default()
        },
        ..GroupUpdate::default()
    };
    world.update_group(rename).await.unwrap();
    assert_eq!(license(&world, ada).await, None);
}

async fn of_several_licenses_the_first_rule_wins(world: World) {
    offer(&world).await;
    let ada = world.user("ada").await.user.id;
    for group in ["A", "B"] {
        world.group(group, &[ada]).await;
    }
    create(&world, rule(named("A"), "it")).await.unwrap();
    let second = create(&world, rule(named("B"), "developer")).await.unwrap();
    assert_eq!(
        (second.position, license(&world, ada).await.as_deref()),
        (2, Some("it"))
    );
    let first = MappingUpdate {
        id: second.id.to_string(),
        position: Some(0),
        ..MappingUpdate::default()
    };
    change(&world, first).await;
    assert_eq!(license(&world, ada).await.as_deref(), Some("developer"));
}

async fn of_rules_in_one_place_the_older_wins(world: World) {
    offer(&world).await;
    let ada = world.user("ada").await.user.id;
    for group in ["A", "B"] {
        world.group(group, &[ada]).await;
    }
    // Not the older group's.
    for (group, license) in [("B", "it"), ("A", "developer")] {
        let new = NewMapping {
            position: Some(1),
            ..rule(named(group), license)
        };
        create(&world, new).await.unwrap();
    }
    assert_eq!(license(&world, ada).await.as_deref(), Some("it"));
}

async fn a_rule_that_changes_or_goes_takes_its_license_along(world: World) {
    offer(&world).await;
    let ada = world.user("ada").await.user.id;
    world.group("Team", &[ada]).await;
    let made = create(&world, rule(named("Team"), "it")).await.unwrap();
    let id = made.id.to_string();
    let other = MappingUpdate {
        id: id.clone(),
        target: Some(MappingTarget::License("developer".into())),
        ..MappingUpdate::default()
    };
    change(&world, other).await;
    assert_eq!(license(&world, ada).await.as_deref(), Some("developer"));
    let gone = world
        .directory
        .delete_mapping_rule(world.root(), ORGANIZATION, &id);
    gone.await.unwrap();
    assert_eq!(license(&world, ada).await, None);
}

async fn a_rule_that_wins_leaves_what_was_given(world: World) {
    offer(&world).await;
    let (ada, root) = (world.user("ada").await.user.id, world.root());
    let id = ada.to_string();
    let given = world
        .directory
        .assign_license(root, ORGANIZATION, &id, "developer");
    given.await.unwrap();
    let team = world.group("Team", &[ada]).await;
    create(&world, rule(named("Team"), "it")).await.unwrap();
    assert_eq!(license(&world, ada).await.as_deref(), Some("it"));
    let report = world.directory.report_licenses(root, ORGANIZATION, "manual", 0);
    assert_eq!(report.await.unwrap().changing, 1);
    world.change_members(team.id, &[remove(&[ada])]).await.unwrap();
    assert_eq!(license(&world, ada).await.as_deref(), Some("developer"));
}

async fn a_rule_gives_no_license_that_there_is_not(world: World) {
    offer(&world).await;
    assert_invalid(create(&world, rule(named("Team"), "gold")).await, "license");
    let refused = create(&world, rule(named("Team"), "analyst")).await;
    assert_broken(refused, &Rule::PlanLacksLicense("analyst".into()));
    assert_invalid(create(&world, rule(named(""), "it")).await, "group_name");
    let role = NewMapping {
        target: MappingTarget::Role("emperor".into()),
        ..rule(named("Team"), "it")
    };
    assert_invalid(create(&world, role).await, "role");
}

async fn a_preview_names_the_groups_and_changes_nothing(world: World) {
    offer(&world).await;
    let ada = world.user("ada").await.user.id;
    let fits = world.group("lic-a", &[ada]).await;
    world.group("other", &[ada]).await;
    let before = world.organization().await;
    let new = rule(GroupMatcher::Pattern("lic-*".into()), "it");
    let preview = world
        .directory
        .preview_mapping_rule(world.root(), ORGANIZATION, new);
    let preview = preview.await.unwrap();
    assert_eq!((preview.groups, preview.memberships), (1, 1));
    assert_eq!(preview.named, [fits]);
    assert_eq!(world.organization().await, before);
}

async fn there_is_no_rule_of_another_id(world: World) {
    let root = world.root();
    let none = world.directory.get_mapping_rule(root, ORGANIZATION, "nothing");
    assert_not_found(none.await);
    let id = world.user("ada").await.user.id.to_string();
    let gone: Result<(), Error> = world.directory.delete_mapping_rule(root, ORGANIZATION, &id).await;
    assert_not_found(gone);
}

async fn give(world: &World, group: &str, role: &str) -> MappingRule {
    let new = NewMapping {
        target: MappingTarget::Role(role.into()),
        ..rule(named(group), "")
    };
    create(world, new).await.unwrap()
}

async fn role_of(world: &World, user: Id) -> String {
    world.get(user).await.unwrap().organization_role
}

async fn members_of_a_group_have_the_role_of_its_rule(world: World) {
    let ada = world.user("ada").await.user.id;
    let team = world.group("Team", &[ada]).await;
    let made = give(&world, "Team", "editor").await;
    assert_eq!(role_of(&world, ada).await, "editor");
    world.change_members(team.id, &[remove(&[ada])]).await.unwrap();
    assert_eq!(role_of(&world, ada).await, "member");
    world.change_members(team.id, &[add(&[ada])]).await.unwrap();
    let (root, id) = (world.root(), made.id.to_string());
    let gone = world.directory.delete_mapping_rule(root, ORGANIZATION, &id);
    gone.await.unwrap();
    assert_eq!(role_of(&world, ada).await, "member");
}

async fn a_rule_that_makes_the_last_admin_stays(world: World) {
    let ada = world.user("ada").await.user.id;
    world.group("Team", &[ada]).await;
    let made = give(&world, "Team", "admin").await;
    let id = made.id.to_string();
    let refused = world
        .directory
        .delete_mapping_rule(world.root(), ORGANIZATION, &id)
        .await;
    assert_broken(refused, &Rule::LastAdmin);
}

/// Only the rule tells what there is by it: the next change of the rule would undo anything else.
async fn what_a_rule_gives_is_not_given_or_taken_manually(world: World) {
    let ada = world.user("ada").await.user.id;
    let team = world.group("Team", &[ada]).await;
    give(&world, "Team", "editor").await;
    let by_rule = NewGrant {
        source: Source::Mapping,
        ..given(team.id, "viewer")
    };
    assert_invalid(world.grant(by_rule).await, "source");
    let revocation = GrantRevocation {
        principal: team.id.to_string(),
        project: String::new(),
        role: "editor".into(),
        source: Some(Source::Mapping),
    };
    assert_invalid(world.revoke(revocation).await, "source");
    assert_eq!(role_of(&world, ada).await, "editor");
}

async fn a_rule_gives_no_license_where_the_provider_alone_does(world: World) {
    offer(&world).await;
    let before = create(&world, rule(named("Engineers"), "it")).await.unwrap();
    let urn = "urn:example:2.0:User:licenseType";
    world
        .policy(&[("license.attribute", urn), ("license.source", "scim")])
        .await;
    let forbids = Rule::PolicyForbids("license.source");
    assert_broken(create(&world, rule(named("Analysts"), "it")).await, &forbids);
    // What was there before the switch stays, without effect, and goes.
    let id = before.id.to_string();
    let gone = world
        .directory
        .delete_mapping_rule(world.root(), ORGANIZATION, &id);
    gone.await.unwrap();
}

/// Groups and rules, both with long names beyond ASCII: as many as the limits say with `ROSTER_TEST_SCALE=full`.
async fn long_names_and_many_rules_hold_nobody_up(world: World) {
    let is_full = std::env::var("ROSTER_TEST_SCALE").is_ok_and(|scale| scale == "full");
    let (groups, rules, letters) = if is_full {
        (10_000, 498, 20)
    } else {
        (150, 60, 700)
    };
    offer(&world).await;
    world.policy(&[("groups.unique_names", "false")]).await;
    for number in 0..groups {
        world
            .group(&format!("{}{number}", "ä".repeat(letters)), &[])
            .await;
    }
    for number in 0..rules {
        let pattern = format!("x{}{number}*", "ä".repeat(letters));
        create(&world, rule(GroupMatcher::Pattern(pattern), "it"))
            .await
            .unwrap();
    }
    for (pattern, met) in [("*q", "no group"), ("*", "every group")] {
        let begun = std::time::Instant::now();
        create(&world, rule(GroupMatcher::Pattern(pattern.into()), "it"))
            .await
            .ok();
        let took = begun.elapsed();
        eprintln!("a rule that {met} of {groups} meets beside {rules} others: {took:?}");
        assert!(took.as_secs() < 10, "{met}: {took:?}");
    }
}
