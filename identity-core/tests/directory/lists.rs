//! Lists: pages, totals, filters and orders.

use identity_core::{
    directory::input::{Deleted, ListRequest, Page, PageRequest, View},
    error::{Error, PageFault, Result},
    filter::{Filter, MAX_PARTS, Operator, Value},
    store::{Direction, Order},
    user::UserView,
};

use crate::harness::{
    ORGANIZATION, World, assert_invalid, equal, named, on_every_database, role, with_roles,
};

on_every_database![
    pages_hold_everybody_once,
    an_order_goes_on_over_pages,
    a_page_token_serves_its_own_query,
    a_page_size_is_not_negative,
    a_skip_is_for_the_first_page,
    a_total_counts_all_that_meet_the_filter,
    a_total_alone_lists_nobody,
    a_filter_finds_by_effective_role,
    an_unknown_attribute_is_refused,
    terms_that_no_index_answers_are_few,
    groups_are_listed_with_totals,
    members_are_listed_in_pages,
    a_page_tells_of_groups_and_managers,
];

async fn list(world: &World, request: ListRequest) -> Result<Page<UserView>> {
    world
        .directory
        .list_users(world.root(), ORGANIZATION, request)
        .await
}

/// The names of all users, by pages of two.
async fn walk(world: &World, request: &ListRequest) -> Vec<String> {
    let (mut names, mut token) = (Vec::new(), String::new());
    loop {
        let page = PageRequest { size: 2, token };
        let request = ListRequest {
            page,
            ..request.clone()
        };
        let page = list(world, request).await.unwrap();
        names.extend(page.items.into_iter().map(|view| view.user.user_name));
        token = page.next_page_token;
        if token.is_empty() {
            return names;
        }
    }
}

async fn people(world: &World) {
    for (name, title) in [
        ("eve", Some("B")),
        ("ada", None),
        ("bob", Some("a")),
        ("cyd", Some("b")),
    ] {
        let mut input = named(name);
        input.profile.title = title.map(str::to_owned);
        world.create(input).await.unwrap();
    }
}

async fn pages_hold_everybody_once(world: World) {
    people(&world).await;
    let walked = walk(&world, &ListRequest::default()).await;
    assert_eq!(walked, ["eve", "ada", "bob", "cyd"]);
}

async fn an_order_goes_on_over_pages(world: World) {
    people(&world).await;
    let by = |attribute: &str, direction| ListRequest {
        order: Order {
            attribute: Some(attribute.into()),
            direction,
        },
        ..ListRequest::default()
    };
    let by_name = walk(&world, &by("user_name", Direction::Ascending)).await;
    assert_eq!(by_name, ["ada", "bob", "cyd", "eve"]);
    let by_title = walk(&world, &by("title", Direction::Ascending)).await;
    assert_eq!(by_title, ["bob", "eve", "cyd", "ada"]);
}

async fn a_page_token_serves_its_own_query(world: World) {
    people(&world).await;
    let first = ListRequest {
        page: PageRequest {
            size: 2,
            token: String::new(),
        },
        ..ListRequest::default()
    };
    let token = list(&world, first).await.unwrap().next_page_token;
    let other = ListRequest {
        page: PageRequest { size: 2, token },
        filter: Some(equal("title", "b")),
        ..ListRequest::default()
    };
    let refused = list(&world, other).await;
    assert!(
        matches!(refused, Err(Error::InvalidPage(PageFault::OtherQuery))),
        "{refused:?}"
    );
}

async fn a_page_size_is_not_negative(world: World) {
    let page = PageRequest {
        size: -1,
        token: String::new(),
    };
    let refused = world
        .directory
        .list_organizations(world.root(), Deleted::Hidden, page)
        .await;
    assert!(
        matches!(refused, Err(Error::InvalidPage(PageFault::Size))),
        "{refused:?}"
    );
}

async fn a_skip_is_for_the_first_page(world: World) {
    people(&world).await;
    let skip = |skip, token: &str| ListRequest {
        skip,
        page: PageRequest {
            size: 1,
            token: token.into(),
        },
        ..ListRequest::default()
    };
    let page = list(&world, skip(3, "")).await.unwrap();
    assert_eq!(page.items[0].user.user_name, "cyd");
    let token = list(&world, skip(0, "")).await.unwrap().next_page_token;
    assert_invalid(list(&world, skip(1, &token)).await, "skip");
    assert_invalid(list(&world, skip(-1, "")).await, "skip");
}

async fn total(world: &World, request: ListRequest) -> (usize, Option<i64>) {
    let page = list(world, request).await.unwrap();
    (page.items.len(), page.total)
}

