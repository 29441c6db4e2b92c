//! Deleting a connection, and what becomes of what it managed.

use async_trait::async_trait;
use serde_json::json;

use super::{next_version, rules};
use crate::{
    caller::Scope,
    change::{Action, Detail, FieldChange},
    connection::ConnectionStatus,
    directory::{change_context::ChangeContext, input::TornDown, roles::keep_an_admin, tokens},
    error::{Resource, Result},
    group::MemberKind,
    id::{Id, Key},
    policy::{Policy, Teardown},
    store::{Cost, Entry, HolderOfId, Query, Reader, Transaction, Unit, Without, Write},
};

/// Names that a report shows.
const SAMPLE: i64 = 20;

/// Connection to delete, and the treatment of what it managed; `None`: as the policy says.
#[derive(Clone, Debug)]
pub(super) struct Removal {
    pub(super) organization: Id,
    pub(super) id: Id,
    pub(super) teardown: Option<Teardown>,
}

impl Removal {
    /// Reports the users and groups that the deletion concerns, and its effect on them.
    async fn report(&self, teardown: Teardown, policy: &Policy, reader: &mut dyn Reader) -> Result<TornDown> {
        let (organization, id) = (self.organization, self.id);
        rules::live(reader, organization, id).await?;
        let (active_users, groups) = reader.managed_counts(organization, id).await?;
        let sample = reader.active_managed_users(organization, id, SAMPLE).await?;
        let clashes = match teardown {
            Teardown::Keep => 0,
            Teardown::Release | Teardown::Deactivate => {
                clashes(policy, (organization, id), reader).await?.len()
            }
        };
        Ok(TornDown {
            teardown,
            active_users,
            groups,
            sample: sample.into_iter().map(|(_, name)| name).collect(),
            cleared_external_ids: i64::try_from(clashes).unwrap_or(i64::MAX),
        })
    }
}

/// Finds managed users and groups with an external id that an unmanaged one has too, where that matters. Users before groups.
async fn clashes(
    policy: &Policy,
    (organization, connection): (Id, Id),
    reader: &mut dyn Reader,
) -> Result<Vec<(MemberKind, HolderOfId)>> {
    let mut clashes = Vec::new();
    if !policy.external_id_unique.is_on() {
        return Ok(clashes);
    }
    for kind in [MemberKind::User, MemberKind::Group] {
        let found = reader.release_clashes(organization, connection, kind).await?;
        clashes.extend(found.into_iter().map(|holder| (kind, holder)));
    }
    Ok(clashes)
}

/// Reports, and refuses what cannot be done. Where users are to be deactivated, closes the connection: from now on the identity provider
/// does not get in between.
pub(super) struct BeginTeardown {
    pub(super) context: ChangeContext,
    pub(super) removal: Removal,
}

#[async_trait]
impl Unit for BeginTeardown {
    type Output = TornDown;

    async fn run(&self, transaction: &mut Transaction<'_>) -> Result<Self::Output> {
        let whole = transaction.organization()?.clone();
        self.context.authorize(&whole)?;
        let teardown = self.removal.teardown.unwrap_or(whole.policy.teardown);
        let Removal { organization, id, .. } = self.removal;
        let reader = &mut *transaction.reader;
        let report = self.removal.report(teardown, &whole.policy, reader).await?;
        if teardown != Teardown::Deactivate || report.active_users == 0 {
            return Ok(report);
        }
        // Switching users off is a change of users.
        self.context.caller.require(Scope::UsersWrite)?;
        let leaving = reader.active_managed_users(organization, id, i64::MAX).await?;
        let loss = Without {
            gone: leaving.into_iter().map(|(id, _)| id).collect(),
            ..Without::default()
        };
        keep_an_admin(reader, &whole, &loss).await?;
        let before = rules::live(reader, organization, id).await?;
        if before.status == ConnectionStatus::Enabled {
            let mut after = before.clone();
            after.status = ConnectionStatus::Disabled;
            next_version::write(&self.context, &before, after, transaction);
        }
        Ok(report)
    }
}

/// Deletes a connection and its tokens, and lets go of what it managed.
pub(super) struct DeleteConnection {
    pub(super) context: ChangeContext,
    pub(super) organization: Id,
    pub(super) id: Id,
    pub(super) teardown: Teardown,
}

impl DeleteConnection {
    async fn release(&self, transaction: &mut Transaction<'_>) -> Result<()> {
        let policy = transaction.organization()?.policy.clone();
        let clashes = clashes(&policy, (self.organization, self.id), transaction.reader).await?;
        let of = |wanted| {
            let ids = clashes.iter().filter(move |(kind, _)| *kind == wanted);
            ids.map(|(_, holder)| holder.id).collect::<Vec<Id>>()
        };
        transaction.writes.push(Write::Release {
            organization: self.organization,
            connection: self.id,
            clashing_users: of(MemberKind::User),
            clashing_groups: of(MemberKind::Group),
        });
        let entries = clashes.iter().map(|(kind, holder)| self.cleared(*kind, holder));
        transaction.entries.extend(entries);
        Ok(())
    }

    fn cleared(&self, kind: MemberKind, holder: &HolderOfId) -> Entry {
        let resource = match kind {
            MemberKind::User => Resource::User,
            MemberKind::Group => Resource::Group,
        };
        let detail = Detail {
            fields: vec![FieldChange {
                field: "external_id".to_owned(),
                before: json!(holder.external_id),
                after: serde_json::Value::Null,
            }],
            ..Detail::default()
        };
        self.context.entry(resource, &holder.id, Action::Updated, detail)
    }
}

#[async_trait]
impl Unit for DeleteConnection {
    type Output = ();

    async fn run(&self, transaction: &mut Transaction<'_>) -> Result<()> {
        self.context.authorize(transaction.organization()?)?;
        let reader = &mut *transaction.reader;
        rules::live(reader, self.organization, self.id).await?;
        let tokens = tokens::of_connection(reader, self.organization, self.id).await?;
        let deleted = |resource, id: Id| {
            self.context
                .entry(resource, &id, Action::Deleted, Detail::default())
        };
        transaction.entries.push(deleted(Resource::Connection, self.id));
        let tokens = tokens.iter().map(|token| deleted(Resource::Token, token.id));
        transaction.entries.extend(tokens);
        if self.teardown != Teardown::Keep {
            self.release(transaction).await?;
        }
        transaction.writes.push(Write::DeleteConnection(Key {
            organization: self.organization,
            id: self.id,
        }));
        Ok(())
    }
}

/// The ids of active users that a connection manages, a page of them.
pub(super) struct ActiveUsers {
    pub(super) organization: Id,
    pub(super) id: Id,
    pub(super) limit: i64,
}

#[async_trait]
impl Query for ActiveUsers {
    type Output = Vec<Id>;
    const COST: Cost = Cost::Scan;

    async fn run(&self, reader: &mut dyn Reader) -> Result<Self::Output> {
        let users = reader
            .active_managed_users(self.organization, self.id, self.limit)
            .await?;
        Ok(users.into_iter().map(|(id, _)| id).collect())
    }
}
