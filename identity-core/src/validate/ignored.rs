//! Attributes that a client reports as dropped before the call.

use super::Ignored;
use crate::{
    error::{Error, Result},
    policy::UnknownAttributes,
};

/// Names of dropped attributes in one request.
pub const MAX_IGNORED_ATTRIBUTES: usize = 100;
/// Characters of such a name.
pub const MAX_IGNORED_NAME: usize = 256;

/// Ending of the sentence about such a name.
const NO_SUCH: &str = ": no such attribute";

/// The sentences for the change log about attributes that the client dropped because no schema has them.
pub(crate) fn ignored_attributes(names: &[String]) -> Result<Ignored> {
    if names.len() > MAX_IGNORED_ATTRIBUTES {
        let rule = format!("must not be more than {MAX_IGNORED_ATTRIBUTES}");
        return Err(Error::invalid("ignored_attributes", rule));
    }
    names.iter().map(|name| sentence(name)).collect()
}

/// Refuses what no schema has, if the policy does; `dropped` are the sentences about it.
pub(crate) fn refuse_unknown(dropped: &Ignored, rule: UnknownAttributes) -> Result<()> {
    match dropped.first() {
        Some(sentence) if rule == UnknownAttributes::Reject => {
            let name = sentence.strip_suffix(NO_SUCH).unwrap_or(sentence);
            Err(Error::invalid(name, "there is no such attribute"))
        }
        _ => Ok(()),
    }
}

fn sentence(name: &str) -> Result<String> {
    let fits = !name.is_empty() && name.chars().count() <= MAX_IGNORED_NAME;
    if !fits || name.chars().any(char::is_control) {
        let rule = format!("must have 1 to {MAX_IGNORED_NAME} characters and no control character");
        return Err(Error::invalid("ignored_attributes", rule));
    }
    Ok(format!("{name}{NO_SUCH}"))
}

#[cfg(test)]
mod tests {
    use super::{MAX_IGNORED_ATTRIBUTES, MAX_IGNORED_NAME, ignored_attributes};

    fn accepts(names: &[&str]) -> bool {
        let names: Vec<String> = names.iter().map(ToString::to_string).collect();
        ignored_attributes(&names).is_ok()
    }

    #[test]
    fn dropped_names_are_few_short_and_printable() {
        let long = "ü".repeat(MAX_IGNORED_NAME);
        assert!(accepts(&[&long, "urn:example:x"]));
        assert!(!accepts(&[&format!("{long}x")]));
        assert!(!accepts(&[""]));
        assert!(!accepts(&["a\u{0}"]));
        assert!(accepts(&["a"; MAX_IGNORED_ATTRIBUTES]));
        assert!(!accepts(&["a"; MAX_IGNORED_ATTRIBUTES + 1]));
    }
}
