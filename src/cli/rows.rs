//! How resources look as lines of a table.

use identity_proto::v1::{
    AdoptionItem, AssignableRole, Change, Connection, ExtensionSchema, FieldChange, Grant, Group, License,
    LicenseChange, MappingRule, Member, Organization, PolicyEffect, PolicySetting, Project, Role,
    ServiceAccount, SigningKey, Token, TokenKind, User, mapping_rule,
};
use prost_types::Timestamp;

use super::output::Row;

/// Largest number of changed fields that a line of the change log names.
const SHOWN_FIELDS: usize = 8;

impl Row for Organization {
    const COLUMNS: &'static [&'static str] = &[
        "SLUG", "NAME", "STATUS", "PLAN", "SEATS", "SSO", "RBAC", "USERS", "ACTIVE", "GROUPS", "REVISION",
        "ID",
    ];

    fn cells(&self) -> Vec<String> {
        let seats = if self.seats == 0 {
            "no limit".to_owned()
        } else {
            self.seats.to_string()
        };
        vec![
            self.slug.clone(),
            self.name.clone(),
            if self.delete_time.is_some() {
                "deleted".to_owned()
            } else {
                enum_label(self.status().as_str_name(), "ORGANIZATION_STATUS_")
            },
            self.plan.clone(),
            seats,
            on_off(self.sso_enabled),
            on_off(self.rbac_enabled),
            self.user_count.to_string(),
            self.active_user_count.to_string(),
            self.group_count.to_string(),
            self.revision.to_string(),
            self.id.clone(),
        ]
    }
}

impl Row for User {
    const COLUMNS: &'static [&'static str] = &["USER NAME", "DISPLAY NAME", "E-MAIL", "ROLE", "STATE", "ID"];

    fn cells(&self) -> Vec<String> {
        let email = self
            .emails
            .iter()
            .find(|email| email.primary)
            .or(self.emails.first());
        let state = if self.delete_time.is_some() {
            "deleted"
        } else if self.break_glass == Some(true) {
            "break-glass"
        } else if self.active == Some(false) {
            "inactive"
        } else {
            "active"
        };
        vec![
            self.user_name.clone(),
            self.display_name.clone(),
            email.map(|email| email.value.clone()).unwrap_or_default(),
            self.organization_role.clone(),
            state.to_owned(),
            self.id.clone(),
        ]
    }
}

impl Row for Group {
    const COLUMNS: &'static [&'static str] = &["DISPLAY NAME", "MEMBERS", "EXTERNAL ID", "MANAGED BY", "ID"];

    fn cells(&self) -> Vec<String> {
        vec![
            self.display_name.clone(),
            self.member_count.to_string(),
            self.external_id.clone(),
            self.managed_by.clone(),
            self.id.clone(),
        ]
    }
}

impl Row for Member {
    const COLUMNS: &'static [&'static str] = &["DISPLAY NAME", "TYPE", "SOURCE", "ID"];

    fn cells(&self) -> Vec<String> {
        vec![
            self.display_name.clone(),
            enum_label(self.r#type().as_str_name(), "MEMBER_TYPE_"),
            enum_label(self.source().as_str_name(), "GRANT_SOURCE_"),
            self.id.clone(),
        ]
    }
}

impl Row for Connection {
    const COLUMNS: &'static [&'static str] = &[
        "NAME",
        "IDP",
        "STATUS",
        "CEILING",
        "BRAKE",
        "ROLES READ",
        "CREATED",
        "ID",
    ];

    fn cells(&self) -> Vec<String> {
        vec![
            self.name.clone(),
            self.idp_kind.clone(),
            enum_label(self.status().as_str_name(), "CONNECTION_STATUS_"),
            self.max_role.clone(),
            safeguard_state(self),
            time(self.roles_read_time),
            time(self.create_time),
            self.id.clone(),
        ]
    }
}

