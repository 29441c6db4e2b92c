//! The groups and the pool that new users are put into: `defaults.groups` and `defaults.pool`, for provisioned users only under
//! `defaults.apply_to_scim_users` (rules 98 and 100).
//!
//! A setting names groups by id or name. A pool that is not there is made with the first user that is put into it; it has no role until
//! somebody gives it one. A group that is not there is recorded as ignored, and no reason to refuse a user.

use serde_json::Map;

use crate::{
    change::{Action, Detail},
    directory::{
        change_context::ChangeContext,
        groups::{self, unique_names},
        mappings::remap_group,
        quotas,
        record::created,
        schemas::schemas_of,
    },
    error::{Resource, Result},
    group::{Group, GroupKind, MemberKind, Source},
    id::Id,
    policy::Policy,
    search,
    store::{Reader, Transaction, Write},
    text::fold,
    user::User,
    validate::{self, Ignored, InputRules},
};

/// Tells whether this caller's new users are put into any group or pool.
pub(super) fn apply(context: &ChangeContext, policy: &Policy) -> bool {
    let has_any = !policy.defaults_groups.0.is_empty() || !policy.defaults_pool.0.is_empty();
    has_any && (context.connection_id().is_none() || policy.defaults_apply_to_scim_users.is_on())
}

/// The groups that new users are put into.
#[derive(Default)]
pub(super) struct Defaults {
    /// The groups and pools that there are, each once.
    pub(super) groups: Vec<Group>,
    /// The pool that is to be made; of several, the first.
    pub(super) new_pool: Option<Group>,
    /// A sentence about each that there is not.
    pub(super) missing: Ignored,
}

/// Finds what new users are put into; a pool that is to be made gets this id.
pub(super) async fn find(
    context: &ChangeContext,
    (organization, new_pool): (Id, Id),
    policy: &Policy,
    reader: &mut dyn Reader,
) -> Result<Defaults> {
    let mut found = Defaults::default();
    let groups = policy
        .defaults_groups
        .0
        .iter()
        .map(|name| (name, GroupKind::Group));
    let pools = policy.defaults_pool.0.iter().map(|name| (name, GroupKind::Pool));
    for (name, kind) in groups.chain(pools) {
        let id = match Id::parse(name) {
            Some(id) => Some(id),
            None => reader.group_id_by_name(organization, &fold(name)).await?,
        };
        let group = match id {
            Some(id) => reader.group(organization, id).await?,
            None => None,
        };
        match group {
            Some(group) if found.groups.iter().all(|it| it.id != group.id) => found.groups.push(group),
            Some(_) => {}
            None if kind == GroupKind::Pool && id.is_none() && found.new_pool.is_none() => {
                found.new_pool = pool(context, (organization, new_pool), name);
            }
            None => found.missing.push(format!("there is no default group {name:?}")),
        }
    }
    Ok(found)
}

/// A pool of this name that nobody manages, unless it cannot be the name of one.
fn pool(context: &ChangeContext, (organization, id): (Id, Id), name: &str) -> Option<Group> {
    let mut pool = Group {
        id,
        organization_id: organization,
        version: 1,
        kind: GroupKind::Pool,
        display_name: name.to_owned(),
        external_id: None,
        extensions: Map::new(),
        member_count: 0,
        managed_by: None,
        created_at: context.at,
        updated_at: context.at,
        deleted_at: None,
    };
    let fits = validate::group(&mut pool, &[], None, InputRules::STRICT).is_ok();
    fits.then_some(pool)
}

/// Makes the pool.
pub(super) async fn make(
    context: &ChangeContext,
    pool: &Group,
    transaction: &mut Transaction<'_>,
) -> Result<()> {
    let unique = unique_names(&transaction.organization()?.policy);
    quotas::count_group(transaction.organization()?)?;
    let insert = Write::InsertGroup(Box::new(pool.clone()), search::of_group(pool, &[]), unique);
    transaction.writes.push(insert);
    let detail = created(&groups::record_of(pool));
    transaction
        .entries
        .push(context.entry(Resource::Group, &pool.id, Action::Created, detail));
    remap_group(context, None, pool, transaction).await
}

/// Puts a new user into these groups. They change by it, so each gets an entry.
pub(super) async fn join(
    context: &ChangeContext,
    user: &User,
    groups: Vec<Group>,
    transaction: &mut Transaction<'_>,
) -> Result<()> {
    let unique = unique_names(&transaction.organization()?.policy);
    for mut group in groups {
        group.version += 1;
        group.updated_at = context.at_or_after(group.updated_at);
        group.member_count += 1;
        let schemas = schemas_of(transaction.reader, group.organization_id, &group.extensions).await?;
        let detail = Detail {
            added_members: vec![user.id],
            ..Detail::default()
        };
        transaction
            .entries
            .push(context.entry(Resource::Group, &group.id, Action::Updated, detail));
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
