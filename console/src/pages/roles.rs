//! Roles, and the rules that give them to members of groups.

use askama::Template;
use axum::extract::Path;
use identity_proto::v1::{
    ListMappingRulesRequest, ListRolesRequest, MappingRule, Role,
    mapping_rule::{Group, Target},
};

use super::{Page, show};
use crate::{
    request::Visitor,
    view::{Frame, plain, word},
};

/// Roles and rules of a page; there are few.
const MAX_ROWS: i32 = 1_000;

#[derive(Template)]
#[template(path = "roles.html")]
struct RolesPage {
    frame: Frame,
    roles: Vec<RoleRow>,
    rules: Vec<RuleRow>,
    /// Sentence in place of the rules, if they cannot be shown.
    rules_refused: String,
}

struct RoleRow {
    name: String,
    scope: String,
    source: String,
    permissions: String,
}

struct RuleRow {
    group: String,
    target: String,
}

/// Shows roles and mapping rules.
pub(super) async fn list(visitor: Visitor, Path(org): Path<String>) -> Page {
    let request = ListRolesRequest {
        organization: org.clone(),
        page_size: MAX_ROWS,
        ..ListRolesRequest::default()
    };
    let roles = visitor
        .client
        .roles()
        .list_roles(request)
        .await?
        .into_inner()
        .roles;
    let request = ListMappingRulesRequest {
        organization: org.clone(),
        page_size: MAX_ROWS,
        ..ListMappingRulesRequest::default()
    };
    let (mapping_rules, rules_refused) = match visitor.client.mappings().list_mapping_rules(request).await {
        Ok(listed) => (listed.into_inner().rules, String::new()),
        Err(status) => (Vec::new(), status.message().to_owned()),
    };
    show(&RolesPage {
        frame: visitor.frame(&org, "roles", "Roles and mapping rules"),
        roles: roles.iter().map(role).collect(),
        rules: mapping_rules.iter().map(rule).collect(),
        rules_refused,
    })
}

fn role(role: &Role) -> RoleRow {
    RoleRow {
        name: plain(&role.name),
        scope: word(role.scope().as_str_name(), "ROLE_SCOPE"),
        source: word(role.source().as_str_name(), "ROLE_SOURCE"),
        permissions: plain(&role.permissions.join(", ")),
    }
}

fn rule(rule: &MappingRule) -> RuleRow {
    let group = match &rule.group {
        Some(Group::GroupName(name)) => format!("group {name}"),
        Some(Group::GroupExternalId(id)) => format!("group with external id {id}"),
        Some(Group::GroupPattern(pattern)) => format!("groups like {pattern}"),
        None => String::new(),
    };
    let target = match &rule.target {
        Some(Target::Role(name)) => format!("role {name}"),
        Some(Target::License(license)) => format!("license {license}"),
        None => String::new(),
    };
    RuleRow {
        group: plain(&group),
        target: plain(&target),
    }
}
