//! Nobody hands out secrets that open more than his own.

use identity_core::{
    access::{Check, Consistency},
    caller::{Call, Scope},
    connection::{Connection, Federation},
    directory::{
        Exchange,
        input::{
            ConnectionUpdate, FederationUpdate, GrantQuery, NewConnection, NewProject, NewServiceAccount,
            NewToken, PageRequest, Rotation, ServiceAccountUpdate, TokenKind,
        },
    },
    error::{Error, Result},
    id::Id,
    platform::{Platform, Timestamp},
    project::ProjectKind,
    role::RoleScope,
    service_account::ServiceAccount,
    token::Token,
};

use crate::{
    harness::{
        ORGANIZATION, World, assert_invalid, assert_not_found, on_every_database, scim_token, service_token,
        with_roles,
    },
    personal_tokens::personal_token,
    role_powers::roles_of,
};

on_every_database![
    a_key_opens_what_its_account_may_whether_it_is_made_or_rotated,
    an_account_gets_nothing_that_its_maker_lacks,
    a_limit_to_projects_is_handed_on,
    a_caller_limited_to_projects_is_told_of_them_alone,
    a_secret_holds_no_longer_than_that_of_its_maker,
    a_scim_token_is_made_by_who_may_do_what_its_connection_may,
    who_signs_a_connection_in_is_said_by_who_may_make_its_tokens,
    a_ceiling_is_lifted_by_who_may_make_the_tokens_of_its_connection,
    a_personal_token_is_made_by_administrators_alone,
];

pub(crate) const MICROS: i64 = 1_000_000;

pub(crate) fn is_lacking<T: std::fmt::Debug>(outcome: Result<T>, scope: Scope) {
    match outcome {
        Err(Error::Forbidden(name)) if name == scope.name() => {}
        other => panic!("{other:?} where {} is lacking", scope.name()),
    }
}

fn is_not_for_callers_like_this<T: std::fmt::Debug>(outcome: Result<T>) {
    match outcome {
        Err(Error::CallerNotAllowed(_)) => {}
        other => panic!("{other:?}"),
    }
}

/// All scopes but one.
pub(crate) fn all_but(scope: Scope) -> Vec<Scope> {
    Scope::ALL.into_iter().filter(|it| *it != scope).collect()
}

