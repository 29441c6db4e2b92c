//! A running example.

use std::{
    io::{BufRead as _, BufReader},
    path::PathBuf,
    process::{Child, Stdio},
    thread,
    time::{Duration, Instant},
};

use tokio::{
    sync::mpsc::{UnboundedReceiver, unbounded_channel},
    time::{sleep, timeout},
};

use super::{ISSUER, PERMISSION, programs::Program};
use crate::harness::{
    ANY, Http, Request, World,
    run_folder::{fresh_name, path},
};

/// Time in which an example must notice something.
const PATIENCE: Duration = Duration::from_mins(1);

/// An example service, which is killed when dropped.
pub(super) struct Example<'a> {
    program: &'a Program,
    settings: Vec<(&'static str, String)>,
    state: PathBuf,
    running: Option<Running>,
    /// The newest revision that it told.
    told: Option<i64>,
}

struct Running {
    child: Child,
    lines: UnboundedReceiver<String>,
    http: Http,
}

impl Drop for Running {
    fn drop(&mut self) {
        // One that has ended already is as wanted.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl<'a> Example<'a> {
    /// Starts an example, and waits until it follows the changes.
    pub(super) async fn start(program: &'a Program, world: &World) -> Self {
        let scopes = ["access:read", "changes:read", "tokens:introspect"];
        let (endpoints, state) = (world.endpoints(), path().join(fresh_name("example")));
        let settings = [
            ("ROSTER_ENDPOINT", endpoints.grpc.clone()),
            ("ROSTER_TOKEN", world.service_token(&scopes).await),
            ("ROSTER_ISSUER", ISSUER.to_owned()),
            ("ROSTER_JWKS", format!("{}/.well-known/jwks.json", endpoints.scim)),
            ("PERMISSION", PERMISSION.to_owned()),
            ("LISTEN", ANY.to_owned()),
            ("STATE", state.display().to_string()),
        ];
        let mut example = Self {
            program,
            settings: settings.into(),
            state,
            running: None,
            told: None,
        };
        example.start_again().await;
        let begun = Instant::now();
        while !example.state.exists() {
            assert!(begun.elapsed() < PATIENCE, "it does not follow the changes");
            sleep(Duration::from_millis(10)).await;
        }
        example
    }

    /// Starts it with the state that it kept.
    pub(super) async fn start_again(&mut self) {
        let mut command = self.program.command();
        command
            .envs(self.settings.iter().map(|(name, value)| (name, value)))
            .stdout(Stdio::piped());
        let mut child = command
            .spawn()
            .unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let (sender, lines) = unbounded_channel();
        let output = BufReader::new(child.stdout.take().expect("a pipe"));
        thread::spawn(move || {
            output
                .lines()
                .map_while(Result::ok)
                .all(|line| sender.send(line).is_ok())
        });
        let mut running = Running {
            child,
            lines,
            http: Http::new(String::new()),
        };
        let first = running.line().await;
        let port = first.strip_prefix("listening ").expect("a port");
        running.http = Http::new(format!("http://127.0.0.1:{port}"));
        self.running = Some(running);
    }

    /// Kills it, as a crash would.
    pub(super) fn kill(&mut self) {
        self.running = None;
    }

    /// Waits until it answers a request with this token by this status.
    pub(super) async fn assert_answers(&self, token: &str, wanted: u16) {
        self.wait_for(token, &[wanted]).await;
    }

    /// Waits until it refuses a token, as one that is none or as one of a person who may not.
    pub(super) async fn assert_refuses(&self, token: &str) {
        self.wait_for(token, &[401, 403]).await;
    }

    async fn wait_for(&self, token: &str, wanted: &[u16]) {
        let running = self.running.as_ref().expect("a running example");
        let begun = Instant::now();
        loop {
            let mut request = Request::new("GET", "/");
            if !token.is_empty() {
                request = request.header("authorization", &format!("Bearer {token}"));
            }
            let answer = running.http.send(request).await;
            if wanted.contains(&answer.status.as_u16()) {
                return;
            }
            let status = answer.status;
            assert!(begun.elapsed() < PATIENCE, "{status} instead of {wanted:?}");
            sleep(Duration::from_millis(20)).await;
        }
    }

    /// Waits until it has told the changes up to this revision, none of which it may leave out. One that it told before it was killed
    /// it may tell again.
    pub(super) async fn assert_hears(&mut self, revision: i64) {
        while self.told.is_none_or(|told| told < revision) {
            let line = self.running.as_mut().expect("a running example").line().await;
            let words: Vec<&str> = line.split(' ').collect();
            let ["change", place, _, _] = words.as_slice() else {
                panic!("{line}");
            };
            let told = place.split('.').next().expect("a revision");
            let told = told.parse().unwrap_or_else(|error| panic!("{error}: {line}"));
            if let Some(before) = self.told {
                assert!(told == before || told == before + 1, "{line} after {before}");
            }
            self.told = Some(told);
        }
    }

    /// Waits until it begins anew at this revision.
    pub(super) async fn assert_resyncs(&mut self, revision: i64) {
        let line = self.running.as_mut().expect("a running example").line().await;
        assert_eq!(line, format!("resync {revision}"));
        self.told = Some(revision);
    }
}

impl Running {
    async fn line(&mut self) -> String {
        let line = timeout(PATIENCE, self.lines.recv())
            .await
            .expect("a line in time");
        line.expect("an example that goes on")
    }
}
