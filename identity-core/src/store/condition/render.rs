//! A plan as pieces of SQL.

use super::{Database, Search, fragment::SqlPart};
use crate::{
    attributes::{Attribute, AttributeLocation, Column},
    filter::{Operator, Plan},
    id::Id,
    schema::ExtendedType,
    search::key,
    store::{BreakGlass, Deleted},
};

/// Where the names in a condition live.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    /// The row of the user or group.
    Row,
    /// An element of a list in the row's keys, known as `element.value`.
    Element,
    /// A row of `user_emails`.
    Email,
    /// A row of `groups` that the user belongs to.
    Group,
    /// A row of `group_members` of the group.
    Member,
}

/// How a value is stored, and so what it is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Text,
    Id,
    Flag,
    Moment,
    Number,
}

/// A value in SQL.
#[derive(Clone, Debug)]
pub(super) struct Operand {
    pub(super) parts: Vec<SqlPart>,
    pub(super) form: Form,
}

/// The need of a condition to ask for the time that is left. PostgreSQL sees to that itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Timing {
    /// Of few rows that an index finds.
    Free,
    /// Of any number of rows.
    PerRow,
}

/// Collects the pieces of one condition or order.
pub(super) struct Renderer {
    pub(super) search: Search,
    pub(super) parts: Vec<SqlPart>,
    pub(super) scope: Scope,
    /// Inclusion of deleted rows in the search.
    pub(super) deleted: Deleted,
    /// The sight of members that are break-glass accounts.
    pub(super) break_glass: BreakGlass,
    /// The need to ask for the time that is left.
    pub(super) timing: Timing,
}

impl Renderer {
    pub(super) fn new(search: Search) -> Self {
        Self {
            search,
            parts: Vec::new(),
            scope: Scope::Row,
            deleted: Deleted::Hidden,
            break_glass: BreakGlass::Included,
            timing: Timing::Free,
        }
    }

    /// Begins a condition on rows of which there may be many.
    pub(super) fn in_time(&mut self) {
        if self.timing == Timing::PerRow && self.search.database == Database::Sqlite {
            self.sql("abs(time_left()) > 0 AND ");
        }
    }

    pub(super) fn sql(&mut self, sql: &'static str) {
        self.parts.push(SqlPart::Sql(sql));
    }

    pub(super) fn push(&mut self, operand: &Operand) {
        self.parts.extend_from_slice(&operand.parts);
    }

    pub(super) fn plan(&mut self, plan: &Plan) {
        match plan {
            Plan::All(plans) => self.joined(plans, " AND ", "TRUE"),
            Plan::Any(plans) => self.joined(plans, " OR ", "FALSE"),
            Plan::Not(inner) => {
                // What compares with an absent value is NULL; its opposite must be true.
                self.sql("NOT COALESCE((");
                self.plan(inner);
                self.sql("), FALSE)");
            }
            Plan::Present(attribute) => {
                let value = self.value(attribute);
                self.push(&value);
                self.sql(" IS NOT NULL");
            }
            Plan::Compare(attribute, Operator::Equal, key) if attribute.location == EXTERNAL_ID => {
                self.external_id(key);
            }
            Plan::Compare(attribute, operator, key) => self.compare(attribute, *operator, key),
            Plan::Element(list, inner) => self.element(list, inner),
        }
    }

    fn joined(&mut self, plans: &[Plan], between: &'static str, none: &'static str) {
        let Some((first, rest)) = plans.split_first() else {
            return self.sql(none);
        };
        self.sql("(");
        self.plan(first);
        for plan in rest {
            self.sql(between);
            self.plan(plan);
        }
        self.sql(")");
    }

    fn compare(&mut self, attribute: &Attribute, operator: Operator, key: &str) {
        let mut value = self.value(attribute);
        if value.form == Form::Id && operator != Operator::Equal {
            value = self.id_as_text(&value);
        }
        let sign = match operator {
            Operator::Contains => return self.contains(&value, key),
            Operator::StartsWith => return self.starts_with(&value, key),
            Operator::EndsWith => return self.ends_with(&value, key),
            Operator::Equal => " = ",
            Operator::NotEqual => " <> ",
            Operator::Greater => " > ",
            Operator::GreaterOrEqual => " >= ",
            Operator::Less => " < ",
            Operator::LessOrEqual => " <= ",
        };
        match bind(value.form, key) {
            Some(bound) => {
                self.push(&value);
                self.sql(sign);
                self.parts.push(bound);
            }
            // A text that is no id is the id of nothing.
            None => self.sql("FALSE"),
        }
    }

