//! The enterprise User of RFC 7643, section 4.3.

use super::{
    attribute::{Attribute, Returned, complex, reference, text},
    schema::{ENTERPRISE, Schema},
};

/// The schema.
pub(super) fn schema() -> Schema {
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
        attributes: vec![
            text("employeeNumber", "employee_number").about("A number or text that the company gave"),
            text("costCenter", "cost_center").about("A cost center"),
            text("organization", "organization").about("The name of an organization"),
            text("division", "division").about("A division"),
            text("department", "department").about("A department"),
            complex("manager", "manager", manager_parts())
                .maybe_json_text()
                .about("The user's manager"),
        ],
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