async fn account(world: &World, scopes: &[Scope]) -> ServiceAccount {
    let new = NewServiceAccount {
        name: "billing".into(),
        scopes: scopes.to_vec(),
        ..NewServiceAccount::default()
    };
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

async fn make(world: &World, call: &Call, new: NewToken) -> Result<Token> {
    let made = world.directory.create_token(call, ORGANIZATION, new, "");
    made.await.map(|(token, _)| token)
}

async fn rotate(world: &World, call: &Call, token: &Token) -> Result<Token> {
    rotate_to(world, call, token, None).await
}

async fn rotate_to(world: &World, call: &Call, token: &Token, end: Option<Timestamp>) -> Result<Token> {
    let rotation = Rotation {
        id: token.id.to_string(),
        expires_at: end,
        ..Rotation::default()
    };
    let rotated = world.directory.rotate_token(call, ORGANIZATION, &rotation);
    rotated.await.map(|(token, _)| token)
}

async fn a_key_opens_what_its_account_may_whether_it_is_made_or_rotated(world: World) {
    let strong = account(&world, &Scope::ALL).await;
    for scopes in [&[][..], &[Scope::PolicyWrite]] {
        let (whole, _) = world.token(key(&strong, scopes)).await;
        let opened = if scopes.is_empty() {
            &Scope::ALL[..]
        } else {
            scopes
        };
        for lacking in opened.iter().copied().filter(|it| *it != Scope::TokensWrite) {
            let maker = world.service(&all_but(lacking)).await;
            is_lacking(make(&world, &maker, key(&strong, scopes)).await, lacking);
            is_lacking(rotate(&world, &maker, &whole).await, lacking);
        }
        let maker = world.service(&Scope::ALL).await;
        rotate(&world, &maker, &whole).await.unwrap();
    }
}

async fn an_account_gets_nothing_that_its_maker_lacks(world: World) {
    let maker = world
        .service(&[Scope::ServiceAccountsWrite, Scope::UsersRead])
        .await;
    let new = |scopes: &[Scope]| NewServiceAccount {
        name: format!("made-{}", scopes.len()),
        scopes: scopes.to_vec(),
        ..NewServiceAccount::default()
    };
    let directory = &world.directory;
    let more = new(&[Scope::UsersRead, Scope::GroupsRead]);
    is_lacking(
        directory.create_service_account(&maker, "", more, "").await,
        Scope::GroupsRead,
    );
    let less = new(&[Scope::UsersRead]);
    let made = directory
        .create_service_account(&maker, "", less, "")
        .await
        .unwrap();
    let more = ServiceAccountUpdate {
        id: made.id.to_string(),
        scopes: Some(vec![Scope::PolicyWrite]),
        ..ServiceAccountUpdate::default()
    };
    is_lacking(
        directory.update_service_account(&maker, "", more).await,
        Scope::PolicyWrite,
    );
}

pub(crate) async fn project(world: &World, name: &str) -> Id {
    let new = NewProject {
        name: name.into(),
        kind: ProjectKind::Default,
    };
    let made = world
        .directory
        .create_project(world.root(), ORGANIZATION, new, "");
    made.await.unwrap().id
}

async fn a_limit_to_projects_is_handed_on(world: World) {
    let (ours, theirs) = (project(&world, "ours").await, project(&world, "theirs").await);
    let limited = |projects: &[Id], scopes: &[Scope]| NewToken {
        projects: projects.iter().map(ToString::to_string).collect(),
        ..service_token("limited", scopes)
    };
    let (_, secret) = world.token(limited(&[ours], &Scope::ALL)).await;
    let maker = world.caller(&secret).await;
    let reads = &[Scope::ProjectsRead];
    for beyond in [&[][..], &[theirs], &[ours, theirs]] {
        is_not_for_callers_like_this(make(&world, &maker, limited(beyond, reads)).await);
        let (token, _) = world.token(limited(beyond, reads)).await;
        is_not_for_callers_like_this(rotate(&world, &maker, &token).await);
        let new = NewServiceAccount {
            name: format!("made-{}", beyond.len()),
            scopes: reads.to_vec(),
            projects: beyond.iter().map(ToString::to_string).collect(),
            ..NewServiceAccount::default()
        };
        let made = world.directory.create_service_account(&maker, "", new, "");
        is_not_for_callers_like_this(made.await);
    }
    make(&world, &maker, limited(&[ours], reads)).await.unwrap();
    is_not_for_callers_like_this(make(&world, &maker, scim_token("idp")).await);
    let ada = world.user("ada").await.user.id;
    is_not_for_callers_like_this(world.update_as(&maker, roles_of(ada, &["admin"])).await);
    world
        .update_as(&maker, roles_of(ada, &[&format!("{ours}:editor")]))
        .await
        .unwrap();
}

async fn a_secret_holds_no_longer_than_that_of_its_maker(world: World) {
    let end = Timestamp(world.clock.now().0 + 3600 * MICROS);
    let later = Timestamp(end.0 + 1);
    let until = |end| NewToken {
        expires_at: end,
        ..service_token("short", &[Scope::TokensWrite, Scope::UsersRead])
    };
    let (own, secret) = world.token(until(Some(end))).await;
    let maker = world.caller(&secret).await;
    for end in [None, Some(later)] {
        assert_invalid(make(&world, &maker, until(end)).await, "expire_time");
        let (token, _) = world.token(until(end)).await;
        assert_invalid(rotate(&world, &maker, &token).await, "expire_time");
    }
    assert_invalid(rotate_to(&world, &maker, &own, Some(later)).await, "expire_time");
    make(&world, &maker, until(Some(end))).await.unwrap();
    rotate(&world, &maker, &own).await.unwrap();
    // An administrator is there to make another; what stands for it for minutes is not.
    let ada = world.create(with_roles("ada", &["admin"])).await.unwrap().user.id;
    let personal = NewToken {
        expires_at: Some(end),
        ..personal_token(ada, &Scope::ALL)
    };
    let (_, secret) = world.token(personal).await;
    let admin = world.caller(&secret).await;
    make(&world, &admin, until(None)).await.unwrap();
    let asked = Exchange {
        audience: vec!["self".into()],
        ..Exchange::default()
    };
    let exchanged = world.directory.exchange_token(&admin, "", &asked).await.unwrap();
    let for_minutes = world.caller(&exchanged.token.0).await;
    assert_invalid(
        make(&world, &for_minutes, until(Some(later))).await,
        "expire_time",
    );
}

/// The scopes of a SCIM token, and the scope to make one.
fn of_a_connection() -> Vec<Scope> {
    let beside = [Scope::RolesWrite, Scope::TokensWrite, Scope::ConnectionsWrite];
    Scope::SCIM.into_iter().chain(beside).collect()
}

async fn a_scim_token_is_made_by_who_may_do_what_its_connection_may(world: World) {
    let (token, _) = world.token(scim_token("first")).await;
    let asked = of_a_connection();
    for lacking in asked.iter().copied().filter(|it| *it != Scope::ConnectionsWrite) {
        let maker = world.service(&all_but(lacking)).await;
        is_lacking(make(&world, &maker, scim_token("more")).await, lacking);
        is_lacking(rotate(&world, &maker, &token).await, lacking);
    }
    let maker = world.service(&asked).await;
    rotate(&world, &maker, &token).await.unwrap();
    make(&world, &maker, scim_token("second")).await.unwrap();
}

async fn connection(world: &World, max_role: Option<&str>) -> Connection {
    let new = NewConnection {
        name: "entra".into(),
        max_role: max_role.map(str::to_owned),
        ..NewConnection::default()
    };
    let made = world
        .directory
        .create_connection(world.root(), ORGANIZATION, new, "");
    made.await.unwrap()
}

async fn who_signs_a_connection_in_is_said_by_who_may_make_its_tokens(world: World) {
    // The keys of other issuers are looked for through a source, which this directory needs not have.
    let directory = world.instance_with(std::sync::Arc::new(Anywhere));
    let it = connection(&world, None).await;
    let pins = |subject: &str| ConnectionUpdate {
        id: it.id.to_string(),
        federation: Some(FederationUpdate::By(Federation {
            issuer: "https://me.example".into(),
            subject: subject.into(),
            audience: "api://roster".into(),
            jwks_uri: "https://me.example/keys".into(),
        })),
        ..ConnectionUpdate::default()
    };
    for lacking in of_a_connection() {
        let caller = world.service(&all_but(lacking)).await;
        is_lacking(
            directory.update_connection(&caller, "", pins("me")).await,
            lacking,
        );
    }
    let caller = world.service(&of_a_connection()).await;
    directory
        .update_connection(&caller, "", pins("me"))
        .await
        .unwrap();
    let caller = world.service(&[Scope::ConnectionsWrite]).await;
    is_lacking(
        directory.update_connection(&caller, "", pins("you")).await,
        Scope::TokensWrite,
    );
    let nobody = ConnectionUpdate {
        federation: Some(FederationUpdate::Nobody),
        ..pins("nobody")
    };
    directory.update_connection(&caller, "", nobody).await.unwrap();
}

/// A source of keys that has none.
pub(crate) struct Anywhere;

#[async_trait::async_trait]
impl identity_core::directory::KeySource for Anywhere {
    fn check(&self, _: &str) -> Result<(), &'static str> {
        Ok(())
    }

    async fn fetch(&self, _: &str) -> Result<Vec<u8>, identity_core::directory::FetchError> {
        Err(identity_core::directory::FetchError("away".into()))
    }
}

