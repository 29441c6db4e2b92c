//! Reading mapping rules.

use async_trait::async_trait;

use crate::{
    error::{Error, Resource, Result},
    id::Id,
    mapping::MappingRule,
    store::{Cost, Query, Reader},
};

/// All rules of an organization: there are never many.
pub(super) struct AllRules(pub(super) Id);

#[async_trait]
impl Query for AllRules {
    type Output = Vec<MappingRule>;
    const COST: Cost = Cost::Point;

    async fn run(&self, reader: &mut dyn Reader) -> Result<Self::Output> {
        reader.mapping_rules(self.0).await
    }
}

/// The rule of this id.
pub(super) fn find(rules: Vec<MappingRule>, id: Id) -> Result<MappingRule> {
    let mut rules = rules.into_iter();
    let found = rules.find(|rule| rule.id == id);
    found.ok_or_else(|| Error::not_found(Resource::MappingRule, id))
}
