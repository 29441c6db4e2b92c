//! A client's line to `roster.identity.v1`: where the service is, and with which token.

use std::{
    env, fs,
    io::{self, Write},
    net::IpAddr,
    path::{Path, PathBuf},
    time::Duration,
};

use clap::Args;
use http::Uri;
use identity_proto::v1::{
    access_service_client::AccessServiceClient, change_service_client::ChangeServiceClient,
    connection_service_client::ConnectionServiceClient, group_service_client::GroupServiceClient,
    license_service_client::LicenseServiceClient, mapping_service_client::MappingServiceClient,
    organization_service_client::OrganizationServiceClient, policy_service_client::PolicyServiceClient,
    project_service_client::ProjectServiceClient,
    provisioning_log_service_client::ProvisioningLogServiceClient, role_service_client::RoleServiceClient,
    schema_service_client::SchemaServiceClient, service_account_service_client::ServiceAccountServiceClient,
    signing_key_service_client::SigningKeyServiceClient, token_service_client::TokenServiceClient,
    user_service_client::UserServiceClient,
};
use tonic::{
    Request, Status,
    body::Body,
    metadata::{Ascii, MetadataValue},
    service::{Interceptor, interceptor::InterceptedService},
    transport::{Certificate, ClientTlsConfig, Endpoint, Identity},
};
use tower::{ServiceExt, util::BoxCloneSyncService};

use super::{context::Context, duration::parse_duration};
use crate::failure::Failure;

/// Address of a service that nothing else was said about.
const DEFAULT_ENDPOINT: &str = "http://127.0.0.1:50051";
/// Attempts to reach a service of this machine, which may just be starting.
const START_ATTEMPTS: u32 = 30;
/// Time between them.
const START_PAUSE: Duration = Duration::from_millis(100);
/// Limit of the time of connecting.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// The largest answer that is taken: a page of large users.
const MAX_ANSWER_BYTES: usize = 64 * 1024 * 1024;
/// The variable that holds the bearer token.
const TOKEN_VARIABLE: &str = "ROSTER_TOKEN";
/// Where the default SQLite database keeps the root token.
const ROOT_TOKEN_FILE: &str = "roster-data/root-token";

/// A service that answers gRPC requests: over a connection, or in the same process.
pub(crate) type Wire = BoxCloneSyncService<http::Request<Body>, http::Response<Body>, io::Error>;
/// A wire whose requests carry the token.
pub(crate) type Line = InterceptedService<Wire, Bearer>;

/// Where the service is.
#[derive(Args, Debug)]
pub(crate) struct Target {
    /// Where the service is; without it at port 50051 of this machine. A service of this machine is waited for
    /// if it is just starting
    #[arg(
        long,
        global = true,
        env = "ROSTER_ENDPOINT",
        hide_env_values = true,
        value_name = "URL"
    )]
    endpoint: Option<String>,
    /// The time limit of each call, for example 10s or 5m
    #[arg(long, global = true, value_name = "SPAN", default_value = "60s", value_parser = parse_duration)]
    timeout: Duration,
    /// The authority of the service's certificate, PEM; else those that the system trusts
    #[arg(
        long,
        global = true,
        env = "ROSTER_CA",
        hide_env_values = true,
        value_name = "FILE"
    )]
    ca: Option<PathBuf>,
    /// A certificate to show, PEM, for a service with --tls-client-ca
    #[arg(
        long,
        global = true,
        env = "ROSTER_CLIENT_CERT",
        hide_env_values = true,
        value_name = "FILE",
        requires = "client_key"
    )]
    client_cert: Option<PathBuf>,
    /// The key of that certificate, PEM
    #[arg(
        long,
        global = true,
        env = "ROSTER_CLIENT_KEY",
        hide_env_values = true,
        value_name = "FILE",
        requires = "client_cert"
    )]
    client_key: Option<PathBuf>,
    /// The reason of a change that the policy does not allow, which the change log keeps; root and tokens
    /// with the scope `break_glass` may
    #[arg(long, global = true, value_name = "REASON")]
    break_glass: Option<String>,
}

impl Target {
    /// The service's address, if one was given.
    pub(crate) fn endpoint(&self) -> Option<&str> {
        self.endpoint.as_deref().filter(|url| !url.is_empty())
    }

