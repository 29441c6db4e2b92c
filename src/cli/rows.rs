//! How resources look as lines of a table.

use identity_proto::v1::{
    AdoptionItem, AssignableRole, Connection, ExtensionSchema, FieldChange, Grant, Group, License,
    LicenseChange, MappingRule, Member, MemberType, Organization, PolicyEffect, Project, Role,
    ServiceAccount, SigningKey, Token, TokenKind, User, mapping_rule,
};

use super::output::{Cell, Kind, Row, cells};

impl Row for Organization {
    const COLUMNS: &'static [&'static str] = &[
        "SLUG", "NAME", "STATUS", "PLAN", "SEATS", "SSO", "RBAC", "USERS", "ACTIVE", "GROUPS", "REVISION",
        "ID",
    ];
    const MINOR: &'static [&'static str] = &["REVISION", "RBAC", "SSO", "GROUPS", "SEATS", "ACTIVE", "PLAN"];

    fn cells(&self) -> Vec<Cell> {
        let seats = if self.seats == 0 {
            "no limit".into()
        } else {
            Cell::from(self.seats)
        };
        let status = if self.delete_time.is_some() {
            "deleted".to_owned()
        } else {
            enum_label(self.status().as_str_name(), "ORGANIZATION_STATUS_")
        };
        cells![
            &self.slug,
            &self.name,
            status,
            &self.plan,
            seats,
            on_off(self.sso_enabled),
            on_off(self.rbac_enabled),
            self.user_count,
            self.active_user_count,
            self.group_count,
            self.revision,
            &self.id,
        ]
    }
}

impl Row for User {
    const COLUMNS: &'static [&'static str] = &[
        "USER NAME",
        "DISPLAY NAME",
        "E-MAIL",
        "ROLE",
        "STATE",
        "MANAGED BY",
        "LICENSE",
        "ID",
    ];
    const MINOR: &'static [&'static str] = &["LICENSE", "E-MAIL", "MANAGED BY", "DISPLAY NAME"];

    fn cells(&self) -> Vec<Cell> {
        let email = self
            .emails
            .iter()
            .find(|email| email.primary)
            .or(self.emails.first());
        let state = if self.delete_time.is_some() {
            "deleted"
        } else if self.active == Some(false) {
            "inactive"
        } else {
            "active"
        };
        let break_glass = (self.break_glass == Some(true)).then_some("(break-glass)");
        cells![
            &self.user_name,
            &self.display_name,
            email.map_or("", |email| &email.value),
            Cell::id(Kind::Role, &self.organization_role),
            Cell::joined([state.into(), break_glass.unwrap_or_default().into()], " "),
            Cell::id(Kind::Connection, &self.managed_by),
            self.license.as_ref().map_or("", |license| &license.value),
            &self.id,
        ]
    }
}

impl Row for Group {
    const COLUMNS: &'static [&'static str] = &["DISPLAY NAME", "MEMBERS", "EXTERNAL ID", "MANAGED BY", "ID"];
    const MINOR: &'static [&'static str] = &["EXTERNAL ID"];

    fn cells(&self) -> Vec<Cell> {
        cells![
            &self.display_name,
            self.member_count,
            &self.external_id,
            Cell::id(Kind::Connection, &self.managed_by),
            &self.id,
        ]
    }
}

impl Row for Member {
    const COLUMNS: &'static [&'static str] = &["DISPLAY NAME", "TYPE", "SOURCE", "ID"];

    fn cells(&self) -> Vec<Cell> {
        cells![
            &self.display_name,
            enum_label(self.r#type().as_str_name(), "MEMBER_TYPE_"),
            enum_label(self.source().as_str_name(), "GRANT_SOURCE_"),
            &self.id,
        ]
    }
}

impl Row for Connection {
    const COLUMNS: &'static [&'static str] = &[
        "NAME",
        "IDP",
        "STATUS",
        "HIGHEST ROLE",
        "DEACTIVATION LIMIT",
        "ROLES LAST READ",
        "CREATED",
        "ID",
    ];
    const MINOR: &'static [&'static str] = &["ROLES LAST READ", "CREATED"];

    fn cells(&self) -> Vec<Cell> {
        cells![
            &self.name,
            &self.idp_kind,
            enum_label(self.status().as_str_name(), "CONNECTION_STATUS_"),
            Cell::id(Kind::Role, &self.max_role),
            safeguard_state(self),
            self.roles_read_time,
            self.create_time,
            &self.id,
        ]
    }
}

impl Row for AdoptionItem {
    const COLUMNS: &'static [&'static str] = &["WHAT", "NAME", "MATCHED BY", "OUTCOME", "ID"];

    fn cells(&self) -> Vec<Cell> {
        let is_group = !self.group_id.is_empty();
        cells![
            if is_group { "group" } else { "user" },
            &self.name,
            &self.matched_by,
            enum_label(self.outcome().as_str_name(), "ADOPTION_OUTCOME_"),
            if is_group { &self.group_id } else { &self.user_id },
        ]
    }
}

