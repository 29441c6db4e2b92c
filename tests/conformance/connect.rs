//! Connect's own client for Node, over gRPC and over its own protocol.

use std::process::Command;

use super::python::{folder, succeed};
use crate::{
    access::all_scopes,
    examples::typescript_stubs,
    harness::{World, everywhere},
};

everywhere!(connect_for_node_gets_the_same_answers_as_over_grpc,);

async fn connect_for_node_gets_the_same_answers_as_over_grpc(world: World) {
    let service = world.service_token(&all_scopes()).await;
    let (stubs, endpoints) = (typescript_stubs(), world.endpoints());
    for token in ["rst_nonsense", world.scim_token(), &service] {
        let mut node = Command::new("node");
        node.arg(folder().join("compare_connect_with_grpc.mjs"))
            .arg(&stubs);
        node.args([&endpoints.grpc, &format!("{}/api", endpoints.scim), token]);
        println!("{}", succeed(&mut node));
    }
}
