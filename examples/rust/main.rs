//! Serves a report to people with an access token for `reports` and a permission in Roster.
//!
//! README.md says how to run it.

use std::{
    env,
    error::Error,
    fs,
    io::{self, Write as _},
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

use axum::{
    Router,
    extract::State,
    http::{HeaderMap, StatusCode},
    routing::get,
};
use identity_client::{
    Client, Freshness, Options, Question,
    v1::{
        Change, GetOrganizationRequest, IntrospectTokenRequest, SubjectKind, WatchRequest,
        organization_service_client::OrganizationServiceClient, token_service_client::TokenServiceClient,
    },
};
use tokio::{net::TcpListener, time::sleep};
use tonic::{Code, Status};

const AUDIENCE: &str = "reports";
/// How long to wait before the stream is opened again, at first and at most.
const WAITS: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(5));

/// State that requests need.
struct Service {
    client: Client,
    checks: identity_client::Checks,
    permission: String,
}

impl Service {
    /// Serves the report.
    async fn report(State(service): State<Arc<Self>>, headers: HeaderMap) -> (StatusCode, String) {
        let authorization = headers.get("authorization").and_then(|value| value.to_str().ok());
        let token = authorization.and_then(|value| value.strip_prefix("Bearer "));
        match service.outcome(token.unwrap_or_default()).await {
            Ok(outcome) => outcome,
            Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "try again\n".into()),
        }
    }

    async fn outcome(&self, token: &str) -> Result<(StatusCode, String), Status> {
        let Some(user) = self.user(token).await? else {
            return Ok((StatusCode::UNAUTHORIZED, "an access token is missing\n".into()));
        };
        let question = Question {
            user: &user,
            permission: &self.permission,
            project: "",
        };
        // From memory while the stream is up to date; else by a call.
        let answer = self.checks.check(&question, Freshness::Latest).await?;
        Ok(if answer.allowed {
            (StatusCode::OK, format!("the report for {user}\n"))
        } else {
            (StatusCode::FORBIDDEN, format!("{} is missing\n", self.permission))
        })
    }

    /// Returns the subject of an access token for this service, as Roster introspects it.
    async fn user(&self, token: &str) -> Result<Option<String>, Status> {
        if token.is_empty() {
            return Ok(None);
        }
        let request = IntrospectTokenRequest {
            token: token.to_owned(),
            ..Default::default()
        };
        let call = |client: Client| {
            let request = request.clone();
            async move {
                TokenServiceClient::new(client.line())
                    .introspect_token(request)
                    .await
            }
        };
        let found = self.client.repeat(call).await?.into_inner();
        let is_for_us = found.active
            && found.kind() == SubjectKind::User
            && found.audience.iter().any(|recipient| recipient == AUDIENCE);
        Ok(is_for_us.then_some(found.subject))
    }
}

/// Follows the changes, from where the last run of this service ended, for as long as it runs.
async fn follow(client: Client, state: PathBuf) -> io::Result<()> {
    let mut start = WatchRequest {
        resume_token: fs::read_to_string(&state).unwrap_or_default(),
        ..Default::default()
    };
    let mut wait = WAITS.0;
    loop {
        let before = start.resume_token.clone();
        let ended = match client.changes().watch(start.clone()).await {
            Ok(stream) => receive(stream.into_inner(), &mut start, &state).await?,
            Err(status) => status,
        };
        eprintln!("the stream ended: {:?}", ended.code());
        if ended.code() == Code::OutOfRange {
            // RESYNC_REQUIRED: the log does not go on from there.
            start = resync(&client).await.unwrap_or(start);
        }
        if start.resume_token != before {
            wait = WAITS.0;
        }
        sleep(wait.mul_f64(rand::random_range(0.5..1.0))).await;
        wait = (wait * 2).min(WAITS.1);
    }
}

/// Handles what one stream sends until it ends, and moves the start of the next one.
async fn receive(
    mut stream: tonic::Streaming<identity_client::v1::WatchResponse>,
    start: &mut WatchRequest,
    state: &PathBuf,
) -> io::Result<Status> {
    loop {
        let response = match stream.message().await {
            Ok(Some(response)) => response,
            Ok(None) => return Ok(Status::unavailable("the stream ended")),
            Err(status) => return Ok(status),
        };
        for change in &response.changes {
            handle(change)?;
        }
        // Kept also if the machine stops in between. With a database: in the transaction of `handle`.
        let next = state.with_extension("new");
        fs::write(&next, &response.resume_token)?;
        fs::rename(&next, state)?;
        start.resume_token = response.resume_token;
        start.after_revision = None;
    }
}

/// Does what the service has to do at a change, for example ends the sessions of a user who is deactivated.
fn handle(change: &Change) -> io::Result<()> {
    let kind = change
        .entity_type()
        .as_str_name()
        .trim_start_matches("ENTITY_TYPE_");
    writeln!(
        io::stdout(),
        "change {}.{} {} {}",
        change.revision,
        change.sequence,
        kind.to_lowercase(),
        change.entity_id
    )
}

/// Begins anew at the present revision. A service with a copy of users reads it here, all pages.
async fn resync(client: &Client) -> Option<WatchRequest> {
    let mut organizations = OrganizationServiceClient::new(client.line());
    let answer = organizations
        .get_organization(GetOrganizationRequest::default())
        .await;
    let revision = answer.ok()?.into_inner().organization?.revision;
    println!("resync {revision}");
    Some(WatchRequest {
        after_revision: Some(revision),
        ..Default::default()
    })
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let setting = |name: &str, otherwise: &str| env::var(name).unwrap_or_else(|_| otherwise.to_owned());
    let options = Options::new(&env::var("ROSTER_ENDPOINT")?, &env::var("ROSTER_TOKEN")?);
    let client = Client::new(&options)?;
    let service = Arc::new(Service {
        checks: client.checks(""),
        client: client.clone(),
        permission: setting("PERMISSION", "organization.view"),
    });
    let listener = TcpListener::bind(setting("LISTEN", "127.0.0.1:8090")).await?;
    println!("listening {}", listener.local_addr()?.port());
    let routes = Router::new().fallback(get(Service::report)).with_state(service);
    let state = PathBuf::from(setting("STATE", "watch.token"));
    tokio::select! {
        served = axum::serve(listener, routes).into_future() => served?,
        followed = follow(client, state) => followed?,
    }
    Ok(())
}
