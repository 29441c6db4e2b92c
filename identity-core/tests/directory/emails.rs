//! The user name as the primary e-mail address: `email.primary_rule=must_equal_user_name` (rules 37 and 40).

use identity_core::{
    directory::input::{UpdateMode, UserField, UserInput, UserUpdate},
    user::{TypedValue, User},
};

use crate::harness::{World, assert_invalid, change, named, on_every_database};

on_every_database![
    under_must_equal_user_name_a_user_without_addresses_has_its_name_as_one,
    under_must_equal_user_name_the_address_follows_a_change_of_the_name_alone,
    under_must_equal_user_name_addresses_that_are_sent_agree_with_the_name,
    an_address_that_is_independent_of_the_name_stays_when_that_changes,
    what_another_policy_let_in_stays_until_name_or_addresses_change,
    an_address_that_was_set_manually_does_not_keep_a_name_from_changing,
];

const RULE: (&str, &str) = ("email.primary_rule", "must_equal_user_name");

fn email(value: &str, kind: &str, primary: bool) -> TypedValue {
    TypedValue {
        value: value.into(),
        kind: Some(kind.into()),
        primary,
        ..TypedValue::default()
    }
}

fn with_emails(user_name: &str, emails: &[TypedValue]) -> UserInput {
    let mut input = named(user_name);
    input.profile.emails = emails.to_vec();
    input
}

fn replacement(user: &User, fields: &[UserField], input: UserInput) -> UserUpdate {
    UserUpdate {
        mode: UpdateMode::Replace,
        ..change(user.id, fields, input)
    }
}

async fn under_must_equal_user_name_a_user_without_addresses_has_its_name_as_one(world: World) {
    world.policy(&[RULE]).await;
    let scim = world.scim().await;
    for (call, name) in [(world.root(), "ada@x.example"), (&scim, "bob@x.example")] {
        let made = world.create_as(call, named(name)).await.unwrap().user;
        assert_eq!(made.profile.emails, [email(name, "work", true)]);
        // What is taken away leaves the name.
        let none = change(made.id, &[UserField::Emails], UserInput::default());
        let same = world.update_as(call, none).await.unwrap().user;
        assert_eq!((same.profile, same.version), (made.profile, 1));
    }
}

async fn under_must_equal_user_name_the_address_follows_a_change_of_the_name_alone(world: World) {
    world.policy(&[RULE]).await;
    let scim = world.scim().await;
    let other = email("ada@home.example", "home", false);
    let given = [other.clone(), email("ada@x.example", "office", true)];
    let ada = world
        .create_as(&scim, with_emails("ada@x.example", &given))
        .await
        .unwrap()
        .user;
    let rename = |name: &str| change(ada.id, &[UserField::UserName], named(name));
    let renamed = world
        .update_as(&scim, rename("ada2@x.example"))
        .await
        .unwrap()
        .user;
    assert_eq!(
        renamed.profile.emails,
        [other.clone(), email("ada2@x.example", "office", true)]
    );

    // A replacement that leaves addresses out says nothing of them: whether it clears or keeps what it leaves out, the name is one.
    let put = |name: &str| replacement(&ada, &[UserField::UserName], named(name));
    let cleared = world.update_as(&scim, put("ada3@x.example")).await.unwrap().user;
    assert_eq!(cleared.profile.emails, [email("ada3@x.example", "office", true)]);
    let repeated = world.update_as(&scim, put("ada3@x.example")).await.unwrap().user;
    assert_eq!(repeated, cleared);
    world.policy(&[("put.omitted", "keep")]).await;
    let kept = world.update_as(&scim, put("ada4@x.example")).await.unwrap().user;
    assert_eq!(kept.profile.emails, [email("ada4@x.example", "office", true)]);

    // A name that is one of the addresses makes that one the primary.
    let both = [email("ada4@x.example", "office", true), other];
    let two = change(ada.id, &[UserField::Emails], with_emails("", &both));
    world.update_as(&scim, two).await.unwrap();
    let renamed = world
        .update_as(&scim, rename("ada@home.example"))
        .await
        .unwrap()
        .user;
    assert_eq!(
        renamed.profile.emails,
        [
            email("ada4@x.example", "office", false),
            email("ada@home.example", "home", true)
        ]
    );
}

async fn under_must_equal_user_name_addresses_that_are_sent_agree_with_the_name(world: World) {
    world.policy(&[RULE]).await;
    let scim = world.scim().await;
    let old = [email("ada@x.example", "work", true)];
    let ada = world
        .create_as(&scim, with_emails("ada@x.example", &old))
        .await
        .unwrap()
        .user;
    let fields = [UserField::UserName, UserField::Emails];
    let sent = with_emails("ada2@x.example", &old);
    for update in [
        change(ada.id, &fields, sent.clone()),
        replacement(&ada, &fields, sent),
        change(
            ada.id,
            &fields[1..],
            with_emails("", &[email("ada2@x.example", "work", true)]),
        ),
    ] {
        assert_invalid(world.update_as(&scim, update).await, "emails[0].value");
    }
    assert_eq!(world.get(ada.id).await.unwrap().user, ada);
    let new = with_emails("ada2@x.example", &[email("ADA2@x.example", "work", true)]);
    world
        .update_as(&scim, change(ada.id, &fields, new))
        .await
        .unwrap();
}

async fn an_address_that_is_independent_of_the_name_stays_when_that_changes(world: World) {
    let given = [email("ada@x.example", "work", true)];
    let ada = world
        .create(with_emails("ada@x.example", &given))
        .await
        .unwrap()
        .user;
    let rename = change(ada.id, &[UserField::UserName], named("ada2@x.example"));
    assert_eq!(world.update(rename).await.unwrap().user.profile.emails, given);
    assert!(world.user("bob@x.example").await.user.profile.emails.is_empty());
}

async fn what_another_policy_let_in_stays_until_name_or_addresses_change(world: World) {
    let given = [email("countess@x.example", "work", true)];
    let ada = world
        .create(with_emails("ada@x.example", &given))
        .await
        .unwrap()
        .user;
    world.policy(&[RULE]).await;
    let same = world.set_active(world.root(), ada.id, false).await.unwrap().user;
    assert_eq!(same.profile.emails, given);
    let rename = change(ada.id, &[UserField::UserName], named("ada2@x.example"));
    let renamed = world.update(rename).await.unwrap().user;
    assert_eq!(renamed.profile.emails, [email("ada2@x.example", "work", true)]);
}

async fn an_address_that_was_set_manually_does_not_keep_a_name_from_changing(world: World) {
    world
        .policy(&[RULE, ("manual_updates", "allow"), ("drift", "keep_manual")])
        .await;
    let scim = world.scim().await;
    let ada = world.create_as(&scim, named("ada@x.example")).await.unwrap().user;
    let second = [
        email("ada@x.example", "work", true),
        email("ada@home.example", "home", false),
    ];
    let manual = change(ada.id, &[UserField::Emails], with_emails("", &second));
    world.update(manual).await.unwrap();
    let rename = change(ada.id, &[UserField::UserName], named("ada2@x.example"));
    let renamed = world.update_as(&scim, rename).await.unwrap().user;
    assert_eq!(
        renamed.profile.emails,
        [email("ada2@x.example", "work", true), second[1].clone()]
    );
}
