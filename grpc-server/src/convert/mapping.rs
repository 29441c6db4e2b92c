//! Mapping rules.

use identity_core::{
    directory::input::{MappingPreview, MappingUpdate, NewMapping},
    error::Result,
    mapping::{GroupMatcher, MappingRule, MappingTarget},
};
use identity_proto::v1::{
    self, PreviewMappingRuleResponse, UpdateMappingRuleRequest, mapping_rule::Group, mapping_rule::Target,
};

use super::{etag, filled, group, mask::Fields, required, time};

/// Fields of a rule that an update can name.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Field {
    Position,
    Group,
    Target,
}

const FIELDS: Fields<Field> = Fields {
    settable: &[
        ("position", Field::Position),
        ("group_name", Field::Group),
        ("group_external_id", Field::Group),
        ("group_pattern", Field::Group),
        ("role", Field::Target),
        ("license", Field::Target),
    ],
    read_only: &["id", "organization_id", "etag", "create_time", "update_time"],
};

pub(crate) fn to_message(rule: MappingRule) -> v1::MappingRule {
    v1::MappingRule {
        id: rule.id.to_string(),
        organization_id: rule.organization_id.to_string(),
        position: Some(rule.position),
        group: Some(match rule.matcher {
            GroupMatcher::Name(name) => Group::GroupName(name),
            GroupMatcher::ExternalId(id) => Group::GroupExternalId(id),
            GroupMatcher::Pattern(pattern) => Group::GroupPattern(pattern),
        }),
        target: Some(match rule.target {
            MappingTarget::Role(name) => Target::Role(name),
            MappingTarget::License(name) => Target::License(name),
        }),
        etag: etag(rule.version),
        create_time: Some(time::to_message(rule.created_at)),
        update_time: Some(time::to_message(rule.updated_at)),
    }
}

pub(crate) fn create(rule: Option<v1::MappingRule>) -> Result<NewMapping> {
    let rule = required(rule, "rule")?;
    Ok(NewMapping {
        position: rule.position,
        matcher: matcher(rule.group)?,
        target: target(rule.target)?,
    })
}

pub(crate) fn update(request: UpdateMappingRuleRequest) -> Result<MappingUpdate> {
    let rule = required(request.rule, "rule")?;
    filled(&rule.id, "rule.id")?;
    let fields = FIELDS.given(request.update_mask, &rule)?;
    let mut update = MappingUpdate {
        id: rule.id,
        etag: rule.etag,
        ..MappingUpdate::default()
    };
    if fields.contains(&Field::Position) {
        update.position = Some(required(rule.position, "position")?);
    }
    if fields.contains(&Field::Group) {
        update.matcher = Some(matcher(rule.group)?);
    }
    if fields.contains(&Field::Target) {
        update.target = Some(target(rule.target)?);
    }
    Ok(update)
}

fn matcher(group: Option<Group>) -> Result<GroupMatcher> {
    Ok(match required(group, "group_name")? {
        Group::GroupName(name) => GroupMatcher::Name(name),
        Group::GroupExternalId(id) => GroupMatcher::ExternalId(id),
        Group::GroupPattern(pattern) => GroupMatcher::Pattern(pattern),
    })
}

fn target(target: Option<Target>) -> Result<MappingTarget> {
    Ok(match required(target, "role")? {
        Target::Role(role) => MappingTarget::Role(role),
        Target::License(license) => MappingTarget::License(license),
    })
}

pub(crate) fn preview(preview: MappingPreview) -> PreviewMappingRuleResponse {
    PreviewMappingRuleResponse {
        group_count: preview.groups,
        membership_count: preview.memberships,
        groups: preview.named.into_iter().map(group::to_message).collect(),
    }
}
