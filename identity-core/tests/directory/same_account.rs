//! Names that only look like another's: they tie no accounts together, and where nobody could tell them apart there is one.

use identity_core::{
    directory::input::{
        AdoptionItem, Candidate, GroupField, GroupInput, GroupUpdate, OrganizationUpdate, Outcome,
        PageRequest, Reach, UserField, UserInput, UserKey,
    },
    error::{Error, Rule},
    user::TypedValue,
};

use crate::harness::{
    ORGANIZATION, World, assert_broken, assert_invalid, assert_not_found, assert_taken, change, named,
    on_every_database, with_roles,
};

on_every_database![
    an_address_that_only_looks_like_anothers_takes_over_no_account,
    a_name_that_only_looks_like_anothers_takes_over_no_account,
    an_account_is_found_by_its_own_address_alone,
    candidates_that_only_look_like_a_user_do_not_match_it,
    a_verified_domain_is_one_that_dns_has,
    names_of_users_have_nothing_that_is_not_seen_and_no_blanks_around,
    names_of_groups_that_look_the_same_are_one_name,
    filters_do_not_see_what_nobody_sees,
];

fn with_email(user_name: &str, email: &str) -> UserInput {
    let mut input = named(user_name);
    input.profile.emails = vec![TypedValue {
        value: email.into(),
        primary: true,
        ..TypedValue::default()
    }];
    input
}

async fn verify(world: &World, domain: &str) -> identity_core::error::Result<Vec<String>> {
    let update = OrganizationUpdate {
        organization: ORGANIZATION.into(),
        verified_domains: Some(vec![domain.into()]),
        ..OrganizationUpdate::default()
    };
    let updated = world.directory.update_organization(world.root(), update).await?;
    Ok(updated.facts.verified_domains)
}

const LOOK_ALIKES: [&str; 5] = [
    "boss@ｓｋｉｐ.example",
    "boss@s\u{212a}ip.example",
    "BO\u{17f}S@skip.example",
    "boss@skip\u{3002}example",
    "boss@sk\u{ad}ip.example",
];

async fn an_address_that_only_looks_like_anothers_takes_over_no_account(world: World) {
    let settings = [
        ("adopt", "on_match"),
        ("match.order", "email"),
        ("email.trust", "trusted"),
    ];
    world.policy(&settings).await;
    verify(&world, "skip.example").await.unwrap();
    let mut boss = with_email("boss", "boss@skip.example");
    boss.profile.roles = with_roles("", &["admin"]).profile.roles;
    let boss = world.create(boss).await.unwrap().user;
    let idp = world.scim().await;
    for trust in ["trusted", "verified_domains"] {
        world.policy(&[("email.trust", trust)]).await;
        for (number, address) in LOOK_ALIKES.into_iter().enumerate() {
            let input = with_email(&format!("evil-{trust}-{number}"), address);
            let made = world.create_as(&idp, input).await.unwrap();
            assert_ne!(made.user.id, boss.id, "{address}");
            // An address that several have is nobody's, which is not what this is about.
            world.delete_as(&idp, made.user.id).await.unwrap();
        }
    }
    assert_eq!(world.get(boss.id).await.unwrap().user, boss);
    let own = world
        .create_as(&idp, with_email("boss-2", "Boss@SKIP.example"))
        .await;
    assert_eq!(own.unwrap().user.id, boss.id);
}

async fn a_name_that_only_looks_like_anothers_takes_over_no_account(world: World) {
    world
        .policy(&[("adopt", "on_match"), ("match.order", "user_name")])
        .await;
    let idp = world.scim().await;
    for (found, look_alike) in [
        ("groß", "gross"),
        ("root", "ｒｏｏｔ"),
        ("a@k.example", "a@\u{212a}.example"),
    ] {
        world.create(named(found)).await.unwrap();
        assert_taken(world.create_as(&idp, named(look_alike)).await, "user_name");
    }
    let own = world.create_as(&idp, named("ROOT")).await.unwrap();
    assert_eq!(own.user.user_name, "ROOT");
}

async fn an_account_is_found_by_its_own_address_alone(world: World) {
    world
        .create(with_email("boss@skip.example", "boss@skip.example"))
        .await
        .unwrap();
    let find = async |key: UserKey| {
        world
            .directory
            .look_up_user(world.root(), ORGANIZATION, key)
            .await
    };
    for address in LOOK_ALIKES {
        assert_not_found(find(UserKey::Email(address.into())).await);
        assert_not_found(find(UserKey::UserName(address.into())).await);
    }
    for address in ["boss@skip.example", "BOSS@Skip.Example"] {
        find(UserKey::Email(address.into())).await.unwrap();
        find(UserKey::UserName(address.into())).await.unwrap();
    }
}

