//! How texts compare: folded once, here, so that no database's collation decides anything.

use unicode_normalization::UnicodeNormalization;

/// The key under which texts that differ only in case or in Unicode spelling are equal: NFKC, full case folding,
/// NFKC again (folding can take a text out of normal form). Keys are ordered by code point.
pub fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    caseless::default_case_fold_str(&text.nfkc().collect::<String>())
        .nfkc()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::fold;

    #[test]
    fn case_and_unicode_spelling_do_not_matter() {
        assert_eq!(fold("Straße"), fold("STRASSE"));
        assert_eq!(fold("ﬁ"), "fi");
        assert_eq!(fold("e\u{301}"), fold("É"));
        assert_eq!(fold("ΣΊΣΥΦΟΣ"), fold("σίσυφος"));
    }
}
