//! Decision of adoption on each user and group, shared by preview and adoption.

use std::collections::{HashMap, HashSet};

use crate::{
    connection::Connection,
    directory::{
        input::{AdoptionItem, Candidate, Outcome},
        users::{has_email, is_trusted},
    },
    error::Result,
    group::MemberKind,
    id::Id,
    organization::Organization,
    policy::MatchKey,
    same_account::is_same_account,
    store::{HolderOfId, Reader, Unmanaged},
    text::fold,
    user::User,
};

/// Plans the adoption of users and groups by a connection.
pub(super) struct AdoptionPlanner<'a> {
    pub(super) organization: &'a Organization,
    pub(super) connection: &'a Connection,
}

/// Users that a value of some candidate names, by that value.
type Named = HashMap<String, Vec<Unmanaged>>;

/// The facts about users whom candidates name.
struct Found {
    named: HashMap<MatchKey, Named>,
    /// The users whom an e-mail address names.
    by_email: HashMap<Id, User>,
    holders: Vec<HolderOfId>,
    gone: HashSet<Id>,
}

impl Found {
    /// Tells whether a user who was found by a folded value of a candidate has the value itself.
    fn is_same(&self, key: MatchKey, candidate: &Candidate, user: &Unmanaged) -> bool {
        match key {
            MatchKey::ExternalId => true,
            MatchKey::UserName => is_same_account(&user.name, &candidate.user_name),
            MatchKey::Email => {
                let user = self.by_email.get(&user.id);
                user.is_some_and(|user| has_email(user, &candidate.email))
            }
        }
    }
}

