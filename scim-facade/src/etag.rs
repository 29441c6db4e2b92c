//! Versions: the core's etag is a plain text, SCIM shows it as the weak entity tag `W/"…"` (RFC 7644, section 3.14).

use http::{HeaderMap, HeaderName};

use crate::error::{Result, ScimError, ScimType};

/// The entity tag of a version, for the `ETag` header and for `meta.version`.
pub(crate) fn entity_tag(etag: &str) -> String {
    format!("W/\"{etag}\"")
}

/// Condition of an `If-Match` or `If-None-Match` header (RFC 9110, section 13.1). Versions are compared
/// weakly: SCIM's are all weak.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Condition {
    /// The header is not there.
    Absent,
    /// `*`: any version.
    Any,
    /// One of these versions, as the core names them.
    OneOf(Vec<String>),
}

impl Condition {
    /// Reads the header. Several headers of the same name count as one list.
    pub(crate) fn read(headers: &HeaderMap, name: &HeaderName) -> Result<Self> {
        let mut tags = Vec::new();
        let mut present = false;
        for value in headers.get_all(name) {
            present = true;
            let text = value.to_str().map_err(|_| malformed(name))?;
            if text.trim() == "*" {
                return Ok(Self::Any);
            }
            tags.extend(tags_of(text).ok_or_else(|| malformed(name))?);
        }
        Ok(if present { Self::OneOf(tags) } else { Self::Absent })
    }

    /// The condition that a version of a `/Bulk` operation stands for.
    pub(crate) fn of_version(version: Option<&str>) -> Result<Self> {
        match version.map(str::trim) {
            None => Ok(Self::Absent),
            Some("*") => Ok(Self::Any),
            Some(text) => tags_of(text)
                .map(Self::OneOf)
                .ok_or_else(|| ScimError::new(ScimType::InvalidValue, "version: must be an entity tag")),
        }
    }

    /// Tells whether a change of this version is allowed: there is no condition, or it holds.
    pub(crate) fn allows(&self, etag: &str) -> bool {
        *self == Self::Absent || self.holds_for(etag)
    }

    /// Tells whether a stored version is one of those named.
    pub(crate) fn holds_for(&self, etag: &str) -> bool {
        match self {
            Self::Absent => false,
            Self::Any => true,
            Self::OneOf(tags) => tags.iter().any(|tag| tag == etag),
        }
    }
}

fn malformed(name: &HeaderName) -> ScimError {
    ScimError::new(
        ScimType::InvalidValue,
        format!("header {name}: must be * or a list of entity tags such as W/\"1\""),
    )
}

/// Takes tags without quotes too: some clients send back `meta.version` stripped of them.
fn tags_of(text: &str) -> Option<Vec<String>> {
    let mut rest = text.trim();
    let mut tags = Vec::new();
    while !rest.is_empty() {
        let bare = rest
            .strip_prefix("W/")
            .or_else(|| rest.strip_prefix("w/"))
            .unwrap_or(rest);
        let (tag, after) = match bare.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"')?,
            None => bare.split_at(bare.find(',').unwrap_or(bare.len())),
        };
        tags.push(tag.trim().to_owned());
        let after = after.trim_start();
        rest = match after.strip_prefix(',') {
            Some(next) => next.trim_start(),
            None if after.is_empty() => after,
            None => return None,
        };
    }
    Some(tags)
}

#[cfg(test)]
mod tests {
    use http::{HeaderValue, header::IF_MATCH};

    use super::*;

    fn read(value: &str) -> Condition {
        let headers = HeaderMap::from_iter([(IF_MATCH, HeaderValue::from_str(value).unwrap())]);
        Condition::read(&headers, &IF_MATCH).unwrap()
    }

    #[test]
    fn weak_strong_and_bare_tags_name_the_same_version() {
        for sent in ["W/\"7\"", "\"7\"", "7", "w/\"7\"", " W/\"7\" "] {
            assert_eq!(read(sent), Condition::OneOf(vec!["7".into()]), "{sent}");
        }
    }

    #[test]
    fn a_list_names_several_versions() {
        let condition = read("W/\"6\", \"7\" ,8");
        assert!(condition.holds_for("7") && condition.holds_for("8") && !condition.holds_for("9"));
    }

    #[test]
    fn a_star_stands_for_every_version() {
        assert!(read("*").holds_for("anything"));
    }

    #[test]
    fn a_tag_without_its_end_is_refused() {
        let headers = HeaderMap::from_iter([(IF_MATCH, HeaderValue::from_static("W/\"7"))]);
        assert_eq!(Condition::read(&headers, &IF_MATCH).unwrap_err().status, 400);
    }

    #[test]
    fn what_is_read_back_is_what_was_shown() {
        assert!(read(&entity_tag("42")).holds_for("42"));
    }
}