    /// As a lookup of its own: seeing rows asked for in order of their ids, SQLite would walk all of them in that order rather than
    /// use the index, which does not have them so.
    fn external_id(&mut self, key: &str) {
        self.sql(match self.search.resource {
            ExtendedType::User => "users.id IN (SELECT same.id FROM users",
            ExtendedType::Group => r#""groups".id IN (SELECT same.id FROM "groups""#,
        });
        self.sql(match self.deleted {
            Deleted::Hidden => " AS same WHERE same.deleted_at IS NULL AND same.organization_id = ",
            Deleted::Included => " AS same WHERE same.organization_id = ",
            Deleted::Only => " AS same WHERE same.deleted_at IS NOT NULL AND same.organization_id = ",
        });
        self.parts.push(SqlPart::Id(self.search.organization));
        self.sql(" AND same.external_id = ");
        self.parts.push(SqlPart::Text(key.to_owned()));
        self.sql(")");
    }

    fn contains(&mut self, value: &Operand, key: &str) {
        self.sql(match self.search.database {
            Database::Sqlite => "instr(",
            Database::Postgres => "strpos(",
        });
        self.push(value);
        self.sql(", ");
        self.parts.push(SqlPart::Text(key.to_owned()));
        self.sql(") > 0");
    }

    /// A range, so that an index can answer it.
    fn starts_with(&mut self, value: &Operand, key: &str) {
        self.sql("(");
        self.push(value);
        self.sql(" >= ");
        self.parts.push(SqlPart::Text(key.to_owned()));
        if let Some(end) = after_all_with_prefix(key) {
            self.sql(" AND ");
            self.push(value);
            self.sql(" < ");
            self.parts.push(SqlPart::Text(end));
        }
        self.sql(")");
    }

    fn ends_with(&mut self, value: &Operand, key: &str) {
        let length = i32::try_from(key.chars().count()).unwrap_or(i32::MAX);
        let (function, length) = match self.search.database {
            Database::Sqlite => ("substr(", -length),
            Database::Postgres => ("right(", length),
        };
        self.sql(function);
        self.push(value);
        self.sql(", ");
        self.parts.push(SqlPart::Length(length));
        self.sql(") = ");
        self.parts.push(SqlPart::Text(key.to_owned()));
    }

