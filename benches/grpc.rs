//! The workloads over gRPC, on TCP.

use std::sync::Arc;

use identity_proto::v1::{DeleteUserRequest, GetUserRequest, user_service_client::UserServiceClient};
use tonic::{Request, metadata::MetadataValue, transport::Channel};

use crate::load::{Calls, Figure, Plan, run};

/// TCP connections that the load spreads over; on two cores a third gains nothing.
const CONNECTIONS: usize = 2;

async fn clients(endpoint: &str) -> Vec<UserServiceClient<Channel>> {
    let mut clients = Vec::new();
    for _ in 0..CONNECTIONS {
        let channel = Channel::from_shared(endpoint.to_owned())
            .expect("an address")
            .connect()
            .await
            .expect("connect");
        clients.push(UserServiceClient::new(channel));
    }
    clients
}

/// `GetUser` of each of these in turn.
pub async fn get_users(endpoint: &str, token: &str, ids: Arc<Vec<String>>, plan: Plan) -> Figure {
    let clients = clients(endpoint).await;
    let bearer: MetadataValue<_> = format!("Bearer {token}").parse().expect("a header");
    run(plan, |worker, tickets| {
        let (mut client, bearer, ids) = (clients[worker % CONNECTIONS].clone(), bearer.clone(), ids.clone());
        async move {
            let mut calls = Calls::new(tickets);
            while let Some(n) = calls.begin() {
                let id = ids[usize::try_from(n).unwrap_or(0).wrapping_mul(7919) % ids.len()].clone();
                let mut request = Request::new(GetUserRequest {
                    organization: String::new(),
                    id,
                    show_deleted: false,
                });
                request.metadata_mut().insert("authorization", bearer.clone());
                client.get_user(request).await.map_err(|e| e.to_string())?;
                calls.end();
            }
            Ok(calls.times())
        }
    })
    .await
}

/// The empty RPC of the limit server.
pub async fn empty(endpoint: &str, plan: Plan) -> Figure {
    let clients = clients(endpoint).await;
    run(plan, |worker, tickets| {
        let mut client = clients[worker % CONNECTIONS].clone();
        async move {
            let mut calls = Calls::new(tickets);
            while calls.begin().is_some() {
                client
                    .delete_user(DeleteUserRequest::default())
                    .await
                    .map_err(|e| e.to_string())?;
                calls.end();
            }
            Ok(calls.times())
        }
    })
    .await
}
