//! Mapping rules: which groups carry which role or license.
//!
//! Results of the rules are computed for groups and stored with them, and never for single users: a
//! membership gives and takes them by itself, in its own transaction, and a change of a rule costs the groups
//! that meet it, however many members they have.

mod change;
mod delete;
mod follow;
mod preview;
mod read;
mod record;
mod rules;

pub(super) use follow::remap_group;

use change::{CreateRule, UpdateRule};
use delete::DeleteRule;
use preview::PreviewRule;
use read::{AllRules, find};

use super::{
    Directory,
    change_context::ChangeContext,
    id_of,
    input::{MappingPreview, MappingUpdate, NewMapping},
};
use crate::{
    caller::{Call, Scope},
    error::{Resource, Result},
    mapping::MappingRule,
};

impl Directory {
    /// Creates a rule, and gives what it says to the groups that meet it.
    #[crate::boxed]
    pub async fn create_mapping_rule(
        &self,
        call: &Call,
        organization: &str,
        new: NewMapping,
        request_id: &str,
    ) -> Result<MappingRule> {
        let inner = &self.inner;
        let org = inner
            .organization(call, organization, Scope::MappingsWrite)
            .await?;
        let context = ChangeContext::new(call, &*inner.platform);
        let unit = CreateRule::new(context, org.id, inner.new_id(), new, request_id)?;
        inner.write(&call.caller, org.id, unit).await
    }

    /// Gets a rule.
    #[crate::boxed]
    pub async fn get_mapping_rule(&self, call: &Call, organization: &str, id: &str) -> Result<MappingRule> {
        let rules = self.list_mapping_rules(call, organization).await?;
        find(rules, id_of(Resource::MappingRule, id)?)
    }

    /// All rules in their order.
    #[crate::boxed]
    pub async fn list_mapping_rules(&self, call: &Call, organization: &str) -> Result<Vec<MappingRule>> {
        let org = self
            .inner
            .organization(call, organization, Scope::MappingsRead)
            .await?;
        self.inner.store.read(AllRules(org.id)).await
    }

    /// Changes a rule, and what groups have by it.
    #[crate::boxed]
    pub async fn update_mapping_rule(
        &self,
        call: &Call,
        organization: &str,
        update: MappingUpdate,
    ) -> Result<MappingRule> {
        let inner = &self.inner;
        let org = inner
            .organization(call, organization, Scope::MappingsWrite)
            .await?;
        let unit = UpdateRule {
            context: ChangeContext::new(call, &*inner.platform),
            organization: org.id,
            id: id_of(Resource::MappingRule, &update.id)?,
            update,
        };
        inner.write(&call.caller, org.id, unit).await
    }

    /// Deletes a rule, and takes from groups what they have by it alone.
    #[crate::boxed]
    pub async fn delete_mapping_rule(&self, call: &Call, organization: &str, id: &str) -> Result<()> {
        let inner = &self.inner;
        let org = inner
            .organization(call, organization, Scope::MappingsWrite)
            .await?;
        let unit = DeleteRule {
            context: ChangeContext::new(call, &*inner.platform),
            organization: org.id,
            id: id_of(Resource::MappingRule, id)?,
        };
        inner.write(&call.caller, org.id, unit).await
    }

    /// Tells which groups would meet a rule, and how many memberships that concerns; refused as the creation would be.
    #[crate::boxed]
    pub async fn preview_mapping_rule(
        &self,
        call: &Call,
        organization: &str,
        new: NewMapping,
    ) -> Result<MappingPreview> {
        let org = self
            .inner
            .organization(call, organization, Scope::MappingsRead)
            .await?;
        let query = PreviewRule {
            organization: org.id,
            new,
        };
        self.inner.store.read(query).await
    }
}
