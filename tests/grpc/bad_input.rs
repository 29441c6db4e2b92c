//! Invalid requests: they are refused with the right code and reason, and change nothing.

use std::time::Duration;

use bytes::Bytes;
use identity_proto::v1::{
    CreateUserRequest, Group, MemberChange, MemberIds, TypedValue, UpdateGroupRequest, User, member_change,
};
use prost::Message;
use tonic::{Code, Request};

use crate::harness::{
    Grpc, World, assert_status, everywhere,
    grpc::{mask, named},
    raw,
    scim::text,
};

everywhere!(
    a_message_that_is_none_is_refused,
    a_message_of_a_hundred_mebibytes_is_refused,
    a_value_that_breaks_a_rule_is_refused,
    an_unknown_id_is_not_found,
    an_id_of_another_organization_is_not_found,
    an_unknown_organization_is_not_found,
    too_many_member_changes_are_refused,
    a_mask_that_names_no_field_is_refused,
    a_deadline_that_has_passed_is_told,
    an_unknown_method_is_unimplemented,
);

async fn a_message_that_is_none_is_refused(world: World) {
    let grpc = world.grpc();
    let whole = CreateUserRequest {
        user: Some(named("ada")),
        ..Default::default()
    }
    .encode_to_vec();
    let cut = Bytes::copy_from_slice(&whole[..whole.len() - 1]);
    let no_utf8 = Bytes::from_static(b"\x12\x04\x22\x02\xed\xa0");
    let unknown_wire_type = Bytes::from_static(b"\x0f\x00");
    for message in [cut, no_utf8, unknown_wire_type] {
        let before = grpc.revision().await;
        let refused = raw::call(&grpc, "UserService/CreateUser", message)
            .await
            .unwrap_err();
        assert!(
            [Code::InvalidArgument, Code::Internal].contains(&refused.code()),
            "{refused:?}"
        );
        assert_eq!(grpc.revision().await, before);
    }
    grpc.create_user("ada").await;
}

async fn a_message_of_a_hundred_mebibytes_is_refused(world: World) {
    let grpc = world.grpc();
    let before = grpc.revision().await;
    let message = Bytes::from(vec![0x0a; 100 * 1024 * 1024]);
    let refused = raw::call(&grpc, "UserService/CreateUser", message)
        .await
        .unwrap_err();
    assert!(
        [Code::OutOfRange, Code::ResourceExhausted].contains(&refused.code()),
        "{refused:?}"
    );
    assert_eq!(grpc.revision().await, before);
}

async fn a_value_that_breaks_a_rule_is_refused(world: World) {
    let grpc = world.grpc();
    let before = grpc.revision().await;
    let long = "x".repeat(1025);
    let email = |value: &str| TypedValue {
        value: value.to_owned(),
        ..Default::default()
    };
    for user in [
        named(""),
        named("a\0b"),
        named(&long),
        User {
            title: "a\0b".into(),
            ..named("ada")
        },
        User {
            title: long.clone(),
            ..named("ada")
        },
        User {
            emails: vec![email("a\0@example.com")],
            ..named("ada")
        },
        User {
            emails: (0..101).map(|n| email(&format!("a{n}@example.com"))).collect(),
            ..named("ada")
        },
    ] {
        assert_status(
            grpc.try_create(user).await,
            Code::InvalidArgument,
            "FIELD_INVALID",
        );
    }
    for name in ["", "a\0b", &long] {
        assert_status(
            grpc.try_create_group(name, &[]).await,
            Code::InvalidArgument,
            "FIELD_INVALID",
        );
    }
    assert_eq!(grpc.revision().await, before);
}

async fn an_unknown_id_is_not_found(world: World) {
    let grpc = world.grpc();
    for id in [
        "x",
        "0",
        "0199f1a0-0000-7000-8000-000000000000",
        "a\0b",
        &"x".repeat(2000),
    ] {
        assert_nothing_there(&grpc, id).await;
    }
}

