//! The core's field names in SCIM's spelling, for the details of errors.

const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// The SCIM path of a field as the core names it: `enterprise.cost_center`, `emails[2].value`, `create_time`.
/// Attributes of declared schemas are named by their URN on both sides and stay as they are.
pub(crate) fn scim_path(field: &str) -> String {
    // `extensions[urn:a:b:User].badge` is `urn:a:b:User:badge` in SCIM.
    if let Some((urn, rest)) = field
        .strip_prefix("extensions[")
        .and_then(|rest| rest.split_once(']'))
    {
        return match rest.strip_prefix('.') {
            Some(attribute) => format!("{urn}:{attribute}"),
            None => format!("{urn}{rest}"),
        };
    }
    if field.contains(':') {
        return field.to_owned();
    }
    match field {
        "create_time" => "meta.created".into(),
        "update_time" => "meta.lastModified".into(),
        "enterprise" => ENTERPRISE.into(),
        "order_by" => "sortBy".into(),
        "organization_role" => "roles".into(),
        _ => match field.strip_prefix("enterprise.") {
            Some(rest) => format!("{ENTERPRISE}:{}", camel_case(rest)),
            None => camel_case(field),
        },
    }
}

fn camel_case(field: &str) -> String {
    let mut out = String::with_capacity(field.len());
    let mut upper = false;
    for c in field.chars() {
        match c {
            '_' => upper = true,
            _ if upper => {
                out.push(c.to_ascii_uppercase());
                upper = false;
            }
            _ => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_of_the_core_are_told_in_scim_spelling() {
        assert_eq!(scim_path("user_name"), "userName");
        assert_eq!(
            scim_path("x509_certificates[0].value"),
            "x509Certificates[0].value"
        );
        assert_eq!(scim_path("update_time"), "meta.lastModified");
        assert!(scim_path("enterprise.cost_center").ends_with(":User:costCenter"));
        assert_eq!(
            scim_path("extensions[urn:a:b:User].badge_number[1]"),
            "urn:a:b:User:badge_number[1]"
        );
        assert_eq!(scim_path("extensions[urn:a:b:User]"), "urn:a:b:User");
        assert_eq!(scim_path("urn:a:b:User:snake_case"), "urn:a:b:User:snake_case");
    }
}