impl Row for Token {
    const COLUMNS: &'static [&'static str] = &[
        "NAME",
        "FOR",
        "SCOPES",
        "EXPIRES",
        "LAST USED",
        "CREATED",
        "SECRET",
        "ID",
    ];
    const MINOR: &'static [&'static str] = &["SECRET", "CREATED", "LAST USED"];

    fn cells(&self) -> Vec<Cell> {
        let (owner, kind, id) = match self.kind() {
            TokenKind::Scim => ("connection", Kind::Connection, &self.connection_id),
            TokenKind::Personal => ("user", Kind::User, &self.user_id),
            TokenKind::ServiceAccountKey => {
                ("service account", Kind::ServiceAccount, &self.service_account_id)
            }
            TokenKind::Service | TokenKind::Unspecified => ("a service", Kind::ServiceAccount, &self.user_id),
        };
        let expires = match self.expire_time {
            None => "never".into(),
            end => Cell::from(end),
        };
        cells![
            &self.name,
            Cell::joined([owner.into(), Cell::id(kind, id)], " "),
            self.scopes.join(", "),
            expires,
            self.last_use_time,
            self.create_time,
            format!("{}…", self.secret_prefix),
            &self.id,
        ]
    }
}

impl Row for ServiceAccount {
    const COLUMNS: &'static [&'static str] = &["NAME", "SCOPES", "PROJECTS", "CREATED", "ID"];
    const MINOR: &'static [&'static str] = &["CREATED"];

    fn cells(&self) -> Vec<Cell> {
        let projects = if self.project_ids.is_empty() {
            "all".into()
        } else {
            let ids = self.project_ids.iter();
            Cell::joined(ids.map(|id| Cell::id(Kind::Project, id)), ", ")
        };
        cells![
            &self.name,
            self.scopes.join(", "),
            projects,
            self.create_time,
            &self.id,
        ]
    }
}

impl Row for SigningKey {
    const COLUMNS: &'static [&'static str] = &["KEY", "ALGORITHM", "CREATED", "SIGNS FROM", "ENDS"];

    fn cells(&self) -> Vec<Cell> {
        cells![
            &self.id,
            &self.algorithm,
            self.create_time,
            self.sign_time,
            self.expire_time,
        ]
    }
}

impl Row for FieldChange {
    const COLUMNS: &'static [&'static str] = &["SETTING", "NOW", "THEN"];

    fn cells(&self) -> Vec<Cell> {
        cells![&self.field, json_text(&self.before), json_text(&self.after)]
    }
}

impl Row for PolicyEffect {
    const COLUMNS: &'static [&'static str] = &["BECAUSE OF", "HOW MANY", "WHAT", "SUCH AS"];

    fn cells(&self) -> Vec<Cell> {
        cells![&self.setting, self.count, &self.what, self.samples.join(", ")]
    }
}

impl Row for License {
    const COLUMNS: &'static [&'static str] = &["LICENSE", "IN PLAN", "GIVEN TO"];

    fn cells(&self) -> Vec<Cell> {
        let in_plan = if self.in_plan { "yes" } else { "no" };
        cells![&self.name, in_plan, self.assigned_count]
    }
}

impl Row for LicenseChange {
    const COLUMNS: &'static [&'static str] = &["NAME", "NOW", "THEN", "ID"];

    fn cells(&self) -> Vec<Cell> {
        cells![&self.user_name, &self.before, &self.after, &self.user_id]
    }
}

impl Row for MappingRule {
    const COLUMNS: &'static [&'static str] = &["POSITION", "GROUPS", "GIVES", "RULE"];

    fn cells(&self) -> Vec<Cell> {
        let groups = match &self.group {
            Some(mapping_rule::Group::GroupName(name)) => format!("named {name}"),
            Some(mapping_rule::Group::GroupExternalId(id)) => format!("with external id {id}"),
            Some(mapping_rule::Group::GroupPattern(pattern)) => format!("like {pattern}"),
            None => String::new(),
        };
        let target = match &self.target {
            Some(mapping_rule::Target::Role(role)) => Cell::joined(["role".into(), Cell::role(role)], " "),
            Some(mapping_rule::Target::License(license)) => format!("license {license}").into(),
            None => Cell::default(),
        };
        cells![
            i64::from(self.position.unwrap_or_default()),
            groups,
            target,
            &self.id,
        ]
    }
}

impl Row for Project {
    const COLUMNS: &'static [&'static str] = &["NAME", "TYPE", "STATUS", "CREATED", "ID"];

    fn cells(&self) -> Vec<Cell> {
        cells![
            &self.name,
            enum_label(self.r#type().as_str_name(), "PROJECT_TYPE_"),
            enum_label(self.status().as_str_name(), "PROJECT_STATUS_"),
            self.create_time,
            &self.id,
        ]
    }
}

impl Row for Role {
    const COLUMNS: &'static [&'static str] = &["NAME", "IN", "SOURCE", "PERMISSIONS", "ID"];

    fn cells(&self) -> Vec<Cell> {
        cells![
            &self.name,
            enum_label(self.scope().as_str_name(), "ROLE_SCOPE_"),
            enum_label(self.source().as_str_name(), "ROLE_SOURCE_"),
            self.permissions.join(", "),
            &self.id,
        ]
    }
}

