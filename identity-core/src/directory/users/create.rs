//! Creating a user.

use async_trait::async_trait;
use serde_json::json;

use super::{
    apply::{Change, apply_change},
    defaults::{self, Defaults},
    emails,
    licensing::Extensions,
    matching::{self, Match, Search},
};
use crate::{
    directory::{
        change_context::ChangeContext,
        input::UserInput,
        manual_changes::{permit_break_glass, permit_invitation},
        record::value,
        requests::Request,
        roles::Roles,
    },
    error::{Error, Resource, Result},
    id::Id,
    store::{Reader, Transaction, Unit},
    user::{Profile, User},
    validate::{self, Ignored},
};

/// Creates a user, or finds the one that the first call of this request created.
pub(super) struct CreateUser {
    context: ChangeContext,
    /// Complete but for its predecessor.
    user: User,
    active: Active,
    /// The id of the default pool, if that is to be made.
    new_pool: Id,
    request: Request,
    /// Statements about attributes that the client dropped.
    ignored: Ignored,
}

/// Statement of a create about `active`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Active {
    /// True or false.
    Given,
    /// Nothing: who is created is active.
    Absent,
    /// That it has no value: who is created is active, and who is there stays as it is.
    Unassigned,
}

/// Result of a create.
pub(super) enum Created {
    /// A user who belongs to no group yet.
    Now(User),
    /// A user who was put into groups.
    Joined(User),
    /// A user who was there before: of an earlier call, or one who came back.
    Earlier(User),
}

impl Created {
    fn user(&self) -> &User {
        match self {
            Self::Now(user) | Self::Joined(user) | Self::Earlier(user) => user,
        }
    }
}

impl CreateUser {
    pub(super) fn new(
        context: ChangeContext,
        organization: Id,
        (id, new_pool): (Id, Id),
        input: UserInput,
        request_id: &str,
    ) -> Result<Self> {
        let request = Request::new(request_id, "create_user", &context.caller, || {
            let profile = value(&input.profile)?;
            Ok(json!([
                input.user_name,
                input.external_id,
                input.active,
                input.break_glass,
                profile
            ]))
        })?;
        let ignored = validate::ignored_attributes(&input.ignored_attributes)?;
        let mut profile = input.profile;
        let active = match (input.active, std::mem::take(&mut profile.active_unassigned)) {
            (Some(_), _) => Active::Given,
            (None, false) => Active::Absent,
            (None, true) => Active::Unassigned,
        };
        let user = User {
            id,
            organization_id: organization,
            version: 1,
            user_name: input.user_name,
            external_id: Some(input.external_id).filter(|it| !it.is_empty()),
            active: input.active.unwrap_or(true),
            organization_role: None,
            managed_by: context.connection_id(),
            break_glass: context.connection_id().is_none() && input.break_glass == Some(true),
            predecessor_id: None,
            created_at: context.at,
            updated_at: context.at,
            deleted_at: None,
            profile: Profile {
                staged: input.active == Some(false),
                ..profile
            },
        };
        Ok(Self {
            context,
            user,
            active,
            new_pool,
            request,
            ignored,
        })
    }

    async fn earlier(&self, reader: &mut dyn Reader) -> Result<Option<User>> {
        let organization = self.user.organization_id;
        let Some(id) = self
            .request
            .repeats(reader, organization, self.context.at)
            .await?
        else {
            return Ok(None);
        };
        let user = match Id::parse(&id) {
            Some(id) => reader.user(organization, id).await?,
            None => None,
        };
        user.map(Some).ok_or_else(|| Error::not_found(Resource::User, id))
    }

    /// Somebody who is here already and whom a provisioning client means, as its create makes them.
    async fn returned(&self, transaction: &mut Transaction<'_>) -> Result<Option<User>> {
        let organization = transaction.organization()?.clone();
        let Some(connection) = self
            .user
            .managed_by
            .filter(|_| matching::is_needed(&organization.policy))
        else {
            return Ok(None);
        };
        let reader = &mut *transaction.reader;
        let Some(connection) = reader.connection(organization.id, connection).await? else {
            return Ok(None);
        };
        let search = Search {
            organization: &organization,
            connection: &connection,
            new: &self.user,
            active: self.active,
        };
        let Match::Returns(before) = search.find(reader).await? else {
            return Ok(None);
        };
        let after = search.returning(&before);
        let change = self.change(Some(*before), after);
        let applied = apply_change(&self.context, change, transaction).await?;
        Ok(Some(applied.user()))
    }

    fn change(&self, before: Option<User>, after: User) -> Change {
        let roles = match self.user.profile.roles.as_slice() {
            [] => Roles::NotGiven,
            _ => Roles::Given,
        };
        Change {
            before,
            after,
            roles,
            extensions: Extensions::AsGiven,
            dropped: self.ignored.clone(),
            without_effect: Ignored::new(),
        }
    }

    async fn insert(&self, transaction: &mut Transaction<'_>) -> Result<Created> {
        let mut user = self.user.clone();
        if user.break_glass {
            permit_break_glass(&self.context)?;
        }
        let (organization, reader) = transaction.organization_and_reader()?;
        let policy = &organization.policy;
        if user.managed_by.is_some() {
            user.profile.first_login = Some(policy.first_login);
        }
        if user.profile.emails.is_empty() {
            emails::follow_user_name(policy, None, &mut user);
        }
        permit_invitation(&self.context, user.organization_id, policy, reader).await?;
        let mut defaults = Defaults::default();
        if defaults::apply(&self.context, policy) {
            let ids = (user.organization_id, self.new_pool);
            defaults = defaults::find(&self.context, ids, policy, reader).await?;
        }
        let change = Change {
            without_effect: defaults.missing,
            ..self.change(None, user)
        };
        let user = apply_change(&self.context, change, transaction).await?.user();
        let mut groups = defaults.groups;
        if let Some(pool) = defaults.new_pool {
            defaults::make(&self.context, &pool, transaction).await?;
            groups.push(pool);
        }
        if groups.is_empty() {
            return Ok(Created::Now(user));
        }
        defaults::join(&self.context, &user, groups, transaction).await?;
        Ok(Created::Joined(user))
    }
}

#[async_trait]
impl Unit for CreateUser {
    type Output = Created;

    async fn run(&self, transaction: &mut Transaction<'_>) -> Result<Created> {
        self.context.authorize(transaction.organization()?)?;
        if let Some(user) = self.earlier(transaction.reader).await? {
            return Ok(Created::Earlier(user));
        }
        let created = match self.returned(transaction).await? {
            Some(user) => Created::Earlier(user),
            None => self.insert(transaction).await?,
        };
        self.request.remember(
            &mut transaction.writes,
            self.user.organization_id,
            &created.user().id,
            self.context.at,
        );
        Ok(created)
    }
}
