//! Rules of the names of organizations, connections, tokens and requests.

use super::text::{at_most, name};
use crate::{
    connection::Federation,
    error::{Error, Result},
    id::Id,
    same_account::ascii_domain,
};

const MAX_SLUG: usize = 63;
const MAX_ORGANIZATION_NAME: usize = 256;
const MAX_PLAN: usize = 64;
const MAX_NAME: usize = 128;
const MAX_DESCRIPTION: usize = 1024;
const MAX_FEDERATION: usize = 512;
const MAX_DOMAINS: usize = 100;
const MAX_DOMAIN: usize = 253;
const MAX_REQUEST_ID: usize = 128;
const MAX_REASON: usize = 500;

/// The short name of an organization. It stands where an id may stand, and no id fits these rules: one has 36 characters of which
/// the first may be a letter, so a slug that reads as an id is refused.
pub fn slug(value: &str) -> Result<()> {
    let begins_well = value.starts_with(|first: char| first.is_ascii_lowercase());
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if !begins_well || value.len() > MAX_SLUG || !value.bytes().all(allowed) {
        let rule = format!("must have 1 to {MAX_SLUG} of a-z, 0-9 and -, and begin with a letter");
        return Err(Error::invalid("slug", rule));
    }
    no_id("slug", value)
}

/// The name of an organization.
pub fn organization_name(value: &str) -> Result<()> {
    name("name", value, MAX_ORGANIZATION_NAME)
}

/// The name of a plan; empty: none.
pub fn plan(value: &str) -> Result<()> {
    if value.is_empty() {
        Ok(())
    } else {
        name("plan", value, MAX_PLAN)
    }
}

/// Domains whose e-mail addresses are believed: in lower-case ASCII, in order, each once.
pub fn domains(values: &[String]) -> Result<Vec<String>> {
    if values.len() > MAX_DOMAINS {
        let rule = format!("must have at most {MAX_DOMAINS}");
        return Err(Error::invalid("verified_domains", rule));
    }
    let mut domains = Vec::with_capacity(values.len());
    for value in values {
        name("verified_domains", value, MAX_DOMAIN)?;
        if value.contains([',', '@', ' ']) || !value.contains('.') {
            return Err(Error::invalid(
                "verified_domains",
                "must be domains, such as example.com",
            ));
        }
        let Some(domain) = ascii_domain(value) else {
            let rule = "must be domains as they are registered, or their ASCII form (xn--…)";
            return Err(Error::invalid("verified_domains", rule));
        };
        domains.push(domain);
    }
    domains.sort_unstable();
    domains.dedup();
    Ok(domains)
}

/// The name of a connection. It stands where an id may stand, so it must not read as one.
pub fn connection_name(value: &str) -> Result<()> {
    name("name", value, MAX_NAME)?;
    no_id("name", value)
}

/// The name of a project. It stands where an id may stand, so it must not read as one.
pub fn project_name(value: &str) -> Result<()> {
    name("name", value, MAX_NAME)?;
    no_id("name", value)
}

/// The name of a custom role.
pub fn role_name(value: &str) -> Result<()> {
    name("name", value, MAX_NAME)?;
    no_id("name", value)
}

/// The name of a token.
pub fn token_name(value: &str) -> Result<()> {
    name("name", value, MAX_NAME)
}

/// The name of a service account. It stands where an id may stand, so it must not read as one.
pub fn service_account_name(value: &str) -> Result<()> {
    name("name", value, MAX_NAME)?;
    no_id("name", value)
}

/// Checks the identity whose assertions sign a connection in; the code that fetches the keys checks where
/// they are.
pub fn federation(value: &Federation) -> Result<()> {
    for (field, text) in [
        ("federation.issuer", &value.issuer),
        ("federation.subject", &value.subject),
        ("federation.audience", &value.audience),
        ("federation.jwks_uri", &value.jwks_uri),
    ] {
        name(field, text, MAX_FEDERATION)?;
    }
    Ok(())
}

/// Checks the description of what something is for.
pub fn description(value: &str) -> Result<()> {
    at_most("description", value, MAX_DESCRIPTION)
}

/// Why somebody overrides the policy, for whoever reads the log.
pub fn break_glass_reason(value: &str) -> Result<()> {
    name("x-break-glass", value, MAX_REASON)
}

/// The id that a client gives a request; empty: none.
pub fn request_id(value: &str) -> Result<()> {
    at_most("request_id", value, MAX_REQUEST_ID)
}

fn no_id(field: &str, value: &str) -> Result<()> {
    match Id::parse(value) {
        Some(_) => Err(Error::invalid(field, "must not be an id")),
        None => Ok(()),
    }
}
