//! An organization with its tokens, on a running server.

use std::ops::Deref;

use identity_proto::v1::{
    CreateOrganizationRequest, CreateTokenRequest, Organization, Token, TokenKind, UpdatePolicyRequest,
};

use super::{
    Arrange, Grpc, Scim, Server, Setup, run_folder,
    server::{Endpoints, ROOT_TOKEN},
};

/// An organization of a test's own, on a server that tests share.
pub(crate) struct World {
    endpoints: Endpoints,
    organization: Organization,
    scim_token: String,
    scim: Scim,
    grpc: Grpc,
}

/// The same on a server of the test's own, which it may kill.
pub(crate) struct OwnWorld {
    server: Server,
    world: World,
}

/// The same on a server of its own that stands behind proxies of this machine, and believes what they say of their clients.
pub(crate) struct ProxiedWorld {
    world: World,
    _server: Server,
}

impl Arrange for ProxiedWorld {
    async fn arrange(setup: Setup) -> Self {
        let server = Server::start_with(
            setup,
            &[
                "--trusted-proxy",
                "127.0.0.0/8",
                "--trusted-facade",
                "127.0.0.0/8",
            ],
        );
        let world = World::new(server.endpoints().clone(), "").await;
        Self {
            world,
            _server: server,
        }
    }
}

impl Deref for ProxiedWorld {
    type Target = World;

    fn deref(&self) -> &World {
        &self.world
    }
}

impl Arrange for World {
    async fn arrange(setup: Setup) -> Self {
        Self::new(Server::shared(setup).endpoints().clone(), "").await
    }
}

impl Arrange for OwnWorld {
    async fn arrange(setup: Setup) -> Self {
        let server = Server::start(setup);
        let world = World::new(server.endpoints().clone(), "").await;
        Self { server, world }
    }
}

impl World {
    /// An organization with this preset of its policy (empty: the default) on the server with these endpoints.
    pub(crate) async fn new(endpoints: Endpoints, preset: &str) -> Self {
        let slug = run_folder::fresh_name("org");
        let root = Grpc::new(&endpoints.grpc, ROOT_TOKEN, &slug);
        let organization = Organization {
            slug,
            name: "A test's own".into(),
            // Some presets want it before they let anybody in.
            sso_enabled: true,
            ..Default::default()
        };
        let request = CreateOrganizationRequest {
            organization: Some(organization),
            preset: preset.to_owned(),
            ..Default::default()
        };
        let created = root
            .organizations()
            .create_organization(request)
            .await
            .expect("a new organization");
        let organization = created.into_inner().organization.expect("an organization");
        let (_, scim_token) = create_token(&root, TokenKind::Scim, Token::default()).await;
        Self {
            scim: Scim::new(&endpoints.scim, &scim_token),
            grpc: root,
            endpoints,
            organization,
            scim_token,
        }
    }

    /// Another organization on the same server.
    pub(crate) async fn other(&self) -> Self {
        self.with_preset("").await
    }

    /// Another organization on the same server, with this preset of its policy.
    pub(crate) async fn with_preset(&self, preset: &str) -> Self {
        Self::new(self.endpoints.clone(), preset).await
    }

    /// The same organization through other endpoints to the same database.
    pub(crate) fn through(&self, endpoints: Endpoints) -> Self {
        Self {
            scim: Scim::new(&endpoints.scim, &self.scim_token),
            grpc: Grpc::new(&endpoints.grpc, ROOT_TOKEN, &self.organization.slug),
            endpoints,
            organization: self.organization.clone(),
            scim_token: self.scim_token.clone(),
        }
    }

    /// From now on uses these endpoints, behind which is the same organization.
    fn enter(&mut self, endpoints: Endpoints) {
        *self = self.through(endpoints);
    }

    /// The organization as it was made.
    pub(crate) fn organization(&self) -> &Organization {
        &self.organization
    }

    /// Where the server listens.
    pub(crate) fn endpoints(&self) -> &Endpoints {
        &self.endpoints
    }

    /// The SCIM API, as the identity provider of the organization.
    pub(crate) fn scim(&self) -> Scim {
        self.scim.clone()
    }

    /// The secret of the identity provider's token.
    pub(crate) fn scim_token(&self) -> &str {
        &self.scim_token
    }

    /// The gRPC API, as root, naming the organization.
    pub(crate) fn grpc(&self) -> Grpc {
        self.grpc.clone()
    }

    /// The gRPC API, as a service with these scopes that names no organization.
    pub(crate) async fn service(&self, scopes: &[&str]) -> Grpc {
        self.grpc.with_token(&self.service_token(scopes).await).naming("")
    }

    /// The secret of a new token of a service with these scopes.
    pub(crate) async fn service_token(&self, scopes: &[&str]) -> String {
        let scopes = scopes.iter().map(ToString::to_string).collect();
        let token = Token {
            scopes,
            ..Default::default()
        };
        create_token(&self.grpc(), TokenKind::Service, token).await.1
    }

    /// Changes settings of the policy.
    pub(crate) async fn set_policy(&self, settings: &[(&str, &str)]) {
        let request = UpdatePolicyRequest {
            organization: self.organization.slug.clone(),
            settings: settings
                .iter()
                .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
                .collect(),
            ..Default::default()
        };
        self.grpc()
            .policies()
            .update_policy(request)
            .await
            .expect("a new policy");
    }
}

impl OwnWorld {
    /// The server.
    pub(crate) fn server(&mut self) -> &mut Server {
        &mut self.server
    }

    /// Kills the server, if that has not happened yet, and starts it again on the same database.
    pub(crate) fn restart(&mut self) {
        self.server.restart();
        self.world.enter(self.server.endpoints().clone());
    }
}

impl Deref for OwnWorld {
    type Target = World;

    fn deref(&self) -> &World {
        &self.world
    }
}

/// Creates a token of this kind in the organization that `root` names, and returns its secret too.
pub(crate) async fn create_token(root: &Grpc, kind: TokenKind, token: Token) -> (Token, String) {
    let token = Token {
        kind: kind.into(),
        name: run_folder::fresh_name("token"),
        ..token
    };
    let organization = root.organization_named();
    let request = CreateTokenRequest {
        organization,
        token: Some(token),
        ..Default::default()
    };
    let created = root
        .tokens()
        .create_token(request)
        .await
        .expect("a new token")
        .into_inner();
    (created.token.expect("a token"), created.secret)
}
