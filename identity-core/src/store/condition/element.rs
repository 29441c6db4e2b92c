//! Conditions on elements of lists.

use super::{
    Database,
    fragment::SqlPart,
    render::{Renderer, Scope},
};
use crate::{
    attributes::{Elements, List},
    filter::Plan,
    store::BreakGlass,
};

/// Parts of an e-mail address that the rows of e-mail addresses hold.
const EMAIL_PARTS: [&str; 3] = ["value", "type", "primary"];

impl Renderer {
    /// One element of the list meets the whole condition.
    pub(super) fn element(&mut self, list: &List, inner: &Plan) {
        match list.elements {
            // Lists hold no lists.
            _ if self.scope != Scope::Row => self.sql("FALSE"),
            Elements::Emails if uses_only(inner, &EMAIL_PARTS) => self.email(inner),
            Elements::Emails | Elements::Keys => self.in_keys(list, inner),
            Elements::Groups => self.group(inner),
            Elements::Members => self.member(inner),
        }
    }

    fn email(&mut self, inner: &Plan) {
        self.sql(
            "users.id IN (SELECT user_emails.user_id FROM user_emails WHERE user_emails.organization_id = ",
        );
        self.organization();
        self.within(Scope::Email, inner);
        self.sql(")");
    }

    fn member(&mut self, inner: &Plan) {
        self.sql(
            r#""groups".id IN (SELECT group_members.group_id FROM group_members WHERE group_members.organization_id = "#,
        );
        self.organization();
        if self.break_glass == BreakGlass::Hidden {
            self.sql(" AND group_members.member_id NOT IN (SELECT hidden.id FROM users AS hidden WHERE hidden.deleted_at IS NULL");
            self.sql(" AND hidden.break_glass AND hidden.organization_id = ");
            self.organization();
            self.sql(")");
        }
        self.within(Scope::Member, inner);
        self.sql(")");
    }

    /// From the groups that meet the condition down through the groups in them to their users.
    fn group(&mut self, inner: &Plan) {
        self.sql(
            "users.id IN (SELECT leaf.member_id FROM group_members AS leaf WHERE leaf.organization_id = ",
        );
        self.organization();
        self.sql(" AND leaf.group_id IN (WITH RECURSIVE inside(id) AS (");
        self.sql(r#"SELECT "groups".id FROM "groups" WHERE "groups".deleted_at IS NULL AND "groups".organization_id = "#);
        self.organization();
        self.within(Scope::Group, inner);
        self.sql(" UNION SELECT child.member_id FROM inside JOIN group_members AS child ON child.group_id = inside.id");
        // The kind stands here as it stands in the condition of the index of groups in groups.
        self.sql(" WHERE child.member_kind = 'group' AND child.organization_id = ");
        self.organization();
        self.sql(") SELECT inside.id FROM inside))");
    }

    fn in_keys(&mut self, list: &List, inner: &Plan) {
        let (function, alias) = match self.search.database {
            Database::Sqlite => ("json_each(", ") AS element WHERE TRUE"),
            Database::Postgres => ("jsonb_array_elements(", ") AS element(value) WHERE TRUE"),
        };
        self.sql("EXISTS (SELECT 1 FROM ");
        self.sql(function);
        let table = self.table();
        self.parts
            .extend([table, SqlPart::Sql("keys -> "), SqlPart::Text(list.name.clone())]);
        self.sql(alias);
        self.within(Scope::Element, inner);
        self.sql(")");
    }

    fn organization(&mut self) {
        self.parts.push(SqlPart::Id(self.search.organization));
    }

    fn within(&mut self, scope: Scope, inner: &Plan) {
        self.sql(" AND ");
        let outer = std::mem::replace(&mut self.scope, scope);
        self.in_time();
        self.plan(inner);
        self.scope = outer;
    }
}

fn uses_only(plan: &Plan, labels: &[&str]) -> bool {
    match plan {
        Plan::All(plans) | Plan::Any(plans) => plans.iter().all(|it| uses_only(it, labels)),
        Plan::Not(inner) => uses_only(inner, labels),
        Plan::Present(part) | Plan::Compare(part, ..) => part.label().is_some_and(|it| labels.contains(&it)),
        Plan::Element(..) => false,
    }
}