    /// The value of an attribute in the present scope.
    pub(super) fn value(&self, attribute: &Attribute) -> Operand {
        let column = |sql, form| Operand {
            parts: vec![SqlPart::Sql(sql)],
            form,
        };
        match (&attribute.location, self.scope) {
            (AttributeLocation::Column(Column::Version), _) => self.computed(vec![
                SqlPart::Sql("CAST("),
                self.table(),
                SqlPart::Sql("version AS TEXT)"),
            ]),
            (AttributeLocation::Column(name), _) => {
                let (name, form) = name_and_form(*name);
                Operand {
                    parts: vec![self.table(), SqlPart::Sql(name)],
                    form,
                }
            }
            (AttributeLocation::Key(label), _) => self.computed(vec![
                self.table(),
                SqlPart::Sql("keys ->> "),
                SqlPart::Text(label.clone()),
            ]),
            (AttributeLocation::Part(label), scope) => match (scope, label.as_str()) {
                (Scope::Email, "value") => column("user_emails.value_key", Form::Text),
                (Scope::Email, "type") => column("user_emails.type_key", Form::Text),
                (Scope::Email, "primary") => column("user_emails.is_primary", Form::Flag),
                (Scope::Group, "value") => column(r#""groups".id"#, Form::Id),
                (Scope::Group, "display") => column(r#""groups".display_name_key"#, Form::Text),
                (Scope::Member, "value") => column("group_members.member_id", Form::Id),
                (Scope::Member, "type") => column("group_members.member_kind", Form::Text),
                _ => self.computed(vec![
                    SqlPart::Sql("element.value ->> "),
                    SqlPart::Text(label.clone()),
                ]),
            },
        }
    }

    /// A text that is in no column as it is.
    pub(super) fn computed(&self, path: Vec<SqlPart>) -> Operand {
        let mut parts = vec![SqlPart::Sql("(")];
        parts.extend(path);
        // Without this, PostgreSQL orders the text by the database's language.
        parts.push(SqlPart::Sql(match self.search.database {
            Database::Sqlite => ")",
            Database::Postgres => r#") COLLATE "C""#,
        }));
        Operand {
            parts,
            form: Form::Text,
        }
    }

    /// An id in the form of [`Id`]'s `Display`.
    fn id_as_text(&self, id: &Operand) -> Operand {
        let mut parts = Vec::new();
        let mut around = |before, after| {
            parts.push(SqlPart::Sql(before));
            parts.extend_from_slice(&id.parts);
            parts.push(SqlPart::Sql(after));
        };
        match self.search.database {
            Database::Postgres => around("CAST(", " AS TEXT)"),
            Database::Sqlite => {
                // The hexadecimal digits of NULL are an empty text.
                around("CASE WHEN ", " IS NOT NULL THEN ");
                for (before, after) in HEX_GROUPS {
                    around(before, after);
                }
            }
        }
        self.computed(parts)
    }

    /// The searched table, for a column's name to follow.
    pub(super) fn table(&self) -> SqlPart {
        SqlPart::Sql(match self.search.resource {
            ExtendedType::User => "users.",
            ExtendedType::Group => r#""groups"."#,
        })
    }
}

const EXTERNAL_ID: AttributeLocation = AttributeLocation::Column(Column::ExternalId);

/// The five groups of a UUID's hexadecimal digits, around the column, and the end of the `CASE` that they are in.
const HEX_GROUPS: [(&str, &str); 5] = [
    ("lower(substr(hex(", "), 1, 8) || '-'"),
    (" || substr(hex(", "), 9, 4) || '-'"),
    (" || substr(hex(", "), 13, 4) || '-'"),
    (" || substr(hex(", "), 17, 4) || '-'"),
    (" || substr(hex(", "), 21, 12)) END"),
];

/// A key in the form that a value is stored in.
pub(super) fn bind(form: Form, key: &str) -> Option<SqlPart> {
    match form {
        Form::Text => Some(SqlPart::Text(key.to_owned())),
        Form::Id => Id::parse(key).map(SqlPart::Id),
        Form::Flag => Some(SqlPart::Flag(key == key::boolean(true))),
        Form::Moment => key::parse_time(key).map(SqlPart::Moment),
        Form::Number => key::read_number(key).map(SqlPart::Number),
    }
}

fn name_and_form(column: Column) -> (&'static str, Form) {
    match column {
        Column::Id => ("id", Form::Id),
        Column::OrganizationId => ("organization_id", Form::Id),
        Column::Version => ("version", Form::Number),
        Column::UserName => ("user_name_key", Form::Text),
        Column::ExternalId => ("external_id", Form::Text),
        Column::DisplayName => ("display_name_key", Form::Text),
        Column::Active => ("active", Form::Flag),
        Column::OrganizationRole => ("organization_role", Form::Text),
        Column::ManagedBy => ("managed_by", Form::Id),
        Column::BreakGlass => ("break_glass", Form::Flag),
        Column::MemberCount => ("member_count", Form::Number),
        Column::CreatedAt => ("created_at", Form::Moment),
        Column::UpdatedAt => ("updated_at", Form::Moment),
        Column::DeletedAt => ("deleted_at", Form::Moment),
    }
}

/// The smallest text after all that begin with `prefix`, by bytes; `None`: there is none after them.
fn after_all_with_prefix(prefix: &str) -> Option<String> {
    let mut chars: Vec<char> = prefix.chars().collect();
    while let Some(last) = chars.pop() {
        // The range knows that no character lies among the surrogates.
        if let Some(next) = (last..=char::MAX).nth(1) {
            chars.push(next);
            return Some(chars.into_iter().collect());
        }
    }
    None
}
