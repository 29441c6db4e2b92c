//! What a connection may give at most.

use super::RoleBook;
use crate::{
    directory::act::Act,
    error::{Error, Result, Rule},
    id::Id,
    organization::Organization,
    role::RoleValue,
    store::Reader,
};

/// Refuses roles above the ceiling of the connection that gives them: those that permit what the ceiling's role does not.
pub(super) async fn ask(
    act: &Act,
    organization: &Organization,
    book: &RoleBook,
    new: &[RoleValue],
    reader: &mut dyn Reader,
) -> Result<()> {
    if new.is_empty() {
        return Ok(());
    }
    let Some(ceiling) = of_caller(act, organization, reader).await? else {
        return Ok(());
    };
    refuse_above(&ceiling, book, new)
}

fn refuse_above(ceiling: &str, book: &RoleBook, values: &[RoleValue]) -> Result<()> {
    let allowed = book.catalog().permissions(ceiling);
    let above = |value: &&RoleValue| !allowed.covers(&book.permissions(&value.role));
    match values.iter().find(above) {
        Some(value) => Err(Error::RuleBroken(Rule::RoleCeiling {
            role: value.write(),
            ceiling: ceiling.to_owned(),
        })),
        None => Ok(()),
    }
}

/// The ceiling of the connection through which the caller acts, if there is one.
async fn of_caller(
    act: &Act,
    organization: &Organization,
    reader: &mut dyn Reader,
) -> Result<Option<String>> {
    let Some(connection) = act.connection_id().filter(|_| organization.has_ceilings) else {
        return Ok(None);
    };
    let connection = reader.connection(organization.id, connection).await?;
    Ok(connection.and_then(|it| it.max_role))
}

/// Makes a role of the catalogue the ceiling of a connection.
pub(in crate::directory) fn set_ceiling(
    ceiling: Option<&str>,
    organization: &mut Organization,
) -> Result<()> {
    let Some(ceiling) = ceiling else {
        return Ok(());
    };
    if organization.policy.catalog().rank(ceiling).is_none() {
        return Err(Error::invalid("max_role", "must be a role of roles.catalog"));
    }
    organization.has_ceilings = true;
    Ok(())
}

/// Refuses to let a connection put members into a group that holds, itself or through groups in which it is, a role above the ceiling.
pub(in crate::directory) async fn ask_for_membership(
    act: &Act,
    organization: &Organization,
    group: Id,
    reader: &mut dyn Reader,
) -> Result<()> {
    if !organization.has_other_grants {
        return Ok(());
    }
    let Some(ceiling) = of_caller(act, organization, reader).await? else {
        return Ok(());
    };
    let mut groups = reader.ancestors(organization.id, group).await?;
    groups.push(group);
    let grants = reader.grants_of(organization.id, &groups).await?;
    let values = grants.into_iter().map(|grant| RoleValue {
        scope: grant.key.scope,
        role: grant.key.role,
    });
    let values: Vec<_> = values.collect();
    let catalog = organization.policy.catalog();
    let book = RoleBook::of_values(catalog, &values, organization.id, reader).await?;
    refuse_above(&ceiling, &book, &values)
}