impl Row for AdoptionItem {
    const COLUMNS: &'static [&'static str] = &["WHAT", "NAME", "MATCHED BY", "OUTCOME", "ID"];

    fn cells(&self) -> Vec<String> {
        let is_group = !self.group_id.is_empty();
        vec![
            if is_group { "group" } else { "user" }.to_owned(),
            self.name.clone(),
            self.matched_by.clone(),
            enum_label(self.outcome().as_str_name(), "ADOPTION_OUTCOME_"),
            if is_group { &self.group_id } else { &self.user_id }.clone(),
        ]
    }
}

impl Row for Token {
    const COLUMNS: &'static [&'static str] =
        &["NAME", "SECRET", "FOR", "EXPIRES", "LAST USED", "CREATED", "ID"];

    fn cells(&self) -> Vec<String> {
        let scopes = self.scopes.join(",");
        let purpose = match self.kind() {
            TokenKind::Scim => format!("connection {}", self.connection_id),
            TokenKind::Personal => format!("user {} {scopes}", self.user_id),
            TokenKind::ServiceAccountKey => format!("service account {} {scopes}", self.service_account_id),
            TokenKind::Service | TokenKind::Unspecified => scopes,
        };
        let expires = if self.expire_time.is_some() {
            time(self.expire_time)
        } else {
            "never".to_owned()
        };
        vec![
            self.name.clone(),
            format!("{}…", self.secret_prefix),
            purpose.trim_end().to_owned(),
            expires,
            time(self.last_use_time),
            time(self.create_time),
            self.id.clone(),
        ]
    }
}

impl Row for ServiceAccount {
    const COLUMNS: &'static [&'static str] = &["NAME", "SCOPES", "PROJECTS", "CREATED", "ID"];

    fn cells(&self) -> Vec<String> {
        let projects = if self.project_ids.is_empty() {
            "all".to_owned()
        } else {
            self.project_ids.join(",")
        };
        vec![
            self.name.clone(),
            self.scopes.join(","),
            projects,
            time(self.create_time),
            self.id.clone(),
        ]
    }
}

impl Row for SigningKey {
    const COLUMNS: &'static [&'static str] = &["ID", "ALGORITHM", "CREATED", "SIGNS FROM", "ENDS"];

    fn cells(&self) -> Vec<String> {
        vec![
            self.id.clone(),
            self.algorithm.clone(),
            time(self.create_time),
            time(self.sign_time),
            time(self.expire_time),
        ]
    }
}

impl Row for FieldChange {
    const COLUMNS: &'static [&'static str] = &["SETTING", "NOW", "THEN"];

    fn cells(&self) -> Vec<String> {
        vec![self.field.clone(), self.before.clone(), self.after.clone()]
    }
}

impl Row for PolicyEffect {
    const COLUMNS: &'static [&'static str] = &["BECAUSE OF", "HOW MANY", "WHAT", "SUCH AS"];

    fn cells(&self) -> Vec<String> {
        vec![
            self.setting.clone(),
            self.count.to_string(),
            self.what.clone(),
            self.samples.join(", "),
        ]
    }
}

impl Row for License {
    const COLUMNS: &'static [&'static str] = &["LICENSE", "IN PLAN", "GIVEN TO"];

    fn cells(&self) -> Vec<String> {
        let in_plan = if self.in_plan { "yes" } else { "no" };
        vec![
            self.name.clone(),
            in_plan.to_owned(),
            self.assigned_count.to_string(),
        ]
    }
}

impl Row for LicenseChange {
    const COLUMNS: &'static [&'static str] = &["USER", "NAME", "NOW", "THEN"];

    fn cells(&self) -> Vec<String> {
        vec![
            self.user_id.clone(),
            self.user_name.clone(),
            self.before.clone(),
            self.after.clone(),
        ]
    }
}

impl Row for MappingRule {
    const COLUMNS: &'static [&'static str] = &["POSITION", "GROUPS", "CARRY", "ID"];

    fn cells(&self) -> Vec<String> {
        let groups = match &self.group {
            Some(mapping_rule::Group::GroupName(name)) => format!("named {name}"),
            Some(mapping_rule::Group::GroupExternalId(id)) => format!("with external id {id}"),
            Some(mapping_rule::Group::GroupPattern(pattern)) => format!("like {pattern}"),
            None => String::new(),
        };
        let target_label = match &self.target {
            Some(mapping_rule::Target::Role(role)) => format!("role {role}"),
            Some(mapping_rule::Target::License(license)) => format!("license {license}"),
            None => String::new(),
        };
        let position = self.position.unwrap_or_default().to_string();
        vec![position, groups, target_label, self.id.clone()]
    }
}

