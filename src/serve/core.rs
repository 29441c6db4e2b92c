//! The core of this process: its store, its operations, its gRPC services, and what it does by itself.

use std::{sync::Arc, time::Duration};

use grpc_server::{Health, Options, Readiness, Reflection, Services, SignInLinks};
use identity_core::{
    directory::{Directory, Environment},
    error::Result as CoreResult,
    platform::{Platform, SystemPlatform},
    provisioning_log::MAX_REQUESTS,
    store::Store,
};
use tokio::{
    task::JoinHandle,
    time::{Instant, Interval, MissedTickBehavior, interval_at, timeout},
};

use super::{
    database,
    key_source::{NetworkKeySource, Reach},
    lifecycle::Lifecycle,
    listeners::refused,
};
use crate::{
    failure::{Failure, causes},
    settings::{CoreSecrets, CoreSettings, Settings, Toggle},
};

/// Interval at which `grpc.health.v1` learns whether the database takes writes.
const CHECK_EVERY: Duration = Duration::from_secs(2);
/// Time limit of the database's answer, so that the health is true within [`CHECK_EVERY`] and this.
const CHECK_TIME: Duration = Duration::from_secs(2);
/// Interval at which the last uses of tokens are written down; they are exact to a minute.
const FLUSH_EVERY: Duration = Duration::from_mins(1);
/// Time limit of writing them down at the end.
const FLUSH_TIME: Duration = Duration::from_secs(5);
/// Interval at which the change logs are told of tokens that end soon.
const NOTE_EVERY: Duration = Duration::from_hours(1);
/// Interval at which all connections are judged anew, as time alone changes the state of some.
const TELL_ALL_EVERY: Duration = Duration::from_hours(1);
/// Interval at which requests that the provisioning logs keep no longer are removed.
const PURGE_EVERY: Duration = Duration::from_hours(1);
/// Interval at which request ids that no repeat can refer to any more are forgotten.
const FORGET_EVERY: Duration = Duration::from_hours(24);
/// Time from the start to the first run of the hourly and daily tasks.
const FIRST_WITHIN: Duration = Duration::from_secs(30);

/// An open core.
pub(super) struct Core {
    store: Store,
    /// The operations.
    pub(super) directory: Directory,
    /// The gRPC services over them.
    pub(super) services: Services,
    /// The bearer token of root that is used here.
    pub(super) root_token: String,
    /// Where people find it, as a shell would read it.
    pub(super) root_token_location: String,
    housekeeping: JoinHandle<()>,
}

impl Core {
    /// Opens the store, migrates it, and puts the services over it, which tell where the SCIM facade is and
    /// make links into the console.
    pub(super) async fn open(
        core: &CoreSettings,
        settings: &Settings,
        (scim_base_url, sign_in_links): (String, Option<SignInLinks>),
        lifecycle: &mut Lifecycle,
    ) -> Result<Self, Failure> {
        let CoreSecrets {
            root_tokens,
            secret_keys,
        } = core.secrets(&SystemPlatform)?;
        let store = database::open(core, lifecycle).await?;
        let secret_keys = if let Some(given) = secret_keys {
            given.texts().to_vec()
        } else {
            let kept = store.secret_key().await;
            vec![kept.map_err(|cause| refused("database-url", causes(&cause)))?]
        };
        let platform = Arc::new(SystemPlatform);
        let environment = Environment {
            issuer: settings.issuer(),
            scim_base_url,
            key_source: Arc::new(NetworkKeySource::new(reach(settings.insecure_federation))),
        };
        let directory = Directory::with_environment(
            environment,
            store.clone(),
            platform.clone(),
            root_tokens.texts(),
            &secret_keys,
        );
        let options = Options {
            reflection: reflection(settings.reflection),
            trusted_facades: settings.trusted_facades.clone(),
            rate_limits: settings.rate_limits,
            sign_in_links,
            ..Options::default()
        };
        let services = Services::new(directory.clone(), platform, options).await;
        Ok(Self {
            housekeeping: tokio::spawn(keep_house(
                directory.clone(),
                services.health(),
                settings.health_interval,
            )),
            services,
            root_token: root_tokens.newest().to_owned(),
            root_token_location: core.root_token_location(),
            store,
            directory,
        })
    }

