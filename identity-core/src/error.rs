//! The one error type of the core. Each API has one table from it.

use std::{error::Error as StdError, net::IpAddr, time::Duration};

use crate::id::Id;

/// The result of everything that can be refused.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A cause that only the log sees.
pub type Source = Box<dyn StdError + Send + Sync>;

/// Kind of a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Resource {
    /// An organization.
    Organization,
    /// A user.
    User,
    /// A group.
    Group,
    /// A SCIM connection.
    Connection,
    /// A mapping rule.
    MappingRule,
    /// A token.
    Token,
    /// A service account.
    ServiceAccount,
    /// A key that signs access tokens.
    SigningKey,
    /// An extension schema.
    Schema,
    /// A provisioning policy.
    Policy,
    /// A project.
    Project,
    /// A role.
    Role,
    /// A role that a user or group holds.
    Grant,
}

impl Resource {
    /// The name in messages, metadata and the change log.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Organization => "organization",
            Self::User => "user",
            Self::Group => "group",
            Self::Connection => "connection",
            Self::MappingRule => "mapping_rule",
            Self::Token => "token",
            Self::ServiceAccount => "service_account",
            Self::SigningKey => "signing_key",
            Self::Schema => "schema",
            Self::Policy => "policy",
            Self::Project => "project",
            Self::Role => "role",
            Self::Grant => "grant",
        }
    }
}

/// Why a page cannot be given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PageFault {
    /// The size is negative.
    Size,
    /// The token is not one of ours, or damaged.
    Malformed,
    /// The token is older than its life.
    Expired,
    /// The token was made for another filter, order, organization or list.
    OtherQuery,
}