impl Row for AssignableRole {
    const COLUMNS: &'static [&'static str] = &["DISPLAY", "TYPE", "VALUE"];

    fn cells(&self) -> Vec<Cell> {
        cells![&self.display, &self.r#type, &self.value]
    }
}

impl Row for Grant {
    const COLUMNS: &'static [&'static str] = &["ROLE", "PROJECT", "HOLDER", "TYPE", "SOURCE", "EXPIRES"];

    fn cells(&self) -> Vec<Cell> {
        let kind = match self.principal_type() {
            MemberType::Group => Kind::Group,
            MemberType::User => Kind::User,
            MemberType::Unspecified => Kind::Holder,
        };
        let source = enum_label(self.source().as_str_name(), "GRANT_SOURCE_");
        cells![
            Cell::id(Kind::Role, &self.role),
            Cell::id(Kind::Project, &self.project_id),
            Cell::id(kind, &self.principal_id),
            enum_label(self.principal_type().as_str_name(), "MEMBER_TYPE_"),
            Cell::joined(
                [source.into(), Cell::id(Kind::Connection, &self.connection_id)],
                " "
            ),
            self.expire_time,
        ]
    }
}

impl Row for ExtensionSchema {
    const COLUMNS: &'static [&'static str] = &["URN", "NAME", "EXTENDS", "ATTRIBUTES"];

    fn cells(&self) -> Vec<Cell> {
        let names: Vec<_> = self
            .attributes
            .iter()
            .map(|attribute| attribute.name.as_str())
            .collect();
        cells![
            &self.id,
            &self.name,
            enum_label(self.extends().as_str_name(), "EXTENDED_TYPE_"),
            names.join(", "),
        ]
    }
}

/// An enum value's name for people: without its prefix, in small letters.
pub(super) fn enum_label(name: &str, prefix: &str) -> String {
    name.strip_prefix(prefix).unwrap_or(name).to_lowercase()
}

/// A value of the change log or of a preview: text without quotes, everything else in JSON.
pub(super) fn json_text(json: &str) -> String {
    serde_json::from_str::<String>(json).unwrap_or_else(|_| json.to_owned())
}

/// Returns the state of the safeguard, if there is a limit.
pub(super) fn safeguard_state(connection: &Connection) -> String {
    if connection.brake_count == 0 && connection.brake_share_percent == 0 {
        return "off".to_owned();
    }
    enum_label(connection.brake_state().as_str_name(), "BRAKE_STATE_")
}

fn on_off(fact: bool) -> &'static str {
    if fact { "on" } else { "off" }
}

#[cfg(test)]
mod tests {
    use identity_proto::v1::{Change, ConnectionHealth, ProvisioningRequest, TypedValue};

    use super::*;
    use crate::cli::{
        health::Listing,
        output::{Look, Table, Wording},
    };

    #[test]
    fn a_user_shows_its_primary_e_mail_address_and_its_state() {
        let email = |value: &str, primary| TypedValue {
            value: value.into(),
            primary,
            ..TypedValue::default()
        };
        let user = User {
            emails: vec![email("a@x.example", false), email("b@x.example", true)],
            active: Some(false),
            break_glass: Some(true),
            ..User::default()
        };
        let shown = |index: usize| user.cells()[index].text(Wording::default());
        assert_eq!(
            (shown(2), shown(4)),
            ("b@x.example".into(), "inactive (break-glass)".into())
        );
    }

    /// The width that a table of long texts has on a terminal of this width.
    fn filled<R: Row + Default>(width: u16) -> usize {
        assert_eq!(R::default().cells().len(), R::COLUMNS.len());
        let look = Look {
            width: Some(width),
            styled: true,
            ..Look::default()
        };
        let widths = [
            "x",
            "someone@a-company.example",
            "a text of words that is long, for which no line has room",
        ]
        .map(|text| {
            let shown = Table::filled::<R>(text).text(look);
            let lines = shown.lines().map(|line| {
                let plain = line.replace("\u{1b}[1m", "").replace("\u{1b}[0m", "");
                plain.chars().count()
            });
            lines.max().unwrap_or_default()
        });
        widths.into_iter().max().unwrap_or_default()
    }

    #[test]
    fn every_table_fits_terminals_of_80_120_and_200_columns() {
        for width in [80, 120, 200] {
            let widths = [
                filled::<Organization>(width),
                filled::<User>(width),
                filled::<Group>(width),
                filled::<Member>(width),
                filled::<Connection>(width),
                filled::<Listing>(width),
                filled::<ConnectionHealth>(width),
                filled::<Token>(width),
                filled::<ServiceAccount>(width),
                filled::<SigningKey>(width),
                filled::<MappingRule>(width),
                filled::<Project>(width),
                filled::<Role>(width),
                filled::<Grant>(width),
                filled::<ExtensionSchema>(width),
                filled::<Change>(width),
                filled::<ProvisioningRequest>(width),
            ];
            assert!(
                widths.iter().all(|found| *found <= usize::from(width)),
                "{widths:?}"
            );
        }
    }
}
