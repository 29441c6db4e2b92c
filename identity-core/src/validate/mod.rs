//! Rules of single values: what they need to be stored, found again and shown. Rules that look beyond one resource are not here.

mod group;
mod ignored;
mod names;
mod profile;
#[cfg(test)]
mod tests;
pub(crate) mod text;
mod user;

pub use group::group;
pub use ignored::{MAX_IGNORED_ATTRIBUTES, MAX_IGNORED_NAME};
pub(crate) use ignored::{ignored_attributes, refuse_unknown};
pub use names::{
    break_glass_reason, connection_name, description, domains, federation, organization_name, plan,
    project_name, request_id, role_name, service_account_name, slug, token_name,
};
pub(crate) use profile::certificates;
pub(crate) use text::excerpt;
pub use text::text;
pub use user::{is_email, primary_email, user, user_name};

/// Elements that a list may have.
pub const MAX_ELEMENTS: usize = 100;
/// Roles or entitlements that a user may have: one in each of many projects.
pub const MAX_ASSIGNED: usize = 1_000;
/// Bytes that all attributes of a resource may have together, as JSON, without roles and entitlements.
pub const MAX_DOCUMENT_BYTES: usize = 64 * 1024;
/// Bytes that the roles and entitlements of a user may have together, as JSON.
pub const MAX_ASSIGNED_BYTES: usize = 192 * 1024;

/// Sentences for the change log about dropped input, one for each part.
pub type Ignored = Vec<String>;

/// Handling of input by its sender: a service is told of its mistakes, an identity provider sends what it has and reads no answer.
#[derive(Clone, Copy, Debug)]
pub struct InputRules {
    /// Handling of a second primary element of a list.
    pub second_primary: SecondPrimary,
    /// Handling of elements without a value and of extension values that no schema declares.
    pub meaningless: Meaningless,
}

impl InputRules {
    /// The handling of what a service sends.
    pub const STRICT: Self = Self {
        second_primary: SecondPrimary::Refused,
        meaningless: Meaningless::Refused,
    };
}

/// Handling of input that means nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaningless {
    /// It is refused.
    Refused,
    /// It is dropped.
    Dropped,
}

/// Handling of a second primary element of a list (RFC 7643, section 2.4: at most one is primary).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecondPrimary {
    /// It is refused.
    Refused,
    /// The last one is primary, and no other.
    LastWins,
}

impl SecondPrimary {
    /// Leaves at most one of the marks of a list; or the index of the second one, which is refused.
    pub(crate) fn resolve(self, mut marks: Vec<&mut bool>) -> Result<(), usize> {
        let set = marks
            .iter()
            .enumerate()
            .filter(|(_, mark)| ***mark)
            .map(|(at, _)| at);
        let set: Vec<usize> = set.collect();
        match (self, set.as_slice()) {
            (Self::Refused, [_, second, ..]) => Err(*second),
            (Self::LastWins, [earlier @ .., _]) => {
                for &at in earlier {
                    *marks[at] = false;
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }
}
