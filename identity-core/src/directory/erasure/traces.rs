//! Values of an erased user outside of its row: in the change log and in the provisioning log.

use std::{collections::BTreeSet, mem};

use async_trait::async_trait;
use serde_json::Value;

use crate::{
    change::{Action, Change, ChangeQuery, OWNER},
    directory::{
        Inner,
        changes::{LogPosition, position},
    },
    error::{Resource, Result},
    id::Id,
    provisioning_log::{MAX_TEXT, ProvisioningQuery, TargetKey},
    store::{Cost, Query, Reader, Transaction, Unit, Write},
    text::fold,
};

/// Entries that are read and written at a time, so that no writer waits for long.
const ENTRIES: i64 = 100;
/// Requests that are removed at a time.
const REQUESTS: i64 = 500;
/// The resource type of requests about groups.
const GROUP: &str = "Group";
/// Names that are looked for at a time.
const NAMES: usize = 1_000;
/// Fields of a user that hold values by which requests name it.
const NAMING: [&str; 5] = ["user_name", "external_id", "display_name", "emails", "name"];

impl Inner {
    /// Erases the values of a user in older entries of the change log, and removes requests that name it from the provisioning log. `names`
    /// are further names of the user.
    pub(super) async fn erase_traces(&self, organization: Id, user: Id, names: Vec<String>) -> Result<()> {
        let traces = Traces {
            inner: self,
            organization,
            user: user.to_string(),
        };
        let mut names: BTreeSet<String> = names.iter().map(|name| key(name)).collect();
        let mut after = None;
        loop {
            after = traces.add_names(after, &mut names).await?;
            traces.erase_names(&mem::take(&mut names)).await?;
            if after.is_none() {
                break;
            }
        }
        traces.erase_tokens().await?;
        traces.erase_entries_about_itself().await
    }
}

struct Traces<'a> {
    inner: &'a Inner,
    organization: Id,
    user: String,
}

impl Traces<'_> {
    /// Adds the names that entries about the user hold; answers where to go on, if there may be more.
    async fn add_names(
        &self,
        mut after: Option<LogPosition>,
        names: &mut BTreeSet<String>,
    ) -> Result<Option<LogPosition>> {
        while names.len() < NAMES {
            let page = self.page(self.about(Resource::User), after).await?;
            let Some(last) = page.last() else {
                return Ok(None);
            };
            after = Some(position(last));
            let fields = page.iter().flat_map(|change| &change.detail.fields);
            for field in fields.filter(|it| NAMING.contains(&&*it.field)) {
                for value in [&field.before, &field.after] {
                    add_texts(value, names);
                }
            }
        }
        Ok(after)
    }

    /// Removes the requests that name the user, and erases statements about members of groups that do.
    async fn erase_names(&self, names: &BTreeSet<String>) -> Result<()> {
        let mut keys = vec![TargetKey::Id(self.user.clone())];
        for name in names {
            keys.extend([TargetKey::Name(name.clone()), TargetKey::ExternalId(name.clone())]);
        }
        loop {
            let find = FindRequests {
                organization: self.organization,
                keys: keys.clone(),
            };
            let found = self.inner.store.read(find).await?;
            if found.is_empty() {
                break;
            }
            self.write(Write::DeleteProvisioningRequests(self.organization, found))
                .await?;
        }
        let is_named = |statement: &String| {
            let statement = fold(statement);
            names.iter().any(|name| statement.contains(name))
        };
        let groups = ChangeQuery {
            resource: Some(Resource::Group),
            ..ChangeQuery::default()
        };
        self.erase(groups, |change| change.detail.ignored.iter().any(is_named))
            .await
    }

    /// Erases the values in entries about the user's tokens, which may be gone. The first of a token says whose it is.
    async fn erase_tokens(&self) -> Result<()> {
        let tokens = ChangeQuery {
            resource: Some(Resource::Token),
            ..ChangeQuery::default()
        };
        let mut own = BTreeSet::new();
        self.erase(tokens, |change| {
            let is_owner = |value: &Value| value.as_str() == Some(&*self.user);
            let mut owners = change.detail.fields.iter().filter(|it| it.field == OWNER);
            if owners.any(|it| is_owner(&it.before) || is_owner(&it.after)) {
                own.insert(change.resource_id.clone());
            }
            own.contains(&change.resource_id)
        })
        .await
    }

    async fn erase_entries_about_itself(&self) -> Result<()> {
        for resource in [Resource::Grant, Resource::User] {
            // Whoever erases a user may say why.
            self.erase(self.about(resource), |change| change.action != Action::Erased)
                .await?;
        }
        Ok(())
    }

    fn about(&self, resource: Resource) -> ChangeQuery {
        ChangeQuery {
            resource: Some(resource),
            resource_id: Some(self.user.clone()),
            ..ChangeQuery::default()
        }
    }

    /// Erases the values in those of some entries that are the user's.
    async fn erase(&self, query: ChangeQuery, mut is_own: impl FnMut(&Change) -> bool + Send) -> Result<()> {
        let mut after = None;
        loop {
            let page = self.page(query.clone(), after).await?;
            let Some(last) = page.last() else {
                return Ok(());
            };
            after = Some(position(last));
            let mut entries = Vec::new();
            for change in page.iter().filter(|change| is_own(change)) {
                let erased = change.detail.erased();
                if erased != change.detail {
                    entries.push((change.revision, change.sequence, erased));
                }
            }
            if !entries.is_empty() {
                self.write(Write::EraseChanges(self.organization, entries))
                    .await?;
            }
        }
    }

    async fn page(&self, query: ChangeQuery, after: Option<LogPosition>) -> Result<Vec<Change>> {
        let page = ReadEntries {
            organization: self.organization,
            query,
            after,
        };
        self.inner.store.read(page).await
    }

    async fn write(&self, write: Write) -> Result<()> {
        self.inner.store.write(self.organization, Step(write)).await
    }
}

