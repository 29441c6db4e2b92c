//! Pages through both APIs: complete, without repeats, in a stable order.

use std::collections::BTreeSet;

use futures::future::join_all;
use identity_proto::v1::{
    ListUsersRequest, ListView, TypedValue, User, user_service_client::UserServiceClient,
};
use serde_json::Value;
use tonic::Code;

use crate::harness::{
    World, assert_status, everywhere,
    grpc::named,
    scim::{ids, text},
};

everywhere!(
    pages_by_token_give_everybody_once,
    pages_by_index_give_everybody_once,
    index_pages_out_of_range_are_answered,
    sorted_lists_are_in_order_both_ways,
    a_negative_page_size_is_refused,
    a_page_token_serves_only_the_query_it_was_made_for,
    a_total_is_told_when_asked_for,
    pages_of_large_users_are_short_over_grpc_and_whole_over_scim,
);

async fn pages_by_token_give_everybody_once(world: World) {
    let everybody = populate(&world, 25).await;
    for order_by in ["", "user_name", "user_name desc", "create_time desc", "title"] {
        let mut request = ListUsersRequest {
            page_size: 7,
            order_by: order_by.into(),
            ..Default::default()
        };
        let (mut seen, mut pages) = (Vec::new(), 0);
        loop {
            let (users, next) = world.grpc().list_users(request.clone()).await.unwrap();
            seen.extend(users.into_iter().map(|user| user.id));
            pages += 1;
            if next.is_empty() {
                break;
            }
            request.page_token = next;
        }
        assert_eq!((pages, seen.len()), (4, 25), "{order_by}");
        assert_eq!(seen.into_iter().collect::<BTreeSet<_>>(), everybody, "{order_by}");
    }
}

async fn pages_by_index_give_everybody_once(world: World) {
    let everybody = populate(&world, 25).await;
    let mut seen = Vec::new();
    for start in [1, 8, 15, 22] {
        let page = world
            .scim()
            .get(&format!("/Users?startIndex={start}&count=7"))
            .await
            .expect(200);
        assert_eq!(
            (&page["totalResults"], &page["startIndex"]),
            (&25.into(), &start.into())
        );
        assert_eq!(page["itemsPerPage"], ids(&page).len());
        seen.extend(ids(&page));
    }
    assert_eq!(seen.len(), 25);
    assert_eq!(seen.into_iter().collect::<BTreeSet<_>>(), everybody);
}

/// RFC 7644, section 3.4.2.4: what is out of range is brought into it.
async fn index_pages_out_of_range_are_answered(world: World) {
    populate(&world, 3).await;
    for (query, items, start) in [
        ("count=-1", 0, 1),
        ("count=0", 0, 1),
        ("startIndex=0", 3, 1),
        ("startIndex=-5", 3, 1),
        ("startIndex=1000000000", 0, 1_000_000_000),
        ("count=1000000000", 3, 1),
        ("startIndex=3&count=5", 1, 3),
    ] {
        let page = world.scim().get(&format!("/Users?{query}")).await.expect(200);
        assert_eq!(page["totalResults"], Value::from(3), "{query}: {page}");
        assert_eq!(ids(&page).len(), items, "{query}: {page}");
        assert_eq!(page["itemsPerPage"], Value::from(items), "{query}: {page}");
        assert_eq!(page["startIndex"], Value::from(start), "{query}: {page}");
    }
}

async fn sorted_lists_are_in_order_both_ways(world: World) {
    let scim = world.scim();
    for name in ["b", "C", "a"] {
        scim.create_user(name).await;
    }
    for (query, expected) in [("", ["a", "b", "C"]), ("&sortOrder=descending", ["C", "b", "a"])] {
        let page = scim
            .get(&format!("/Users?sortBy=userName{query}"))
            .await
            .expect(200);
        let names: Vec<_> = page["Resources"]
            .as_array()
            .unwrap()
            .iter()
            .map(|user| text(&user["userName"]))
            .collect();
        assert_eq!(names, expected);
    }
}

async fn a_negative_page_size_is_refused(world: World) {
    let request = ListUsersRequest {
        page_size: -1,
        ..Default::default()
    };
    assert_status(
        world.grpc().list_users(request).await,
        Code::InvalidArgument,
        "PAGE_INVALID",
    );
    let request = ListUsersRequest {
        skip: -1,
        ..Default::default()
    };
    assert_status(
        world.grpc().list_users(request).await,
        Code::InvalidArgument,
        "FIELD_INVALID",
    );
}