async fn an_id_of_another_organization_is_not_found(world: World) {
    let other = world.other().await;
    let user = text(&other.scim().create_user("ada").await["id"]);
    let group = text(&other.scim().create_group("Team", &[&user]).await["id"]);
    let before = other.grpc().revision().await;
    for id in [&user, &group] {
        assert_nothing_there(&world.grpc(), id).await;
    }
    assert_eq!(other.grpc().revision().await, before);
}

async fn an_unknown_organization_is_not_found(world: World) {
    for name in ["nowhere", "0199f1a0-0000-7000-8000-000000000000", "a\0b"] {
        let answer = world.grpc().naming(name).try_user("x").await;
        assert_status(answer, Code::NotFound, "RESOURCE_NOT_FOUND");
    }
}

async fn too_many_member_changes_are_refused(world: World) {
    let grpc = world.grpc();
    let group = grpc.try_create_group("Team", &[]).await.unwrap();
    let change = |ids: Vec<String>| MemberChange {
        change: Some(member_change::Change::Add(MemberIds { ids })),
    };
    let steps = vec![change(vec!["x".into()]); 20_001];
    let ids = vec![change(vec!["x".into(); 200_001])];
    let before = grpc.revision().await;
    for member_changes in [steps, ids] {
        let group = Some(Group {
            id: group.id.clone(),
            ..Default::default()
        });
        let request = UpdateGroupRequest {
            group,
            member_changes,
            ..Default::default()
        };
        assert_status(
            grpc.update_group(request).await,
            Code::ResourceExhausted,
            "LIMIT_EXCEEDED",
        );
    }
    assert_eq!(grpc.revision().await, before);
}

async fn a_mask_that_names_no_field_is_refused(world: World) {
    let grpc = world.grpc();
    let user = grpc.create_user("ada").await;
    let refused = grpc.update_user(user.clone(), &["shoe_size"]).await;
    assert_status(refused, Code::InvalidArgument, "FIELD_INVALID");
    for field in [
        "id",
        "organization_id",
        "etag",
        "create_time",
        "organization_role",
        "managed_by",
        "groups",
    ] {
        let refused = grpc.update_user(user.clone(), &[field]).await;
        assert_status(refused, Code::InvalidArgument, "FIELD_READ_ONLY");
    }
    assert_eq!(grpc.user(&user.id).await, user);
}

async fn a_deadline_that_has_passed_is_told(world: World) {
    let grpc = world.grpc();
    let mut request = Request::new(CreateUserRequest {
        organization: grpc.organization_named(),
        user: Some(named("ada")),
        ..Default::default()
    });
    request.set_timeout(Duration::from_nanos(1));
    let refused = grpc.users().create_user(request).await.unwrap_err();
    assert!(
        [Code::DeadlineExceeded, Code::Cancelled].contains(&refused.code()),
        "{refused:?}"
    );
    assert_eq!(grpc.create_user("bob").await.user_name, "bob");
}

async fn an_unknown_method_is_unimplemented(world: World) {
    for path in [
        "/roster.identity.v1.UserService/Unknown",
        "/roster.identity.v1.Unknown/GetUser",
        "/x",
    ] {
        let refused = raw::call_path(&world.grpc(), path, "").await.unwrap_err();
        assert_eq!(refused.code(), Code::Unimplemented, "{path}");
    }
}

async fn assert_nothing_there(grpc: &Grpc, id: &str) {
    let not_found = "RESOURCE_NOT_FOUND";
    let user = User {
        id: id.to_owned(),
        title: "x".into(),
        ..Default::default()
    };
    let group = Group {
        id: id.to_owned(),
        external_id: "x".into(),
        ..Default::default()
    };
    let update = UpdateGroupRequest {
        group: Some(group),
        update_mask: Some(mask(&["external_id"])),
        ..Default::default()
    };
    assert_status(grpc.try_user(id).await, Code::NotFound, not_found);
    assert_status(
        grpc.update_user(user, &["title"]).await,
        Code::NotFound,
        not_found,
    );
    assert_status(grpc.delete_user(id).await, Code::NotFound, not_found);
    assert_status(grpc.group(id).await, Code::NotFound, not_found);
    assert_status(grpc.update_group(update).await, Code::NotFound, not_found);
}
