//! How texts compare: folded once, here, so that no database's collation decides anything.

use std::ops::RangeInclusive;

use unicode_normalization::UnicodeNormalization;

/// The code points with the property `Default_Ignorable_Code_Point` (Unicode 17): they are not seen, or turn the direction of writing.
const INVISIBLE: [RangeInclusive<char>; 17] = [
    '\u{ad}'..='\u{ad}',
    '\u{34f}'..='\u{34f}',
    '\u{61c}'..='\u{61c}',
    '\u{115f}'..='\u{1160}',
    '\u{17b4}'..='\u{17b5}',
    '\u{180b}'..='\u{180f}',
    '\u{200b}'..='\u{200f}',
    '\u{202a}'..='\u{202e}',
    '\u{2060}'..='\u{206f}',
    '\u{3164}'..='\u{3164}',
    '\u{fe00}'..='\u{fe0f}',
    '\u{feff}'..='\u{feff}',
    '\u{ffa0}'..='\u{ffa0}',
    '\u{fff0}'..='\u{fff8}',
    '\u{1bca0}'..='\u{1bca3}',
    '\u{1d173}'..='\u{1d17a}',
    '\u{e0000}'..='\u{e0fff}',
];

/// Answers whether a character is not seen by whoever reads the text.
pub fn is_invisible(character: char) -> bool {
    !character.is_ascii() && INVISIBLE.iter().any(|range| range.contains(&character))
}

/// Code points that show nothing of their own although Unicode counts them as visible: the empty Braille pattern, marks of annotations,
/// the place of an embedded object. They stay in folded keys, which are stored.
const BLANK: [RangeInclusive<char>; 2] = ['\u{2800}'..='\u{2800}', '\u{fff9}'..='\u{fffc}'];

/// Answers whether a character lets a text look like another one: it is not seen, or looks like a blank.
pub fn is_deceptive(character: char) -> bool {
    is_invisible(character) || BLANK.iter().any(|range| range.contains(&character))
}

/// The key under which texts that differ only in case, in Unicode spelling or in what is not seen are equal: `NFKC_Casefold` of the
/// Unicode Standard, section 3.13 (folding can take a text out of normal form, so that it is normalized again). Keys are ordered by
/// code point.
pub fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let seen = text.chars().filter(|it| !is_invisible(*it));
    caseless::default_case_fold_str(&seen.nfkc().collect::<String>())
        .nfkc()
        .collect()
}

/// The key under which names of groups are unique: without blanks at its ends too.
pub fn unique_name_key(folded: &str) -> &str {
    folded.trim_matches(' ')
}

#[cfg(test)]
mod tests {
    use super::{fold, is_invisible, unique_name_key};

    #[test]
    fn case_and_unicode_spelling_do_not_matter() {
        assert_eq!(fold("Straße"), fold("STRASSE"));
        assert_eq!(fold("ﬁ"), "fi");
        assert_eq!(fold("e\u{301}"), fold("É"));
        assert_eq!(fold("ΣΊΣΥΦΟΣ"), fold("σίσυφος"));
    }

    #[test]
    fn what_is_not_seen_does_not_matter() {
        for invisible in [
            '\u{ad}',
            '\u{200b}',
            '\u{200d}',
            '\u{202e}',
            '\u{2066}',
            '\u{fe0f}',
            '\u{feff}',
            '\u{e0041}',
        ] {
            assert!(is_invisible(invisible), "{invisible:?}");
            assert_eq!(fold(&format!("ro{invisible}ot{invisible}")), "root");
        }
        for seen in ['a', ' ', '\u{a0}', 'é', '\u{301}', '😀', '\u{10ffff}'] {
            assert!(!is_invisible(seen), "{seen:?}");
        }
    }

    #[test]
    fn blanks_at_the_ends_of_a_groups_name_do_not_matter() {
        for name in ["Eng", "Eng ", " Eng", "\u{a0}Eng\u{2003}", "ENG\u{200b} "] {
            assert_eq!(unique_name_key(&fold(name)), "eng", "{name:?}");
        }
        assert_ne!(unique_name_key(&fold("E ng")), "eng");
    }
}