async fn a_total_counts_all_that_meet_the_filter(world: World) {
    people(&world).await;
    let request = |size, filter, skip| ListRequest {
        page: PageRequest {
            size,
            token: String::new(),
        },
        view: View::WithTotal,
        skip,
        filter,
        ..ListRequest::default()
    };
    let titled = || Some(equal("title", "B"));
    assert_eq!(total(&world, request(1, None, 0)).await, (1, Some(4)));
    assert_eq!(total(&world, request(1, titled(), 0)).await, (1, Some(2)));
    assert_eq!(total(&world, request(9, titled(), 0)).await, (2, Some(2)));
    assert_eq!(total(&world, request(9, titled(), 1)).await, (1, Some(2)));
    assert_eq!(total(&world, ListRequest::default()).await, (4, None));
}

async fn a_total_alone_lists_nobody(world: World) {
    people(&world).await;
    for (filter, expected) in [(None, 4), (Some(equal("title", "b")), 2)] {
        let request = ListRequest {
            view: View::TotalOnly,
            filter,
            ..ListRequest::default()
        };
        assert_eq!(total(&world, request).await, (0, Some(expected)));
    }
}

async fn a_filter_finds_by_effective_role(world: World) {
    world.user("plain").await;
    world.create(with_roles("explicit", &["member"])).await.unwrap();
    world
        .create(with_roles("admin", &["admin", "member"]))
        .await
        .unwrap();
    let members = world
        .names_where(Some(equal("organization_role", "member")))
        .await;
    assert_eq!(members, ["plain", "explicit"]);
    world.policy(&[("roles.default_org", "viewer")]).await;
    let viewers = world
        .names_where(Some(equal("organization_role", "viewer")))
        .await;
    assert_eq!(viewers, ["plain"]);
}

async fn an_unknown_attribute_is_refused(world: World) {
    for filter in [equal("shoe_size", "43"), equal("urn:example:x:y", "1")] {
        let request = ListRequest {
            filter: Some(filter),
            ..ListRequest::default()
        };
        let refused = list(&world, request).await;
        assert!(matches!(refused, Err(Error::InvalidFilter { .. })), "{refused:?}");
    }
}

async fn terms_that_no_index_answers_are_few(world: World) {
    people(&world).await;
    let part = |index: usize| Filter::Comparison {
        attribute: "title".into(),
        operator: [Operator::Contains, Operator::EndsWith][index % 2],
        value: Value::Text(format!("zz{index}")),
    };
    let of = |parts: usize| ListRequest {
        filter: Some(Filter::Any((0..parts).map(part).collect())),
        ..ListRequest::default()
    };
    assert!(list(&world, of(MAX_PARTS)).await.unwrap().items.is_empty());
    let refused = list(&world, of(MAX_PARTS + 1)).await;
    assert!(matches!(refused, Err(Error::InvalidFilter { why, .. }) if why.contains("more than 20 terms")));
}

async fn groups_are_listed_with_totals(world: World) {
    let ada = world.user("ada").await.user.id;
    world.group("Crew", &[ada]).await;
    world.group("Team", &[]).await;
    let request = |filter| ListRequest {
        view: View::WithTotal,
        filter,
        ..ListRequest::default()
    };
    let root = world.root();
    let all = world
        .directory
        .list_groups(root, ORGANIZATION, request(None))
        .await
        .unwrap();
    assert_eq!((all.items.len(), all.total), (2, Some(2)));
    let with_ada = Filter::Comparison {
        attribute: "members.value".into(),
        operator: Operator::Equal,
        value: Value::Text(ada.to_string()),
    };
    let found = world
        .directory
        .list_groups(root, ORGANIZATION, request(Some(with_ada)))
        .await;
    assert_eq!(found.unwrap().items[0].display_name, "Crew");
}

async fn members_are_listed_in_pages(world: World) {
    let mut ids = Vec::new();
    for name in ["ada", "bob", "cyd"] {
        ids.push(world.user(name).await.user.id);
    }
    let team = world.group("Team", &ids).await.id.to_string();
    let (mut walked, mut token) = (Vec::new(), String::new());
    loop {
        let page = PageRequest { size: 2, token };
        let members = world
            .directory
            .list_members(world.root(), ORGANIZATION, &team, page);
        let members = members.await.unwrap();
        walked.extend(members.items.into_iter().map(|member| member.id));
        token = members.next_page_token;
        if token.is_empty() {
            break;
        }
    }
    assert_eq!(walked, ids);
}

async fn a_page_tells_of_groups_and_managers(world: World) {
    let boss = world.user("boss").await.user.id;
    let mut input = named("ada");
    input.profile.roles = vec![role("editor")];
    input.profile.enterprise = Some(identity_core::user::Enterprise {
        manager_id: Some(boss.to_string()),
        ..Default::default()
    });
    let ada = world.create(input).await.unwrap().user.id;
    world.group("Team", &[ada]).await;
    let page = list(&world, ListRequest::default()).await.unwrap();
    for listed in page.items {
        assert_eq!(listed, world.get(listed.user.id).await.unwrap());
    }
}
