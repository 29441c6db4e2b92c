//! The groups and the pool that new users are put into: `defaults.groups` and `defaults.pool`, for provisioned users only under
//! `defaults.apply_to_scim_users` (rules 98 and 100).
//!
//! A setting names groups by id or name. One that is not there is no reason to refuse a user: it is recorded as ignored, and made by
//! nobody, since what roles it should have only its maker knows.

use crate::{
    change::{Action, Detail},
    directory::{act::Act, groups::unique_names, schemas::schemas_of},
    error::{Resource, Result},
    group::{Group, MemberKind, Source},
    id::Id,
    policy::Policy,
    search,
    store::{Reader, Transaction, Write},
    text::fold,
    user::User,
    validate::Ignored,
};

/// Whether this caller's new users are put anywhere.
pub(super) fn apply(act: &Act, policy: &Policy) -> bool {
    let has_any = !policy.defaults_groups.0.is_empty() || !policy.defaults_pool.0.is_empty();
    has_any && (act.connection_id().is_none() || policy.defaults_apply_to_scim_users.is_on())
}

/// The default groups that there are, each once, and a sentence about each that there is not.
pub(super) async fn find(
    organization: Id,
    policy: &Policy,
    reader: &mut dyn Reader,
) -> Result<(Vec<Group>, Ignored)> {
    let (mut groups, mut ignored) = (Vec::<Group>::new(), Ignored::new());
    for name in policy.defaults_groups.0.iter().chain(&policy.defaults_pool.0) {
        let id = match Id::parse(name) {
            Some(id) => Some(id),
            None => reader.group_id_by_name(organization, &fold(name)).await?,
        };
        let group = match id {
            Some(id) => reader.group(organization, id).await?,
            None => None,
        };
        match group {
            Some(group) if groups.iter().all(|it| it.id != group.id) => groups.push(group),
            Some(_) => {}
            None => ignored.push(format!("there is no default group {name:?}")),
        }
    }
    Ok((groups, ignored))
}

/// Puts a new user into these groups. They change by it, so each gets an entry.
pub(super) async fn join(
    act: &Act,
    user: &User,
    groups: Vec<Group>,
    transaction: &mut Transaction<'_>,
) -> Result<()> {
    let unique = unique_names(&transaction.organization()?.policy);
    for mut group in groups {
        group.version += 1;
        group.updated_at = act.at_or_after(group.updated_at);
        group.member_count += 1;
        let schemas = schemas_of(transaction.reader, group.organization_id, &group.extensions).await?;
        let detail = Detail {
            added_members: vec![user.id],
            ..Detail::default()
        };
        transaction
            .entries
            .push(act.entry(Resource::Group, &group.id, Action::Updated, detail));
        transaction.writes.push(Write::InsertMembers {
            organization: group.organization_id,
            group: group.id,
            members: vec![(user.id, MemberKind::User)],
            // No identity provider asked for it, so none takes it back by leaving it out.
            source: Source::Manual,
            connection: None,
            at: group.updated_at,
        });
        let keys = search::of_group(&group, &schemas);
        transaction
            .writes
            .push(Write::UpdateGroup(Box::new(group), keys, unique));
    }
    Ok(())
}