/// A name as the provisioning log finds it.
fn key(name: &str) -> String {
    let kept: String = name.chars().take(MAX_TEXT).collect();
    fold(&kept)
}

/// Adds the texts in a value, but those that only say the kind of another one.
fn add_texts(value: &Value, names: &mut BTreeSet<String>) {
    match value {
        Value::String(text) if !text.is_empty() => {
            names.insert(key(text));
        }
        Value::Array(items) => items.iter().for_each(|item| add_texts(item, names)),
        Value::Object(fields) => {
            for name in ["value", "display", "formatted"] {
                if let Some(value) = fields.get(name) {
                    add_texts(value, names);
                }
            }
        }
        _ => {}
    }
}

/// A step of an erasure that was logged. It is no change of its own.
struct Step(Write);

#[async_trait]
impl Unit for Step {
    type Output = ();

    async fn run(&self, transaction: &mut Transaction<'_>) -> Result<()> {
        transaction.writes.push(self.0.clone());
        Ok(())
    }
}

struct ReadEntries {
    organization: Id,
    query: ChangeQuery,
    after: Option<LogPosition>,
}

#[async_trait]
impl Query for ReadEntries {
    type Output = Vec<Change>;
    const COST: Cost = Cost::Scan;

    async fn run(&self, reader: &mut dyn Reader) -> Result<Self::Output> {
        reader
            .changes(self.organization, &self.query, self.after, ENTRIES)
            .await
    }
}

/// Some of the requests about users with one of these keys.
struct FindRequests {
    organization: Id,
    keys: Vec<TargetKey>,
}

#[async_trait]
impl Query for FindRequests {
    type Output = Vec<Id>;
    const COST: Cost = Cost::Scan;

    async fn run(&self, reader: &mut dyn Reader) -> Result<Self::Output> {
        let mut found = Vec::new();
        for key in &self.keys {
            let query = ProvisioningQuery {
                target: Some(key.clone()),
                ..ProvisioningQuery::default()
            };
            let mut before = None;
            loop {
                let page = reader
                    .provisioning_requests(self.organization, &query, before, REQUESTS)
                    .await?;
                before = page.last().map(|request| request.id);
                // A group may have the name of a person.
                let of_users = page.iter().filter(|it| it.content.resource_type != GROUP);
                found.extend(of_users.map(|request| request.id));
                if has_enough(found.len()) {
                    return Ok(found);
                }
                if before.is_none() {
                    break;
                }
            }
        }
        Ok(found)
    }
}

fn has_enough(requests: usize) -> bool {
    i64::try_from(requests).is_ok_and(|count| count >= REQUESTS)
}
