//! Undoing what others did to a user.

use std::{collections::HashSet, sync::Arc};

use async_trait::async_trait;

use super::{
    apply::{Applied, Change, apply_change},
    delete::deleted,
    lifecycle::has_access,
    record,
};
use crate::{
    change::Action,
    directory::{
        change_context::ChangeContext,
        manual_changes::permit_break_glass,
        record::{DELETE_TIME, changes},
        revert::{
            Conflict, Done, Existence, History, ReleasedName, RevertedResource, Selection, groups_left,
        },
        roles::Roles,
    },
    error::{Error, Resource, Result},
    group::Source,
    id::Id,
    store::{Reader, Transaction, Unit},
    text::fold,
    user::User,
};

/// Gives a user back what the selected changes took or changed.
pub(in crate::directory) struct RevertUser {
    pub(in crate::directory) context: ChangeContext,
    pub(in crate::directory) organization: Id,
    pub(in crate::directory) id: Id,
    pub(in crate::directory) selection: Arc<Selection>,
    /// Active users that a preview has brought back so far, whose seats are taken.
    pub(in crate::directory) active_before: i64,
    /// Names that a preview has made free so far.
    pub(in crate::directory) released: Arc<HashSet<ReleasedName>>,
}

#[async_trait]
impl Unit for RevertUser {
    type Output = Option<Done>;

    async fn run(&self, transaction: &mut Transaction<'_>) -> Result<Option<Done>> {
        self.context.authorize(transaction.organization()?)?;
        transaction.organization()?.active_user_count += self.active_before;
        let done = Box::pin(self.revert(transaction)).await?;
        transaction.organization()?.active_user_count -= self.active_before;
        Ok(done)
    }
}

impl RevertUser {
    async fn revert(&self, transaction: &mut Transaction<'_>) -> Result<Option<Done>> {
        let reader = &mut *transaction.reader;
        let about = (Resource::User, self.id);
        let history = History::read(&self.selection, reader, self.organization, about).await?;
        let stored = match reader.user(self.organization, self.id).await? {
            Some(user) => Some(user),
            None => reader.deleted_user(self.organization, self.id).await?,
        };
        let mut item = RevertedResource::new(Resource::User, &self.id);
        let Some(before) = stored else {
            if history.existence(false) != Existence::AsItIs {
                item.lost = Some("the user was deleted for good".to_owned());
            }
            return Ok(Done::unless_empty(item));
        };
        item.name.clone_from(&before.user_name);
        let after = match history.existence(before.deleted_at.is_none()) {
            Existence::Conflict(revision) => {
                item.conflicts.push(Conflict::of_existence(revision));
                return Ok(Done::unless_empty(item));
            }
            Existence::AsItIs if before.deleted_at.is_some() => return Ok(None),
            Existence::Deleted => {
                if has_manual_membership(reader, &before).await? {
                    item.conflicts.push(Conflict::of("groups", 0));
                    return Ok(Done::unless_empty(item));
                }
                let mode = transaction.organization()?.policy.delete_mode;
                deleted(&before, mode, self.context.at)
            }
            Existence::AsItIs | Existence::Restored => {
                let mut fields = record::of(&before)?;
                item.conflicts = history.restore(&mut fields);
                User {
                    deleted_at: None,
                    ..record::with_fields(&before, fields)?
                }
            }
        };
        if after.break_glass != before.break_glass {
            permit_break_glass(&self.context)?;
        }
        self.apply(history.last_selected, (before, after), item, transaction)
            .await
    }

    async fn apply(
        &self,
        reverts: i64,
        (before, wanted): (User, User),
        mut item: RevertedResource,
        transaction: &mut Transaction<'_>,
    ) -> Result<Option<Done>> {
        let reader = &mut *transaction.reader;
        let former = reader.former_access(self.organization, self.id).await?;
        let roles = if before.profile.roles == wanted.profile.roles {
            Roles::NotGiven
        } else {
            Roles::Given
        };
        let change = Change {
            roles,
            ..Change::new(before.clone(), wanted.clone())
        };
        let context = self.context.reverting(reverts);
        let after = match apply_change(&context, change, transaction).await {
            Ok(Applied::Changed(after)) => after,
            Ok(Applied::Same(..)) => return Ok(Done::unless_empty(item)),
            // A preview leaves it to whom the undo itself takes it from.
            Err(Error::AlreadyExists { field, .. }) if self.is_released(field, &wanted) => wanted,
            Err(refusal) => return Err(refusal),
        };
        item.action = Some(match (before.deleted_at, after.deleted_at) {
            (Some(_), None) => Action::Undeleted,
            (None, Some(_)) => Action::Deleted,
            _ => Action::Updated,
        });
        if item.action != Some(Action::Deleted) {
            item.fields = changes(&record::of(&before)?, &record::of(&after)?);
            item.fields.retain(|it| it.field != DELETE_TIME);
        }
        let active = |user: &User| i64::from(has_access(user));
        Ok(Some(Done {
            active: active(&after) - active(&before),
            is_back: item.action == Some(Action::Undeleted),
            left: groups_left(self.id, &transaction.entries),
            former: former.unwrap_or_default().groups,
            released: released(&before, &after),
            item,
        }))
    }

    fn is_released(&self, field: &'static str, wanted: &User) -> bool {
        let is_it = |it: &ReleasedName| it.1 == field;
        let mut names = names(wanted).into_iter().filter(is_it);
        self.context.is_dry_run() && names.any(|name| self.released.contains(&name))
    }
}

/// Names that others cannot have while a user has them.
fn names(user: &User) -> Vec<ReleasedName> {
    let user_name = (Resource::User, "user_name", fold(&user.user_name));
    let external_id = user
        .external_id
        .clone()
        .map(|id| (Resource::User, "external_id", id));
    std::iter::once(user_name).chain(external_id).collect()
}

fn released(before: &User, after: &User) -> Vec<ReleasedName> {
    let kept = if after.deleted_at.is_none() {
        names(after)
    } else {
        Vec::new()
    };
    let mut released = names(before);
    released.retain(|name| before.deleted_at.is_none() && !kept.contains(name));
    released
}

/// Tells whether others put a user into a group.
async fn has_manual_membership(reader: &mut dyn Reader, user: &User) -> Result<bool> {
    let memberships = reader.memberships_of(user.organization_id, user.id).await?;
    Ok(memberships.iter().any(|it| it.source == Source::Manual))
}
