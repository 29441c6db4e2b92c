//! `roster why`: what became of the requests about one person or group, and what would change it.

use std::{cmp::Reverse, time::Duration};

use clap::Args;
use identity_proto::v1::{
    ErrorReason, Filter, FilterList, GetPolicyRequest, ListGroupsRequest, ListProvisioningRequestsRequest,
    ListProvisioningRequestsResponse, ListUsersRequest, ProvisioningOutcome, ProvisioningRequest,
    filter::Condition,
};

use super::{
    InOrg,
    list::equals,
    output::{Answer, Cell, Kind, Names, Table, Wording, count},
    provisioning::{action_label, outcome_label},
    session::Session,
};
use crate::failure::Failure;

pub(super) const EXAMPLE: &str = "Examples:
  roster why zoe@acme.example --org acme
  roster why 00u1f96ECLNVOKVMUSEA --org acme";

/// Users or groups of one name that are looked at.
const MAX_FOUND: i32 = 5;
/// Requests that are shown.
const MAX_SHOWN: usize = 10;

/// The person or group to explain.
#[derive(Args, Debug)]
pub(crate) struct WhyArgs {
    /// A user name, e-mail address, group name, id or external id
    #[arg(value_name = "NAME")]
    name: String,
    #[command(flatten)]
    org: InOrg,
}

/// Time after which a request is in the log.
const RECORDED_WITHIN: Duration = Duration::from_millis(1_500);

/// A user or group that has the name.
struct Found {
    /// Description, in a sentence.
    sentence: String,
    /// Keys that requests may name it by.
    keys: [String; 3],
}

/// The last requests about each of these names.
async fn named(session: &Session, org: &str, keys: &[String]) -> Result<Vec<ProvisioningRequest>, Failure> {
    let mut requests = Vec::new();
    for target in keys {
        requests.extend(list(session, org, target.clone(), MAX_SHOWN).await?);
    }
    Ok(requests)
}

impl WhyArgs {
    pub(super) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let (org, name) = (self.org.org, self.name);
        let mut found = users(session, &org, &name).await?;
        if found.is_empty() {
            found = groups(session, &org, &name).await?;
        }
        let mut keys = vec![name.clone()];
        keys.extend(found.iter().flat_map(|it| it.keys.clone()));
        keys.retain(|key| !key.is_empty());
        keys.sort_unstable();
        keys.dedup();
        let mut requests = named(session, &org, &keys).await?;
        if requests.is_empty() {
            // A record may be on its way for a second; a wrong "never" sends people to look for faults that are none.
            tokio::time::sleep(RECORDED_WITHIN).await;
            requests = named(session, &org, &keys).await?;
        }
        requests.sort_unstable_by(|a, b| (Reverse(&a.id)).cmp(&Reverse(&b.id)));
        requests.dedup_by(|a, b| a.id == b.id);
        requests.truncate(MAX_SHOWN);
        let mut lines: Vec<String> = found.iter().map(|it| it.sentence.clone()).collect();
        if lines.is_empty() {
            lines.push(format!("No user and no group has the name or id {name:?}."));
        }
        if requests.is_empty() {
            lines.extend(never_named(session, &org, &name).await?);
        } else {
            let mut names = Names::new();
            let ids = requests
                .iter()
                .map(|it| (Kind::Connection, it.connection_id.clone()));
            let ids = ids.filter(|(_, id)| !id.is_empty()).collect();
            session.learn(&org, &mut names, ids).await;
            lines.extend(explained(&requests, &org, &names));
        }
        let text = lines.join("\n") + "\n";
        let table = (!requests.is_empty()).then(|| Table::of(&requests));
        let message = ListProvisioningRequestsResponse {
            requests,
            next_page_token: String::new(),
        };
        let answer = Answer::text(&message, text)?;
        Ok(match table {
            Some(table) => answer.and_table(table),
            None => answer,
        })
    }
}

async fn list(
    session: &Session,
    org: &str,
    target: String,
    most: usize,
) -> Result<Vec<ProvisioningRequest>, Failure> {
    let request = ListProvisioningRequestsRequest {
        organization: org.to_owned(),
        target,
        page_size: i32::try_from(most).unwrap_or(i32::MAX),
        ..Default::default()
    };
    let mut client = session.provisioning_log();
    let listed = client.list_provisioning_requests(request).await?;
    Ok(listed.into_inner().requests)
}

