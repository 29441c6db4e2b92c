//! Groups and their members.

use identity_core::{
    directory::input::{GroupField, GroupInput, GroupUpdate, MemberChange},
    error::{Error, Result},
    group::{Group, GroupKind, Member, MemberKind, Source},
};
use identity_proto::v1::{self, GrantSource, MemberType, UpdateGroupRequest, member_change::Change};

use super::{etag, filled, json, mask::Fields, required, time, user};

const FIELDS: Fields<GroupField> = Fields {
    settable: &[
        ("display_name", GroupField::DisplayName),
        ("external_id", GroupField::ExternalId),
        ("extensions", GroupField::Extensions),
    ],
    read_only: &[
        "id",
        "organization_id",
        "kind",
        "member_count",
        "managed_by",
        "etag",
        "create_time",
        "update_time",
        "delete_time",
    ],
};

pub(crate) fn to_message(group: Group) -> v1::Group {
    v1::Group {
        id: group.id.to_string(),
        organization_id: group.organization_id.to_string(),
        external_id: group.external_id.unwrap_or_default(),
        kind: kind_message(group.kind).into(),
        display_name: group.display_name,
        extensions: json::to_message(group.extensions),
        member_count: group.member_count,
        managed_by: group.managed_by.map(|id| id.to_string()).unwrap_or_default(),
        etag: etag(group.version),
        create_time: Some(time::to_message(group.created_at)),
        update_time: Some(time::to_message(group.updated_at)),
        delete_time: group.deleted_at.map(time::to_message),
    }
}

fn kind_message(kind: GroupKind) -> v1::GroupKind {
    match kind {
        GroupKind::Group => v1::GroupKind::Group,
        GroupKind::Pool => v1::GroupKind::Pool,
    }
}

/// Reads the fields of a message that can be set; the server sets the others.
pub(crate) fn from_message(group: v1::Group) -> Result<GroupInput> {
    Ok(GroupInput {
        kind: match v1::GroupKind::try_from(group.kind) {
            Ok(v1::GroupKind::Unspecified | v1::GroupKind::Group) => GroupKind::Group,
            Ok(v1::GroupKind::Pool) => GroupKind::Pool,
            Err(_) => return Err(Error::invalid("kind", "must be a known kind")),
        },
        display_name: group.display_name,
        external_id: group.external_id,
        extensions: json::from_message(group.extensions)?,
        ignored_attributes: Vec::new(),
    })
}

pub(crate) fn update(request: UpdateGroupRequest) -> Result<GroupUpdate> {
    let mut group = required(request.group, "group")?;
    filled(&group.id, "group.id")?;
    let fields = FIELDS.given(request.update_mask, &group)?;
    let (id, etag) = (std::mem::take(&mut group.id), std::mem::take(&mut group.etag));
    let mut input = from_message(group)?;
    input.ignored_attributes = request.ignored_attributes;
    let changes = request.member_changes.into_iter().enumerate();
    Ok(GroupUpdate {
        id,
        etag,
        fields,
        input,
        mode: user::mode(request.mode)?,
        member_changes: changes.map(member_change).collect::<Result<_>>()?,
    })
}

fn member_change((index, step): (usize, v1::MemberChange)) -> Result<MemberChange> {
    match step.change {
        Some(Change::Add(members)) => Ok(MemberChange::Add(members.ids)),
        Some(Change::Remove(members)) => Ok(MemberChange::Remove(members.ids)),
        Some(Change::Replace(members)) => Ok(MemberChange::Replace(members.ids)),
        None => Err(Error::invalid(
            format!("member_changes[{index}]"),
            "must say what to do",
        )),
    }
}

/// Where a membership or a role comes from.
pub(crate) fn source_message(source: Source) -> GrantSource {
    match source {
        Source::Scim => GrantSource::Scim,
        Source::Manual => GrantSource::Manual,
        Source::Group => GrantSource::Group,
        Source::Default => GrantSource::Default,
        Source::Mapping => GrantSource::Mapping,
    }
}

pub(crate) fn member_message(member: Member) -> v1::Member {
    let kind = match member.kind {
        MemberKind::User => MemberType::User,
        MemberKind::Group => MemberType::Group,
    };
    v1::Member {
        id: member.id.to_string(),
        r#type: kind.into(),
        display_name: member.display_name,
        source: source_message(member.source).into(),
    }
}
