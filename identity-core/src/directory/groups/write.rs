//! Writes of members and entries of the change log that changes of groups pass to the store.

use super::members::Delta;
use crate::{
    change::{Action, Detail, MEMBERS_PER_ENTRY},
    directory::change_context::ChangeContext,
    error::Resource,
    group::{Group, MemberKind},
    id::Id,
    store::{Entry, Write},
};

/// The writes that make a delta true.
pub(super) fn member_writes(context: &ChangeContext, group: &Group, delta: &Delta) -> Vec<Write> {
    let mut writes = Vec::new();
    if !delta.removed.is_empty() {
        writes.push(Write::DeleteMembers {
            organization: group.organization_id,
            group: group.id,
            members: delta.removed.clone(),
        });
    }
    if !delta.added.is_empty() {
        writes.push(Write::InsertMembers {
            organization: group.organization_id,
            group: group.id,
            members: delta.added.clone(),
            source: context.source(),
            connection: context.connection_id(),
            at: group.updated_at,
        });
    }
    writes
}

/// The entries of one change: the first tells the fields and what was ignored, and members that do not fit into it follow in
/// further ones.
pub(super) fn entries(
    context: &ChangeContext,
    group: Id,
    action: Action,
    fields: Detail,
    delta: &Delta,
) -> Vec<Entry> {
    let added: Vec<Id> = delta.added.iter().map(|(id, _)| *id).collect();
    let mut added = added.chunks(MEMBERS_PER_ENTRY);
    let mut removed = delta.removed.chunks(MEMBERS_PER_ENTRY);
    let mut next = || Detail {
        added_members: added.next().unwrap_or_default().to_vec(),
        removed_members: removed.next().unwrap_or_default().to_vec(),
        ..Detail::default()
    };
    let first = Detail {
        fields: fields.fields,
        ignored: delta.ignored.clone(),
        ..next()
    };
    let has_members =
        |detail: &Detail| !detail.added_members.is_empty() || !detail.removed_members.is_empty();
    let rest = std::iter::repeat_with(next).take_while(has_members);
    let mut entries = vec![context.entry(Resource::Group, &group, action, first)];
    entries.extend(rest.map(|detail| context.entry(Resource::Group, &group, Action::Updated, detail)));
    entries
}

/// The entries of a deletion: the last one says so, and all name the members that the group had.
pub(super) fn deletion_entries(
    context: &ChangeContext,
    group: Id,
    members: &[(Id, MemberKind)],
) -> Vec<Entry> {
    let members: Vec<Id> = members.iter().map(|(id, _)| *id).collect();
    let mut chunks: Vec<&[Id]> = members.chunks(MEMBERS_PER_ENTRY).collect();
    let last = chunks.pop().unwrap_or_default();
    let entry = |members: &[Id], action| {
        let detail = Detail {
            removed_members: members.to_vec(),
            ..Detail::default()
        };
        context.entry(Resource::Group, &group, action, detail)
    };
    let mut entries: Vec<Entry> = chunks
        .into_iter()
        .map(|members| entry(members, Action::Updated))
        .collect();
    entries.push(entry(last, Action::Deleted));
    entries
}

/// The entry of a change that an identity provider asked for while `groups.sync` is off. It is answered as if it had been made, so
/// that the provider raises no alarm over what its administrator here has not switched on (rule 96), and the log says that it was not.
pub(super) fn out_of_sync(context: &ChangeContext, group: &Group, what: &str) -> Entry {
    let ignored = format!("{what} no effect on {:?}: groups.sync is off", group.display_name);
    let detail = Detail {
        ignored: vec![ignored],
        ..Detail::default()
    };
    context.entry(Resource::Group, &group.id, Action::Ignored, detail)
}

#[cfg(test)]
mod tests {
    use super::entries;
    use crate::{
        caller::{Call, Caller},
        change::{Action, Detail},
        directory::{change_context::ChangeContext, groups::members::Delta},
        group::MemberKind,
        id::Id,
        platform::SystemPlatform,
    };

    fn id(number: u128) -> Id {
        Id(uuid::Uuid::from_u128(number))
    }

    #[test]
    fn an_entry_names_a_thousand_members_and_the_rest_follows() {
        let call = Call::new(Caller::Root, "r");
        let delta = Delta {
            added: (0..1001).map(|number| (id(number), MemberKind::User)).collect(),
            removed: (2000..2003).map(id).collect(),
            ignored: vec!["x".into()],
        };
        let context = ChangeContext::new(&call, &SystemPlatform);
        let entries = entries(&context, id(1), Action::Created, Detail::default(), &delta);
        let counts = entries.iter().map(|entry| {
            let detail = &entry.detail;
            (
                detail.added_members.len(),
                detail.removed_members.len(),
                detail.ignored.len(),
            )
        });
        assert_eq!(counts.collect::<Vec<_>>(), [(1000, 3, 1), (1, 0, 0)]);
        assert_eq!(entries[1].action, Action::Updated);
    }
}