async fn candidates_that_only_look_like_a_user_do_not_match_it(world: World) {
    world
        .policy(&[("match.order", "email,user_name"), ("email.trust", "trusted")])
        .await;
    let idp = world.scim().await;
    world
        .create(with_email("boss", "boss@skip.example"))
        .await
        .unwrap();
    let plan = async |user_name: &str, email: &str| -> AdoptionItem {
        let candidate = Candidate {
            external_id: String::new(),
            user_name: user_name.into(),
            email: email.into(),
        };
        let connection = idp.caller.connection_id().unwrap().to_string();
        let page = PageRequest {
            size: 10,
            ..PageRequest::default()
        };
        let found = world.directory.preview_adoption(
            world.root(),
            ORGANIZATION,
            &connection,
            (vec![candidate], Reach::default()),
            page,
        );
        found.await.unwrap().items.remove(0)
    };
    for address in LOOK_ALIKES {
        assert_eq!(plan("evil", address).await.outcome, Outcome::Create, "{address}");
    }
    assert_eq!(plan("ｂｏｓｓ", "").await.outcome, Outcome::Conflict);
    assert_eq!(plan("BOSS", "").await.outcome, Outcome::Adopt);
    assert_eq!(plan("evil", "Boss@SKIP.example").await.outcome, Outcome::Adopt);
}

async fn a_verified_domain_is_one_that_dns_has(world: World) {
    for domain in ["ｓｋｉｐ.example", "s\u{212a}ip.example", "skip\u{3002}example."] {
        assert_invalid(verify(&world, domain).await, "verified_domains");
    }
    assert_eq!(verify(&world, "Skip.example").await.unwrap(), ["skip.example"]);
    assert_eq!(
        verify(&world, "Bücher.example").await.unwrap(),
        ["xn--bcher-kva.example"]
    );
}

async fn names_of_users_have_nothing_that_is_not_seen_and_no_blanks_around(world: World) {
    let ada = world.user("ada").await;
    for name in [
        "root ",
        " root",
        "root\u{a0}",
        "root\u{200b}",
        "ro\u{ad}ot",
        "root\u{fe0f}",
        "\u{202e}toor",
        "\u{feff}root",
        "\u{200b}",
    ] {
        assert_invalid(world.create(named(name)).await, "user_name");
        let rename = change(ada.user.id, &[UserField::UserName], named(name));
        assert_invalid(world.update(rename).await, "user_name");
    }
    assert_eq!(
        world.user("John von Neumann").await.user.user_name,
        "John von Neumann"
    );
}

async fn names_of_groups_that_look_the_same_are_one_name(world: World) {
    let eng = world.group("Eng", &[]).await;
    for name in [
        "Eng ",
        " eng",
        "Eng\u{a0}",
        "E\u{200b}ng",
        "\u{202d}Eng",
        "ENG\u{fe0f}",
    ] {
        assert_taken(world.create_group(name, &[]).await, "display_name");
    }
    let ops = world.group("Ops ", &[]).await;
    assert_eq!(ops.display_name, "Ops ");
    let rename = |name: &str| GroupUpdate {
        id: ops.id.to_string(),
        fields: vec![GroupField::DisplayName],
        input: GroupInput {
            display_name: name.into(),
            ..GroupInput::default()
        },
        ..GroupUpdate::default()
    };
    assert_taken(world.update_group(rename(" Eng")).await, "display_name");
    assert_eq!(
        world.update_group(rename("Ops")).await.unwrap().display_name,
        "Ops"
    );
    world.policy(&[("groups.unique_names", "false")]).await;
    world.group("Eng ", &[]).await;
    let unique = identity_core::directory::input::PolicyUpdate {
        settings: vec![("groups.unique_names".into(), "true".into())],
        ..Default::default()
    };
    let forbidden = Rule::PolicyForbids("groups.unique_names");
    let refused = world
        .directory
        .update_policy(world.root(), ORGANIZATION, unique.clone())
        .await;
    assert_broken(refused, &forbidden);
    let id = eng.id.to_string();
    let deleted = world.directory.delete_group(world.root(), ORGANIZATION, &id, "");
    deleted.await.unwrap();
    world
        .directory
        .update_policy(world.root(), ORGANIZATION, unique)
        .await
        .unwrap();
    // The names that were there are under the rule as those are that come.
    assert!(matches!(
        world.create_group("Eng", &[]).await,
        Err(Error::AlreadyExists {
            field: "display_name",
            ..
        })
    ));
}

async fn filters_do_not_see_what_nobody_sees(world: World) {
    world.user("root").await;
    let mut shown = named("x");
    shown.profile.display_name = Some("Ro\u{200b}ot".into());
    world.create(shown).await.unwrap();
    let by_name = crate::harness::equal("user_name", "ro\u{200b}ot");
    assert_eq!(world.names_where(Some(by_name)).await, ["root"]);
    let by_display_name = crate::harness::equal("display_name", "root");
    assert_eq!(world.names_where(Some(by_display_name)).await, ["x"]);
}