/// A rule that spans more than one field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rule {
    /// An organization that has an active admin keeps one.
    LastAdmin,
    /// The organization is suspended.
    OrganizationSuspended,
    /// The plan lacks this feature.
    PlanLacksFeature(&'static str),
    /// The plan lacks this license of the catalog.
    PlanLacksLicense(String),
    /// This policy setting forbids the change.
    PolicyForbids(&'static str),
    /// The policy has only tokens rotated that end, and this one does not.
    TokenNeverEnds,
    /// The client is outside of the networks that the policy allows, or nobody trusted says where it is.
    AddressNotAllowed(Option<IpAddr>),
    /// This group would contain itself.
    GroupCycle(Id),
    /// The connection is disabled.
    ConnectionDisabled(Id),
    /// The connection may not give a role as strong as this one.
    RoleCeiling {
        /// The role, as a value of `roles`.
        role: String,
        /// The strongest role that the connection may give.
        ceiling: String,
    },
    /// Several users have this key, of which one was asked for.
    SeveralUsers(&'static str),
    /// There is no seat for one more active user; the number of seats.
    SeatsExhausted(i64),
    /// The organization has as many as this policy setting of root's allows; the number.
    QuotaExhausted(&'static str, u32),
    /// An account for emergencies, which no connection may touch.
    BreakGlassAccount,
    /// The connection does not manage this, and the policy does not let it take it over.
    NotManagedHere(Resource),
    /// The connection deactivated more users than it may; an administrator has to decide.
    BrakeHeld,
    /// The connection deactivated more users than it may, and an administrator refused it.
    BrakeRejected,
}

/// Why a call was refused. Messages are lower case without a full stop and hold only what the client may know.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The resource does not exist for this caller; one of another organization does not exist either.
    #[error("{} {id:?} does not exist", .resource.name())]
    NotFound {
        /// Kind of the resource that was looked for.
        resource: Resource,
        /// The id as it was asked for.
        id: String,
    },
    /// Another live resource has this value.
    #[error("another {} has this {field}", .resource.name())]
    AlreadyExists {
        /// Kind of the resource that exists.
        resource: Resource,
        /// Field whose value is taken.
        field: &'static str,
    },
    /// A value breaks a rule of its field.
    #[error("{field}: {rule}")]
    Invalid {
        /// The field, by its name in the API, for example `emails[2].value`.
        field: String,
        /// The rule, as a phrase: "must be an e-mail address".
        rule: String,
    },
    /// The filter or order cannot be understood or exceeds a limit.
    #[error("filter: {}{why}", .attribute.as_ref().map(|name| format!("{name}: ")).unwrap_or_default())]
    InvalidFilter {
        /// The attribute at fault, if one is.
        attribute: Option<String>,
        /// Reason of the refusal.
        why: String,
    },
    /// The page asked for cannot be given.
    #[error("page: {}", match .0 {
        PageFault::Size => "the size must not be negative",
        PageFault::Malformed => "the token is malformed",
        PageFault::Expired => "the token has expired",
        PageFault::OtherQuery => "the token belongs to another query",
    })]
    InvalidPage(PageFault),
    /// The field is set by the server.
    #[error("{field} is set by the server")]
    ReadOnly {
        /// The field.
        field: String,
    },
    /// The resource is managed by somebody else.
    #[error("this {} is managed by connection {name:?}", .resource.name())]
    Managed {
        /// Kind of the resource that is managed.
        resource: Resource,
        /// The managing connection.
        by: Id,
        /// Its name.
        name: String,
    },
    /// A rule that spans more than one field would be broken.
    #[error("{}", rule_text(.0))]
    RuleBroken(Rule),
    /// The etag sent is not the stored one.
    #[error("the version sent is {expected}, the stored one is {actual}")]
    VersionMismatch {
        /// `ETag` that the client sent.
        expected: String,
        /// `ETag` that is stored.
        actual: String,
    },
    /// Place in the change log after which entries are missing, or which is later than all entries.
    #[error(
        "the change log does not go on after revision {after}: read a snapshot and watch from its revision"
    )]
    ResyncRequired {
        /// The revision that was asked for.
        after: i64,
        /// The organization's revision.
        current: i64,
    },
    /// A named limit is exceeded.
    #[error("more than {maximum} {limit}")]
    TooMany {
        /// The limit's name, a plural: "members in one change".
        limit: &'static str,
        /// Its value.
        maximum: u64,
        /// When to try again, where waiting helps.
        retry_after: Option<Duration>,
    },
    /// No token, or one that is malformed, unknown, expired or revoked.
    #[error("{0}")]
    Unauthenticated(&'static str),
    /// The token does not carry the scope; "root" stands for the operator's token, which no scope replaces.
    #[error("{}", lack_of(.0))]
    Forbidden(&'static str),
    /// The token lacks several scopes of what it would hand out: all of them at once, so that they are found in one try.
    #[error("the token lacks the scopes {}, and hands out nothing that it lacks", .0.join(", "))]
    ScopesMissing(Vec<&'static str>),
    /// Callers of this kind may not make the call, whatever their scopes.
    #[error("{0}")]
    CallerNotAllowed(&'static str),
    /// A repeated request id whose first answer held a secret.
    #[error("the secret was shown in the first answer to this request id")]
    SecretAlreadyShown {
        /// Id of what the first request made.
        id: Id,
    },
    /// The request id was used for another request.
    #[error("the request id was used for another request")]
    RequestIdReused(String),
    /// The store is busy or not reachable; the outcome of a write may be unknown.
    #[error("try again")]
    Unavailable(#[source] Source),
    /// A defect.
    #[error("internal error")]
    Internal(#[source] Source),
}

fn rule_text(rule: &Rule) -> String {
    match rule {
        Rule::LastAdmin => {
            "the organization must keep at least one active user with the role admin in its roles".into()
        }
        Rule::OrganizationSuspended => "the organization is suspended".into(),
        Rule::PlanLacksFeature(feature) => format!("the organization's plan does not have {feature}"),
        Rule::PlanLacksLicense(license) => {
            format!("the organization's plan does not have the license {license:?}")
        }
        Rule::PolicyForbids(setting) => format!("{} (policy setting {setting})", why_forbidden(setting)),
        Rule::TokenNeverEnds => {
            "a token without an end cannot be rotated: make another one and delete this one (policy setting \
             tokens.rotation_requires_expiry)"
                .into()
        }
        Rule::AddressNotAllowed(Some(address)) => {
            format!("the address {address} is outside of the networks of network.ip_allowlist")
        }
        Rule::AddressNotAllowed(None) => {
            "network.ip_allowlist is set, and the client's address is not known".into()
        }
        Rule::GroupCycle(id) => format!("members: group {id} would contain itself"),
        Rule::ConnectionDisabled(id) => format!("connection {id} is disabled"),
        Rule::RoleCeiling { role, ceiling } => {
            format!(
                "{role:?} is above the connection's ceiling {ceiling:?} (max_role): it neither gives that nor changes who holds it"
            )
        }
        Rule::SeveralUsers(key) => format!("several users have this {key}"),
        Rule::SeatsExhausted(seats) => format!("all {seats} seats are taken by active users"),
        Rule::QuotaExhausted(setting, maximum) => {
            format!("the organization has as many as its operator allows: {setting} is {maximum}")
        }
        Rule::BreakGlassAccount => "no connection may touch a break-glass account".into(),
        Rule::NotManagedHere(resource) => format!(
            "this {} is not managed by the connection; an administrator can adopt it",
            resource.name()
        ),
        Rule::BrakeHeld => {
            "more users were deactivated than the connection may; held until an administrator decides".into()
        }
        Rule::BrakeRejected => {
            "more users were deactivated than the connection may; an administrator refused it".into()
        }
    }
}

/// Explains a setting that forbids a change, and the way out.
fn why_forbidden(setting: &str) -> &'static str {
    match setting {
        "adopt" => "existing users and groups are not adopted",
        "attributes.custom" => "no attributes of extension schemas are kept",
        "connections.max" => "the organization has as many connections as it may: update one that there is",
        "groups.require_rbac" => {
            "groups are provisioned only with role-based access control, which is not on for the organization"
        }
        "groups.unique_names" => "groups share a name",
        "idp.kind" => "this kind of identity provider is not among those that are expected",
        "invites" => "users come from the identity provider alone",
        "license.source" => "licenses come from another source alone",
        "sso.required_for_scim" => {
            "provisioning needs single sign-on, which is not set up for the organization"
        }
        "tokens.max_active" => "the connection has as many active tokens as it may: delete or rotate one",
        "tokens.rotation_grace" => {
            "a former secret may not hold that long: ask for a shorter overlap or none"
        }
        "tokens.rotation_min_interval" => "the token was rotated a short while ago",
        "tokens.rotation_requires_expiry" => "a rotation must name a new end",
        _ => "the policy forbids this",
    }
}

impl Error {
    /// A value that breaks a rule of its field.
    pub fn invalid(field: impl Into<String>, rule: impl Into<String>) -> Self {
        Self::Invalid {
            field: field.into(),
            rule: rule.into(),
        }
    }

    /// A resource that does not exist for this caller.
    #[expect(clippy::needless_pass_by_value, reason = "ids and texts are passed alike")]
    pub fn not_found(resource: Resource, id: impl ToString) -> Self {
        Self::NotFound {
            resource,
            id: id.to_string(),
        }
    }
}
fn lack_of(scope: &str) -> String {
    match scope {
        "root" => "only the operator's root token may make this call".to_owned(),
        _ => format!("the token lacks the scope {scope}"),
    }
}
