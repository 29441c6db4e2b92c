//! Adoption, and the end of a connection.

use identity_core::{
    directory::input::{AdoptionCounts, AdoptionItem, Candidate, Outcome, Reach, TornDown},
    error::{Error, Result},
    group::MemberKind,
    policy::{MatchKey, Teardown},
};
use identity_proto::v1::{
    self, AdoptionCandidate, AdoptionOutcome, ApplyAdoptionResponse, DeleteConnectionResponse,
};

/// Returns the candidates of an adoption, and its extent where none are named.
pub(crate) fn candidates_from(
    candidates: Vec<AdoptionCandidate>,
    users_only: bool,
) -> (Vec<Candidate>, Reach) {
    let candidate = |candidate: AdoptionCandidate| Candidate {
        external_id: candidate.external_id,
        user_name: candidate.user_name,
        email: candidate.email,
    };
    let reach = if users_only {
        Reach::Users
    } else {
        Reach::UsersAndGroups
    };
    (candidates.into_iter().map(candidate).collect(), reach)
}

pub(crate) fn item_message(item: AdoptionItem) -> v1::AdoptionItem {
    let outcome = match item.outcome {
        Outcome::Adopt => AdoptionOutcome::Adopt,
        Outcome::Create => AdoptionOutcome::Create,
        Outcome::AlreadyManaged => AdoptionOutcome::AlreadyManaged,
        Outcome::Conflict => AdoptionOutcome::Conflict,
        Outcome::Protected => AdoptionOutcome::Protected,
    };
    let id = item.id.map(|id| id.to_string()).unwrap_or_default();
    let (user_id, group_id) = match item.kind {
        MemberKind::User => (id, String::new()),
        MemberKind::Group => (String::new(), id),
    };
    v1::AdoptionItem {
        outcome: outcome.into(),
        user_id,
        group_id,
        name: item.name,
        matched_by: item.matched_by.map(key_name).unwrap_or_default().to_owned(),
    }
}

fn key_name(key: MatchKey) -> &'static str {
    match key {
        MatchKey::ExternalId => "external_id",
        MatchKey::UserName => "user_name",
        MatchKey::Email => "email",
    }
}

pub(crate) fn counts_message(counts: AdoptionCounts, revision: i64) -> ApplyAdoptionResponse {
    ApplyAdoptionResponse {
        adopted_users: counts.users,
        adopted_groups: counts.groups,
        to_be_created: counts.creates,
        already_managed: counts.already_managed,
        conflicts: counts.conflicts,
        protected: counts.protected,
        revision,
    }
}

pub(crate) fn teardown(teardown: i32) -> Result<Option<Teardown>> {
    match v1::Teardown::try_from(teardown) {
        Ok(v1::Teardown::Unspecified) => Ok(None),
        Ok(v1::Teardown::Keep) => Ok(Some(Teardown::Keep)),
        Ok(v1::Teardown::Release) => Ok(Some(Teardown::Release)),
        Ok(v1::Teardown::Deactivate) => Ok(Some(Teardown::Deactivate)),
        Err(_) => Err(Error::invalid("teardown", "must be a known teardown")),
    }
}

pub(crate) fn torn_down_message(report: TornDown, revision: i64) -> DeleteConnectionResponse {
    let teardown = match report.teardown {
        Teardown::Keep => v1::Teardown::Keep,
        Teardown::Release => v1::Teardown::Release,
        Teardown::Deactivate => v1::Teardown::Deactivate,
    };
    DeleteConnectionResponse {
        released_users: report.active_users,
        released_groups: report.groups,
        teardown: teardown.into(),
        sample_user_names: report.sample,
        cleared_external_ids: report.cleared_external_ids,
        revision,
    }
}
