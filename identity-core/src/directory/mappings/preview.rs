//! Preview of a mapping rule before it is made.

use async_trait::async_trait;

use super::rules::{check, refuse_one_too_many};
use crate::{
    directory::input::{MappingPreview, NewMapping},
    error::{Error, Resource, Result},
    group::Group,
    id::Id,
    mapping::MappingRule,
    platform::Timestamp,
    search::position_of_group,
    store::{Cost, ListQuery, Query, Reader},
    text::fold,
};

/// Groups that are named.
const MAX_NAMED: usize = 100;
/// Groups that are read at a time.
const BATCH: i64 = 500;

/// Finds the groups that would meet a rule.
pub(super) struct PreviewRule {
    pub(super) organization: Id,
    pub(super) new: NewMapping,
}

#[async_trait]
impl Query for PreviewRule {
    type Output = MappingPreview;
    const COST: Cost = Cost::Scan;

    async fn run(&self, reader: &mut dyn Reader) -> Result<MappingPreview> {
        let id = self.organization;
        let organization = reader.organization(id).await?;
        let organization = organization.ok_or_else(|| Error::not_found(Resource::Organization, id))?;
        let rule = MappingRule {
            id,
            organization_id: id,
            position: self.new.position.unwrap_or_default(),
            matcher: self.new.matcher.clone(),
            target: self.new.target.clone(),
            version: 1,
            created_at: Timestamp(0),
            updated_at: Timestamp(0),
        };
        check(&rule, &organization.policy, reader).await?;
        refuse_one_too_many(&reader.mapping_rules(id).await?)?;
        let mut preview = MappingPreview::default();
        let matcher = rule.matcher.folded();
        let mut page = ListQuery::of_all(rule.matcher.filter(), BATCH);
        loop {
            let groups = reader.groups(id, &page).await?;
            let Some(last) = groups.last() else {
                return Ok(preview);
            };
            page.after = Some(position_of_group(&page.order, last, &[])?);
            let is_met = |group: &Group| matcher.fits(group, &fold(&group.display_name));
            for group in groups.into_iter().filter(is_met) {
                preview.groups += 1;
                preview.memberships += group.member_count;
                if preview.named.len() < MAX_NAMED {
                    preview.named.push(group);
                }
            }
        }
    }
}
