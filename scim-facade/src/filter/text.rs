//! How texts compare. The core has the same rule for what it stores; both are held to RFC 7643's `caseExact`.

use std::ops::RangeInclusive;

use unicode_normalization::UnicodeNormalization as _;

use super::tree::Operator;

/// The code points with the property `Default_Ignorable_Code_Point` (Unicode 17).
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

/// The form under which texts that differ only in case, in Unicode spelling or in what is not seen are equal (`NFKC_Casefold`).
pub(crate) fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let is_seen = |it: &char| !INVISIBLE.iter().any(|range| range.contains(it));
    let composed: String = text.chars().filter(is_seen).nfkc().collect();
    // Folding can take a text out of normal form.
    caseless::default_case_fold_str(&composed).nfkc().collect()
}

/// Tells whether a text meets a comparison; greater and less go by code points.
pub(super) fn meets(value: &str, operator: Operator, wanted: &str) -> bool {
    match operator {
        Operator::Equal => value == wanted,
        Operator::NotEqual => value != wanted,
        Operator::Contains => value.contains(wanted),
        Operator::StartsWith => value.starts_with(wanted),
        Operator::EndsWith => value.ends_with(wanted),
        Operator::Greater => value > wanted,
        Operator::GreaterOrEqual => value >= wanted,
        Operator::Less => value < wanted,
        Operator::LessOrEqual => value <= wanted,
    }
}
