//! Users.

use crate::user::Profile;

/// The attributes of a user, as given.
#[derive(Clone, Debug, Default)]
pub struct UserInput {
    /// The user name; empty: not given.
    pub user_name: String,
    /// The provisioning client's id; empty: none.
    pub external_id: String,
    /// `None`: not given.
    pub active: Option<bool>,
    /// `None`: not given.
    pub break_glass: Option<bool>,
    /// All other attributes.
    pub profile: Profile,
    /// Names of attributes that the client dropped, as no schema has them.
    pub ignored_attributes: Vec<String>,
}

/// Key that tells a user from all others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UserKey {
    /// The user name, without case.
    UserName(String),
    /// One of the e-mail addresses, without case.
    Email(String),
    /// The external id, of whatever connection.
    ExternalId(String),
    /// Identity that an issuer of tokens gives it.
    Identity {
        /// The issuer.
        issuer: String,
        /// The subject.
        subject: String,
    },
}

/// The fields of a user that an update can name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the fields are documented in `User` and `Profile`")]
pub enum UserField {
    UserName,
    ExternalId,
    Active,
    BreakGlass,
    Name,
    DisplayName,
    NickName,
    ProfileUrl,
    Title,
    UserType,
    PreferredLanguage,
    Locale,
    Timezone,
    Emails,
    PhoneNumbers,
    Ims,
    Photos,
    Addresses,
    Entitlements,
    Roles,
    X509Certificates,
    Enterprise,
    Extensions,
}

impl UserField {
    /// All of them.
    pub const ALL: [Self; 23] = [
        Self::UserName,
        Self::ExternalId,
        Self::Active,
        Self::BreakGlass,
        Self::Name,
        Self::DisplayName,
        Self::NickName,
        Self::ProfileUrl,
        Self::Title,
        Self::UserType,
        Self::PreferredLanguage,
        Self::Locale,
        Self::Timezone,
        Self::Emails,
        Self::PhoneNumbers,
        Self::Ims,
        Self::Photos,
        Self::Addresses,
        Self::Entitlements,
        Self::Roles,
        Self::X509Certificates,
        Self::Enterprise,
        Self::Extensions,
    ];
    /// The name in the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::UserName => "user_name",
            Self::ExternalId => "external_id",
            Self::Active => "active",
            Self::BreakGlass => "break_glass",
            Self::Name => "name",
            Self::DisplayName => "display_name",
            Self::NickName => "nick_name",
            Self::ProfileUrl => "profile_url",
            Self::Title => "title",
            Self::UserType => "user_type",
            Self::PreferredLanguage => "preferred_language",
            Self::Locale => "locale",
            Self::Timezone => "timezone",
            Self::Emails => "emails",
            Self::PhoneNumbers => "phone_numbers",
            Self::Ims => "ims",
            Self::Photos => "photos",
            Self::Addresses => "addresses",
            Self::Entitlements => "entitlements",
            Self::Roles => "roles",
            Self::X509Certificates => "x509_certificates",
            Self::Enterprise => "enterprise",
            Self::Extensions => "extensions",
        }
    }
}

/// The parts of a name and of the enterprise attributes, which an update can name by themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the parts are documented in `Name` and `Enterprise`")]
pub enum UserPart {
    NameFormatted,
    FamilyName,
    GivenName,
    MiddleName,
    HonorificPrefix,
    HonorificSuffix,
    EmployeeNumber,
    CostCenter,
    Organization,
    Division,
    Department,
    Manager,
}

impl UserPart {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::NameFormatted,
        Self::FamilyName,
        Self::GivenName,
        Self::MiddleName,
        Self::HonorificPrefix,
        Self::HonorificSuffix,
        Self::EmployeeNumber,
        Self::CostCenter,
        Self::Organization,
        Self::Division,
        Self::Department,
        Self::Manager,
    ];

    /// The path in the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::NameFormatted => "name.formatted",
            Self::FamilyName => "name.family_name",
            Self::GivenName => "name.given_name",
            Self::MiddleName => "name.middle_name",
            Self::HonorificPrefix => "name.honorific_prefix",
            Self::HonorificSuffix => "name.honorific_suffix",
            Self::EmployeeNumber => "enterprise.employee_number",
            Self::CostCenter => "enterprise.cost_center",
            Self::Organization => "enterprise.organization",
            Self::Division => "enterprise.division",
            Self::Department => "enterprise.department",
            Self::Manager => "enterprise.manager",
        }
    }
}

/// Treatment of fields that an update does not give.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UpdateMode {
    /// They stay.
    #[default]
    Partial,
    /// The policy decides: cleared or kept.
    Replace,
}

/// Changes of a user.
#[derive(Clone, Debug, Default)]
pub struct UserUpdate {
    /// User to change.
    pub id: String,
    /// The version it was made from; empty: any.
    pub etag: String,
    /// The fields that `input` gives; one without a value is cleared.
    pub fields: Vec<UserField>,
    /// The parts of other fields that `input` gives; the rest of those fields stays.
    pub parts: Vec<UserPart>,
    /// Their values.
    pub input: UserInput,
    /// Treatment of the other fields.
    pub mode: UpdateMode,
}
