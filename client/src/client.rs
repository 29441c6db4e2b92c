//! A line to the service, and the generated clients on it.

use std::{fmt, time::Duration};

use identity_proto::v1::{
    access_service_client::AccessServiceClient, change_service_client::ChangeServiceClient,
    group_service_client::GroupServiceClient, user_service_client::UserServiceClient,
};
use tonic::{
    Status,
    metadata::{Ascii, MetadataValue},
    transport::{Channel, ClientTlsConfig, Endpoint},
};

use crate::{
    checks::Checks,
    line::{Line, Token},
    retry,
};

/// The largest answer that is taken: a page of large users.
const MAX_ANSWER_BYTES: usize = 64 << 20;
/// How long connecting may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How often a connection without traffic is asked whether it is still there, so that one that died in silence is found out.
const KEEPALIVE: Duration = Duration::from_secs(20);

/// How to reach the service.
#[derive(Clone)]
pub struct Options {
    /// Where it is: `http://…`, or `https://…` with a certificate that the system trusts.
    pub endpoint: String,
    /// The bearer token.
    pub token: String,
    /// How long one call may take, all attempts together. Streams have none.
    pub deadline: Duration,
    /// How often a call is tried that may be repeated.
    pub attempts: u32,
    /// After how long without a word from the change stream remembered answers are no longer trusted, and a heartbeat is asked for
    /// three times as often. From 3 s on.
    pub trust: Duration,
    /// How many answers are remembered; when that many are, all are forgotten.
    pub remembered: usize,
}

impl Options {
    /// The service at this place with this token; a deadline of 5 s, 4 attempts, 6 s of trust, 100,000 answers.
    pub fn new(endpoint: &str, token: &str) -> Self {
        Self {
            endpoint: endpoint.to_owned(),
            token: token.to_owned(),
            deadline: Duration::from_secs(5),
            attempts: 4,
            trust: Duration::from_secs(6),
            remembered: 100_000,
        }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("endpoint", &self.endpoint)
            .finish_non_exhaustive()
    }
}

/// Why there can be no client with these options.
#[derive(Debug)]
pub enum SetUpError {
    /// The place cannot be reached in that way.
    Endpoint(tonic::transport::Error),
    /// The token has characters that no token has.
    Token,
}

impl fmt::Display for SetUpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Endpoint(cause) => write!(f, "the endpoint cannot be used: {cause}"),
            Self::Token => f.write_str("the token has characters that no token has"),
        }
    }
}

impl std::error::Error for SetUpError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Endpoint(cause) => Some(cause),
            Self::Token => None,
        }
    }
}

/// A line to the service. Clones share it.
#[derive(Clone, Debug)]
pub struct Client {
    line: Line,
    token: Token,
    options: Options,
}

macro_rules! clients {
    ($($name:ident: $client:ident),* $(,)?) => {
        impl Client {
            $(
                /// The generated client of this service. It tries each call once; see [`Client::repeat`].
                pub fn $name(&self) -> $client<Line> {
                    $client::new(self.line.clone()).max_decoding_message_size(MAX_ANSWER_BYTES)
                }
            )*
        }
    };
}

clients! {
    access: AccessServiceClient,
    changes: ChangeServiceClient,
    groups: GroupServiceClient,
    users: UserServiceClient,
}

impl Client {
    /// A client that connects at its first call. To be made where a Tokio runtime is.
    pub fn new(options: &Options) -> Result<Self, SetUpError> {
        let mut endpoint = Endpoint::from_shared(options.endpoint.clone())
            .map_err(SetUpError::Endpoint)?
            .connect_timeout(CONNECT_TIMEOUT)
            .http2_keep_alive_interval(KEEPALIVE)
            .keep_alive_while_idle(true)
            .tcp_nodelay(true);
        if endpoint.uri().scheme_str() == Some("https") {
            let tls = ClientTlsConfig::new().with_enabled_roots();
            endpoint = endpoint.tls_config(tls).map_err(SetUpError::Endpoint)?;
        }
        Self::over(endpoint.connect_lazy(), options)
    }

    /// A client on a channel of the caller's own making.
    pub fn over(channel: Channel, options: &Options) -> Result<Self, SetUpError> {
        let token = Token::new(bearer(&options.token)?);
        Ok(Self {
            line: Line::new(channel, token.clone(), options.deadline),
            token,
            options: options.clone(),
        })
    }

    /// From the next call on sends this token, for all clones; for a token that was rotated.
    pub fn replace_token(&self, token: &str) -> Result<(), SetUpError> {
        self.token.replace(bearer(token)?);
        Ok(())
    }

    /// Returns the connection for generated clients of other services.
    pub fn line(&self) -> Line {
        self.line.clone()
    }

    /// Makes a call, and makes it again while the service is away or asks for patience, within the deadline of all attempts. For calls
    /// that may be repeated: those that read, updates with an etag, and creates with a `request_id` that stays the same, as
    /// [`crate::new_request_id`] makes one.
    ///
    /// The closure gets a client of its own for each attempt: the future of an async closure that borrows one cannot be spawned.
    pub async fn repeat<T, Call: Future<Output = Result<T, Status>>>(
        &self,
        call: impl FnMut(Self) -> Call,
    ) -> Result<T, Status> {
        retry::repeat(self, call, self.options.attempts, self.options.deadline).await
    }

    /// Access checks of an organization with a memory; empty: the token's own organization. Follows the change stream, which needs the
    /// scope `changes:read` beside `access:read`, until the last clone is dropped.
    pub fn checks(&self, organization: &str) -> Checks {
        Checks::start(
            self.clone(),
            organization,
            self.options.trust,
            self.options.remembered,
        )
    }
}

fn bearer(token: &str) -> Result<MetadataValue<Ascii>, SetUpError> {
    let mut value: MetadataValue<Ascii> = format!("Bearer {token}").parse().map_err(|_| SetUpError::Token)?;
    value.set_sensitive(true);
    Ok(value)
}
