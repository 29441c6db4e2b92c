//! Messages that clients compress, and answers that they read compressed.

use identity_proto::v1::{
    CreateGroupRequest, ExchangeAssertionRequest, Group, ListUsersRequest,
    group_service_client::GroupServiceClient, token_service_client::TokenServiceClient,
    user_service_client::UserServiceClient,
};
use tonic::{Code, codec::CompressionEncoding};

use crate::harness::{World, assert_status, everywhere, grpc::violated};

everywhere!(
    a_client_that_compresses_is_understood,
    a_compressed_message_is_no_larger_than_another,
    who_needs_no_token_does_not_compress,
);

const GZIP: CompressionEncoding = CompressionEncoding::Gzip;

async fn a_client_that_compresses_is_understood(world: World) {
    let grpc = world.grpc();
    for number in 0..100 {
        grpc.create_user(&format!("user-{number:03}")).await;
    }
    let request = ListUsersRequest {
        organization: grpc.organization_named(),
        order_by: "user_name".into(),
        ..Default::default()
    };
    let plain = UserServiceClient::new(grpc.line())
        .list_users(request.clone())
        .await;
    let compressing = UserServiceClient::new(grpc.line())
        .send_compressed(GZIP)
        .accept_compressed(GZIP);
    let compressed = { compressing }.list_users(request).await.expect("users");
    assert_eq!(
        compressed.metadata().get("grpc-encoding").expect("an encoding"),
        "gzip"
    );
    assert_eq!(compressed.into_inner(), plain.expect("users").into_inner());
}

async fn a_compressed_message_is_no_larger_than_another(world: World) {
    let grpc = world.grpc();
    let request = CreateGroupRequest {
        organization: grpc.organization_named(),
        group: Some(Group {
            display_name: "x".repeat(17 << 20),
            ..Default::default()
        }),
        ..Default::default()
    };
    let mut client = GroupServiceClient::new(grpc.line()).send_compressed(GZIP);
    let refused = client.create_group(request).await;
    assert_status(refused, Code::ResourceExhausted, "LIMIT_EXCEEDED");
}

async fn who_needs_no_token_does_not_compress(world: World) {
    let mut client = TokenServiceClient::new(world.grpc().with_token("").line()).send_compressed(GZIP);
    let refused = client
        .exchange_assertion(ExchangeAssertionRequest::default())
        .await;
    assert_eq!(violated(refused), "message");
}