impl Row for PolicySetting {
    const COLUMNS: &'static [&'static str] =
        &["SETTING", "VALUE", "ALLOWED", "CAN CHANGE", "WHAT IT DECIDES"];

    fn cells(&self) -> Vec<String> {
        let changeable = if self.supported { "yes" } else { "not yet" };
        vec![
            self.key.clone(),
            self.value.clone(),
            self.allowed.clone(),
            changeable.to_owned(),
            self.description.clone(),
        ]
    }
}

impl Row for Project {
    const COLUMNS: &'static [&'static str] = &["NAME", "TYPE", "STATUS", "CREATED", "ID"];

    fn cells(&self) -> Vec<String> {
        vec![
            self.name.clone(),
            enum_label(self.r#type().as_str_name(), "PROJECT_TYPE_"),
            enum_label(self.status().as_str_name(), "PROJECT_STATUS_"),
            time(self.create_time),
            self.id.clone(),
        ]
    }
}

impl Row for Role {
    const COLUMNS: &'static [&'static str] = &["NAME", "IN", "SOURCE", "PERMISSIONS", "ID"];

    fn cells(&self) -> Vec<String> {
        vec![
            self.name.clone(),
            enum_label(self.scope().as_str_name(), "ROLE_SCOPE_"),
            enum_label(self.source().as_str_name(), "ROLE_SOURCE_"),
            self.permissions.join(","),
            self.id.clone(),
        ]
    }
}

impl Row for AssignableRole {
    const COLUMNS: &'static [&'static str] = &["DISPLAY", "TYPE", "VALUE"];

    fn cells(&self) -> Vec<String> {
        vec![self.display.clone(), self.r#type.clone(), self.value.clone()]
    }
}

impl Row for Grant {
    const COLUMNS: &'static [&'static str] = &["ROLE", "PROJECT", "HOLDER", "ID", "SOURCE", "EXPIRES"];

    fn cells(&self) -> Vec<String> {
        vec![
            self.role.clone(),
            self.project_id.clone(),
            enum_label(self.principal_type().as_str_name(), "MEMBER_TYPE_"),
            self.principal_id.clone(),
            enum_label(self.source().as_str_name(), "GRANT_SOURCE_"),
            time(self.expire_time),
        ]
    }
}

impl Row for ExtensionSchema {
    const COLUMNS: &'static [&'static str] = &["URN", "NAME", "EXTENDS", "ATTRIBUTES"];

    fn cells(&self) -> Vec<String> {
        let names: Vec<_> = self
            .attributes
            .iter()
            .map(|attribute| attribute.name.as_str())
            .collect();
        vec![
            self.id.clone(),
            self.name.clone(),
            enum_label(self.extends().as_str_name(), "EXTENDED_TYPE_"),
            names.join(","),
        ]
    }
}

impl Row for Change {
    const COLUMNS: &'static [&'static str] = &["REVISION", "TIME", "ACTION", "WHAT", "ID", "BY", "CHANGED"];

    fn cells(&self) -> Vec<String> {
        vec![
            format!("{}.{}", self.revision, self.sequence),
            time(self.time),
            enum_label(self.action().as_str_name(), "CHANGE_ACTION_"),
            enum_label(self.entity_type().as_str_name(), "ENTITY_TYPE_"),
            self.entity_id.clone(),
            actor(self),
            summary(self),
        ]
    }
}

fn actor(change: &Change) -> String {
    match &change.actor {
        Some(actor) => {
            let kind = enum_label(actor.kind().as_str_name(), "ACTOR_KIND_");
            format!("{kind} {}", actor.token_id).trim_end().to_owned()
        }
        None => String::new(),
    }
}