fn any_of(attributes: &[&str], text: &str) -> Filter {
    let filters = attributes.iter().map(|attribute| equals(attribute, text));
    Filter {
        condition: Some(Condition::AnyOf(FilterList {
            filters: filters.collect(),
        })),
    }
}

async fn users(session: &Session, org: &str, name: &str) -> Result<Vec<Found>, Failure> {
    let request = ListUsersRequest {
        organization: org.to_owned(),
        page_size: MAX_FOUND,
        filter: Some(any_of(&["user_name", "emails.value", "external_id", "id"], name)),
        show_deleted: true,
        ..Default::default()
    };
    let users = session.users().list_users(request).await?.into_inner().users;
    let mut names = Names::new();
    let managers = users.iter().filter(|user| !user.managed_by.is_empty());
    let managers = managers.map(|user| (Kind::Connection, user.managed_by.clone()));
    session.learn(org, &mut names, managers.collect()).await;
    let found = users.into_iter().map(|user| {
        let state = if user.delete_time.is_some() {
            "deleted"
        } else if user.active == Some(false) {
            "inactive"
        } else {
            "active"
        };
        let managed = match user.managed_by.as_str() {
            "" => "managed by no connection".to_owned(),
            connection => format!("managed by connection {}", connection_name(connection, &names)),
        };
        Found {
            sentence: format!("{} is {state}, {managed} (id {}).", user.user_name, user.id),
            keys: [user.id, user.user_name, user.external_id],
        }
    });
    Ok(found.collect())
}

async fn groups(session: &Session, org: &str, name: &str) -> Result<Vec<Found>, Failure> {
    let request = ListGroupsRequest {
        organization: org.to_owned(),
        page_size: MAX_FOUND,
        filter: Some(any_of(&["display_name", "external_id", "id"], name)),
        ..Default::default()
    };
    let groups = session.groups().list_groups(request).await?.into_inner().groups;
    let found = groups.into_iter().map(|group| Found {
        sentence: format!(
            "{} is a group with {} (id {}).",
            group.display_name,
            count(group.member_count, "member"),
            group.id
        ),
        keys: [group.id, group.display_name, group.external_id],
    });
    Ok(found.collect())
}

/// The name of a connection, or its id where that is all that is left.
fn connection_name(id: &str, names: &Names) -> String {
    let name = names.get(&(Kind::Connection, id.to_owned()));
    name.cloned().unwrap_or_else(|| id.to_owned())
}

/// The time of a request.
fn time(request: &ProvisioningRequest) -> String {
    Cell::from(request.time).text(Wording::default())
}

/// Explains a log that does not have the name.
async fn never_named(session: &Session, org: &str, name: &str) -> Result<Vec<String>, Failure> {
    let request = GetPolicyRequest {
        organization: org.to_owned(),
    };
    // A token may read the log and not the policy.
    let policy = session.policies().get_policy(request).await.ok();
    let policy = policy
        .and_then(|answer| answer.into_inner().policy)
        .unwrap_or_default();
    let keep = policy
        .settings
        .iter()
        .find(|it| it.key == "provisioning_log.keep");
    let keep = keep.map(|it| it.value.as_str());
    if keep == Some("0") {
        return Ok(vec![format!(
            "No log is kept (provisioning_log.keep is 0): roster policy set --org {org} provisioning_log.keep=30d"
        )]);
    }
    let since = keep.map_or_else(String::new, |keep| format!(" in the last {keep}"));
    let mut lines = vec![format!(
        "No request has named {name:?}{since}: look at the assignments in the identity provider."
    )];
    let newest = list(session, org, String::new(), 1).await?;
    lines.push(match newest.first() {
        Some(last) => format!("The last request of any kind came at {}.", time(last)),
        None => {
            "No identity provider has sent any request: look at the base URL and the token there.".to_owned()
        }
    });
    Ok(lines)
}

