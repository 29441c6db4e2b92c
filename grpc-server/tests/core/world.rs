//! A server over an empty database of its own, with one organization.

use std::{
    env,
    fmt::Display,
    fs,
    path::PathBuf,
    process,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use bytes::{BufMut as _, Bytes, BytesMut};
use grpc_server::{Layered, Options, Services};
use http_body_util::Full;
use identity_core::{directory::Directory, platform::SystemPlatform, store};
use identity_proto::v1::{
    CreateOrganizationRequest, CreateTokenRequest, Organization, Token, User,
    organization_service_client::OrganizationServiceClient, token_service_client::TokenServiceClient,
};
use tonic::{Code, Request, Status, body::Body, service::Routes};
use tonic_types::StatusExt as _;
use tower::ServiceExt as _;

const ROOT: &str = "root-token-of-a-test";
/// The organization of every world.
pub(crate) const ORGANIZATION: &str = "acme";

/// Bytes that the server of a test reads in one message.
pub(crate) const MAX_MESSAGE_BYTES: usize = 10_000;

pub(crate) struct World {
    pub(crate) service: Layered<Routes>,
    _folder: Folder,
}

impl World {
    pub(crate) async fn new() -> Self {
        let folder = Folder::new();
        let url = format!("sqlite:{}", folder.0.join("roster.db").display());
        let store = store::Store::open(&url, store::Options::default()).await.unwrap();
        store.migrate().await.unwrap();
        let platform = Arc::new(SystemPlatform);
        let directory = Directory::new(store, platform.clone(), &[ROOT.into()], &["k".repeat(32)]);
        let options = Options {
            max_message_bytes: MAX_MESSAGE_BYTES,
            ..Options::default()
        };
        let world = Self {
            service: Services::new(directory, platform, options).await.in_process(),
            _folder: folder,
        };
        world.create_organization(ORGANIZATION).await;
        world
    }

    pub(crate) async fn create_organization(&self, slug: &str) -> Organization {
        let organization = Organization {
            slug: slug.into(),
            name: slug.into(),
            ..Default::default()
        };
        let request = CreateOrganizationRequest {
            organization: Some(organization),
            ..Default::default()
        };
        let mut client = OrganizationServiceClient::new(self.service.clone());
        let created = client.create_organization(as_root(request)).await.unwrap();
        created.into_inner().organization.unwrap()
    }

    /// The secret of a new service token with these scopes.
    pub(crate) async fn token(&self, scopes: &[&str]) -> String {
        let token = Token {
            kind: 2,
            name: "service".into(),
            scopes: scopes.iter().map(ToString::to_string).collect(),
            ..Default::default()
        };
        let request = CreateTokenRequest {
            organization: ORGANIZATION.into(),
            token: Some(token),
            ..Default::default()
        };
        let mut client = TokenServiceClient::new(self.service.clone());
        client
            .create_token(as_root(request))
            .await
            .unwrap()
            .into_inner()
            .secret
    }

    /// Sends bytes as a message and tells how they were refused.
    pub(crate) async fn send(&self, path: &str, authorization: &str, message: &[u8]) -> Status {
        let mut frame = BytesMut::new();
        frame.put_u8(0);
        frame.put_u32(u32::try_from(message.len()).unwrap());
        frame.put_slice(message);
        let body = Body::new(Full::<Bytes>::from(frame.freeze()));
        self.send_body(path, authorization, body).await
    }

    /// Sends a body and tells how it was refused.
    pub(crate) async fn send_body(&self, path: &str, authorization: &str, body: Body) -> Status {
        let request = http::Request::post(path)
            .header("content-type", "application/grpc")
            .header("authorization", authorization)
            .body(body);
        let Ok(response) = self.service.clone().oneshot(request.unwrap()).await;
        Status::from_header_map(response.headers()).expect("a refusal")
    }
}

pub(crate) fn as_root<T>(message: T) -> Request<T> {
    with_token(ROOT, message)
}

pub(crate) fn with_token<T>(token: impl Display, message: T) -> Request<T> {
    let mut request = Request::new(message);
    let bearer = format!("Bearer {token}").parse().unwrap();
    request.metadata_mut().insert("authorization", bearer);
    request
}

pub(crate) fn user(user_name: &str) -> User {
    User {
        user_name: user_name.into(),
        ..Default::default()
    }
}

#[track_caller]
pub(crate) fn assert_refused(status: &Status, code: Code, reason: &str) {
    let info = status.get_details_error_info();
    let seen = info.map(|info| info.reason).unwrap_or_default();
    assert_eq!(
        (status.code(), seen.as_str()),
        (code, reason),
        "{}",
        status.message()
    );
}

/// A folder that goes with its world.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let name = format!(
            "roster-grpc-{}-{}",
            process::id(),
            NEXT.fetch_add(1, Ordering::Relaxed)
        );
        let path = env::temp_dir().join(name);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What cannot be removed does no harm in a folder for temporary files.
        let _ = fs::remove_dir_all(&self.0);
    }
}
