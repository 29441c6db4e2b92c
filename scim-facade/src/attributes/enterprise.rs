//! The enterprise User of RFC 7643, section 4.3.

use identity_proto::v1::EnterpriseUser;

use super::{
    attribute::{Attribute, Returned, complex, reference, text},
    schema::{ENTERPRISE, Schema},
    texts::{TextAttribute, definitions, texts},
};

texts! { ENTERPRISE_TEXTS: EnterpriseUser {
    employee_number: "employeeNumber", text, "A number or text that the company gave";
    cost_center: "costCenter", text, "A cost center";
    organization: "organization", text, "The name of an organization";
    division: "division", text, "A division";
    department: "department", text, "A department";
}}

/// The schema.
pub(super) fn schema() -> Schema {
    let manager = complex("manager", "manager", manager_parts())
        .maybe_json_text()
        .about("The user's manager");
    Schema {
        urn: ENTERPRISE.into(),
        aliases: &[
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0User",
            "urn:scim:schemas:extension:enterprise:2.0:User",
            "urn:scim:schemas:extension:enterprise:2.0",
            "urn:scim:schemas:extension:enterprise:1.0",
        ],
        name: "EnterpriseUser".into(),
        description: "What a company knows of a user".into(),
        core_prefix: "enterprise.".into(),
        attributes: definitions(ENTERPRISE_TEXTS).chain([manager]).collect(),
    }
}

fn manager_parts() -> Vec<Attribute> {
    vec![
        text("value", "value").exact().about("The manager's id"),
        reference("$ref", "", &["User"]).about("The manager's URI"),
        text("displayName", "")
            .read_only()
            .returned(Returned::Request)
            .about("The manager's display name; only in answers to requests that ask for it"),
    ]
}