impl AdoptionPlanner<'_> {
    /// Decides on the next unmanaged users or groups. A user made with the organization comes under a connection only by its name, so
    /// that somebody administers the organization whatever the identity provider does (rule 106); groups follow `groups.sync` (rule 107).
    pub(super) async fn page(
        &self,
        kind: MemberKind,
        after: Option<Id>,
        limit: i64,
        reader: &mut dyn Reader,
    ) -> Result<Vec<AdoptionItem>> {
        if kind == MemberKind::Group && !self.organization.policy.groups_sync.is_on() {
            return Ok(Vec::new());
        }
        let unmanaged = reader.unmanaged(self.organization.id, kind, after, limit).await?;
        let holders = self.holders(kind, &unmanaged, reader).await?;
        let item = |resource: Unmanaged| AdoptionItem {
            outcome: if resource.bootstrap {
                Outcome::Protected
            } else {
                self.outcome(&resource, &holders)
            },
            kind,
            id: Some(resource.id),
            name: resource.name,
            matched_by: None,
        };
        Ok(unmanaged.into_iter().map(item).collect())
    }

    /// Decides on the candidates that the identity provider is about to send, in their order.
    pub(super) async fn candidates(
        &self,
        candidates: &[Candidate],
        reader: &mut dyn Reader,
    ) -> Result<Vec<AdoptionItem>> {
        let mut named: HashMap<MatchKey, Named> = HashMap::new();
        // The name always: two users cannot share it, whether or not it ties them together.
        let keys = self.organization.policy.match_order.iter().copied();
        let keys: HashSet<MatchKey> = keys.chain([MatchKey::UserName]).collect();
        for key in keys {
            let values = candidates
                .iter()
                .filter_map(|candidate| self.value(key, candidate));
            let values: Vec<String> = values.collect();
            let found = reader.users_by_values(self.organization.id, key, &values).await?;
            let by_value = named.entry(key).or_default();
            for (value, user) in found {
                by_value.entry(value).or_default().push(user);
            }
        }
        let everybody = named.values().flat_map(Named::values).flatten();
        let everybody: Vec<Unmanaged> = everybody.cloned().collect();
        let by_email = named.get(&MatchKey::Email).into_iter().flat_map(Named::values);
        let by_email: Vec<Id> = by_email.flatten().map(|user| user.id).collect();
        let by_email = reader.users_by_id(self.organization.id, &by_email).await?;
        let found = Found {
            named,
            by_email: by_email.into_iter().map(|user| (user.id, user)).collect(),
            holders: self.holders(MemberKind::User, &everybody, reader).await?,
            gone: self.gone_connections(&everybody, reader).await?,
        };
        let mut taken = HashSet::new();
        let planned = candidates.iter().map(|candidate| {
            let mut item = self.candidate(candidate, &found);
            // Two candidates cannot be the same user.
            if item.outcome == Outcome::Adopt && item.id.is_some_and(|id| !taken.insert(id)) {
                item.outcome = Outcome::Conflict;
            }
            item
        });
        Ok(planned.collect())
    }

    fn candidate(&self, candidate: &Candidate, all: &Found) -> AdoptionItem {
        let Found {
            named, holders, gone, ..
        } = all;
        for key in &self.organization.policy.match_order {
            let value = self.value(*key, candidate);
            let found = value.and_then(|value| named.get(key)?.get(&value));
            let user = match (found.map(Vec::as_slice), key) {
                (Some([user]), _) => user,
                // One external id under several connections: the connection's own, or the unmanaged one.
                (Some(users), MatchKey::ExternalId) => {
                    let own = Some(self.connection.id);
                    let rank = |user: &&Unmanaged| (user.managed_by != own, user.managed_by.is_some());
                    let Some(first) = users.iter().map(|user| rank(&user)).min() else {
                        continue;
                    };
                    match users
                        .iter()
                        .filter(|user| rank(user) == first)
                        .collect::<Vec<_>>()[..]
                    {
                        [user] => user,
                        _ => continue,
                    }
                }
                // What several have is nobody's.
                _ => continue,
            };
            if !all.is_same(*key, candidate, user) {
                continue;
            }
            let is_other = user
                .managed_by
                .is_some_and(|by| by != self.connection.id && !gone.contains(&by));
            let outcome = if user.managed_by == Some(self.connection.id) {
                Outcome::AlreadyManaged
            } else if is_other && *key != MatchKey::UserName {
                continue;
            } else if is_other {
                Outcome::Conflict
            } else {
                self.outcome(user, holders)
            };
            return AdoptionItem {
                kind: MemberKind::User,
                id: Some(user.id),
                name: candidate.user_name.clone(),
                matched_by: Some(*key),
                outcome,
            };
        }
        let name = fold(&candidate.user_name);
        let holder = named.get(&MatchKey::UserName).and_then(|users| users.get(&name));
        let holder = holder.and_then(|users| users.first());
        AdoptionItem {
            kind: MemberKind::User,
            id: holder.map(|user| user.id),
            name: candidate.user_name.clone(),
            matched_by: None,
            outcome: match holder {
                Some(user) if user.break_glass => Outcome::Protected,
                Some(_) => Outcome::Conflict,
                None => Outcome::Create,
            },
        }
    }

    /// The value by which a candidate is looked for.
    fn value(&self, key: MatchKey, candidate: &Candidate) -> Option<String> {
        let value = match key {
            MatchKey::ExternalId => candidate.external_id.clone(),
            MatchKey::UserName => fold(&candidate.user_name),
            MatchKey::Email if is_trusted(&candidate.email, self.organization, self.connection.idp_kind) => {
                fold(&candidate.email)
            }
            MatchKey::Email => String::new(),
        };
        Some(value).filter(|value| !value.is_empty())
    }

    /// Returns the outcome for an unmanaged user or group.
    fn outcome(&self, resource: &Unmanaged, holders: &[HolderOfId]) -> Outcome {
        if resource.break_glass {
            return Outcome::Protected;
        }
        let unique = self.organization.policy.external_id_unique.is_on();
        let Some(external_id) = resource.external_id.as_ref().filter(|_| unique) else {
            return Outcome::Adopt;
        };
        let own = Some(self.connection.id);
        let clashes = |holder: &&HolderOfId| {
            let is_first = holder.managed_by == own || holder.id < resource.id;
            holder.id != resource.id && holder.external_id == *external_id && is_first
        };
        if holders.iter().any(|holder| clashes(&holder)) {
            Outcome::Conflict
        } else {
            Outcome::Adopt
        }
    }

    /// Finds the holders of the external ids of these, as far as they would clash under one connection.
    async fn holders(
        &self,
        kind: MemberKind,
        resources: &[Unmanaged],
        reader: &mut dyn Reader,
    ) -> Result<Vec<HolderOfId>> {
        let ids: Vec<String> = resources
            .iter()
            .filter_map(|resource| resource.external_id.clone())
            .collect();
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let mut holders = reader.holders_of_ids(self.organization.id, kind, &ids).await?;
        let own = Some(self.connection.id);
        let others = holders.iter().filter_map(|holder| holder.managed_by);
        let others: HashSet<Id> = others.filter(|by| Some(*by) != own).collect();
        let mut present = HashSet::new();
        for other in others {
            if reader.connection(self.organization.id, other).await?.is_some() {
                present.insert(other);
            }
        }
        holders.retain(|holder| holder.managed_by.is_none_or(|by| !present.contains(&by)));
        Ok(holders)
    }

    /// The connections that managed some of these and are gone.
    async fn gone_connections(&self, users: &[Unmanaged], reader: &mut dyn Reader) -> Result<HashSet<Id>> {
        let managers: HashSet<Id> = users.iter().filter_map(|user| user.managed_by).collect();
        let mut gone = HashSet::new();
        for manager in managers {
            if reader.connection(self.organization.id, manager).await?.is_none() {
                gone.insert(manager);
            }
        }
        Ok(gone)
    }
}
