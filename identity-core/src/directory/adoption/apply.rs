//! Bringing users and groups under a connection.

use async_trait::async_trait;
use serde_json::json;

use super::planner::AdoptionPlanner;
use crate::{
    change::{Action, Detail, FieldChange},
    connection::Connection,
    directory::{
        change_context::ChangeContext,
        input::{AdoptionCounts, AdoptionItem, Candidate, Outcome, Reach},
    },
    error::{Error, Resource, Result, Rule},
    group::MemberKind,
    id::Id,
    organization::Organization,
    policy::Adopt,
    store::{Reader, Transaction, Unit, Write},
};

/// Users or groups that one revision brings under a connection. More would hold up the organization's other writers, and memory.
const AT_ONCE: usize = 10_000;
/// Users or groups that are read at a time.
const PAGE: i64 = 1000;

/// Where a sweep over all that is unmanaged goes on.
#[derive(Clone, Copy, Debug)]
pub(super) struct SweepCursor {
    pub(super) kind: MemberKind,
    pub(super) after: Option<Id>,
}

/// Users and groups to bring under the connection.
pub(super) enum Scope {
    /// All that is unmanaged, from this place on; at most [`AT_ONCE`].
    Everything(SweepCursor, Reach),
    /// Users that these candidates name.
    Candidates(Vec<Candidate>),
}

/// Brings users and groups under a connection. It answers what it did and, if it did not come to the end, where the next one begins.
pub(super) struct ApplyAdoption {
    pub(super) context: ChangeContext,
    pub(super) organization: Id,
    pub(super) connection: Id,
    pub(super) scope: Scope,
}

impl ApplyAdoption {
    /// Decides on the next users and groups, and returns where those after them begin.
    async fn planned(
        &self,
        organization: &Organization,
        connection: &Connection,
        reader: &mut dyn Reader,
    ) -> Result<(Vec<AdoptionItem>, Option<SweepCursor>)> {
        let planner = AdoptionPlanner {
            organization,
            connection,
        };
        let (mut cursor, reach) = match &self.scope {
            Scope::Candidates(candidates) => {
                return Ok((planner.candidates(candidates, reader).await?, None));
            }
            Scope::Everything(cursor, reach) => (*cursor, *reach),
        };
        let mut items = Vec::new();
        while items.len() < AT_ONCE {
            let page = planner.page(cursor.kind, cursor.after, PAGE, reader).await?;
            match (page.last(), cursor.kind) {
                (Some(last), kind) => {
                    cursor = SweepCursor { kind, after: last.id };
                }
                (None, MemberKind::User) if reach == Reach::UsersAndGroups => {
                    cursor = SweepCursor {
                        kind: MemberKind::Group,
                        after: None,
                    };
                }
                (None, _) => return Ok((items, None)),
            }
            items.extend(page);
        }
        Ok((items, Some(cursor)))
    }

    /// The writes and entries: one for each user and group, and one for the whole.
    fn adopt(&self, items: &[AdoptionItem], counts: &AdoptionCounts, transaction: &mut Transaction<'_>) {
        let adopted = |kind| {
            let adopted = items
                .iter()
                .filter(move |item| item.kind == kind && item.outcome == Outcome::Adopt);
            adopted.filter_map(|item| item.id).collect::<Vec<Id>>()
        };
        let whole = self.entry(
            Resource::Connection,
            self.connection,
            &[
                ("adopted_users", json!(counts.users)),
                ("adopted_groups", json!(counts.groups)),
            ],
        );
        transaction.entries.push(whole);
        for (kind, resource) in [
            (MemberKind::User, Resource::User),
            (MemberKind::Group, Resource::Group),
        ] {
            let ids = adopted(kind);
            let managed_by = [("managed_by", json!(self.connection.to_string()))];
            let entries = ids.iter().map(|id| self.entry(resource, *id, &managed_by));
            transaction.entries.extend(entries);
            if !ids.is_empty() {
                transaction.writes.push(Write::Adopt {
                    organization: self.organization,
                    connection: self.connection,
                    kind,
                    ids,
                    at: self.context.at,
                });
            }
        }
    }

    fn entry(&self, resource: Resource, id: Id, fields: &[(&str, serde_json::Value)]) -> crate::store::Entry {
        let field = |(field, after): &(&str, serde_json::Value)| FieldChange {
            field: (*field).to_owned(),
            before: serde_json::Value::Null,
            after: after.clone(),
        };
        let detail = Detail {
            fields: fields.iter().map(field).collect(),
            ..Detail::default()
        };
        self.context.entry(resource, &id, Action::Updated, detail)
    }
}

#[async_trait]
impl Unit for ApplyAdoption {
    type Output = (AdoptionCounts, Option<SweepCursor>);

    async fn run(&self, transaction: &mut Transaction<'_>) -> Result<Self::Output> {
        let organization = transaction.organization()?.clone();
        self.context.authorize(&organization)?;
        if organization.policy.adopt == Adopt::Never {
            return Err(Error::RuleBroken(Rule::PolicyForbids("adopt")));
        }
        let reader = &mut *transaction.reader;
        let connection = reader.connection(self.organization, self.connection).await?;
        let connection = connection.ok_or_else(|| Error::not_found(Resource::Connection, self.connection))?;
        let (items, next) = self.planned(&organization, &connection, reader).await?;
        let counts = AdoptionCounts::of(&items);
        if counts.users + counts.groups > 0 {
            self.adopt(&items, &counts, transaction);
        }
        Ok((counts, next))
    }
}
