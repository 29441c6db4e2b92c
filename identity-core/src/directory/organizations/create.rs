//! Creating an organization with its policy and, if asked for, its first admin, as one change.

use async_trait::async_trait;
use serde_json::json;

use super::{record, update::refuse_negative};
use crate::{
    change::Action,
    directory::{
        change_context::ChangeContext,
        input::NewOrganization,
        policies,
        record::created,
        requests::Request,
        roles::{RoleReconciler, RoleResolver},
        users::{fit, insertion},
    },
    error::{Error, Resource, Result},
    id::Id,
    organization::{Organization, OrganizationStatus},
    policy::Policy,
    store::{Transaction, Unit, Write},
    user::{Profile, TypedValue, User},
    validate,
};

/// Type of the e-mail addresses of a first admin.
const WORK: &str = "work";

/// Creates an organization, or finds the one that the first call of this request created.
#[derive(Clone)]
pub(super) struct CreateOrganization {
    context: ChangeContext,
    organization: Organization,
    admin: Option<User>,
    request: Request,
}

impl CreateOrganization {
    pub(super) fn new(context: ChangeContext, new: NewOrganization, new_id: impl Fn() -> Id) -> Result<Self> {
        let request = request(&context, &new)?;
        validate::slug(&new.slug)?;
        validate::organization_name(&new.name)?;
        validate::plan(&new.facts.plan)?;
        refuse_negative(new.facts.seats)?;
        let mut facts = new.facts;
        facts.verified_domains = validate::domains(&facts.verified_domains)?;
        let policy = Policy::default().updated(&new.preset, &[])?;
        let id = new_id();
        let admin = Some(new.admin_email).filter(|it| !it.is_empty());
        let admin = admin
            .map(|email| first_admin(&context, id, new_id(), email, &policy))
            .transpose()?;
        let organization = Organization {
            id,
            slug: new.slug,
            name: new.name,
            status: OrganizationStatus::Active,
            facts,
            version: 1,
            // A new organization's first change is its creation.
            revision: 1,
            user_count: i64::from(admin.is_some()),
            group_count: 0,
            active_user_count: i64::from(admin.is_some()),
            break_glass_count: 0,
            policy,
            policy_version: 1,
            policy_updated_at: context.at,
            created_at: context.at,
            updated_at: context.at,
            has_other_grants: false,
            has_ceilings: false,
            deleted_at: None,
        };
        Ok(Self {
            context,
            organization,
            admin,
            request,
        })
    }

    /// Tells whether a second run can find the answer of a first one.
    pub(super) fn is_repeatable(&self) -> bool {
        self.request.is_repeatable()
    }
}

impl CreateOrganization {
    async fn earlier(&self, transaction: &mut Transaction<'_>) -> Result<Option<Output>> {
        let reader = &mut *transaction.reader;
        let Some(id) = reader.organization_id(&self.organization.slug).await? else {
            return Ok(None);
        };
        let taken = Error::AlreadyExists {
            resource: Resource::Organization,
            field: "slug",
        };
        // The slug is part of the request, so its repeat names the organization in which the first call left its trace.
        let made = self
            .request
            .repeats(reader, id, self.context.at)
            .await?
            .ok_or(taken)?;
        let admin = match Id::parse(&made) {
            Some(admin) => reader.user(id, admin).await?,
            None => None,
        };
        let organization = reader.organization(id).await?;
        let organization = organization.ok_or_else(|| Error::not_found(Resource::Organization, id))?;
        Ok(Some((organization, admin)))
    }

    fn insert(&self, transaction: &mut Transaction<'_>) -> Result<()> {
        let organization = &self.organization;
        let (context, policy) = (&self.context, &organization.policy);
        let insert = Write::InsertOrganization(Box::new(organization.clone()));
        transaction.writes.push(insert);
        let detail = created(&record::of(organization));
        let entry = context.entry(Resource::Organization, &organization.id, Action::Created, detail);
        transaction.entries.push(entry);
        let detail = created(&policies::record(policy));
        let entry = context.entry(Resource::Policy, &organization.id, Action::Created, detail);
        transaction.entries.push(entry);
        if let Some(admin) = &self.admin {
            let mut admin = admin.clone();
            let reconciler = RoleReconciler {
                organization,
                context,
                before: None,
            };
            let resolver = RoleResolver::of_catalog(policy.catalog());
            let roles = reconciler.reconcile_with(&resolver, &mut admin)?;
            let (write, entry) = insertion(context, &admin)?;
            transaction.writes.push(write);
            transaction.writes.extend(roles.writes);
            transaction.entries.push(entry);
        }
        let made = self.admin.as_ref().map_or(organization.id, |admin| admin.id);
        self.request
            .remember(&mut transaction.writes, organization.id, &made, context.at);
        Ok(())
    }
}

/// The organization, and its first admin if one was asked for and is not deleted.
type Output = (Organization, Option<User>);

#[async_trait]
impl Unit for CreateOrganization {
    type Output = Output;

    async fn run(&self, transaction: &mut Transaction<'_>) -> Result<Output> {
        if let Some(earlier) = self.earlier(transaction).await? {
            return Ok(earlier);
        }
        self.insert(transaction)?;
        Ok((self.organization.clone(), self.admin.clone()))
    }
}

fn first_admin(
    context: &ChangeContext,
    organization: Id,
    id: Id,
    email: String,
    policy: &Policy,
) -> Result<User> {
    if !validate::is_email(&email) {
        return Err(Error::invalid("admin_email", "must be an e-mail address"));
    }
    let work = TypedValue {
        value: email.clone(),
        kind: Some(WORK.to_owned()),
        primary: true,
        ..TypedValue::default()
    };
    let role = TypedValue {
        value: policy.catalog().admin().to_owned(),
        ..TypedValue::default()
    };
    let mut admin = User {
        id,
        organization_id: organization,
        version: 1,
        user_name: email,
        external_id: None,
        active: true,
        organization_role: Some(policy.catalog().admin().to_owned()),
        managed_by: None,
        break_glass: false,
        predecessor_id: None,
        created_at: context.at,
        updated_at: context.at,
        deleted_at: None,
        profile: Profile {
            emails: vec![work],
            roles: vec![role],
            bootstrap: true,
            ..Profile::default()
        },
    };
    fit(None, &mut admin, policy.clone(), &[], context)?;
    Ok(admin)
}

fn request(context: &ChangeContext, new: &NewOrganization) -> Result<Request> {
    Request::new(&new.request_id, "create_organization", &context.caller, || {
        let facts = &new.facts;
        Ok(json!([
            new.slug,
            new.name,
            facts.plan,
            facts.seats,
            facts.sso_enabled,
            facts.rbac_enabled,
            facts.verified_domains,
            new.preset,
            new.admin_email,
        ]))
    })
}
