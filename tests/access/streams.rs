//! Streams that go on after their call was admitted.

use identity_proto::v1::{
    CreateMappingRuleRequest, DeleteGroupRequest, DeleteMappingRuleRequest, GrantRoleRequest, MappingRule,
    MemberChange, MemberIds, Organization, OrganizationStatus, RevokeRoleRequest, ServiceAccount,
    UpdateGroupRequest, UpdateOrganizationRequest, UpdateServiceAccountRequest, WatchRequest, WatchResponse,
    mapping_rule::Group as RuleGroup, mapping_rule::Target, mapping_service_client::MappingServiceClient,
    member_change::Change, role_service_client::RoleServiceClient,
};
use tonic::{Code, Status, Streaming};

use super::kinds::{account, accounts, admin, key_of, personal, texts};
use crate::{
    grpc::watch::next,
    harness::{Grpc, World, assert_status, everywhere, grpc::mask, run_folder::fresh_name},
};

everywhere!(
    a_stream_ends_with_the_scope_of_its_account,
    a_stream_ends_with_the_role_of_its_person,
    a_stream_ends_with_the_role_that_a_group_gave,
    a_stream_ends_with_the_rule_that_gave_the_role,
    a_stream_ends_with_its_organization,
    a_token_has_so_many_streams_and_leaves_room_for_others,
    an_organization_has_so_many_streams_and_leaves_room_for_others,
);

/// The limits of `docs/watch.md`.
const STREAMS_OF_TOKEN: usize = 256;
const STREAMS_OF_ORGANIZATION: usize = 1024;

async fn opened(world: &World, secret: &str) -> Streaming<WatchResponse> {
    let caller = world.grpc().with_token(secret);
    let mut stream = caller.watch(WatchRequest::default()).await.expect("a stream");
    next(&mut stream).await.expect("it begins");
    stream
}

/// The stream tells nothing of what happens from now on.
async fn assert_ended(world: &World, stream: &mut Streaming<WatchResponse>, expected: (Code, &str)) {
    let secret = fresh_name("secret");
    // A suspended organization lets root change it still.
    world.grpc().create_user(&secret).await;
    loop {
        match next(stream).await {
            Ok(response) => {
                let told = format!("{response:?}");
                assert!(!told.contains(&secret), "{told}");
            }
            Err(status) => {
                assert_status::<()>(Err(status), expected.0, expected.1);
                return;
            }
        }
    }
}

const NO_SCOPE: (Code, &str) = (Code::PermissionDenied, "SCOPE_MISSING");
/// An administrator that is none any more keeps its scope.
const NO_ADMIN: (Code, &str) = (Code::PermissionDenied, "CALLER_NOT_ALLOWED");

async fn a_stream_ends_with_the_scope_of_its_account(world: World) {
    let account = account(&world, &["changes:read", "users:read"], &[]).await;
    let mut stream = opened(&world, &key_of(&world, &account, &[]).await).await;
    let request = UpdateServiceAccountRequest {
        organization: world.organization().slug.clone(),
        service_account: Some(ServiceAccount {
            id: account,
            scopes: texts(&["users:read"]),
            ..Default::default()
        }),
        update_mask: Some(mask(&["scopes"])),
        ..Default::default()
    };
    accounts(&world)
        .update_service_account(request)
        .await
        .expect("fewer scopes");
    assert_ended(&world, &mut stream, NO_SCOPE).await;
}

async fn a_stream_ends_with_the_role_of_its_person(world: World) {
    // Not the last admin.
    admin(&world).await;
    let person = admin(&world).await;
    let mut stream = opened(&world, &personal(&world, &person, &["changes:read"]).await).await;
    let request = RevokeRoleRequest {
        organization: world.organization().slug.clone(),
        principal_id: person.id,
        role: "admin".into(),
        ..Default::default()
    };
    let mut roles = RoleServiceClient::new(world.grpc().line());
    roles.revoke_role(request).await.expect("no role");
    assert_ended(&world, &mut stream, NO_ADMIN).await;
}

/// A person in a new group: the group, its name, the person, and the person's token.
async fn member_of_group(world: &World) -> (String, String, String, String) {
    admin(world).await;
    let person = world.grpc().create_user(&fresh_name("person")).await;
    let name = fresh_name("admins");
    let group = world
        .grpc()
        .try_create_group(&name, &[&person.id])
        .await
        .expect("a group");
    let secret = personal(world, &person, &["changes:read"]).await;
    (group.id, name, person.id, secret)
}

