//! A store with one organization, and what tests do with it.

use std::ops::Deref;

use futures::future::BoxFuture;
use identity_core::{
    change::Action,
    error::{Resource, Result},
    group::{Group, MemberKind, Source},
    id::Id,
    organization::Organization,
    platform::Platform,
    search::{of_group, of_user},
    store::{Options, Reader, Store, UniqueName, Write},
    user::User,
};
use tempfile::TempDir;

use super::{Apply, Maker, ask, cluster::cluster, point_query, units::Scan};

/// A migrated store of its own. It makes records by [`Maker`].
pub(crate) struct World {
    pub(crate) store: Store,
    pub(crate) url: String,
    /// The first organization, as it was made.
    pub(crate) organization: Organization,
    maker: Maker,
    _folder: Option<TempDir>,
}

impl Deref for World {
    type Target = Maker;

    fn deref(&self) -> &Maker {
        &self.maker
    }
}

impl World {
    pub(crate) async fn on_sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}/roster.db", folder.path().display());
        let store = Store::open(&url, Options::default()).await.unwrap();
        store.migrate().await.unwrap();
        Self::new(store, url, Some(folder)).await
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

    async fn new(store: Store, url: String, folder: Option<TempDir>) -> Self {
        let maker = Maker::default();
        let organization = maker.organization("acme");
        let world = Self {
            store,
            url,
            organization,
            maker,
            _folder: folder,
        };
        world.found(&world.organization).await.unwrap();
        world
    }

    /// The first organization.
    pub(crate) fn home(&self) -> Id {
        self.organization.id
    }

    /// Creates an organization.
    pub(crate) async fn found(&self, organization: &Organization) -> Result<()> {
        let unit = Apply {
            writes: vec![Write::InsertOrganization(Box::new(organization.clone()))],
            entries: vec![self.entry(Resource::Organization, &organization.id, Action::Created)],
        };
        self.store.write_new(unit).await
    }

    /// Writes to the first organization, with one log entry.
    pub(crate) async fn write(&self, writes: Vec<Write>) -> Result<()> {
        self.write_to(self.home(), writes).await
    }

    /// Writes to an organization, with one log entry.
    pub(crate) async fn write_to(&self, organization: Id, writes: Vec<Write>) -> Result<()> {
        let entries = vec![self.entry(Resource::User, &"some", Action::Updated)];
        self.store.write(organization, Apply { writes, entries }).await
    }

    /// Adds a user.
    pub(crate) async fn add(&self, user: &User) -> Result<()> {
        self.write_to(user.organization_id, vec![insert(user)]).await
    }

    /// Adds a user of this name.
    pub(crate) async fn added(&self, user_name: &str) -> User {
        let user = self.user(self.home(), user_name);
        self.add(&user).await.unwrap();
        user
    }

    /// Changes a user.
    pub(crate) async fn change(&self, before: &User, after: &User) -> Result<()> {
        self.write_to(after.organization_id, vec![update(before, after)])
            .await
    }

    /// Deletes a user; answers what is left of it.
    pub(crate) async fn delete(&self, user: &User) -> User {
        let deleted = User {
            deleted_at: Some(self.now()),
            version: user.version + 1,
            ..user.clone()
        };
        self.change(user, &deleted).await.unwrap();
        deleted
    }

    /// Adds a group with members.
    pub(crate) async fn added_group(&self, display_name: &str, members: &[(Id, MemberKind)]) -> Group {
        let mut group = self.group(self.home(), display_name);
        group.member_count = i64::try_from(members.len()).unwrap();
        let mut writes = vec![insert_group(&group, UniqueName::Free)];
        if !members.is_empty() {
            writes.push(self.insert_members(&group, members));
        }
        self.write(writes).await.unwrap();
        group
    }

    /// The write that puts members into a group.
    pub(crate) fn insert_members(&self, group: &Group, members: &[(Id, MemberKind)]) -> Write {
        Write::InsertMembers {
            organization: group.organization_id,
            group: group.id,
            members: members.to_vec(),
            source: Source::Scim,
            connection: None,
            at: self.now(),
        }
    }

    /// Reads a few rows.
    pub(crate) async fn ask<T, F>(&self, question: F) -> T
    where
        T: Send + 'static,
        F: for<'r> Fn(&'r mut dyn Reader) -> BoxFuture<'r, Result<T>> + Send + Sync + 'static,
    {
        self.store.read(ask(question)).await.unwrap()
    }

    /// Reads many rows.
    pub(crate) async fn scan<T, F>(&self, question: F) -> T
    where
        T: Send + 'static,
        F: for<'r> Fn(&'r mut dyn Reader) -> BoxFuture<'r, Result<T>> + Send + Sync + 'static,
    {
        self.store.read(Scan(question)).await.unwrap()
    }

    /// Makes one lookup, as calls that get a thing do.
    pub(crate) async fn point_query<T, F>(&self, question: F) -> T
    where
        T: Send + 'static,
        F: for<'r> Fn(&'r mut dyn Reader) -> BoxFuture<'r, Result<T>> + Send + Sync + 'static,
    {
        self.store.read(point_query(question)).await.unwrap()
    }

    /// The first organization as it is now.
    pub(crate) async fn now_at_home(&self) -> Organization {
        let home = self.home();
        self.ask(move |reader| reader.organization(home)).await.unwrap()
    }
}

/// The write of a new user.
pub(crate) fn insert(user: &User) -> Write {
    Write::InsertUser(Box::new(user.clone()), of_user(user, &[]))
}

/// The write of a changed user.
pub(crate) fn update(before: &User, after: &User) -> Write {
    Write::UpdateUser {
        before: Box::new(before.clone()),
        after: Box::new(after.clone()),
        keys: of_user(after, &[]),
    }
}

/// The write of a new group.
pub(crate) fn insert_group(group: &Group, unique: UniqueName) -> Write {
    Write::InsertGroup(Box::new(group.clone()), of_group(group, &[]), unique)
}

/// The write of a changed group.
pub(crate) fn update_group(group: &Group, unique: UniqueName) -> Write {
    Write::UpdateGroup(Box::new(group.clone()), of_group(group, &[]), unique)
}
