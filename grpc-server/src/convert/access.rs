//! Questions about access, and their answers.

use identity_core::{
    access::{Check, Consistency, Decision, Denial},
    directory::{Explanation, ScopeAccess, TracedGrant},
    error::{Error, Resource, Result},
    id::Id,
    role::RoleScope,
};
use identity_proto::v1::{
    self, AccessCheck, AccessDecision, AccessDenial, CheckAccessResponse, EffectiveRole, RoleOrigin,
    consistency::Requirement,
};

use super::{group::source_message, time};

/// Consistency of answers where the caller does not choose one.
pub(crate) const FRESH: Consistency = Consistency::FullyConsistent;

/// A question about a place that was looked up; `None`: there is no such project. What is no id of a user is the id of nobody.
pub(crate) fn check(check: AccessCheck, scope: Option<RoleScope>) -> Check {
    Check {
        user: Id::parse(&check.user_id),
        permission: check.permission,
        scope,
    }
}

pub(crate) fn consistency(consistency: Option<v1::Consistency>) -> Consistency {
    match consistency.and_then(|it| it.requirement) {
        Some(Requirement::MinimizeLatency(true)) => Consistency::MinimizeLatency,
        Some(Requirement::AtLeastAsFresh(revision)) => Consistency::AtLeastAsFresh(revision),
        Some(Requirement::MinimizeLatency(false) | Requirement::FullyConsistent(_)) | None => FRESH,
    }
}

pub(crate) fn answer(decided: &identity_core::access::Decided) -> CheckAccessResponse {
    let AccessDecision { allowed, denial } = decision(decided.decision);
    CheckAccessResponse {
        allowed,
        denial,
        revision: decided.revision,
        valid_for: decided.valid_for.and_then(|left| left.try_into().ok()),
    }
}

pub(crate) fn decision(decision: Decision) -> AccessDecision {
    let denial = match decision {
        Decision::Allowed => AccessDenial::Unspecified,
        Decision::Denied(Denial::NotGranted) => AccessDenial::NotGranted,
        Decision::Denied(Denial::UserUnknown) => AccessDenial::UserUnknown,
        Decision::Denied(Denial::UserInactive) => AccessDenial::UserInactive,
        Decision::Denied(Denial::ProjectUnknown) => AccessDenial::ProjectUnknown,
        Decision::Denied(Denial::ProjectArchived) => AccessDenial::ProjectArchived,
        Decision::Denied(Denial::CheckMalformed) => AccessDenial::CheckMalformed,
    };
    AccessDecision {
        allowed: decision == Decision::Allowed,
        denial: denial.into(),
    }
}

/// Leaves what the caller asks about.
pub(crate) fn narrow(
    explained: &mut Explanation,
    (project, scope): (&str, Option<RoleScope>),
    permission: &str,
) -> Result<()> {
    let scope = match project {
        "" => None,
        name => Some(scope.ok_or_else(|| Error::not_found(Resource::Project, name))?),
    };
    explained.about(scope, (!permission.is_empty()).then_some(permission));
    Ok(())
}

/// Lists the roles of a user in these scopes; `None`: in the organization.
pub(crate) fn roles(
    explained: &Explanation,
    scopes: impl IntoIterator<Item = Option<Id>>,
) -> Vec<EffectiveRole> {
    let access = &explained.access;
    let role = |scope: Option<Id>| match scope {
        None => Some(role(explained, String::new(), &access.organization)),
        Some(id) => Some(role(explained, id.to_string(), access.projects.get(&id)?)),
    };
    scopes.into_iter().filter_map(role).collect()
}

fn role(explained: &Explanation, project_id: String, scope_access: &ScopeAccess) -> EffectiveRole {
    EffectiveRole {
        project_id,
        role: scope_access.role.clone().unwrap_or_default(),
        permissions: scope_access.permissions.names().map(ToOwned::to_owned).collect(),
        origins: scope_access
            .grants
            .iter()
            .map(|grant| origin(explained, grant))
            .collect(),
    }
}

fn origin(explained: &Explanation, traced: &TracedGrant) -> RoleOrigin {
    let grant = &traced.grant;
    let connection = grant.connection_id.map(|id| id.to_string());
    RoleOrigin {
        role: grant.key.role.clone(),
        source: source_message(grant.key.source).into(),
        holder_id: grant.key.principal_id.to_string(),
        through_group_ids: traced.through.iter().map(ToString::to_string).collect(),
        connection_id: connection.unwrap_or_default(),
        expire_time: grant.expires_at.map(time::to_message),
        text: explained.sentence(traced),
    }
}
