//! The name that was probably meant.

/// Longest name that is compared.
const MAX_LENGTH: usize = 128;
/// Shortest name in which a typing error can be told from another name.
const MIN_LENGTH: usize = 3;
/// One typing error is taken for one in so many characters.
const CHARACTERS_PER_ERROR: usize = 3;

/// `; did you mean "x"?`, or nothing where no other name is close.
pub(super) fn did_you_mean(name: &str, others: impl IntoIterator<Item = String>) -> String {
    let meant = closest(name, others).map(|other| format!("; did you mean {other:?}?"));
    meant.unwrap_or_default()
}

fn closest(name: &str, others: impl IntoIterator<Item = String>) -> Option<String> {
    let name = name.to_lowercase();
    let length = name.chars().count();
    if length > MAX_LENGTH {
        return None;
    }
    // In one domain all addresses look alike, so the part before the @ counts.
    let local = name.split('@').next().unwrap_or_default().chars().count();
    let limit = if local < MIN_LENGTH {
        0
    } else {
        (local + 1) / CHARACTERS_PER_ERROR
    };
    let close = others.into_iter().filter_map(|other| {
        let folded = other.to_lowercase();
        // The part before the @ of an e-mail address stands for it, and the beginning of a setting too.
        let begins = folded
            .strip_prefix(&name)
            .is_some_and(|rest| rest.starts_with(['@', '.', ' ']));
        if begins {
            return Some((0, other));
        }
        if folded.chars().count() > MAX_LENGTH {
            return None;
        }
        let errors = strsim::damerau_levenshtein(&name, &folded);
        (errors <= limit).then_some((errors, other))
    });
    close.min().map(|(_, other)| other)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meant(name: &str) -> String {
        let others = [
            "B",
            "billing",
            "groups.sync",
            "groups.nested",
            "ada@acme.example",
            "Apollo",
            "Artemis",
        ];
        did_you_mean(name, others.map(str::to_owned))
    }

    #[test]
    fn a_typing_error_is_told_from_another_name() {
        assert_eq!(meant("group.sync"), "; did you mean \"groups.sync\"?");
        assert_eq!(meant("apolo"), "; did you mean \"Apollo\"?");
        assert_eq!(meant("ada"), "; did you mean \"ada@acme.example\"?");
        assert_eq!(meant("ada@acme.exampel"), "; did you mean \"ada@acme.example\"?");
        assert_eq!(meant("billg"), "; did you mean \"billing\"?");
        for other in ["zeus", "zoe@acme.example", "A", ""] {
            assert_eq!(meant(other), "", "{other}");
        }
        assert_eq!(meant(&"a".repeat(100_000)), "");
    }
}
