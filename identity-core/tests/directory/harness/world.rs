//! A directory with one organization.

use std::{sync::Arc, time::Duration};

use identity_core::{
    caller::{Call, Caller, Scope},
    directory::{
        Directory, Environment, KeySource,
        input::{NewOrganization, NewToken, TokenKind},
    },
    organization::Organization,
    store::{Options, Store},
    token::Token,
};
use tempfile::TempDir;

use super::{StoppedClock, cluster::cluster};

/// The slug of the first organization.
pub(crate) const ORGANIZATION: &str = "acme";
/// The operator's token.
pub(crate) const ROOT_TOKEN: &str = "root-token";

/// A directory on a database of its own.
#[derive(Clone)]
pub(crate) struct World {
    pub(crate) directory: Directory,
    pub(crate) clock: Arc<StoppedClock>,
    root: Call,
    store: Store,
    pub(super) url: String,
    _folder: Option<Arc<TempDir>>,
}

impl World {
    pub(crate) async fn on_sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}/roster.db", folder.path().display());
        let store = Store::open(&url, Options::default()).await.unwrap();
        store.migrate().await.unwrap();
        Self::new(store, url, Some(Arc::new(folder))).await
    }

    /// `None` where PostgreSQL is not installed.
    pub(crate) async fn on_postgres() -> Option<Self> {
        let url = cluster().await?.database().await;
        let options = Options {
            connections: 4,
            ..Options::default()
        };
        let store = Store::open(&url, options).await.unwrap();
        Some(Self::new(store, url, None).await)
    }

    async fn new(store: Store, url: String, folder: Option<Arc<TempDir>>) -> Self {
        let clock = Arc::new(StoppedClock::new());
        let world = Self {
            directory: directory(&store, &clock),
            clock,
            root: call(Caller::Root),
            store,
            url,
            _folder: folder,
        };
        world.found(ORGANIZATION, "").await;
        world
    }

    /// Another instance on the same database: what this one remembers, it does not know.
    pub(crate) fn other_instance(&self) -> Directory {
        directory(&self.store, &self.clock)
    }

    /// Another instance that calls itself otherwise.
    pub(crate) fn instance_named(&self, issuer: &str) -> Directory {
        let environment = Environment {
            issuer: issuer.into(),
            ..Environment::default()
        };
        directory_with_environment(environment, &self.store, &self.clock)
    }

    /// Another instance that fetches the keys of other issuers from here.
    pub(crate) fn instance_with(&self, key_source: Arc<dyn KeySource>) -> Directory {
        let environment = Environment {
            key_source,
            ..Environment::default()
        };
        directory_with_environment(environment, &self.store, &self.clock)
    }

    pub(crate) fn pass(&self, time: Duration) {
        self.clock.pass(time);
    }

    pub(crate) fn root(&self) -> &Call {
        &self.root
    }

    /// Makes an organization by a preset.
    pub(crate) async fn found(&self, slug: &str, preset: &str) -> Organization {
        let new = NewOrganization {
            slug: slug.into(),
            name: format!("The {slug} company"),
            preset: preset.into(),
            ..NewOrganization::default()
        };
        let made = self.directory.create_organization(self.root(), new).await;
        made.unwrap().0
    }

    /// A caller with a SCIM token of the default connection.
    pub(crate) async fn scim(&self) -> Call {
        let (_, secret) = self.token(scim_token("idp")).await;
        self.caller(&secret).await
    }

    /// A caller with a service token.
    pub(crate) async fn service(&self, scopes: &[Scope]) -> Call {
        let (_, secret) = self.token(service_token("billing", scopes)).await;
        self.caller(&secret).await
    }

    /// Makes a token of the first organization.
    pub(crate) async fn token(&self, new: NewToken) -> (Token, String) {
        let made = self.directory.create_token(self.root(), ORGANIZATION, new, "");
        let (token, secret) = made.await.unwrap();
        (token, secret.0)
    }

    pub(crate) async fn caller(&self, secret: &str) -> Call {
        call(self.directory.authenticate(secret).await.unwrap())
    }

    /// The organization's own fields and counts as they are now.
    pub(crate) async fn organization(&self) -> Organization {
        let organization = self.directory.get_organization(self.root(), ORGANIZATION);
        organization.await.unwrap()
    }

    pub(crate) async fn revision(&self) -> i64 {
        self.organization().await.revision
    }

    /// Sets policy settings of the first organization.
    pub(crate) async fn policy(&self, settings: &[(&str, &str)]) {
        let settings = settings
            .iter()
            .map(|(key, value)| ((*key).into(), (*value).into()));
        let update = identity_core::directory::input::PolicyUpdate {
            settings: settings.collect(),
            ..Default::default()
        };
        let updated = self.directory.update_policy(self.root(), ORGANIZATION, update);
        updated.await.unwrap();
    }
}

fn directory(store: &Store, clock: &Arc<StoppedClock>) -> Directory {
    directory_with_environment(Environment::default(), store, clock)
}

fn directory_with_environment(
    environment: Environment,
    store: &Store,
    clock: &Arc<StoppedClock>,
) -> Directory {
    let (roots, keys) = ([ROOT_TOKEN.to_owned()], ["a secret key".to_owned()]);
    Directory::with_environment(environment, store.clone(), clock.clone(), &roots, &keys)
}

fn call(caller: Caller) -> Call {
    Call::new(caller, "request-1")
}

pub(crate) fn scim_token(name: &str) -> NewToken {
    NewToken {
        kind: TokenKind::Scim,
        name: name.into(),
        connection: String::new(),
        owner: String::new(),
        scopes: Vec::new(),
        projects: Vec::new(),
        expires_at: None,
    }
}

pub(crate) fn service_token(name: &str, scopes: &[Scope]) -> NewToken {
    NewToken {
        kind: TokenKind::Service,
        scopes: scopes.to_vec(),
        ..scim_token(name)
    }
}
