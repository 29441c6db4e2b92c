//! The User of RFC 7643, section 4.1.

use identity_proto::v1::User;

use super::{
    attribute::{Attribute, Mutability, Returned, binary, boolean, complex, reference, text},
    schema::{Schema, USER},
};

const PHONES: &[&str] = &["work", "home", "mobile", "fax", "pager", "other"];
const MESSENGERS: &[&str] = &["aim", "gtalk", "icq", "xmpp", "msn", "skype", "qq", "yahoo"];

/// The schema.
pub(super) fn schema() -> Schema {
    Schema {
        urn: USER.into(),
        aliases: &[
            "urn:ietf:params:scim:schemas:core:2.0User",
            "urn:scim:schemas:core:2.0:User",
            "urn:scim:schemas:core:2.0",
            "urn:scim:schemas:core:1.0",
            "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/User",
        ],
        name: "User".into(),
        description: "A person or account of the organization".into(),
        core_prefix: "".into(),
        attributes: attributes(),
    }
}

/// An attribute of one text. The schema, bodies and answers follow from its row alone.
pub(crate) struct TextAttribute {
    /// The name in SCIM.
    pub(crate) name: &'static str,
    pub(crate) get: fn(&User) -> &str,
    pub(crate) get_mut: fn(&mut User) -> &mut String,
    definition: fn() -> Attribute,
}

macro_rules! texts {
    ($($field:ident: $name:literal, $kind:ident, $about:literal;)+) => {
        /// Texts between the name and `active`, in the order of RFC 7643.
        pub(crate) static TEXTS: &[TextAttribute] = &[$(TextAttribute {
            name: $name,
            get: |user| &user.$field,
            get_mut: |user| &mut user.$field,
            definition: || $kind($name, stringify!($field)).about($about),
        }),+];
    };
}

texts! {
    display_name: "displayName", text, "The name that people see";
    nick_name: "nickName", text, "What the user is called";
    profile_url: "profileUrl", external, "A page about the user";
    title: "title", text, "The position, such as Vice President";
    user_type: "userType", text, "The relation to the organization, such as Employee or Contractor";
    preferred_language: "preferredLanguage", text,
        "The languages that the user prefers, as in the header Accept-Language";
    locale: "locale", text, "Where the user is, for dates, numbers and the like, such as en-US";
    timezone: "timezone", text, "An IANA time zone, such as Europe/Berlin";
}

fn external(name: &'static str, core: &'static str) -> Attribute {
    reference(name, core, &["external"])
}

fn attributes() -> Vec<Attribute> {
    let names = [
        text("userName", "user_name")
            .required()
            .unique()
            .about("What the user signs in with; unique in the organization, without case"),
        complex("name", "name", name_parts()).about("The parts of the user's name"),
    ];
    let switches = [
        boolean("active", "active").about("Whether the user may use anything"),
        text("password", "")
            .exact()
            .mutability(Mutability::WriteOnly)
            .returned(Returned::Never)
            .about("Accepted and dropped: nobody signs in here with a password"),
    ];
    let texts = TEXTS.iter().map(|text| (text.definition)());
    names
        .into_iter()
        .chain(texts)
        .chain(switches)
        .chain(multi_valued())
        .collect()
}

fn name_parts() -> Vec<Attribute> {
    vec![
        text("formatted", "formatted").about("The whole name, as it is shown"),
        text("familyName", "family_name").about("The family name"),
        text("givenName", "given_name").about("The given name"),
        text("middleName", "middle_name").about("Middle names"),
        text("honorificPrefix", "honorific_prefix").about("What stands before the name, such as Ms."),
        text("honorificSuffix", "honorific_suffix").about("What stands after the name, such as III"),
    ]
}

fn multi_valued() -> Vec<Attribute> {
    let value = |about| text("value", "value").about(about);
    let email = value("An e-mail address");
    let phone = value("A number, kept as sent");
    let messenger = value("An address for instant messages");
    let picture = reference("value", "value", &["external"]).about("The address of a picture");
    let entitlement = value("An entitlement");
    let role = value("A role");
    let certificate = binary("value", "value").about("A certificate, DER in base64");
    vec![
        typed("emails", "emails", email, &["work", "home", "other"]).about("E-mail addresses"),
        typed("phoneNumbers", "phone_numbers", phone, PHONES).about("Phone numbers"),
        typed("ims", "ims", messenger, MESSENGERS).about("Addresses for instant messages"),
        typed("photos", "photos", picture, &["photo", "thumbnail"]).about("Pictures of the user"),
        complex("addresses", "addresses", address_parts())
            .list()
            .about("Postal addresses"),
        complex("groups", "groups", group_parts())
            .list()
            .read_only()
            .about("The groups that the user belongs to; they are changed through the groups"),
        typed("entitlements", "entitlements", entitlement, &[])
            .one_a_project()
            .about("Entitlements, as the client names them"),
        typed("roles", "roles", role, &[])
            .set_by_value()
            .one_a_project()
            .about("Roles of the user in the organization"),
        typed("x509Certificates", "x509_certificates", certificate, &[]).about("Certificates of the user"),
    ]
}

/// A list with the sub-attributes of RFC 7643, section 2.4.
fn typed(name: &'static str, core: &'static str, value: Attribute, types: &[&'static str]) -> Attribute {
    let display = text("display", "display").about("The value for people");
    complex(name, core, vec![value, display, kind(types), primary()])
        .list()
        .maybe_json_text()
}

fn kind(types: &[&'static str]) -> Attribute {
    text("type", "type").suggests(types).about("What it is for")
}

fn primary() -> Attribute {
    boolean("primary", "primary").about("Whether it is the preferred one; at most one is")
}

fn address_parts() -> Vec<Attribute> {
    vec![
        text("formatted", "formatted").about("The whole address, as it is shown"),
        text("streetAddress", "street_address").about("Street, house number and the like"),
        text("locality", "locality").about("City or locality"),
        text("region", "region").about("State or region"),
        text("postalCode", "postal_code").about("Postal code"),
        text("country", "country").about("Country, kept as sent"),
        kind(&["work", "home", "other"]),
        primary(),
    ]
}

fn group_parts() -> Vec<Attribute> {
    vec![
        text("value", "value").exact().about("The id of the group"),
        reference("$ref", "", &["Group"]).about("The URI of the group"),
        text("display", "display").about("The name of the group"),
        text("type", "")
            .suggests(&["direct", "indirect"])
            .about("Whether the user is a member itself, or only through another group"),
    ]
}