async fn a_ceiling_is_lifted_by_who_may_make_the_tokens_of_its_connection(world: World) {
    let it = connection(&world, Some("editor")).await;
    let to = |role: Option<&str>| ConnectionUpdate {
        id: it.id.to_string(),
        max_role: Some(role.map(str::to_owned)),
        ..ConnectionUpdate::default()
    };
    let set = async |call: &Call, role| {
        world
            .directory
            .update_connection(call, ORGANIZATION, to(role))
            .await
    };
    let caller = world.service(&[Scope::ConnectionsWrite]).await;
    set(&caller, Some("viewer")).await.unwrap();
    for higher in [Some("editor"), Some("admin"), None] {
        is_lacking(set(&caller, higher).await, Scope::TokensWrite);
    }
    set(&world.service(&of_a_connection()).await, None).await.unwrap();
    set(&caller, Some("admin")).await.unwrap();
}

async fn a_personal_token_is_made_by_administrators_alone(world: World) {
    let ada = world.create(with_roles("ada", &["admin"])).await.unwrap().user.id;
    let bob = world.user("bob").await.user.id;
    let (laptop, secret) = world.token(personal_token(ada, &Scope::ALL)).await;
    let service = world.service(&Scope::ALL).await;
    for person in [ada, bob] {
        is_not_for_callers_like_this(
            make(&world, &service, personal_token(person, &[Scope::UsersRead])).await,
        );
    }
    is_not_for_callers_like_this(rotate(&world, &service, &laptop).await);
    let admin = world.caller(&secret).await;
    let before = world.revision().await;
    make(&world, &admin, personal_token(bob, &Scope::ALL))
        .await
        .unwrap();
    let told = &world.changes_after(before).await[0].actor;
    assert!(format!("{told:?}").contains(&format!("{ada:?}")), "{told:?}");
    let less = NewToken {
        scopes: vec![Scope::TokensWrite],
        ..personal_token(ada, &[])
    };
    let (_, secret) = world.token(less).await;
    let admin = world.caller(&secret).await;
    is_lacking(
        make(&world, &admin, personal_token(ada, &[Scope::UsersRead])).await,
        Scope::UsersRead,
    );
}

async fn a_caller_limited_to_projects_is_told_of_them_alone(world: World) {
    let (ours, theirs) = (project(&world, "ours").await, project(&world, "theirs").await);
    let ada = world.user("ada").await.user.id;
    let new = NewToken {
        projects: vec![ours.to_string()],
        ..service_token("limited", &Scope::ALL)
    };
    let (_, secret) = world.token(new).await;
    let caller = world.caller(&secret).await;
    let listed = async |project: &str| {
        let query = GrantQuery {
            project: project.into(),
            ..GrantQuery::default()
        };
        let page = PageRequest::default();
        world.directory.list_grants(&caller, "", query, page).await
    };
    let asked = async |scope| {
        let check = Check {
            user: Some(ada),
            permission: "project.view".into(),
            scope: Some(scope),
        };
        let consistency = Consistency::default();
        world
            .directory
            .check_access(&caller, "", check, consistency)
            .await
    };
    listed("ours").await.unwrap();
    assert_not_found(listed("theirs").await);
    is_not_for_callers_like_this(listed("").await);
    asked(RoleScope::Project(ours)).await.unwrap();
    assert_not_found(asked(RoleScope::Project(theirs)).await);
    is_not_for_callers_like_this(asked(RoleScope::Organization).await);
}
