//! Every unary call of the descriptor set, over gRPC and in JSON, by several callers: one answer.

use bytes::Bytes;
use identity_proto::{
    connect::{code_name, http_status},
    json::{descriptors, to_json},
};
use prost_reflect::MethodDescriptor;

use super::{Json, assert_error};
use crate::{
    access::all_scopes,
    harness::{Grpc, World, everywhere, raw},
};

everywhere!(every_unary_call_answers_in_json_as_over_grpc,);

/// Calls whose answers are never the same twice.
const SECRETS: [&str; 1] = ["TokenService/ExchangeToken"];

fn unary_methods() -> impl Iterator<Item = MethodDescriptor> {
    let services = descriptors().services();
    let services = services.filter(|service| service.package_name() == "roster.identity.v1");
    let methods = services.flat_map(|service| service.methods().collect::<Vec<_>>());
    methods.filter(|method| !method.is_server_streaming())
}

async fn every_unary_call_answers_in_json_as_over_grpc(world: World) {
    let service = world.service_token(&all_scopes()).await;
    let mut granted = 0;
    for token in ["", "rst_nonsense", world.scim_token(), &service] {
        let grpc = world.grpc().with_token(token).naming("");
        for json in Json::both(&world, token) {
            for method in unary_methods() {
                granted += usize::from(is_the_same(&grpc, &json, &method).await);
            }
        }
    }
    assert!(granted > 40, "{granted}");
}

/// Compares the answers to an empty message; answers whether it was granted.
async fn is_the_same(grpc: &Grpc, json: &Json, method: &MethodDescriptor) -> bool {
    let name = format!("{}/{}", method.parent_service().name(), method.name());
    let answer = json.call(&name, &serde_json::json!({})).await;
    assert!(!answer.header("x-request-id").is_empty(), "{name}");
    assert_eq!(answer.header("cache-control"), "no-store", "{name}");
    match raw::call(grpc, &name, Bytes::new()).await {
        Ok(message) => {
            let expected = to_json(method.output(), &message).unwrap();
            let found = answer.expect(200);
            assert_eq!(answer.header("content-type"), "application/json", "{name}");
            if !SECRETS.contains(&name.as_str()) {
                assert_eq!(found, expected, "{name}");
            }
            true
        }
        Err(status) => {
            let http = http_status(status.code()).as_u16();
            let error = assert_error(&answer, http, code_name(status.code()));
            assert_eq!(error["message"], status.message(), "{name}");
            let reason = tonic_types::StatusExt::get_details_error_info(&status).expect("a reason");
            assert_eq!(super::reason(&error), reason.reason, "{name}");
            false
        }
    }
}
