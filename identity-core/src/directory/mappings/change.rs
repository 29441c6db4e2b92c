//! Creating and changing mapping rules.

use async_trait::async_trait;
use serde_json::json;

use super::{
    follow::follow_rules,
    read::find,
    record,
    rules::{check, refuse_one_too_many},
};
use crate::{
    change::Action,
    directory::{
        change_context::ChangeContext,
        input::{MappingUpdate, NewMapping},
        record::{created, updated},
        requests::Request,
        version,
    },
    error::{Error, Resource, Result},
    id::Id,
    mapping::MappingRule,
    store::{Transaction, Unit, Write},
};

/// Creates a rule, or finds the one that the first call of this request created.
pub(super) struct CreateRule {
    context: ChangeContext,
    /// Complete but for its place, where none is given.
    rule: MappingRule,
    position: Option<i32>,
    request: Request,
}

impl CreateRule {
    pub(super) fn new(
        context: ChangeContext,
        organization: Id,
        id: Id,
        new: NewMapping,
        request_id: &str,
    ) -> Result<Self> {
        let rule = MappingRule {
            id,
            organization_id: organization,
            position: new.position.unwrap_or_default(),
            matcher: new.matcher,
            target: new.target,
            version: 1,
            created_at: context.at,
            updated_at: context.at,
        };
        let request = Request::new(request_id, "create_mapping_rule", &context.caller, || {
            Ok(json!([record::of(&rule), new.position]))
        })?;
        Ok(Self {
            context,
            rule,
            position: new.position,
            request,
        })
    }
}

#[async_trait]
impl Unit for CreateRule {
    type Output = MappingRule;

    async fn run(&self, transaction: &mut Transaction<'_>) -> Result<MappingRule> {
        let policy = {
            let organization = transaction.organization()?;
            self.context.authorize(organization)?;
            organization.policy.clone()
        };
        let organization = self.rule.organization_id;
        let reader = &mut *transaction.reader;
        let before = reader.mapping_rules(organization).await?;
        if let Some(id) = self
            .request
            .repeats(reader, organization, self.context.at)
            .await?
        {
            let id = Id::parse(&id).ok_or_else(|| Error::not_found(Resource::MappingRule, id))?;
            return find(before, id);
        }
        refuse_one_too_many(&before)?;
        let last = before.last().map_or(0, |rule| rule.position);
        let rule = MappingRule {
            position: self.position.unwrap_or_else(|| last.saturating_add(1)),
            ..self.rule.clone()
        };
        check(&rule, &policy, reader).await?;
        self.request
            .remember(&mut transaction.writes, organization, &rule.id, self.context.at);
        let detail = created(&record::of(&rule));
        let entry = self
            .context
            .entry(Resource::MappingRule, &rule.id, Action::Created, detail);
        transaction.entries.push(entry);
        transaction
            .writes
            .push(Write::InsertMapping(Box::new(rule.clone())));
        let mut after = before;
        after.push(rule.clone());
        follow_rules(&self.context, organization, &[&rule], after, transaction).await?;
        Ok(rule)
    }
}

/// Changes a rule; a change that changes nothing writes nothing.
pub(super) struct UpdateRule {
    pub(super) context: ChangeContext,
    pub(super) organization: Id,
    pub(super) id: Id,
    pub(super) update: MappingUpdate,
}

#[async_trait]
impl Unit for UpdateRule {
    type Output = MappingRule;

    async fn run(&self, transaction: &mut Transaction<'_>) -> Result<MappingRule> {
        let policy = {
            let organization = transaction.organization()?;
            self.context.authorize(organization)?;
            organization.policy.clone()
        };
        let mut rules = transaction.reader.mapping_rules(self.organization).await?;
        let before = find(rules.clone(), self.id)?;
        version::check(&self.update.etag, before.version)?;
        let mut after = MappingRule {
            position: self.update.position.unwrap_or(before.position),
            matcher: self.update.matcher.clone().unwrap_or(before.matcher.clone()),
            target: self.update.target.clone().unwrap_or(before.target.clone()),
            ..before.clone()
        };
        if after == before {
            return Ok(before);
        }
        check(&after, &policy, transaction.reader).await?;
        after.version += 1;
        after.updated_at = self.context.at_or_after(before.updated_at);
        let detail = updated(&record::of(&before), &record::of(&after));
        let entry = self
            .context
            .entry(Resource::MappingRule, &self.id, Action::Updated, detail);
        transaction.entries.push(entry);
        transaction
            .writes
            .push(Write::UpdateMapping(Box::new(after.clone())));
        rules.retain(|rule| rule.id != self.id);
        rules.push(after.clone());
        let changed = [&before, &after];
        follow_rules(&self.context, self.organization, &changed, rules, transaction).await?;
        Ok(after)
    }
}
