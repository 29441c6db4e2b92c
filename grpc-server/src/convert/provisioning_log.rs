//! The provisioning log.

use identity_core::{
    call_effect::Summary,
    directory::input::{NewProvisioningRequest, ProvisioningConditions, RequestsOfToken},
    error::{Error, Result},
    id::Id,
    provisioning_log::{
        Content, ProvisioningAction, ProvisioningOutcome, ProvisioningQuery, ProvisioningRequest, Statements,
        Target,
    },
};
use identity_proto::v1::{self, ErrorReason};

use super::{required, text, time};

/// Actions, as each API names them.
const ACTIONS: [(ProvisioningAction, v1::ProvisioningAction); 15] = {
    use ProvisioningAction as Action;
    use v1::ProvisioningAction as Message;
    [
        (Action::Other, Message::Unspecified),
        (Action::ConnectionTest, Message::ConnectionTest),
        (Action::LookUp, Message::LookUp),
        (Action::List, Message::List),
        (Action::Create, Message::Create),
        (Action::Update, Message::Update),
        (Action::Rename, Message::Rename),
        (Action::Deactivate, Message::Deactivate),
        (Action::Reactivate, Message::Reactivate),
        (Action::Delete, Message::Delete),
        (Action::MembersAdded, Message::MembersAdded),
        (Action::MembersRemoved, Message::MembersRemoved),
        (Action::Discover, Message::Discover),
        (Action::Bulk, Message::Bulk),
        (Action::Token, Message::Token),
    ]
};

/// Outcomes, as each API names them.
const OUTCOMES: [(ProvisioningOutcome, v1::ProvisioningOutcome); 6] = {
    use ProvisioningOutcome as Outcome;
    use v1::ProvisioningOutcome as Message;
    [
        (Outcome::Applied, Message::Applied),
        (Outcome::Unchanged, Message::Unchanged),
        (Outcome::PartlyIgnored, Message::PartlyIgnored),
        (Outcome::Refused, Message::Refused),
        (Outcome::Unauthenticated, Message::Unauthenticated),
        (Outcome::Failed, Message::Failed),
    ]
};

/// Prefix of a reason's name.
const REASON: &str = "ERROR_REASON_";

pub(crate) fn conditions(request: v1::ListProvisioningRequestsRequest) -> Result<ProvisioningConditions> {
    let action = request.action();
    let outcome = request.outcome();
    if i32::from(action) != request.action {
        return Err(Error::invalid("action", "must be a known action"));
    }
    if i32::from(outcome) != request.outcome {
        return Err(Error::invalid("outcome", "must be a known outcome"));
    }
    let connection = text(request.connection_id).map(|id| {
        let rule = || Error::invalid("connection_id", "must be an id");
        Id::parse(&id).ok_or_else(rule)
    });
    let query = ProvisioningQuery {
        connection_id: connection.transpose()?,
        action: core_of(&ACTIONS, action).filter(|action| *action != ProvisioningAction::Other),
        outcome: core_of(&OUTCOMES, outcome),
        request_id: text(request.request_id),
        target: None,
        from: time::from_message(request.start_time, "start_time")?,
        until: time::from_message(request.end_time, "end_time")?,
    };
    Ok(ProvisioningConditions {
        query,
        target: text(request.target),
    })
}

pub(crate) fn of_token(requests: v1::RequestsOfToken) -> Result<RequestsOfToken> {
    Ok(RequestsOfToken {
        token: requests.token,
        requests: requests
            .requests
            .into_iter()
            .map(recorded)
            .collect::<Result<_>>()?,
    })
}

/// Reads a request to add. What it says beyond its content is passed over.
fn recorded(recorded: v1::RecordedRequest) -> Result<NewProvisioningRequest> {
    const REQUEST: &str = "tokens.requests.request";
    let request = required(recorded.request, REQUEST)?;
    let age = time::duration(recorded.age, "tokens.requests.age")?.unwrap_or_default();
    let duration = time::duration(request.duration, &format!("{REQUEST}.duration"))?.unwrap_or_default();
    let outcome = core_of(&OUTCOMES, request.outcome())
        .ok_or_else(|| Error::invalid(format!("{REQUEST}.outcome"), "must be given"))?;
    let reason = match request.reason() {
        ErrorReason::Unspecified => String::new(),
        reason => reason.as_str_name().trim_start_matches(REASON).to_owned(),
    };
    let content = Content {
        action: core_of(&ACTIONS, request.action()).unwrap_or_default(),
        outcome,
        request_id: request.request_id,
        user_agent: request.user_agent,
        method: request.method,
        path: request.path,
        resource_type: request.resource_type,
        target: Target {
            id: text(request.target_id),
            name: text(request.target_name),
            external_id: text(request.target_external_id),
        },
        count: request.count,
        status: request.status,
        scim_type: request.scim_type,
        detail: request.detail,
        reason,
        revision: request.revision,
        statements: Statements {
            ignored: request.ignored,
            coerced: request.coerced,
        },
        duration,
    };
    Ok(NewProvisioningRequest { age, content })
}

pub(crate) fn to_message(request: ProvisioningRequest) -> v1::ProvisioningRequest {
    let id = |id: Option<Id>| id.map_or_else(String::new, |id| id.to_string());
    let content = request.content;
    v1::ProvisioningRequest {
        id: request.id.to_string(),
        organization_id: request.organization_id.to_string(),
        time: Some(time::to_message(request.at)),
        connection_id: id(request.connection_id),
        token_id: id(request.token_id),
        request_id: content.request_id,
        user_agent: content.user_agent,
        method: content.method,
        path: content.path,
        resource_type: content.resource_type,
        target_id: content.target.id.unwrap_or_default(),
        target_name: content.target.name.unwrap_or_default(),
        target_external_id: content.target.external_id.unwrap_or_default(),
        action: message_of(&ACTIONS, content.action).map_or(0, Into::into),
        count: content.count,
        outcome: message_of(&OUTCOMES, content.outcome).map_or(0, Into::into),
        status: content.status,
        scim_type: content.scim_type,
        detail: content.detail,
        reason: reason(&content.reason).into(),
        revision: content.revision,
        ignored: content.statements.ignored,
        coerced: content.statements.coerced,
        duration: prost_types::Duration::try_from(content.duration).ok(),
    }
}

/// The reason of this name; unspecified: there is none.
pub(crate) fn reason(name: &str) -> ErrorReason {
    ErrorReason::from_str_name(&format!("{REASON}{name}")).unwrap_or_default()
}

pub(crate) fn effect(revision: i64, summary: Summary) -> v1::CallEffect {
    let count = |members: usize| i32::try_from(members).unwrap_or(i32::MAX);
    v1::CallEffect {
        revision,
        active: summary.active,
        renamed: summary.renamed,
        members_added: count(summary.members_added),
        members_removed: count(summary.members_removed),
        ignored: summary.ignored,
    }
}

fn core_of<C: Copy, M: Copy + PartialEq>(table: &[(C, M)], message: M) -> Option<C> {
    table.iter().find(|row| row.1 == message).map(|row| row.0)
}

fn message_of<C: Copy + PartialEq, M: Copy>(table: &[(C, M)], core: C) -> Option<M> {
    table.iter().find(|row| row.0 == core).map(|row| row.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_action_and_outcome_has_a_line() {
        for action in ProvisioningAction::ALL {
            assert!(message_of(&ACTIONS, *action).is_some(), "{action:?}");
        }
        for outcome in ProvisioningOutcome::ALL {
            assert!(message_of(&OUTCOMES, *outcome).is_some(), "{outcome:?}");
        }
    }
}
