//! Service accounts and their keys.

use identity_core::{
    caller::{Caller, Scope},
    change::Action,
    directory::{
        Exchange,
        input::{
            ListRequest, NewServiceAccount, NewToken, PageRequest, ServiceAccountUpdate, TokenFilter,
            TokenKind,
        },
    },
    error::{Error, Resource},
    id::Id,
    service_account::ServiceAccount,
};

use crate::harness::{
    ORGANIZATION, World, assert_invalid, assert_not_found, assert_taken, on_every_database, service_token,
};

on_every_database![
    several_keys_of_an_account_hold_at_once,
    a_key_loses_at_once_what_its_account_loses,
    an_account_takes_its_keys_along,
    an_account_is_limited_to_projects_with_its_keys,
    an_account_needs_a_name_of_its_own_and_scopes,
    nobody_makes_an_account_that_can_do_more,
    a_change_that_changes_nothing_writes_nothing,
    a_repeated_create_is_the_first_account,
    an_access_token_of_a_key_stands_for_its_account,
    accounts_and_their_keys_are_listed_in_pages,
];

const PROJECT: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

fn account(name: &str, scopes: &[Scope]) -> NewServiceAccount {
    NewServiceAccount {
        name: name.into(),
        scopes: scopes.to_vec(),
        ..NewServiceAccount::default()
    }
}

async fn made(world: &World, new: NewServiceAccount) -> ServiceAccount {
    let made = world
        .directory
        .create_service_account(world.root(), ORGANIZATION, new, "");
    made.await.unwrap()
}

fn key(account: &ServiceAccount, scopes: &[Scope]) -> NewToken {
    NewToken {
        kind: TokenKind::Key,
        owner: account.id.to_string(),
        ..service_token("key", scopes)
    }
}

async fn several_keys_of_an_account_hold_at_once(world: World) {
    let billing = made(&world, account("billing", &[Scope::UsersRead, Scope::GroupsRead])).await;
    let (_, all) = world.token(key(&billing, &[])).await;
    let (_, less) = world.token(key(&billing, &[Scope::GroupsRead])).await;
    let scopes = async |secret: &str| match world.caller(secret).await.caller {
        Caller::Service { scopes, .. } => scopes,
        other => panic!("{other:?}"),
    };
    assert_eq!(scopes(&all).await, [Scope::UsersRead, Scope::GroupsRead]);
    assert_eq!(scopes(&less).await, [Scope::GroupsRead]);
    let more = world.directory.create_token(
        world.root(),
        ORGANIZATION,
        key(&billing, &[Scope::UsersWrite]),
        "",
    );
    assert_invalid(more.await, "scopes");
    let of_nobody = NewToken {
        owner: String::new(),
        ..key(&billing, &[])
    };
    let of_nobody = world
        .directory
        .create_token(world.root(), ORGANIZATION, of_nobody, "");
    assert_invalid(of_nobody.await, "service_account_id");
}

async fn a_key_loses_at_once_what_its_account_loses(world: World) {
    let billing = made(&world, account("billing", &[Scope::UsersRead, Scope::GroupsRead])).await;
    let (_, secret) = world.token(key(&billing, &[])).await;
    let list = async || {
        let call = world.caller(&secret).await;
        world
            .directory
            .list_users(&call, "", ListRequest::default())
            .await
    };
    list().await.unwrap();
    let update = ServiceAccountUpdate {
        id: billing.id.to_string(),
        scopes: Some(vec![Scope::GroupsRead]),
        ..ServiceAccountUpdate::default()
    };
    let updated = world
        .directory
        .update_service_account(world.root(), ORGANIZATION, update);
    assert_eq!(updated.await.unwrap().version, 2);
    assert!(matches!(list().await, Err(Error::Forbidden("users:read"))));
}

async fn an_account_takes_its_keys_along(world: World) {
    let billing = made(&world, account("billing", &[Scope::UsersRead])).await;
    let (_, secret) = world.token(key(&billing, &[])).await;
    world.caller(&secret).await;
    let revision = world.revision().await;
    let (root, id) = (world.root(), billing.id.to_string());
    let deleted = world.directory.delete_service_account(root, ORGANIZATION, &id);
    deleted.await.unwrap();
    assert!(world.directory.authenticate(&secret).await.is_err());
    let gone = world.directory.get_service_account(root, ORGANIZATION, "billing");
    assert_not_found(gone.await);
    let again = world.directory.delete_service_account(root, ORGANIZATION, &id);
    assert_not_found(again.await);
    let changes = world.changes_after(revision).await;
    let told: Vec<_> = changes.iter().map(|it| (it.resource, it.action)).collect();
    let both = [Resource::ServiceAccount, Resource::Token];
    assert_eq!(told, both.map(|resource| (resource, Action::Deleted)));
}

async fn an_account_is_limited_to_projects_with_its_keys(world: World) {
    let new = NewServiceAccount {
        projects: vec![PROJECT.into(), PROJECT.into()],
        ..account("billing", &[Scope::UsersRead])
    };
    let billing = made(&world, new).await;
    let (_, secret) = world.token(key(&billing, &[])).await;
    let caller = world.caller(&secret).await.caller;
    assert!(caller.sees_project(Id::parse(PROJECT).unwrap()));
    assert!(!caller.sees_project(billing.id));
    let odd = NewServiceAccount {
        projects: vec!["x".into()],
        ..account("odd", &[Scope::UsersRead])
    };
    let odd = world
        .directory
        .create_service_account(world.root(), ORGANIZATION, odd, "");
    assert_not_found(odd.await);
}