    /// The address of the service.
    pub(super) fn url(&self) -> &str {
        self.endpoint().unwrap_or(DEFAULT_ENDPOINT)
    }

    /// The authority of the service's certificate, if one was given.
    pub(super) fn authority(&self) -> Option<&Path> {
        self.ca.as_deref()
    }

    fn tls(&self) -> Result<ClientTlsConfig, Failure> {
        let read = |option: &str, path: &Path| {
            fs::read(path).map_err(|cause| Failure::Usage(format!("{option}: {}: {cause}", path.display())))
        };
        let mut config = match &self.ca {
            Some(path) => ClientTlsConfig::new().ca_certificate(Certificate::from_pem(read("--ca", path)?)),
            None => ClientTlsConfig::new().with_enabled_roots(),
        };
        if let (Some(certificate), Some(key)) = (&self.client_cert, &self.client_key) {
            let certificate = read("--client-cert", certificate)?;
            config = config.identity(Identity::from_pem(certificate, read("--client-key", key)?));
        }
        Ok(config)
    }
}

/// Puts the token on every request, and why it overrides the policy, if it does.
#[derive(Clone)]
pub(crate) struct Bearer {
    token: MetadataValue<Ascii>,
    break_glass: Option<MetadataValue<Ascii>>,
}

impl Interceptor for Bearer {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        let metadata = request.metadata_mut();
        metadata.insert("authorization", self.token.clone());
        if let Some(reason) = &self.break_glass {
            metadata.insert("x-break-glass", reason.clone());
        }
        Ok(request)
    }
}

/// A line to the service, and the clients on it.
#[derive(Clone)]
pub(crate) struct Session {
    wire: Wire,
    bearer: Bearer,
}

macro_rules! clients {
    ($($name:ident: $client:ident),* $(,)?) => {
        impl Session {
            $(
                /// The client of this service.
                pub(crate) fn $name(&self) -> $client<Line> {
                    let line = InterceptedService::new(self.wire.clone(), self.bearer.clone());
                    $client::new(line).max_decoding_message_size(MAX_ANSWER_BYTES)
                }
            )*
        }
    };
}

clients! {
    access: AccessServiceClient,
    organizations: OrganizationServiceClient,
    users: UserServiceClient,
    groups: GroupServiceClient,
    connections: ConnectionServiceClient,
    tokens: TokenServiceClient,
    policies: PolicyServiceClient,
    projects: ProjectServiceClient,
    provisioning_log: ProvisioningLogServiceClient,
    roles: RoleServiceClient,
    licenses: LicenseServiceClient,
    mappings: MappingServiceClient,
    schemas: SchemaServiceClient,
    service_accounts: ServiceAccountServiceClient,
    signing_keys: SigningKeyServiceClient,
    changes: ChangeServiceClient,
}

impl Session {
    /// Connects to the target with the token of the environment or, on loopback, the root token's file.
    pub(crate) async fn open(target: &Target) -> Result<Self, Failure> {
        let url = target.url();
        let uri: Uri = url
            .parse()
            .map_err(|_| Failure::Usage(format!("--endpoint (ROSTER_ENDPOINT): {url:?} is not a URL")))?;
        if uri.scheme_str() == Some("http") && !is_loopback(&uri) {
            // Whether a remark reaches anybody decides nothing.
            let _ = writeln!(
                io::stderr(),
                "warning: the token goes to {url} unencrypted; use https"
            );
        }
        let mut attempts = if is_loopback(&uri) { START_ATTEMPTS } else { 1 };
        let session = loop {
            attempts -= 1;
            match Self::connect(&uri, target).await {
                Err(_) if attempts > 0 => tokio::time::sleep(START_PAUSE).await,
                outcome => break outcome?,
            }
        };
        session.break_glass(target.break_glass.as_deref())
    }

    async fn connect(uri: &Uri, target: &Target) -> Result<Self, Failure> {
        let token = find_token(uri)?;
        let cannot = |cause: tonic::transport::Error| cannot_reach(uri, &root_cause(&cause));
        let mut endpoint = Endpoint::from(uri.clone())
            .timeout(target.timeout)
            .connect_timeout(CONNECT_TIMEOUT.min(target.timeout));
        if uri.scheme_str() == Some("https") {
            endpoint = endpoint.tls_config(target.tls()?).map_err(cannot)?;
        }
        let channel = endpoint.connect().await.map_err(cannot)?;
        Self::over(Wire::new(channel.map_err(io::Error::other)), &token)
    }

