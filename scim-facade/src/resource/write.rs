//! Users and groups as SCIM JSON.

use identity_proto::v1::{Group, GroupReference, Member, MemberType, MembershipKind, Name, User};
use serde::{Serialize, Serializer, ser::SerializeMap};

use super::{
    fields::Fields,
    parts::{AddressJson, EnterpriseJson, Meta, NameJson, TypedJson, declared, enterprise},
};
use crate::attributes::{ENTERPRISE, GROUP, ResourceKind, USER, USER_TEXTS};

/// A user as SCIM JSON: serialize it, or make it a `Value` first if a projection applies.
#[derive(Clone, Copy, Debug)]
pub struct UserJson<'a> {
    /// The user.
    pub user: &'a User,
    /// The base URL, without a slash at its end: `https://host/scim/v2`.
    pub base: &'a str,
    /// Visibility of the manager's name.
    pub names: DisplayNames,
}

impl Serialize for UserJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { user, base, names } = *self;
        let mut fields = Fields::begin(serializer)?;
        fields.value("schemas", &UserSchemas(user))?;
        fields.text("id", &user.id)?;
        fields.text("externalId", &user.external_id)?;
        single_values(&mut fields, user)?;
        lists(&mut fields, user, base)?;
        if let Some(enterprise) = enterprise(user.enterprise.as_ref()) {
            let enterprise = EnterpriseJson {
                enterprise,
                base,
                names,
            };
            fields.value(ENTERPRISE, &enterprise)?;
        }
        for (urn, values) in declared(&user.extensions) {
            fields.value(urn, &values)?;
        }
        let meta = Meta {
            kind: ResourceKind::User,
            id: &user.id,
            etag: &user.etag,
            created: user.create_time.as_ref(),
            changed: user.update_time.as_ref(),
            base,
        };
        fields.value("meta", &meta)?;
        fields.end()
    }
}

fn single_values<M: SerializeMap>(fields: &mut Fields<M>, user: &User) -> Result<(), M::Error> {
    fields.text("userName", &user.user_name)?;
    if let Some(name) = user.name.as_ref().filter(|name| **name != Name::default()) {
        fields.value("name", &NameJson(name))?;
    }
    fields.texts(USER_TEXTS, user)?;
    user.active
        .filter(|_| !user.active_unassigned)
        .map_or(Ok(()), |active| fields.value("active", &active))
}

fn lists<M: SerializeMap>(fields: &mut Fields<M>, user: &User, base: &str) -> Result<(), M::Error> {
    fields.list("emails", &user.emails, TypedJson)?;
    fields.list("phoneNumbers", &user.phone_numbers, TypedJson)?;
    fields.list("ims", &user.ims, TypedJson)?;
    fields.list("photos", &user.photos, TypedJson)?;
    fields.list("addresses", &user.addresses, AddressJson)?;
    fields.list("groups", &user.groups, |group| GroupJsonReference { group, base })?;
    fields.list("entitlements", &user.entitlements, TypedJson)?;
    fields.list("roles", &user.roles, TypedJson)?;
    fields.list("x509Certificates", &user.x509_certificates, TypedJson)
}

/// The schemas that there are attributes of, RFC 7643, section 3.
struct UserSchemas<'a>(&'a User);

impl Serialize for UserSchemas<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let enterprise = enterprise(self.0.enterprise.as_ref()).map(|_| ENTERPRISE);
        let declared = declared(&self.0.extensions).map(|(urn, _)| urn);
        serializer.collect_seq(std::iter::once(USER).chain(enterprise).chain(declared))
    }
}

/// A group that a user belongs to.
struct GroupJsonReference<'a> {
    group: &'a GroupReference,
    base: &'a str,
}

impl Serialize for GroupJsonReference<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = Fields::begin(serializer)?;
        fields.text("value", &self.group.id)?;
        fields.formatted("$ref", &format_args!("{}/Groups/{}", self.base, self.group.id))?;
        fields.text("display", &self.group.display_name)?;
        fields.text(
            "type",
            match self.group.kind() {
                MembershipKind::Unspecified => "",
                MembershipKind::Direct => "direct",
                MembershipKind::Indirect => "indirect",
            },
        )?;
        fields.end()
    }
}

/// A group as SCIM JSON.
#[derive(Clone, Copy, Debug)]
pub struct GroupJson<'a> {
    /// The group.
    pub group: &'a Group,
    /// All its members, or nothing if they are not asked for.
    pub members: Option<&'a [Member]>,
    /// The base URL, without a slash at its end: `https://host/scim/v2`.
    pub base: &'a str,
    /// Visibility of the members' names.
    pub names: DisplayNames,
}

/// Visibility of the names of managers and members: `manager.displayName` and `members.display` are returned
/// on request, so that a client that compares an answer with what it sent finds no more than that.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DisplayNames {
    /// Without.
    #[default]
    Hidden,
    /// With them.
    Shown,
}

impl Serialize for GroupJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self {
            group,
            members,
            base,
            names,
        } = *self;
        let mut fields = Fields::begin(serializer)?;
        fields.value("schemas", &GroupSchemas(group))?;
        fields.text("id", &group.id)?;
        fields.text("externalId", &group.external_id)?;
        fields.text("displayName", &group.display_name)?;
        fields.list("members", members.unwrap_or_default(), |member| MemberJson {
            member,
            base,
            names,
        })?;
        for (urn, values) in declared(&group.extensions) {
            fields.value(urn, &values)?;
        }
        let meta = Meta {
            kind: ResourceKind::Group,
            id: &group.id,
            etag: &group.etag,
            created: group.create_time.as_ref(),
            changed: group.update_time.as_ref(),
            base,
        };
        fields.value("meta", &meta)?;
        fields.end()
    }
}

struct GroupSchemas<'a>(&'a Group);

impl Serialize for GroupSchemas<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let declared = declared(&self.0.extensions).map(|(urn, _)| urn);
        serializer.collect_seq(std::iter::once(GROUP).chain(declared))
    }
}

struct MemberJson<'a> {
    member: &'a Member,
    base: &'a str,
    names: DisplayNames,
}

impl Serialize for MemberJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let member = self.member;
        let kind = match member.r#type() {
            MemberType::Group => ResourceKind::Group,
            MemberType::User | MemberType::Unspecified => ResourceKind::User,
        };
        let mut fields = Fields::begin(serializer)?;
        fields.text("value", &member.id)?;
        fields.formatted(
            "$ref",
            &format_args!("{}{}/{}", self.base, kind.endpoint(), member.id),
        )?;
        fields.text("type", kind.name())?;
        if self.names == DisplayNames::Shown {
            fields.text("display", &member.display_name)?;
        }
        fields.end()
    }
}