async fn an_account_needs_a_name_of_its_own_and_scopes(world: World) {
    made(&world, account("Billing", &[Scope::UsersRead])).await;
    let make = |new| {
        world
            .directory
            .create_service_account(world.root(), ORGANIZATION, new, "")
    };
    assert_taken(make(account("BILLING", &[Scope::UsersRead])).await, "name");
    assert_invalid(make(account("", &[Scope::UsersRead])).await, "name");
    assert_invalid(make(account("mail", &[])).await, "scopes");
    let mail = make(account("mail", &[Scope::UsersRead])).await.unwrap();
    let change = |name: Option<&str>, scopes| {
        let update = ServiceAccountUpdate {
            id: mail.id.to_string(),
            name: name.map(ToOwned::to_owned),
            scopes,
            ..ServiceAccountUpdate::default()
        };
        let root = world.root();
        world.directory.update_service_account(root, ORGANIZATION, update)
    };
    assert_invalid(change(None, Some(Vec::new())).await, "scopes");
    assert_taken(change(Some("billing"), None).await, "name");
}

async fn nobody_makes_an_account_that_can_do_more(world: World) {
    let maker = world
        .service(&[Scope::ServiceAccountsWrite, Scope::TokensWrite])
        .await;
    let strong = account("strong", &[Scope::UsersWrite]);
    let refused = world.directory.create_service_account(&maker, "", strong, "");
    assert!(matches!(refused.await, Err(Error::Forbidden("users:write"))));
    let strong = made(&world, account("strong", &[Scope::UsersWrite])).await;
    let refused = world.directory.create_token(&maker, "", key(&strong, &[]), "");
    assert!(matches!(refused.await, Err(Error::Forbidden("users:write"))));
}

async fn a_change_that_changes_nothing_writes_nothing(world: World) {
    let billing = made(&world, account("billing", &[Scope::UsersRead])).await;
    let before = world.revision().await;
    let update = ServiceAccountUpdate {
        id: billing.id.to_string(),
        name: Some("billing".into()),
        scopes: Some(vec![Scope::UsersRead, Scope::UsersRead]),
        ..ServiceAccountUpdate::default()
    };
    let updated = world
        .directory
        .update_service_account(world.root(), ORGANIZATION, update);
    assert_eq!(updated.await.unwrap(), billing);
    assert_eq!(world.revision().await, before);
}

async fn a_repeated_create_is_the_first_account(world: World) {
    let make = || {
        let new = account("billing", &[Scope::UsersRead]);
        world
            .directory
            .create_service_account(world.root(), ORGANIZATION, new, "r-1")
    };
    let first = make().await.unwrap();
    let before = world.revision().await;
    assert_eq!(make().await.unwrap(), first);
    assert_eq!(world.revision().await, before);
}

async fn an_access_token_of_a_key_stands_for_its_account(world: World) {
    let billing = made(&world, account("billing", &[Scope::UsersRead])).await;
    let (_, secret) = world.token(key(&billing, &[])).await;
    let call = world.caller(&secret).await;
    let asked = |client: Id| Exchange {
        audience: vec!["billing".into()],
        client: client.to_string(),
        ..Exchange::default()
    };
    let exchanged = world
        .directory
        .exchange_token(&call, "", &asked(billing.id))
        .await;
    assert_eq!(exchanged.unwrap().claims.sub, billing.id.to_string());
    let mail = made(&world, account("mail", &[Scope::UsersRead])).await;
    let refused = world.directory.exchange_token(&call, "", &asked(mail.id)).await;
    assert_invalid(refused, "client_id");
}

async fn accounts_and_their_keys_are_listed_in_pages(world: World) {
    let mut accounts = Vec::new();
    for name in ["mail", "billing", "search"] {
        accounts.push(made(&world, account(name, &[Scope::UsersRead])).await);
    }
    let mut keys = Vec::new();
    for _ in 0..3 {
        keys.push(world.token(key(&accounts[0], &[])).await.0.id);
    }
    world.token(key(&accounts[1], &[])).await;
    let root = world.root();
    let page = |token: String| PageRequest { size: 2, token };

    let list = |token| {
        let page = page(token);
        world.directory.list_service_accounts(root, ORGANIZATION, page)
    };
    let first = list(String::new()).await.unwrap();
    let second = list(first.next_page_token).await.unwrap();
    assert_eq!([first.items, second.items].concat(), accounts);
    assert_eq!(second.next_page_token, "");

    let list = |token| {
        let filter = TokenFilter {
            kind: Some(TokenKind::Key),
            owner: accounts[0].id.to_string(),
        };
        let page = page(token);
        world.directory.list_tokens(root, ORGANIZATION, filter, page)
    };
    let first = list(String::new()).await.unwrap();
    let second = list(first.next_page_token).await.unwrap();
    let listed = first.items.iter().chain(&second.items).map(|token| token.id);
    assert_eq!(listed.collect::<Vec<_>>(), keys);
    assert_eq!(second.next_page_token, "");
}