/// Explains the newest request, and what would change its outcome.
fn explained(requests: &[ProvisioningRequest], org: &str, names: &Names) -> Vec<String> {
    let Some(last) = requests.iter().find(|it| is_change(it)).or(requests.first()) else {
        return Vec::new();
    };
    let mut lines = vec![format!(
        "The last change that was asked for ({}) was {}, at {}, with status {}.",
        action_label(last),
        outcome_label(last),
        time(last),
        last.status
    )];
    if !last.detail.is_empty() {
        lines.push(format!("Reason: {}", last.detail));
    }
    lines.extend(last.ignored.iter().map(|it| format!("Ignored: {it}")));
    if let Some(advice) = advice(last, org, names) {
        lines.push(format!("What changes that: {advice}"));
    }
    lines
}

fn is_change(request: &ProvisioningRequest) -> bool {
    !["GET", "HEAD"].contains(&request.method.as_str())
}

/// The setting or fact that decided, and the command that changes it.
fn advice(request: &ProvisioningRequest, org: &str, names: &Names) -> Option<String> {
    let by_setting = request.detail.split_once("(policy setting ");
    if let Some((setting, _)) = by_setting.and_then(|(_, rest)| rest.split_once(')')) {
        return Some(format!(
            "the policy setting {setting}: roster policy set --org {org} {setting}=VALUE"
        ));
    }
    if request.detail.starts_with("roles") && request.reason() == ErrorReason::FieldInvalid {
        return Some(format!(
            "send a role of roles.catalog, or roster policy set --org {org} roles.unknown_values=keep"
        ));
    }
    let connection = &connection_name(&request.connection_id, names);
    Some(match request.reason() {
        ErrorReason::SeatsExhausted => {
            format!("deactivate users, or roster org update --org {org} --seats N")
        }
        ErrorReason::NotManagedHere => format!(
            "adopt what was there before the connection: roster connection adopt {connection} --org {org} --preview"
        ),
        ErrorReason::ManagedElsewhere => {
            "use the connection that manages it, or delete that connection".to_owned()
        }
        ErrorReason::ResourceAlreadyExists => {
            "let the identity provider match by userName; it then updates the one that exists".to_owned()
        }
        ErrorReason::LastAdmin => "make another user an administrator first".to_owned(),
        ErrorReason::RoleCeiling => {
            format!("send another role, or roster connection update {connection} --org {org} --max-role ROLE")
        }
        ErrorReason::BrakeHeld | ErrorReason::BrakeRejected => format!(
            "decide on the deactivations: roster connection brake release {connection} --org {org}, or reset after a rejection"
        ),
        ErrorReason::ConnectionDisabled => {
            format!("roster connection enable {connection} --org {org}")
        }
        ErrorReason::OrganizationSuspended => format!("roster org update --org {org} --status active"),
        ErrorReason::PlanLacksFeature => format!("roster org update --org {org} --plan NAME"),
        ErrorReason::TokenInvalid => format!(
            "give the identity provider a token that holds: roster scim-token create --org {org} --name NAME"
        ),
        ErrorReason::FieldInvalid => "correct the attribute mapping in the identity provider".to_owned(),
        _ if request.outcome() == ProvisioningOutcome::Refused => {
            "see the troubleshooting guide, docs/connect/troubleshooting.md".to_owned()
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_names_the_setting_that_decided() {
        let request = ProvisioningRequest {
            method: "POST".into(),
            detail: "provisioning needs single sign-on (policy setting sso.required_for_scim)".into(),
            ..Default::default()
        };
        let advice = advice(&request, "acme", &Names::new()).unwrap();
        assert!(
            advice.contains("roster policy set --org acme sso.required_for_scim="),
            "{advice}"
        );
        let lines = explained(&[request], "acme", &Names::new());
        assert!(
            lines
                .iter()
                .any(|line| line.starts_with("Reason: provisioning needs")),
            "{lines:?}"
        );
    }
    #[test]
    fn a_connection_is_told_by_its_name() {
        let request = ProvisioningRequest {
            connection_id: "01890a5d".into(),
            reason: ErrorReason::BrakeHeld.into(),
            ..Default::default()
        };
        let names = Names::from([((Kind::Connection, "01890a5d".to_owned()), "okta".to_owned())]);
        let advice = advice(&request, "acme", &names).unwrap();
        assert!(advice.contains("brake release okta --org acme"), "{advice}");
    }
}
