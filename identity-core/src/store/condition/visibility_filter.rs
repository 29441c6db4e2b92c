//! The filter of rows by what their caller may see.

use super::{
    fragment::{Caching, SqlPart},
    render::{Renderer, Timing},
};
use crate::{
    filter::Plan,
    schema::ExtendedType,
    store::{BreakGlass, Deleted, ListQuery, VisibilityFilter},
};

/// Nobody else has the name of a deleted user, and nobody who was deleted later had it. As two lookups, as each has an index.
const LAST_OF_ITS_NAME: [&str; 2] = [
    "NOT EXISTS (SELECT 1 FROM users AS other WHERE other.organization_id = users.organization_id \
     AND other.user_name_key = users.user_name_key AND other.deleted_at IS NULL)",
    "NOT EXISTS (SELECT 1 FROM users AS other WHERE other.organization_id = users.organization_id \
     AND other.user_name_key = users.user_name_key AND other.deleted_at IS NOT NULL \
     AND (other.deleted_at > users.deleted_at OR (other.deleted_at = users.deleted_at AND other.id > users.id)))",
];

impl Renderer {
    /// The condition of a list. Statements that are kept are those that an index answers.
    pub(super) fn of_query(&mut self, plan: &Plan, query: &ListQuery, caching: Caching) {
        self.deleted = query.visibility.searched();
        self.break_glass = query.visibility.break_glass;
        self.timing = match caching {
            Caching::Keep => Timing::Free,
            Caching::Forget => Timing::PerRow,
        };
        self.in_time();
        self.plan(plan);
    }

    /// Adds to a condition what the caller does not see. Without effect for a caller that sees everything but the deleted, which the
    /// statement around the condition leaves out.
    pub(super) fn visibility(&mut self, visibility: &VisibilityFilter) {
        if let Some(connection) = visibility.managed_by {
            self.sql(" AND ");
            let table = self.table();
            self.parts
                .extend([table, SqlPart::Sql("managed_by = "), SqlPart::Id(connection)]);
        }
        if let Some(connection) = visibility.out_of_sync {
            self.sql(
                r#" AND ("groups".deleted_at IS NULL OR ("groups".deleted_at = "groups".created_at AND "groups".managed_by = "#,
            );
            self.parts.extend([SqlPart::Id(connection), SqlPart::Sql("))")]);
        }
        if visibility.break_glass == BreakGlass::Hidden && self.search.resource == ExtendedType::User {
            self.sql(" AND NOT users.break_glass");
        }
        let [no_heir, newest] = LAST_OF_ITS_NAME;
        match visibility.deleted {
            Deleted::Hidden => {}
            Deleted::Included => {
                for part in [
                    " AND (users.deleted_at IS NULL OR (",
                    no_heir,
                    " AND ",
                    newest,
                    "))",
                ] {
                    self.sql(part);
                }
            }
            Deleted::Only => {
                for part in [" AND users.deleted_at IS NOT NULL AND ", no_heir, " AND ", newest] {
                    self.sql(part);
                }
            }
        }
    }
}
