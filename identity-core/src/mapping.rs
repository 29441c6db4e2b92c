//! Mapping rules: which groups carry which role or license.

use crate::{
    filter::{Filter, Operator, Value},
    group::Group,
    id::Id,
    platform::Timestamp,
    text::{fold, unique_name_key},
};

/// One rule. Roles of all rules that a group meets add up; of licenses the first rule in order wins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MappingRule {
    /// Never changes.
    pub id: Id,
    /// The organization.
    pub organization_id: Id,
    /// Its place among the rules, the smallest first; of equal ones the older first.
    pub position: i32,
    /// Condition under which a group meets the rule.
    pub matcher: GroupMatcher,
    /// Role or license that these groups carry.
    pub target: MappingTarget,
    /// Goes up by one with each change.
    pub version: i64,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// Condition under which a group meets a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GroupMatcher {
    /// The one of this name, without case and blanks at its ends.
    Name(String),
    /// The one of this external id, with case.
    ExternalId(String),
    /// Groups whose name fits, without case; `*` stands for any characters, also none.
    Pattern(String),
}

/// Role or license that a rule gives to the members of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MappingTarget {
    /// A role as in SCIM `roles`: the name of one in the organization, or a project's id, a colon and a role.
    Role(String),
    /// A license.
    License(String),
}

impl GroupMatcher {
    /// Folds it, once for all groups that it is held against.
    pub fn folded(&self) -> FoldedMatcher {
        FoldedMatcher(match self {
            Self::Name(name) => Self::Name(unique_name_key(&fold(name)).to_owned()),
            Self::ExternalId(id) => Self::ExternalId(id.clone()),
            Self::Pattern(pattern) => Self::Pattern(fold(pattern)),
        })
    }

    /// Returns a filter for a list of groups that finds all that meet this condition, and perhaps others.
    pub fn filter(&self) -> Filter {
        let compare = |attribute: &str, operator, text: &str| Filter::Comparison {
            attribute: attribute.to_owned(),
            operator,
            value: Value::Text(text.to_owned()),
        };
        match self {
            // Blanks may stand around it.
            Self::Name(name) => compare("display_name", Operator::Contains, name.trim()),
            Self::ExternalId(id) => compare("external_id", Operator::Equal, id),
            // Folded first: that can make a star of another sign.
            Self::Pattern(pattern) => match fold(pattern).split_once('*') {
                Some(("", _)) => Filter::All(Vec::new()),
                Some((first, _)) => compare("display_name", Operator::StartsWith, first),
                None => compare("display_name", Operator::Equal, pattern),
            },
        }
    }

    /// The name of its kind in every API.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Name(_) => "name",
            Self::ExternalId(_) => "external_id",
            Self::Pattern(_) => "pattern",
        }
    }

    /// Returns the text that it compares with.
    pub fn value(&self) -> &str {
        match self {
            Self::Name(value) | Self::ExternalId(value) | Self::Pattern(value) => value,
        }
    }
}

impl MappingTarget {
    /// The name of its kind in every API.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Role(_) => "role",
            Self::License(_) => "license",
        }
    }

    /// Returns the name of the role or license.
    pub fn value(&self) -> &str {
        match self {
            Self::Role(value) | Self::License(value) => value,
        }
    }
}

/// A matcher whose text is folded.
#[derive(Clone, Debug)]
pub struct FoldedMatcher(GroupMatcher);

impl FoldedMatcher {
    /// Answers whether a group meets it; `name` is the group's, folded.
    pub fn fits(&self, group: &Group, name: &str) -> bool {
        match &self.0 {
            GroupMatcher::Name(wanted) => wanted == unique_name_key(name),
            GroupMatcher::ExternalId(id) => group.external_id.as_deref() == Some(id),
            GroupMatcher::Pattern(pattern) => fits(pattern, name),
        }
    }

    /// The bytes that a comparison with a name of this length goes through at most.
    pub fn cost(&self, name: usize) -> usize {
        match &self.0 {
            GroupMatcher::Name(_) | GroupMatcher::ExternalId(_) => 1,
            GroupMatcher::Pattern(_) => name,
        }
    }
}

/// Tells whether a text fits a pattern. The parts between stars are looked for in turn, each as early as it
/// can be, which finds them if they are there; so the time is bounded by the product of the lengths.
fn fits(pattern: &str, text: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else {
        return pattern == text;
    };
    let Some(text) = text.strip_prefix(first) else {
        return false;
    };
    let (middle, last) = rest.rsplit_once('*').unwrap_or(("", rest));
    // The end first: it is told at once.
    let Some(mut text) = text.strip_suffix(last) else {
        return false;
    };
    for part in middle.split('*').filter(|part| !part.is_empty()) {
        let Some(at) = text.find(part) else {
            return false;
        };
        text = &text[at + part.len()..];
    }
    true
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn a_star_stands_for_any_characters() {
        for (pattern, text) in [
            ("a", "a"),
            ("*", ""),
            ("*", "x"),
            ("a*", "a"),
            ("*-admins", "eu-admins"),
            ("eu-*-admins", "eu-data-admins"),
            ("a*b*c", "axxbyybzc"),
            ("**", "x"),
        ] {
            assert!(fits(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in [
            ("a", "ab"),
            ("", "a"),
            ("a*a", "a"),
            ("*b*b", "ab"),
            ("eu-*-admins", "eu-admins"),
            ("a*b*c", "acb"),
        ] {
            assert!(!fits(pattern, text), "{pattern} {text}");
        }
    }
}