/// The fields that changed, as many as a line has room for, and what else happened.
fn summary(change: &Change) -> String {
    let fields = change.fields.iter().map(|field| field.field.clone());
    let mut parts: Vec<String> = fields.take(SHOWN_FIELDS).collect();
    let counts = [
        (change.fields.len().saturating_sub(SHOWN_FIELDS), "more"),
        (change.added_member_ids.len(), "members added"),
        (change.removed_member_ids.len(), "members removed"),
        (change.ignored.len(), "ignored"),
    ];
    let counts = counts.iter().filter(|(count, _)| *count > 0);
    parts.extend(counts.map(|(count, what)| format!("{count} {what}")));
    if !change.break_glass.is_empty() {
        parts.push(format!("break glass: {}", change.break_glass));
    }
    parts.join(", ")
}

/// An enum value's name for people: without its prefix, in small letters.
pub(super) fn enum_label(name: &str, prefix: &str) -> String {
    name.strip_prefix(prefix).unwrap_or(name).to_lowercase()
}

/// Returns the state of the safeguard, if there is a limit.
fn safeguard_state(connection: &Connection) -> String {
    if connection.brake_count == 0 && connection.brake_share_percent == 0 {
        return "off".to_owned();
    }
    enum_label(connection.brake_state().as_str_name(), "BRAKE_STATE_")
}

fn on_off(fact: bool) -> String {
    if fact { "on" } else { "off" }.to_owned()
}

pub(super) fn time(at: Option<Timestamp>) -> String {
    let whole_seconds = at.map(|at| Timestamp { nanos: 0, ..at });
    whole_seconds.map(|at| at.to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use identity_proto::v1::{Actor, ActorKind, ChangeAction, EntityType, FieldChange, TypedValue};

    use super::*;

    #[test]
    fn a_user_shows_its_primary_e_mail_address() {
        let email = |value: &str, primary| TypedValue {
            value: value.into(),
            primary,
            ..TypedValue::default()
        };
        let user = User {
            emails: vec![email("a@x.example", false), email("b@x.example", true)],
            ..User::default()
        };
        assert_eq!(user.cells()[2], "b@x.example");
    }

    #[test]
    fn a_change_says_who_and_what_in_a_line() {
        let change = Change {
            revision: 7,
            fields: vec![FieldChange {
                field: "title".into(),
                ..FieldChange::default()
            }],
            added_member_ids: vec!["1".into(), "2".into()],
            action: ChangeAction::Updated.into(),
            actor: Some(Actor {
                kind: ActorKind::Scim.into(),
                token_id: "t".into(),
                ..Actor::default()
            }),
            entity_type: EntityType::User.into(),
            time: Some(Timestamp {
                seconds: 0,
                nanos: 5_000,
            }),
            ..Change::default()
        };
        let expected = [
            "7.0",
            "1970-01-01T00:00:00Z",
            "updated",
            "user",
            "",
            "scim t",
            "title, 2 members added",
        ];
        assert_eq!(change.cells(), expected);
    }

    #[test]
    fn a_change_of_many_fields_still_fits_a_line() {
        let field = |n: usize| FieldChange {
            field: n.to_string(),
            ..FieldChange::default()
        };
        let change = Change {
            fields: (0..10).map(field).collect(),
            ..Change::default()
        };
        assert_eq!(summary(&change), "0, 1, 2, 3, 4, 5, 6, 7, 2 more");
    }

    #[test]
    fn every_row_has_a_cell_for_each_column() {
        fn check<R: Row + Default>() {
            assert_eq!(R::default().cells().len(), R::COLUMNS.len());
        }
        check::<Organization>();
        check::<User>();
        check::<Group>();
        check::<Member>();
        check::<Connection>();
        check::<Token>();
        check::<ServiceAccount>();
        check::<SigningKey>();
        check::<PolicySetting>();
        check::<Project>();
        check::<Role>();
        check::<AssignableRole>();
        check::<Grant>();
        check::<ExtensionSchema>();
        check::<Change>();
    }
}
