//! Decisions of the core about the questions of a request.

use std::collections::BTreeMap;

use identity_proto::v1::{
    AccessCheck, AccessDecision, AccessDenial, BatchCheckAccessRequest, LookupUserRequest, UserIdentity,
    lookup_user_request::Key,
};
use serde_json::{Map, Value, json};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use super::{
    super::ApiError,
    invalid,
    question::{Asked, Question, Subject},
};
use crate::{
    call::Call,
    limits::{MAX_EVALUATION_NAMES, MAX_EVALUATION_ROUNDS},
};

/// The answer to one question.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Decision {
    pub(super) allowed: bool,
    /// Reason of a no.
    reason: String,
    /// More about it, for people.
    message: Option<String>,
    /// The organization's revision that it was computed at.
    revision: Option<i64>,
}

impl Decision {
    fn no(reason: &str) -> Self {
        Self {
            reason: reason.to_owned(),
            ..Self::default()
        }
    }

    fn of(decision: AccessDecision, revision: i64) -> Self {
        Self {
            allowed: decision.allowed,
            reason: denial_name(decision.denial()),
            message: None,
            revision: Some(revision),
        }
    }

    /// The same in the form of AuthZEN.
    pub(super) fn body(&self) -> Value {
        let mut context = Map::new();
        if !self.allowed {
            context.insert("reason".to_owned(), self.reason.clone().into());
        }
        if let Some(message) = &self.message {
            context.insert("message".to_owned(), message.clone().into());
        }
        if let Some(revision) = self.revision {
            // As text, as every number of 64 bits in the API.
            context.insert("revision".to_owned(), revision.to_string().into());
        }
        json!({ "decision": self.allowed, "context": context })
    }
}

fn denial_name(denial: AccessDenial) -> String {
    if denial == AccessDenial::CheckMalformed {
        // The question has a user, so its permission is none that there can be.
        return "action_unknown".to_owned();
    }
    let name = denial.as_str_name();
    let name = name.strip_prefix("ACCESS_DENIAL_").unwrap_or(name);
    name.to_ascii_lowercase()
}

/// Answers questions, in their order.
pub(super) async fn decide(call: &Call, asked: Vec<Asked>) -> Result<Vec<Decision>, ApiError> {
    let ids = Ids::look_up(call, &asked).await?;
    let mut decisions = vec![Decision::default(); asked.len()];
    let mut by_organization = BTreeMap::<String, Vec<(usize, AccessCheck)>>::new();
    for ((at, asked), decision) in asked.into_iter().enumerate().zip(&mut decisions) {
        *decision = match asked {
            Asked::Foreign(reason) => Decision::no(reason),
            Asked::Invalid(message) => Decision {
                message: Some(message),
                ..Decision::no("invalid")
            },
            Asked::Question(question) => {
                let Some(user_id) = ids.of(&question) else {
                    *decision = Decision::no("user_unknown");
                    continue;
                };
                let check = AccessCheck {
                    user_id,
                    permission: question.permission,
                    project_id: question.project,
                };
                by_organization
                    .entry(question.organization)
                    .or_default()
                    .push((at, check));
                continue;
            }
        };
    }
    for (organization, checks) in by_organization {
        for (at, decision) in check(call, &organization, checks).await? {
            decisions[at] = decision;
        }
    }
    Ok(decisions)
}

/// The ids of users that are named in another way, by organization.
struct Ids(BTreeMap<(String, Subject), Option<String>>);

impl Ids {
    async fn look_up(call: &Call, asked: &[Asked]) -> Result<Self, ApiError> {
        let mut ids = BTreeMap::new();
        for asked in asked {
            let Asked::Question(question) = asked else {
                continue;
            };
            let wanted = (question.organization.clone(), question.subject.clone());
            let key = match &question.subject {
                Subject::Id(_) => continue,
                _ if ids.contains_key(&wanted) => continue,
                Subject::Name(name) => Key::UserName(name.clone()),
                Subject::Identity { issuer, subject } => Key::Identity(UserIdentity {
                    issuer: issuer.clone(),
                    subject: subject.clone(),
                }),
            };
            if ids.len() == MAX_EVALUATION_NAMES {
                let message =
                    format!("evaluations: must be about at most {MAX_EVALUATION_NAMES} users by name");
                return Err(invalid(message));
            }
            let request = LookupUserRequest {
                organization: question.organization.clone(),
                key: Some(key),
            };
            let found = match call.lookup_user(request).await {
                Ok(id) => Some(id),
                Err(status) if status.code() == Code::NotFound => None,
                Err(status) => return Err(status.into()),
            };
            ids.insert(wanted, found);
        }
        Ok(Self(ids))
    }

    fn of(&self, question: &Question) -> Option<String> {
        match &question.subject {
            Subject::Id(id) => Some(id.clone()),
            subject => {
                let wanted = (question.organization.clone(), subject.clone());
                self.0.get(&wanted).cloned().flatten()
            }
        }
    }
}

/// Asks the core about one organization. It refuses a call about a place that the caller may not know, so what is asked about that one is
/// answered here and the rest asked again.
async fn check(
    call: &Call,
    organization: &str,
    mut open: Vec<(usize, AccessCheck)>,
) -> Result<Vec<(usize, Decision)>, ApiError> {
    let mut decided = Vec::with_capacity(open.len());
    for _ in 0..MAX_EVALUATION_ROUNDS {
        let request = BatchCheckAccessRequest {
            organization: organization.to_owned(),
            checks: open.iter().map(|(_, check)| check.clone()).collect(),
            consistency: None,
        };
        let status = match call.batch_check_access(request).await {
            Ok(answer) => {
                let answers = open.iter().zip(&answer.decisions);
                decided.extend(answers.map(|((at, _), it)| (*at, Decision::of(*it, answer.revision))));
                return Ok(decided);
            }
            Err(status) => status,
        };
        let Some((reason, project)) = unknown(&status, &open) else {
            return Err(status.into());
        };
        let is_about = |check: &AccessCheck| project.as_ref().is_none_or(|id| check.project_id == *id);
        let (refused, rest) = open.into_iter().partition(|(_, check)| is_about(check));
        let refused: Vec<(usize, AccessCheck)> = refused;
        decided.extend(refused.into_iter().map(|(at, _)| (at, Decision::no(reason))));
        open = rest;
        if open.is_empty() {
            return Ok(decided);
        }
    }
    let message = format!("evaluations: must name at most {MAX_EVALUATION_ROUNDS} things that are unknown");
    Err(invalid(message))
}

/// Returns what the core does not know, and the answer to the questions about it: a project, by the name that they give it, or the
/// organization (`None`). Not set: it refused the call.
fn unknown(status: &Status, open: &[(usize, AccessCheck)]) -> Option<(&'static str, Option<String>)> {
    let details = status.get_error_details();
    if status.code() != Code::NotFound {
        return None;
    }
    let about = &details.error_info()?.metadata;
    let id = about.get("id")?;
    match about.get("resource")?.as_str() {
        "organization" => Some(("organization_unknown", None)),
        "project" if open.iter().any(|(_, check)| check.project_id == *id) => {
            Some(("project_unknown", Some(id.clone())))
        }
        _ => None,
    }
}
