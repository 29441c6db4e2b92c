//! The changes that an undo takes back, and the users and groups that they are about.

use std::{
    cmp::Reverse,
    collections::{BTreeSet, HashMap},
};

use async_trait::async_trait;

use crate::{
    change::{Action, Actor, Change, ChangeQuery},
    directory::{Inner, input::RevertRequest},
    error::{Error, Resource, Result},
    id::Id,
    store::{Cost, Isolation, Query, Reader},
};

/// Entries that are read at a time; one names up to 1,000 members.
const PAGE: i64 = 200;
/// Things that the changes to undo may be about.
const MAX_SUBJECTS: usize = 100_000;

/// Conditions on the changes to undo.
#[derive(Clone, Debug)]
pub(in crate::directory) struct Selection {
    request: RevertRequest,
    /// The first of these changes; the history before it does not matter.
    pub(in crate::directory) first_revision: i64,
    /// The last change that there was when the undo began.
    last_revision: i64,
}

impl Selection {
    /// Tells whether a change is to be undone. An undo is not.
    pub(in crate::directory) fn has(&self, change: &Change) -> bool {
        let (token, connection) = match change.actor {
            Actor::Scim {
                token_id,
                connection_id,
            } => (Some(token_id), Some(connection_id)),
            Actor::Service { token_id } | Actor::User { token_id, .. } => (Some(token_id), None),
            Actor::Root | Actor::System => (None, None),
        };
        let request = &self.request;
        change.revision <= self.last_revision
            && change.at >= request.from
            && request.until.is_none_or(|until| change.at < until)
            && (request.connection.is_none() || request.connection == connection)
            && (request.token.is_none() || request.token == token)
            && request
                .request_id
                .as_ref()
                .is_none_or(|id| *id == change.request_id)
            && change.detail.reverts.is_none()
    }
}

/// The subjects of the changes to undo.
#[derive(Debug, Default)]
pub(super) struct Selected {
    /// Users and groups, the one whose last change is the newest first.
    pub(super) subjects: Vec<(Resource, Id)>,
    /// Things of other kinds, which an undo leaves.
    pub(super) others: Vec<(Resource, String)>,
    /// Connections that made the changes.
    pub(super) connections: BTreeSet<Id>,
}

/// Finds the changes to undo, page by page.
pub(super) async fn select(
    inner: &Inner,
    organization: Id,
    request: RevertRequest,
) -> Result<(Selection, Selected)> {
    let query = ChangeQuery {
        actor_connection_id: request.connection,
        actor_token_id: request.token,
        from: Some(request.from),
        until: request.until,
        ..ChangeQuery::default()
    };
    let mut selection = Selection {
        request,
        first_revision: i64::MAX,
        last_revision: i64::MAX,
    };
    let (mut last, mut selected, mut after) = (HashMap::new(), Selected::default(), None);
    loop {
        let page = Page {
            organization,
            query: query.clone(),
            after,
        };
        let (changes, revision) = inner.store.read(page).await?;
        if after.is_none() {
            selection.last_revision = revision;
        }
        after = changes.last().map(|it| (it.revision, it.sequence));
        let is_last = i64::try_from(changes.len()).is_ok_and(|length| length < PAGE);
        for change in changes {
            if change.action == Action::Ignored || !selection.has(&change) {
                continue;
            }
            selection.first_revision = selection.first_revision.min(change.revision);
            if let Actor::Scim { connection_id, .. } = change.actor {
                selected.connections.insert(connection_id);
            }
            let place = Reverse((change.revision, change.sequence));
            last.insert(
                (change.resource.name(), change.resource_id.clone()),
                (place, change.resource),
            );
        }
        refuse_too_many(last.len())?;
        if is_last {
            break;
        }
    }
    let mut found: Vec<_> = last.into_iter().collect();
    found.sort_unstable_by_key(|(_, (place, _))| *place);
    for ((_, id), (_, resource)) in found {
        match (resource, Id::parse(&id)) {
            (Resource::User | Resource::Group, Some(id)) => selected.subjects.push((resource, id)),
            _ => selected.others.push((resource, id)),
        }
    }
    // The role and the grant of a group follow the group.
    let groups: BTreeSet<String> = selected
        .subjects
        .iter()
        .filter(|it| it.0 == Resource::Group)
        .map(|it| it.1.to_string())
        .collect();
    let follows = |(resource, id): &(Resource, String)| {
        matches!(resource, Resource::Role | Resource::Grant) && groups.contains(id)
    };
    selected.others.retain(|it| !follows(it));
    Ok((selection, selected))
}

fn refuse_too_many(subjects: usize) -> Result<()> {
    if subjects <= MAX_SUBJECTS {
        return Ok(());
    }
    Err(Error::TooMany {
        limit: "users and groups in one undo: take a shorter span of time",
        maximum: u64::try_from(MAX_SUBJECTS).unwrap_or(u64::MAX),
        retry_after: None,
    })
}

struct Page {
    organization: Id,
    query: ChangeQuery,
    after: Option<(i64, i32)>,
}

#[async_trait]
impl Query for Page {
    type Output = (Vec<Change>, i64);
    const COST: Cost = Cost::Scan;
    const ISOLATION: Isolation = Isolation::Snapshot;

    async fn run(&self, reader: &mut dyn Reader) -> Result<Self::Output> {
        let revision = reader.revision(self.organization).await?.unwrap_or_default();
        let changes = reader
            .changes(self.organization, &self.query, self.after, PAGE)
            .await?;
        Ok((changes, revision))
    }
}
