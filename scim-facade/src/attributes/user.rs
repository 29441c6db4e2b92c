//! The User of RFC 7643, section 4.1.

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

fn attributes() -> Vec<Attribute> {
    let mut attributes = single_valued();
    attributes.extend(multi_valued());
    attributes
}

fn single_valued() -> Vec<Attribute> {
    vec![
        text("userName", "user_name")
            .required()
            .unique()
            .about("What the user signs in with; unique in the organization, without case"),
        complex("name", "name", name_parts()).about("The parts of the user's name"),
        text("displayName", "display_name").about("The name that people see"),
        text("nickName", "nick_name").about("What the user is called"),
        reference("profileUrl", "profile_url", &["external"]).about("A page about the user"),
        text("title", "title").about("The position, such as Vice President"),
        text("userType", "user_type")
            .about("The relation to the organization, such as Employee or Contractor"),
        text("preferredLanguage", "preferred_language")
            .about("The languages that the user prefers, as in the header Accept-Language"),
        text("locale", "locale").about("Where the user is, for dates, numbers and the like, such as en-US"),
        text("timezone", "timezone").about("An IANA time zone, such as Europe/Berlin"),
        boolean("active", "active").about("Whether the user may use anything"),
        text("password", "")
            .exact()
            .mutability(Mutability::WriteOnly)
            .returned(Returned::Never)
            .about("Accepted and dropped: nobody signs in here with a password"),
    ]
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