async fn a_stream_ends_with_the_role_that_a_group_gave(world: World) {
    for deletes in [false, true] {
        let (group, _, person, secret) = member_of_group(&world).await;
        let organization = world.organization().slug.clone();
        let request = GrantRoleRequest {
            organization: organization.clone(),
            principal_id: group.clone(),
            role: "admin".into(),
            ..Default::default()
        };
        let mut roles = RoleServiceClient::new(world.grpc().line());
        roles.grant_role(request).await.expect("a role");
        let mut stream = opened(&world, &secret).await;
        if deletes {
            let request = DeleteGroupRequest {
                organization,
                id: group,
                ..Default::default()
            };
            world
                .grpc()
                .groups()
                .delete_group(request)
                .await
                .expect("no group");
        } else {
            let remove = MemberChange {
                change: Some(Change::Remove(MemberIds { ids: vec![person] })),
            };
            let request = UpdateGroupRequest {
                organization,
                group: Some(identity_proto::v1::Group {
                    id: group,
                    ..Default::default()
                }),
                member_changes: vec![remove],
                ..Default::default()
            };
            world
                .grpc()
                .groups()
                .update_group(request)
                .await
                .expect("no member");
        }
        assert_ended(&world, &mut stream, NO_ADMIN).await;
    }
}

async fn a_stream_ends_with_the_rule_that_gave_the_role(world: World) {
    let (_, name, _, secret) = member_of_group(&world).await;
    let organization = world.organization().slug.clone();
    let request = CreateMappingRuleRequest {
        organization: organization.clone(),
        rule: Some(MappingRule {
            group: Some(RuleGroup::GroupName(name)),
            target: Some(Target::Role("admin".into())),
            ..Default::default()
        }),
        ..Default::default()
    };
    let mut mappings = MappingServiceClient::new(world.grpc().line());
    let made = mappings
        .create_mapping_rule(request)
        .await
        .expect("a rule")
        .into_inner();
    let mut stream = opened(&world, &secret).await;
    let request = DeleteMappingRuleRequest {
        organization,
        id: made.rule.expect("a rule").id,
        ..Default::default()
    };
    mappings.delete_mapping_rule(request).await.expect("no rule");
    assert_ended(&world, &mut stream, NO_ADMIN).await;
}

async fn a_stream_ends_with_its_organization(world: World) {
    let secret = world.service_token(&["changes:read"]).await;
    let mut stream = opened(&world, &secret).await;
    let request = UpdateOrganizationRequest {
        organization: Some(Organization {
            slug: world.organization().slug.clone(),
            status: OrganizationStatus::Suspended.into(),
            ..Default::default()
        }),
        update_mask: Some(mask(&["status"])),
        ..Default::default()
    };
    let suspended = world.grpc().organizations().update_organization(request).await;
    suspended.expect("a suspended organization");
    let expected = (Code::FailedPrecondition, "ORGANIZATION_SUSPENDED");
    assert_ended(&world, &mut stream, expected).await;
}

/// A connection of its own, on which only so many calls may be under way.
fn line(world: &World, secret: &str) -> Grpc {
    Grpc::new(&world.endpoints().grpc, secret, "")
}

async fn open_all(caller: &Grpc, count: usize) -> Result<Vec<Streaming<WatchResponse>>, Status> {
    let mut streams = Vec::new();
    for _ in 0..count {
        streams.push(caller.watch(WatchRequest::default()).await?);
    }
    Ok(streams)
}

async fn a_token_has_so_many_streams_and_leaves_room_for_others(world: World) {
    let caller = line(&world, &world.service_token(&["changes:read"]).await);
    let streams = open_all(&caller, STREAMS_OF_TOKEN).await.expect("streams");
    let refused = open_all(&caller, 1).await.map(|_| ());
    assert_status(refused, Code::ResourceExhausted, "LIMIT_EXCEEDED");
    let other = line(&world, &world.service_token(&["changes:read"]).await);
    open_all(&other, 1).await.expect("another token's stream");
    drop(streams);
    let mut again = open_all(&caller, 1).await;
    while again.is_err() {
        // The server hears of the end a moment later.
        tokio::task::yield_now().await;
        again = open_all(&caller, 1).await;
    }
}

async fn an_organization_has_so_many_streams_and_leaves_room_for_others(world: World) {
    let mut streams = Vec::new();
    for _ in 0..STREAMS_OF_ORGANIZATION / STREAMS_OF_TOKEN {
        let caller = line(&world, &world.service_token(&["changes:read"]).await);
        streams.extend(open_all(&caller, STREAMS_OF_TOKEN).await.expect("streams"));
    }
    let caller = line(&world, &world.service_token(&["changes:read"]).await);
    let refused = open_all(&caller, 1).await.map(|_| ());
    assert_status(refused, Code::ResourceExhausted, "LIMIT_EXCEEDED");
    let other = world.other().await;
    let other = line(&other, &other.service_token(&["changes:read"]).await);
    open_all(&other, 1).await.expect("another organization's stream");
}
