//! The limits of the machine: what the same listeners give when nothing stands behind them. Each runs as a process of its own, as
//! the server does.

use std::process::{Child, Command, Stdio};

use axum::{Router, http::header, routing::get};
use identity_proto::v1 as pb;
use identity_proto::v1::user_service_server::{UserService, UserServiceServer};
use tonic::{Request, Response, Status};

/// A limit server, stopped when dropped.
pub struct LimitServer {
    child: Child,
    /// Where it listens.
    pub address: String,
}

impl Drop for LimitServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Starts this program again as a limit server; `constant` is what the HTTP one answers.
pub fn start(kind: &str, constant: &str) -> LimitServer {
    let mut child = Command::new(std::env::current_exe().expect("own path"))
        .args(["--limit-server", kind, "--constant", constant])
        .stdout(Stdio::piped())
        .spawn()
        .expect("start the limit server");
    let mut address = String::new();
    let stdout = child.stdout.take().expect("stdout");
    std::io::BufRead::read_line(&mut std::io::BufReader::new(stdout), &mut address).expect("an address");
    LimitServer {
        child,
        address: address.trim().to_owned(),
    }
}

/// Serves as a limit server, for ever.
pub async fn serve(kind: &str, constant: String) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("bind");
    println!("{}", listener.local_addr().expect("address"));
    match kind {
        "http" => {
            let answer = move || {
                let body = constant.clone();
                async move { ([(header::CONTENT_TYPE, "application/scim+json")], body) }
            };
            axum::serve(listener, Router::new().route("/{*path}", get(answer)))
                .await
                .expect("serve");
        }
        "grpc" => {
            let incoming = tonic::transport::server::TcpIncoming::from(listener).with_nodelay(Some(true));
            tonic::transport::Server::builder()
                .add_service(UserServiceServer::new(Nothing))
                .serve_with_incoming(incoming)
                .await
                .expect("serve");
        }
        other => panic!("no limit server {other}"),
    }
}

/// Answers `DeleteUser` with nothing, at once: the empty unary RPC.
struct Nothing;

#[tonic::async_trait]
impl UserService for Nothing {
    async fn create_user(
        &self,
        _: Request<pb::CreateUserRequest>,
    ) -> Result<Response<pb::CreateUserResponse>, Status> {
        Err(Status::unimplemented(""))
    }
    async fn get_user(
        &self,
        _: Request<pb::GetUserRequest>,
    ) -> Result<Response<pb::GetUserResponse>, Status> {
        Err(Status::unimplemented(""))
    }
    async fn list_users(
        &self,
        _: Request<pb::ListUsersRequest>,
    ) -> Result<Response<pb::ListUsersResponse>, Status> {
        Err(Status::unimplemented(""))
    }
    async fn batch_get_users(
        &self,
        _: Request<pb::BatchGetUsersRequest>,
    ) -> Result<Response<pb::BatchGetUsersResponse>, Status> {
        Err(Status::unimplemented(""))
    }
    async fn lookup_user(
        &self,
        _: Request<pb::LookupUserRequest>,
    ) -> Result<Response<pb::LookupUserResponse>, Status> {
        Err(Status::unimplemented(""))
    }
    async fn list_user_identities(
        &self,
        _: Request<pb::ListUserIdentitiesRequest>,
    ) -> Result<Response<pb::ListUserIdentitiesResponse>, Status> {
        Err(Status::unimplemented(""))
    }
    async fn create_user_identity(
        &self,
        _: Request<pb::CreateUserIdentityRequest>,
    ) -> Result<Response<pb::CreateUserIdentityResponse>, Status> {
        Err(Status::unimplemented(""))
    }
    async fn delete_user_identity(
        &self,
        _: Request<pb::DeleteUserIdentityRequest>,
    ) -> Result<Response<pb::DeleteUserIdentityResponse>, Status> {
        Err(Status::unimplemented(""))
    }
    async fn update_user(
        &self,
        _: Request<pb::UpdateUserRequest>,
    ) -> Result<Response<pb::UpdateUserResponse>, Status> {
        Err(Status::unimplemented(""))
    }
    async fn undelete_user(
        &self,
        _: Request<pb::UndeleteUserRequest>,
    ) -> Result<Response<pb::UndeleteUserResponse>, Status> {
        Err(Status::unimplemented(""))
    }
    async fn export_user(
        &self,
        _: Request<pb::ExportUserRequest>,
    ) -> Result<Response<pb::ExportUserResponse>, Status> {
        Err(Status::unimplemented(""))
    }
    async fn erase_user(
        &self,
        _: Request<pb::EraseUserRequest>,
    ) -> Result<Response<pb::EraseUserResponse>, Status> {
        Err(Status::unimplemented(""))
    }
    async fn delete_user(
        &self,
        _: Request<pb::DeleteUserRequest>,
    ) -> Result<Response<pb::DeleteUserResponse>, Status> {
        Ok(Response::new(pb::DeleteUserResponse::default()))
    }
}