    /// The same session, overriding the policy for this reason.
    fn break_glass(self, reason: Option<&str>) -> Result<Self, Failure> {
        let wrong = |_| Failure::Usage("--break-glass: a reason is plain ASCII text".into());
        let break_glass = reason.map(str::parse).transpose().map_err(wrong)?;
        Ok(Self {
            bearer: Bearer {
                break_glass,
                ..self.bearer
            },
            ..self
        })
    }

    /// The secret that it calls with.
    pub(super) fn secret(&self) -> &str {
        let value = self.bearer.token.to_str().unwrap_or_default();
        value.strip_prefix("Bearer ").unwrap_or_default()
    }

    /// A session over something that answers requests already.
    pub(crate) fn over(wire: Wire, token: &str) -> Result<Self, Failure> {
        let mut value: MetadataValue<Ascii> = format!("Bearer {token}")
            .parse()
            .map_err(|_| Failure::Usage(format!("{TOKEN_VARIABLE} holds characters that no token has")))?;
        value.set_sensitive(true);
        let bearer = Bearer {
            token: value,
            break_glass: None,
        };
        Ok(Self { wire, bearer })
    }
}

fn find_token(uri: &Uri) -> Result<String, Failure> {
    if let Some(token) = env::var(TOKEN_VARIABLE).ok().filter(|token| !token.is_empty()) {
        return Ok(token);
    }
    // A context's token goes to its own service alone.
    let context = Context::in_use()?.unwrap_or_default();
    let own = context.endpoint.as_deref().unwrap_or(DEFAULT_ENDPOINT);
    if own.parse().ok().as_ref() == Some(uri)
        && let Some(token) = context.token
    {
        return Ok(token);
    }
    let file = Path::new(ROOT_TOKEN_FILE);
    if is_loopback(uri) && file.exists() {
        let text = fs::read_to_string(file).map_err(|cause| Failure::while_doing(ROOT_TOKEN_FILE, cause))?;
        // Of two, the first is the newer one.
        let newest = text.split(',').next().unwrap_or_default();
        return Ok(newest.trim().to_owned());
    }
    Err(Failure::Usage(format!(
        "no token: set {TOKEN_VARIABLE}, or call from where {ROOT_TOKEN_FILE} is"
    )))
}

/// Tells whether the URL's host is this machine.
pub(crate) fn is_loopback(uri: &Uri) -> bool {
    let host = uri
        .host()
        .unwrap_or_default()
        .trim_start_matches('[')
        .trim_end_matches(']');
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// The failure to connect, and what helps.
fn cannot_reach(uri: &Uri, cause: &str) -> Failure {
    let next_step = if cause.contains("InvalidContentType") {
        "it speaks no TLS; use http://"
    } else if cause.contains("refused") {
        "is roster serve running there? --endpoint or ROSTER_ENDPOINT says where it is"
    } else {
        "--endpoint or ROSTER_ENDPOINT says where it is"
    };
    Failure::Refused(format!("cannot reach {uri}: {cause}; {next_step}"))
}

/// The innermost cause: what the operating system or the peer said.
fn root_cause(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_that_is_not_reached_is_told_with_what_helps() {
        let told = |cause: &str| cannot_reach(&"https://x.example".parse().unwrap(), cause).to_string();
        assert!(told("received corrupt message of type InvalidContentType").contains("use http://"));
        assert!(told("Connection refused (os error 111)").contains("is roster serve running there?"));
        assert!(told("no route").contains("ROSTER_ENDPOINT"));
    }

    #[test]
    fn loopback_is_told_by_the_host() {
        let cases = [
            ("http://127.0.0.1:50051", true),
            ("http://[::1]:50051", true),
            ("http://localhost:1", true),
            ("http://127.example:1", false),
            ("https://roster.example", false),
            ("http://10.0.0.1:1", false),
        ];
        for (url, expected) in cases {
            assert_eq!(is_loopback(&url.parse().unwrap()), expected, "{url}");
        }
    }
}
