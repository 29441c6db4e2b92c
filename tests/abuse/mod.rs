//! Attacks on a running server. Each is a function that attacks a [`Target`], with a [`Budget`] of what that may cost everybody else; a
//! row that is too dear fails.

mod bodies;
mod crowds;
mod rates;
mod silence;
mod work;

use std::time::{Duration, Instant};

use tokio::{
    sync::{Mutex, MutexGuard},
    time::timeout,
};

use crate::harness::{Answer, Arrange, Endpoints, Http, Request, Server, Setup, World};

/// The costs that an attack may have.
#[derive(Clone, Copy)]
pub(crate) struct Budget {
    /// The slowest answer that somebody else gets meanwhile.
    pub(crate) answer: Duration,
    /// The growth of the server's own memory: MiB.
    pub(crate) memory: u64,
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            answer: Duration::from_secs(1),
            memory: 50,
        }
    }
}

/// Time after which somebody else gives up, which is over every budget.
const PATIENCE: Duration = Duration::from_secs(20);
/// The wait between two measurements.
const PAUSE: Duration = Duration::from_millis(50);

/// A server of its own with two organizations: the attacker's, and one that must not notice.
pub(crate) struct Target {
    /// The attacker's organization.
    pub(crate) attacker: World,
    bystander: World,
    user_id: String,
    server: Server,
    _alone: MutexGuard<'static, ()>,
}

/// Attacks come one after the other, so that each is measured by itself.
static ALONE: Mutex<()> = Mutex::const_new(());

impl Arrange for Target {
    async fn arrange(setup: Setup) -> Self {
        Self::on(async || Server::start(setup)).await
    }
}

impl Target {
    /// The target on the server that this starts, when no other attack is under way.
    pub(crate) async fn on(start: impl AsyncFnOnce() -> Server) -> Self {
        let alone = ALONE.lock().await;
        let server = start().await;
        let attacker = World::new(server.endpoints().clone(), "").await;
        let bystander = attacker.other().await;
        let user_id = bystander.grpc().create_user("ada").await.id;
        Self {
            attacker,
            bystander,
            user_id,
            server,
            _alone: alone,
        }
    }

    /// Where the server listens.
    pub(crate) fn endpoints(&self) -> &Endpoints {
        self.server.endpoints()
    }

    /// Attacks until the attack is over, and asserts that it stays within the usual budget.
    pub(crate) async fn endures(&self, attack: impl Future<Output = ()>) {
        self.endures_within(Budget::default(), attack).await;
    }

    /// Attacks until the attack is over, and asserts that it stays within this budget.
    pub(crate) async fn endures_within(&self, budget: Budget, attack: impl Future<Output = ()>) {
        // The first requests make connections and fill caches.
        self.ask_everything().await;
        let before = self.server.resident_kib();
        let (mut slowest, mut most) = (("", Duration::ZERO), before);
        let measure = async {
            loop {
                let answer = self.ask_everything().await;
                slowest = if answer.1 > slowest.1 { answer } else { slowest };
                most = most.max(self.server.resident_kib());
                tokio::time::sleep(PAUSE).await;
            }
        };
        tokio::select! {
            () = attack => {}
            () = measure => {}
        }
        // Once more, when everything that the attack sent is there.
        let answer = self.ask_everything().await;
        slowest = if answer.1 > slowest.1 { answer } else { slowest };
        let growth = (most.max(self.server.resident_kib()) - before) / 1024;
        println!("{} took {:?}; memory grew by {growth} MiB", slowest.0, slowest.1);
        assert!(slowest.1 <= budget.answer, "{} took {:?}", slowest.0, slowest.1);
        assert!(growth <= budget.memory, "memory grew by {growth} MiB");
    }

    /// Asks as the bystander and the operator, each on a new connection; answers the slowest time.
    async fn ask_everything(&self) -> (&'static str, Duration) {
        let is_200 = |answer: Result<Answer, String>| answer.is_ok_and(|answer| answer.status == 200);
        let probe = async |path: &'static str| {
            let http = Http::new(self.endpoints().scim.clone());
            is_200(http.try_send(Request::new("GET", path)).await)
        };
        let path = format!("/Users/{}", self.user_id);
        let answers = [
            timed("/livez", async || probe("/livez").await).await,
            timed("/readyz", async || probe("/readyz").await).await,
            timed("a point read over SCIM", async || {
                let scim = self.bystander.through(self.endpoints().clone()).scim();
                is_200(scim.try_send(scim.request("GET", &path)).await)
            })
            .await,
            timed("a point read over gRPC", async || {
                let grpc = self.bystander.through(self.endpoints().clone()).grpc();
                grpc.try_user(&self.user_id).await.is_ok()
            })
            .await,
        ];
        let slowest = answers.into_iter().max_by_key(|answer| answer.1);
        slowest.expect("an answer")
    }
}

/// The time until there is a good answer. What fails is asked again, as probes and clients do; that takes time, too.
async fn timed(what: &'static str, ask: impl AsyncFn() -> bool) -> (&'static str, Duration) {
    let begun = Instant::now();
    // One that is given up has taken that long.
    let _ = timeout(PATIENCE, async {
        while !ask().await {
            tokio::time::sleep(PAUSE).await;
        }
    })
    .await;
    (what, begun.elapsed())
}
