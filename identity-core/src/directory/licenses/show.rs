//! Users with the license that counts, and with the attribute under which it is shown.

use async_trait::async_trait;

use crate::{
    directory::{Inner, organization_context::OrganizationContext},
    error::{Error, Resource, Result},
    filter::Filter,
    id::Id,
    license::{self, LicenseAttribute},
    platform::Timestamp,
    policy::{LicenseSource, NameList, Policy},
    schema::{AttributeType, ExtendedType, ExtensionSchema, SchemaAttribute},
    store::{Cost, GroupLicense, Query, Reader},
    text::fold,
    user::UserView,
};

/// The attribute in filters of what the policy's name for it stands for.
const LICENSE: &str = "license";

/// License settings of an organization that reads need.
#[derive(Clone, Debug)]
pub(in crate::directory) struct Licensing {
    pub(super) source: LicenseSource,
    attribute: Option<LicenseAttribute>,
    catalog: NameList,
}

impl Licensing {
    pub(in crate::directory) fn of(policy: &Policy) -> Self {
        Self {
            source: policy.license_source,
            attribute: LicenseAttribute::of(policy),
            catalog: policy.license_catalog.clone(),
        }
    }

    /// The filter with the policy's name for the license replaced by our own.
    pub(in crate::directory) fn rename(&self, filter: Filter) -> Filter {
        let Some(attribute) = &self.attribute else {
            return filter;
        };
        rename(filter, &fold(&attribute.path()))
    }

    /// The declared schemas, and the attribute that the policy adds to them.
    pub(in crate::directory) fn publish(
        &self,
        mut schemas: Vec<ExtensionSchema>,
        organization: Id,
        since: Timestamp,
    ) -> Vec<ExtensionSchema> {
        let Some(license) = &self.attribute else {
            return schemas;
        };
        let attribute = self.schema_attribute(license);
        let same = |schema: &&mut ExtensionSchema| {
            schema.extends == ExtendedType::User && schema.urn.eq_ignore_ascii_case(&license.urn)
        };
        if let Some(schema) = schemas.iter_mut().find(same) {
            schema
                .attributes
                .retain(|it| !it.name.eq_ignore_ascii_case(&license.name));
            schema.attributes.push(attribute);
            return schemas;
        }
        schemas.push(ExtensionSchema {
            urn: license.urn.clone(),
            organization_id: organization,
            name: "License".into(),
            description: "What the user may have of the product".into(),
            extends: ExtendedType::User,
            attributes: vec![attribute],
            version: 1,
            created_at: since,
            updated_at: since,
        });
        schemas.sort_by_key(|schema| fold(&schema.urn));
        schemas
    }

    fn schema_attribute(&self, license: &LicenseAttribute) -> SchemaAttribute {
        SchemaAttribute {
            name: license.name.clone(),
            kind: AttributeType::String,
            multi_valued: false,
            description: "The license of the user".into(),
            required: false,
            canonical_values: self.catalog.0.clone(),
            case_exact: true,
            sub_attributes: Vec::new(),
        }
    }
}

fn rename(filter: Filter, path: &str) -> Filter {
    let name = |attribute: String| {
        if fold(&attribute) == path {
            LICENSE.to_owned()
        } else {
            attribute
        }
    };
    let all = |filters: Vec<Filter>| filters.into_iter().map(|it| rename(it, path)).collect();
    match filter {
        Filter::All(filters) => Filter::All(all(filters)),
        Filter::Any(filters) => Filter::Any(all(filters)),
        Filter::Not(inner) => Filter::Not(Box::new(rename(*inner, path))),
        Filter::Comparison {
            attribute,
            operator,
            value,
        } => Filter::Comparison {
            attribute: name(attribute),
            operator,
            value,
        },
        Filter::Present(attribute) => Filter::Present(name(attribute)),
        Filter::Element { attribute, filter } => Filter::Element { attribute, filter },
    }
}

impl Inner {
    /// The users with their licenses. Costs a lookup for all of them, and only where licenses come by mapping rules.
    pub(in crate::directory) async fn licensed(
        &self,
        org: &OrganizationContext,
        mut views: Vec<UserView>,
    ) -> Result<Vec<UserView>> {
        let licensing = &org.licensing;
        let mut groups: Vec<Id> = Vec::new();
        if licensing.source == LicenseSource::Mapping {
            groups.extend(views.iter().flat_map(|view| &view.groups).map(|group| group.id));
            groups.sort_unstable();
            groups.dedup();
        }
        let mut mapped = Vec::new();
        if !groups.is_empty() {
            let organization = org.id;
            mapped = self.store.read(Mapped { organization, groups }).await?;
        }
        for view in &mut views {
            let has = |license: &&GroupLicense| view.groups.iter().any(|group| group.id == license.group);
            let first = mapped.iter().find(has).map(|it| it.license.clone());
            let assigned = view.user.profile.license.as_ref();
            view.license = license::effective(licensing.source, assigned, first);
            view.license_attribute.clone_from(&licensing.attribute);
        }
        Ok(views)
    }

    /// One user with its license.
    pub(in crate::directory) async fn licensed_one(
        &self,
        org: &OrganizationContext,
        view: UserView,
    ) -> Result<UserView> {
        let id = view.user.id;
        let mut views = self.licensed(org, vec![view]).await?;
        views.pop().ok_or_else(|| Error::not_found(Resource::User, id))
    }
}

/// The licenses that mapping rules give to groups, in order of the rules.
struct Mapped {
    organization: Id,
    groups: Vec<Id>,
}

#[async_trait]
impl Query for Mapped {
    type Output = Vec<GroupLicense>;
    const COST: Cost = Cost::Point;

    async fn run(&self, reader: &mut dyn Reader) -> Result<Self::Output> {
        reader.group_licenses(self.organization, &self.groups).await
    }
}
