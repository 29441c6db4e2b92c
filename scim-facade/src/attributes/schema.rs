//! A schema: a URN and its attributes.

use std::borrow::Cow;

use super::attribute::{Attribute, find};

/// The User of RFC 7643, section 4.1.
pub const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
/// The Group of RFC 7643, section 4.2.
pub const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
/// The enterprise User of RFC 7643, section 4.3.
pub const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// A schema of one kind of resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schema {
    /// Its URN, as it is answered.
    pub urn: Cow<'static, str>,
    /// Old and misspelled URNs that mean the same (quirk Q26).
    pub aliases: &'static [&'static str],
    /// The name that people see.
    pub name: Cow<'static, str>,
    /// Purpose of the schema.
    pub description: Cow<'static, str>,
    /// The prefix of its attributes' names in roster.identity.v1: nothing, `enterprise.`, or the URN and a colon.
    pub core_prefix: Cow<'static, str>,
    /// Its attributes.
    pub attributes: Vec<Attribute>,
}

impl Schema {
    /// The attribute of this name, in any case.
    pub fn find(&self, name: &str) -> Option<&Attribute> {
        find(&self.attributes, name)
    }

    /// Tells whether this URN names it. RFC 8141, section 3: URNs of a namespace may compare with case,
    /// SCIM's never differ in it.
    pub fn is_named(&self, urn: &str) -> bool {
        self.names().any(|name| name.eq_ignore_ascii_case(urn))
    }

    /// Set if an organization declared it: then its attributes are named by its URN in roster.identity.v1 too.
    pub fn is_declared(&self) -> bool {
        self.core_prefix.contains(':')
    }

    /// The field of roster.identity.v1's messages that holds its values; for extensions.
    pub fn field(&self) -> &str {
        if self.is_declared() {
            "extensions"
        } else {
            self.core_prefix.trim_end_matches('.')
        }
    }

    /// How many bytes of a qualified name are this schema's URN and its colon.
    pub(super) fn prefix_of(&self, qualified: &str) -> Option<usize> {
        let names = self.names().filter(|name| {
            let rest = qualified.get(name.len()..).unwrap_or("");
            rest.starts_with(':') && qualified[..name.len()].eq_ignore_ascii_case(name)
        });
        names.map(|name| name.len() + 1).max()
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.urn.as_ref()).chain(self.aliases.iter().copied())
    }
}
