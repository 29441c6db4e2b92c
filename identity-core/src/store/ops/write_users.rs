//! Writes of users, with their e-mail rows.

use diesel::prelude::*;

use super::{Pipeline, grants, identities, members};
use crate::{
    error::Result,
    group::Source,
    id::Id,
    role::Catalog,
    search::SearchKeys,
    store::{
        rows::{EmailRow, NewUser, ORGANIZATION_ITSELF, UserDocument, UserUpdate, email_rows, names::Named},
        schema::{role_grants, user_emails, users},
    },
    user::User,
};

pub(super) fn insert(pipeline: &mut Pipeline<'_>, user: &User, keys: &SearchKeys) -> Result<()> {
    let row = NewUser::new(user, keys)?;
    pipeline.insert("insert user", diesel::insert_into(users::table).values(row));
    for email in email_rows(user) {
        insert_email(pipeline, email);
    }
    Ok(())
}

/// Touches only what differs.
pub(super) fn update(
    pipeline: &mut Pipeline<'_>,
    before: &User,
    after: &User,
    keys: &SearchKeys,
) -> Result<()> {
    let target = users::table.find((after.organization_id, after.id));
    let document = UserDocument::new(after, keys)?;
    let hot = UserUpdate::new(after);
    if hot == UserUpdate::new(before) {
        pipeline.push("update user's document", diesel::update(target).set(document));
    } else {
        pipeline.push("update user", diesel::update(target).set((hot, document)));
    }
    update_emails(pipeline, before, after);
    if after.deleted_at.is_some() && before.deleted_at.is_none() {
        identities::delete_all(pipeline, after.organization_id, after.id);
    }
    if after.deleted_at.is_some() {
        members::leave_all(pipeline, after.organization_id, after.id, after.updated_at);
        grants::delete_all(pipeline, after.organization_id, after.id);
    }
    Ok(())
}

fn update_emails(pipeline: &mut Pipeline<'_>, before: &User, after: &User) {
    let (old, new) = (email_rows(before), email_rows(after));
    for row in &old {
        if !new.contains(row) {
            let target = user_emails::table.find((after.organization_id, after.id, row.position));
            pipeline.push("delete e-mail", diesel::delete(target));
        }
    }
    for row in new {
        if !old.contains(&row) {
            insert_email(pipeline, row);
        }
    }
}

fn insert_email(pipeline: &mut Pipeline<'_>, row: EmailRow) {
    pipeline.insert(
        "insert e-mail",
        diesel::insert_into(user_emails::table).values(row),
    );
}

/// The strongest role that a user holds in the organization itself and for good, for all users.
pub(super) fn rank_roles(pipeline: &mut Pipeline<'_>, organization: Id, catalog: &Catalog) {
    pipeline.push(
        "forget organization roles",
        diesel::update(users::table.filter(users::organization_id.eq(organization)))
            .set(users::organization_role.eq(None::<String>)),
    );
    // Weakest first, so that the strongest stays.
    for role in catalog.names() {
        let holders = role_grants::table
            .filter(role_grants::organization_id.eq(organization))
            .filter(role_grants::project_id.eq(ORGANIZATION_ITSELF))
            .filter(role_grants::role.eq(role.clone()))
            .filter(role_grants::source.eq_any([Source::Scim.stored(), Source::Manual.stored()]))
            .filter(role_grants::expires_at.is_null())
            .select(role_grants::principal_id);
        let target = users::table
            .filter(users::organization_id.eq(organization))
            .filter(users::id.eq_any(holders));
        pipeline.push(
            "rank organization roles",
            diesel::update(target).set(users::organization_role.eq(Some(role.clone()))),
        );
    }
}
