//! Updates: masks, versions, and the rules that span users.

use identity_proto::v1::{
    Group, MemberChange, MemberIds, Name, TypedValue, UpdateGroupRequest, User, member_change,
};
use tonic::Code;

use crate::harness::{World, assert_status, everywhere, grpc::named};

everywhere!(
    a_field_in_the_mask_without_a_value_is_cleared,
    fields_outside_the_mask_stay,
    an_update_without_a_mask_changes_what_has_a_value,
    a_stale_etag_is_aborted,
    the_last_admin_cannot_be_demoted_deactivated_or_deleted,
    a_group_cannot_contain_itself,
    a_refused_member_change_changes_nothing,
);

async fn a_field_in_the_mask_without_a_value_is_cleared(world: World) {
    let grpc = world.grpc();
    let user = grpc
        .try_create(User {
            title: "Countess".into(),
            ..named("ada")
        })
        .await
        .unwrap();
    let cleared = grpc
        .update_user(
            User {
                id: user.id,
                ..Default::default()
            },
            &["title"],
        )
        .await
        .unwrap();
    assert_eq!((cleared.title, cleared.user_name), (String::new(), "ada".into()));
}

async fn fields_outside_the_mask_stay(world: World) {
    let grpc = world.grpc();
    let name = Some(Name {
        family_name: "Lovelace".into(),
        ..Default::default()
    });
    let user = grpc
        .try_create(User {
            title: "Countess".into(),
            name: name.clone(),
            ..named("ada")
        })
        .await
        .unwrap();
    let change = User {
        id: user.id,
        display_name: "Ada".into(),
        title: "ignored".into(),
        ..Default::default()
    };
    let changed = grpc.update_user(change, &["display_name"]).await.unwrap();
    assert_eq!(
        (changed.display_name.as_str(), changed.title.as_str()),
        ("Ada", "Countess")
    );
    assert_eq!(changed.name, name);
}

async fn an_update_without_a_mask_changes_what_has_a_value(world: World) {
    let grpc = world.grpc();
    let user = grpc
        .try_create(User {
            title: "Countess".into(),
            ..named("ada")
        })
        .await
        .unwrap();
    let change = User {
        id: user.id,
        display_name: "Ada".into(),
        ..Default::default()
    };
    let changed = grpc.update_user(change, &[]).await.unwrap();
    assert_eq!(
        (changed.display_name.as_str(), changed.title.as_str()),
        ("Ada", "Countess")
    );
}

async fn a_stale_etag_is_aborted(world: World) {
    let grpc = world.grpc();
    let first = grpc.create_user("ada").await;
    let second = grpc
        .update_user(
            User {
                title: "x".into(),
                ..first.clone()
            },
            &["title"],
        )
        .await
        .unwrap();
    assert_ne!(first.etag, second.etag);

    let stale = grpc
        .update_user(
            User {
                title: "y".into(),
                ..first
            },
            &["title"],
        )
        .await;

    assert_status(stale, Code::Aborted, "VERSION_MISMATCH");
    assert_eq!(grpc.user(&second.id).await, second);
}

async fn the_last_admin_cannot_be_demoted_deactivated_or_deleted(world: World) {
    let grpc = world.grpc();
    let roles = vec![TypedValue {
        value: "admin".into(),
        ..Default::default()
    }];
    let admin = grpc
        .try_create(User {
            roles: roles.clone(),
            ..named("ada")
        })
        .await
        .unwrap();
    let before = grpc.revision().await;
    let id = admin.id.clone();
    let demoted = User {
        id: id.clone(),
        ..Default::default()
    };
    let inactive = User {
        id: id.clone(),
        active: Some(false),
        ..Default::default()
    };

    let broken = Code::FailedPrecondition;
    assert_status(
        grpc.update_user(demoted.clone(), &["roles"]).await,
        broken,
        "LAST_ADMIN",
    );
    assert_status(
        grpc.update_user(inactive, &["active"]).await,
        broken,
        "LAST_ADMIN",
    );
    assert_status(grpc.delete_user(&id).await, broken, "LAST_ADMIN");
    assert_eq!((grpc.user(&id).await, grpc.revision().await), (admin, before));

    grpc.try_create(User {
        roles,
        ..named("bob")
    })
    .await
    .unwrap();
    grpc.update_user(demoted, &["roles"]).await.unwrap();
}

async fn a_group_cannot_contain_itself(world: World) {
    let grpc = world.grpc();
    let inner = grpc.try_create_group("Inner", &[]).await.unwrap();
    let middle = grpc.try_create_group("Middle", &[&inner.id]).await.unwrap();
    let outer = grpc.try_create_group("Outer", &[&middle.id]).await.unwrap();
    for id in [&inner.id, &middle.id, &outer.id] {
        let refused = grpc.update_group(adding(&inner.id, &[id])).await;
        assert_status(refused, Code::FailedPrecondition, "GROUP_CYCLE");
    }
    assert!(grpc.member_ids(&inner.id).await.is_empty());
}

async fn a_refused_member_change_changes_nothing(world: World) {
    let grpc = world.grpc();
    let ada = grpc.create_user("ada").await.id;
    let group = grpc.try_create_group("Team", &[]).await.unwrap();
    let before = grpc.revision().await;
    let refused = grpc.update_group(adding(&group.id, &[&ada, &group.id])).await;
    assert_status(refused, Code::FailedPrecondition, "GROUP_CYCLE");
    assert!(grpc.member_ids(&group.id).await.is_empty());
    assert_eq!(
        (grpc.group(&group.id).await.unwrap(), grpc.revision().await),
        (group, before)
    );
}

fn adding(group: &str, members: &[&str]) -> UpdateGroupRequest {
    let ids = members.iter().map(ToString::to_string).collect();
    UpdateGroupRequest {
        group: Some(Group {
            id: group.to_owned(),
            ..Default::default()
        }),
        member_changes: vec![MemberChange {
            change: Some(member_change::Change::Add(MemberIds { ids })),
        }],
        ..Default::default()
    }
}
