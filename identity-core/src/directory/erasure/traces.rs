//! Values of an erased user outside of its row: in the change log and in the provisioning log.

use std::{collections::BTreeSet, mem};

use async_trait::async_trait;
use serde_json::Value;

use crate::{
    caller::Caller,
    change::{Action, Change, ChangeQuery, Detail, ERASED, OWNER},
    directory::{
        Inner,
        changes::{LogPosition, position},
    },
    error::{Resource, Result},
    id::Id,
    provisioning_log::{Content, MAX_TEXT, ProvisioningQuery, ProvisioningRequest, TargetKey},
    store::{Cost, Query, Reader, Transaction, Unit, Write},
    text::fold,
};

/// Entries that are read and written at a time, so that no writer waits for long.
const ENTRIES: i64 = 100;
/// Requests that are removed at a time.
const REQUESTS: i64 = 500;
/// The resource type of requests about groups.
const GROUP: &str = "Group";
/// The keyword of a refusal because another resource has the value (RFC 7644, section 3.12).
const UNIQUENESS: &str = "uniqueness";
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
                user: self.user.clone(),
                keys: keys.clone(),
            };
            let found = self.inner.store.read(find).await?;
            if found.is_empty() {
                break;
            }
            self.write(Write::DeleteProvisioningRequests(self.organization, found))
                .await?;
        }
        let groups = ChangeQuery {
            resource: Some(Resource::Group),
            ..ChangeQuery::default()
        };
        // The group's own values stay.
        self.erase(groups, |change| Detail {
            ignored: change
                .detail
                .ignored
                .iter()
                .map(|it| {
                    if quotes_any(it, names) {
                        ERASED.to_owned()
                    } else {
                        it.clone()
                    }
                })
                .collect(),
            ..change.detail.clone()
        })
        .await?;
        self.erase_requests_that_quote(names).await
    }

    /// Removes requests about others whose answers or statements quote one of the names, as those about a group with her as a member do.
    async fn erase_requests_that_quote(&self, names: &BTreeSet<String>) -> Result<()> {
        let mut before = None;
        loop {
            let page = ReadRequests {
                organization: self.organization,
                before,
            };
            let page = self.inner.store.read(page).await?;
            let Some(last) = page.last() else {
                return Ok(());
            };
            before = Some(last.id);
            let quotes = |it: &&ProvisioningRequest| {
                let statements = &it.content.statements;
                let texts = statements.ignored.iter().chain(&statements.coerced);
                texts
                    .chain([&it.content.detail])
                    .any(|text| quotes_any(text, names))
            };
            let found: Vec<Id> = page.iter().filter(quotes).map(|it| it.id).collect();
            if !found.is_empty() {
                self.write(Write::DeleteProvisioningRequests(self.organization, found))
                    .await?;
            }
        }
    }

    /// Erases the values in entries about the user's tokens, which may be gone. The first of a token says whose it is, unless it was
    /// pruned.
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
            if own.contains(&change.resource_id) {
                change.detail.erased()
            } else {
                change.detail.clone()
            }
        })
        .await
    }

    async fn erase_entries_about_itself(&self) -> Result<()> {
        for resource in [Resource::Grant, Resource::User] {
            // Whoever erases a user may say why.
            self.erase(self.about(resource), |change| match change.action {
                Action::Erased => change.detail.clone(),
                _ => change.detail.erased(),
            })
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

    /// Gives some entries the details that they are to have.
    async fn erase(
        &self,
        query: ChangeQuery,
        mut erased: impl FnMut(&Change) -> Detail + Send,
    ) -> Result<()> {
        let mut after = None;
        loop {
            let page = self.page(query.clone(), after).await?;
            let Some(last) = page.last() else {
                return Ok(());
            };
            after = Some(position(last));
            let mut entries = Vec::new();
            for change in &page {
                let erased = erased(change);
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
        self.inner
            .write(&Caller::Root, self.organization, Step(write))
            .await
    }
}

/// Tells whether a statement quotes one of these names; a name alone may be a word of it.
fn quotes_any(statement: &str, names: &BTreeSet<String>) -> bool {
    let statement = fold(statement);
    names.iter().any(|name| {
        let quoted = format!("{name:?}");
        // Of a long name the beginning is known.
        let is_cut = name.chars().count() >= MAX_TEXT;
        let quoted = if is_cut {
            quoted.trim_end_matches('"')
        } else {
            &quoted
        };
        statement.contains(quoted)
    })
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

/// Tells whether a request that was found by a name is about this user, and not about a group or another user of the same name. A request
/// that was to give the name to another user and was refused is about the user who has it.
pub(in crate::directory) fn is_about(request: &ProvisioningRequest, user: &str) -> bool {
    let Content {
        target, scim_type, ..
    } = &request.content;
    let is_of_user = target.id.as_deref().is_none_or(|id| id == user);
    request.content.resource_type != GROUP && (is_of_user || scim_type == UNIQUENESS)
}

/// A page of requests, the newest first.
struct ReadRequests {
    organization: Id,
    before: Option<Id>,
}

#[async_trait]
impl Query for ReadRequests {
    type Output = Vec<ProvisioningRequest>;
    const COST: Cost = Cost::Scan;

    async fn run(&self, reader: &mut dyn Reader) -> Result<Self::Output> {
        reader
            .provisioning_requests(
                self.organization,
                &ProvisioningQuery::default(),
                self.before,
                REQUESTS,
            )
            .await
    }
}

/// Some of the requests about a user with one of these keys.
struct FindRequests {
    organization: Id,
    user: String,
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
                let of_user = page.iter().filter(|it| is_about(it, &self.user));
                found.extend(of_user.map(|request| request.id));
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
