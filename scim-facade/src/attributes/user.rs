//! The User of RFC 7643, section 4.1.

use identity_proto::v1::{Address, Name, User};

use super::{
    attribute::{Attribute, Mutability, Returned, binary, boolean, complex, reference, text},
    schema::{Schema, USER},
    texts::{TextAttribute, definitions, texts},
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

// The attributes between the name and `active`, in the order of RFC 7643.
texts! { USER_TEXTS: User {
    display_name: "displayName", text, "The name that people see";
    nick_name: "nickName", text, "What the user is called";
    profile_url: "profileUrl", external, "A page about the user";
    title: "title", text, "The position, such as Vice President";
    user_type: "userType", text, "The relation to the organization, such as Employee or Contractor";
    preferred_language: "preferredLanguage", text,
        "The languages that the user prefers, as in the header Accept-Language";
    locale: "locale", text, "Where the user is, for dates, numbers and the like, such as en-US";
    timezone: "timezone", text, "An IANA time zone, such as Europe/Berlin";
}}

texts! { NAME_TEXTS: Name {
    formatted: "formatted", text, "The whole name, as it is shown";
    family_name: "familyName", text, "The family name";
    given_name: "givenName", text, "The given name";
    middle_name: "middleName", text, "Middle names";
    honorific_prefix: "honorificPrefix", text, "What stands before the name, such as Ms.";
    honorific_suffix: "honorificSuffix", text, "What stands after the name, such as III";
}}

texts! { ADDRESS_TEXTS: Address {
    formatted: "formatted", text, "The whole address, as it is shown";
    street_address: "streetAddress", text, "Street, house number and the like";
    locality: "locality", text, "City or locality";
    region: "region", text, "State or region";
    postal_code: "postalCode", text, "Postal code";
    country: "country", text, "Country, kept as sent";
}}

fn external(name: &'static str, core: &'static str) -> Attribute {
    reference(name, core, &["external"])
}

fn attributes() -> Vec<Attribute> {
    let names = [
        text("userName", "user_name")
            .required()
            .unique()
            .about("What the user signs in with; unique in the organization, without case"),
        complex("name", "name", definitions(NAME_TEXTS).collect()).about("The parts of the user's name"),
    ];
    let switches = [
        boolean("active", "active").about("Whether the user may use anything"),
        text("password", "")
            .exact()
            .mutability(Mutability::WriteOnly)
            .returned(Returned::Never)
            .about("Accepted and dropped: nobody signs in here with a password"),
    ];
    names
        .into_iter()
        .chain(definitions(USER_TEXTS))
        .chain(switches)
        .chain(multi_valued())
        .collect()
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
    definitions(ADDRESS_TEXTS)
        .chain([kind(&["work", "home", "other"]), primary()])
        .collect()
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