async fn a_page_token_serves_only_the_query_it_was_made_for(world: World) {
    populate(&world, 3).await;
    let first = ListUsersRequest {
        page_size: 2,
        ..Default::default()
    };
    let (_, token) = world.grpc().list_users(first.clone()).await.unwrap();
    let other_order = ListUsersRequest {
        order_by: "user_name".into(),
        page_token: token.clone(),
        ..first.clone()
    };
    let damaged = ListUsersRequest {
        page_token: format!("{token}x"),
        ..first.clone()
    };
    let made_up = ListUsersRequest {
        page_token: "abc".into(),
        ..first.clone()
    };
    let next = ListUsersRequest {
        page_token: token,
        ..first
    };

    for request in [other_order, damaged, made_up] {
        assert_status(
            world.grpc().list_users(request).await,
            Code::InvalidArgument,
            "PAGE_INVALID",
        );
    }
    let other = world.other().await;
    assert_status(
        other.grpc().list_users(next.clone()).await,
        Code::InvalidArgument,
        "PAGE_INVALID",
    );
    assert_eq!(world.grpc().list_users(next).await.unwrap().0.len(), 1);
}

async fn a_total_is_told_when_asked_for(world: World) {
    populate(&world, 5).await;
    let organization = world.organization().slug.clone();
    for (view, total, users) in [
        (ListView::Unspecified, 0, 2),
        (ListView::WithTotal, 5, 2),
        (ListView::TotalOnly, 5, 0),
    ] {
        let request = ListUsersRequest {
            organization: organization.clone(),
            page_size: 2,
            view: view.into(),
            ..Default::default()
        };
        let page = world
            .grpc()
            .users()
            .list_users(request)
            .await
            .unwrap()
            .into_inner();
        assert_eq!(
            (page.total_size.unwrap_or_default(), page.users.len()),
            (total, users),
            "{view:?}"
        );
    }
}

async fn populate(world: &World, people: usize) -> BTreeSet<String> {
    let scim = world.scim();
    let names: Vec<_> = (0..people).map(|n| format!("p{n}")).collect();
    let created = join_all(names.iter().map(|name| scim.create_user(name))).await;
    created.iter().map(|user| text(&user["id"])).collect()
}

/// Messages that gRPC clients accept unless they are told otherwise.
const CLIENT_LIMIT: usize = 4 << 20;

async fn pages_of_large_users_are_short_over_grpc_and_whole_over_scim(world: World) {
    const USERS: usize = 100;
    let grpc = world.grpc();
    for number in 0..USERS {
        let email = |index| TypedValue {
            value: format!("{number}-{index}@{}.example", "x".repeat(450)),
            ..Default::default()
        };
        let user = User {
            emails: (0..100).map(email).collect(),
            ..named(&format!("large-{number:03}"))
        };
        grpc.try_create(user).await.unwrap();
    }
    let mut request = ListUsersRequest {
        order_by: "user_name".into(),
        view: ListView::WithTotal.into(),
        ..Default::default()
    };
    let (mut names, mut pages) = (Vec::new(), 0);
    loop {
        request.organization = grpc.organization_named();
        let page = UserServiceClient::new(grpc.line()).max_decoding_message_size(CLIENT_LIMIT);
        let page = { page }
            .list_users(request.clone())
            .await
            .expect("a page")
            .into_inner();
        assert_eq!(page.total_size(), 100);
        assert!(
            page.users.len() > 20 || page.next_page_token.is_empty(),
            "{}",
            page.users.len()
        );
        names.extend(page.users.into_iter().map(|user| user.user_name));
        pages += 1;
        if page.next_page_token.is_empty() {
            break;
        }
        request.page_token = page.next_page_token;
    }
    assert!(pages > 2, "{pages}");
    assert_eq!(
        names,
        (0..USERS)
            .map(|number| format!("large-{number:03}"))
            .collect::<Vec<_>>()
    );

    let path = "/Users?sortBy=userName&attributes=userName";
    let first = world
        .scim()
        .get(&format!("{path}&startIndex=1&count=70"))
        .await
        .expect(200);
    let second = world
        .scim()
        .get(&format!("{path}&startIndex=71&count=70"))
        .await
        .expect(200);
    let both = [first, second];
    let sizes = both.each_ref().map(|page| page["itemsPerPage"].as_i64());
    assert_eq!(sizes, [Some(70), Some(30)]);
    let resources = both
        .iter()
        .flat_map(|page| page["Resources"].as_array().expect("resources"));
    assert_eq!(
        resources.map(|user| text(&user["userName"])).collect::<Vec<_>>(),
        names
    );
}
