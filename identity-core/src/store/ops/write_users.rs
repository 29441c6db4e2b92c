//! Writes of users, with their e-mail rows and role grants.

use diesel::prelude::*;

use super::{Flight, members};
use crate::{
    error::Result,
    group::Source,
    search::SearchKeys,
    store::{
        rows::{
            EmailRow, NewGrant, NewUser, ORGANIZATION_ITSELF, UserDocument, UserUpdate, email_rows,
            granted_roles, names::Named,
        },
        schema::{role_grants, user_emails, users},
    },
    user::User,
};

pub(super) fn insert(flight: &mut Flight<'_>, user: &User, keys: &SearchKeys, source: Source) -> Result<()> {
    let row = NewUser::new(user, keys)?;
    flight.push("insert user", diesel::insert_into(users::table).values(row));
    for email in email_rows(user) {
        insert_email(flight, email);
    }
    for role in granted_roles(user) {
        insert_grant(flight, NewGrant::new(user, role, source));
    }
    Ok(())
}

/// Touches only what differs.
pub(super) fn update(
    flight: &mut Flight<'_>,
    before: &User,
    after: &User,
    keys: &SearchKeys,
    source: Source,
) -> Result<()> {
    let target = users::table.find((after.organization_id, after.id));
    let document = UserDocument::new(after, keys)?;
    let hot = UserUpdate::new(after);
    if hot == UserUpdate::new(before) {
        flight.push("update user's document", diesel::update(target).set(document));
    } else {
        flight.push("update user", diesel::update(target).set((hot, document)));
    }
    update_emails(flight, before, after);
    update_grants(flight, before, after, source);
    if after.deleted_at.is_some() {
        members::leave_all(flight, after.organization_id, after.id, after.updated_at);
    }
    Ok(())
}

fn update_emails(flight: &mut Flight<'_>, before: &User, after: &User) {
    let (old, new) = (email_rows(before), email_rows(after));
    for row in &old {
        if !new.contains(row) {
            let target = user_emails::table.find((after.organization_id, after.id, row.position));
            flight.push("delete e-mail", diesel::delete(target));
        }
    }
    for row in new {
        if !old.contains(&row) {
            insert_email(flight, row);
        }
    }
}

fn update_grants(flight: &mut Flight<'_>, before: &User, after: &User, source: Source) {
    let (old, new) = (granted_roles(before), granted_roles(after));
    for role in old.difference(&new) {
        let target = role_grants::table
            .filter(role_grants::organization_id.eq(after.organization_id))
            .filter(role_grants::principal_id.eq(after.id))
            .filter(role_grants::project_id.eq(ORGANIZATION_ITSELF))
            .filter(role_grants::role.eq(role.stored()));
        flight.push("delete grant", diesel::delete(target));
    }
    for role in new.difference(&old) {
        insert_grant(flight, NewGrant::new(after, *role, source));
    }
}

fn insert_email(flight: &mut Flight<'_>, row: EmailRow) {
    flight.push(
        "insert e-mail",
        diesel::insert_into(user_emails::table).values(row),
    );
}

fn insert_grant(flight: &mut Flight<'_>, row: NewGrant) {
    flight.push(
        "insert grant",
        diesel::insert_into(role_grants::table).values(row),
    );
}