    /// Says that the program is about to end, so that no new work comes.
    pub(super) async fn set_ending(&mut self) {
        // It would say that the core is ready again, so it is over before that is denied.
        self.housekeeping.abort();
        let _ = (&mut self.housekeeping).await;
        self.services.health().set(Readiness::NotServing).await;
    }

    /// Writes down what is only in memory, and closes the store. No request is under way any more.
    pub(super) async fn close(self) {
        // A database that does not answer holds up no end: what is lost is when tokens were used last.
        match timeout(FLUSH_TIME, self.directory.flush_last_used()).await {
            Ok(flushed) => report("flush the last uses of tokens", &flushed),
            Err(_) => {
                tracing::warn!("the last uses of tokens are not written down: the database does not answer");
            }
        }
        self.store.close().await;
    }
}

fn reflection(switch: Toggle) -> Reflection {
    match switch {
        Toggle::On => Reflection::Served,
        Toggle::Off => Reflection::Off,
    }
}

fn reach(insecure: Toggle) -> Reach {
    match insecure {
        Toggle::On => Reach::Everything,
        Toggle::Off => Reach::Public,
    }
}

/// The recurring tasks. Rare ones run soon after the start, so that a process which is restarted more often does
/// it too, and not by all instances that start together at once.
async fn keep_house(directory: Directory, health: Health, tell_every: Duration) {
    tokio::join!(
        check_health(&directory, health),
        do_chores(&directory),
        tell_health_of_connections(&directory, tell_every)
    );
}

/// Tells the change logs of connections that came to another state; without an interval it never does.
async fn tell_health_of_connections(directory: &Directory, interval: Duration) {
    if interval.is_zero() {
        return;
    }
    let mut changed = every(interval, interval);
    // Not by all instances at once.
    let mut all = every(TELL_ALL_EVERY, interval + some_time_within(interval));
    loop {
        tokio::select! {
            _ = changed.tick() => report("tell of the health of connections", &directory.tell_changed_health().await),
            _ = all.tick() => report("tell of the health of all connections", &directory.tell_all_health().await),
        }
    }
}

/// Apart from the chores, which may wait for the database as long as calls do.
async fn check_health(directory: &Directory, health: Health) {
    let mut check = every(CHECK_EVERY, CHECK_EVERY);
    loop {
        check.tick().await;
        health.set(readiness(directory).await).await;
    }
}

async fn do_chores(directory: &Directory) {
    let soon = some_time_within(FIRST_WITHIN);
    let mut flush = every(FLUSH_EVERY, FLUSH_EVERY);
    let mut note = every(NOTE_EVERY, soon);
    let mut purge = every(PURGE_EVERY, soon);
    let mut forget = every(FORGET_EVERY, soon);
    loop {
        tokio::select! {
            _ = flush.tick() => report("flush the last uses of tokens", &directory.flush_last_used().await),
            _ = note.tick() => report("tell of tokens that end soon", &directory.note_expiring_tokens().await),
            _ = purge.tick() => {
                report("purge the provisioning logs", &directory.purge_provisioning_log(MAX_REQUESTS).await);
            }
            _ = forget.tick() => {
                report("forget old request ids", &directory.forget_old_requests().await);
                report("erase users that were deleted", &directory.erase_deleted_users().await);
                report("remove old entries of the change logs", &directory.prune_old_changes().await);
                report("purge deleted organizations", &directory.purge_deleted_organizations().await);
                report("replace an old signing key", &directory.replace_old_signing_key().await);
            }
        }
    }
}

/// Clients of `grpc.health.v1` should turn to another instance when this one's database does not answer or takes no writes.
async fn readiness(directory: &Directory) -> Readiness {
    match tokio::time::timeout(CHECK_TIME, directory.ready()).await {
        Ok(Ok(())) => Readiness::Serving,
        Ok(Err(_)) | Err(_) => Readiness::NotServing,
    }
}

/// A time up to `limit`, by lot.
fn some_time_within(limit: Duration) -> Duration {
    let mut lot = [0];
    SystemPlatform.random(&mut lot);
    limit * u32::from(lot[0]) / u32::from(u8::MAX)
}

fn every(period: Duration, first: Duration) -> Interval {
    let mut ticks = interval_at(Instant::now() + first, period);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}

/// Housekeeping that fails is done again the next time; until then only the log knows.
fn report<T>(what: &str, outcome: &CoreResult<T>) {
    if let Err(cause) = outcome {
        tracing::warn!(cause = %causes(cause), "cannot {what}");
    }
}
