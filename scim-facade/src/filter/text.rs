//! How texts compare. The core has the same rule for what it stores; both are held to RFC 7643's `caseExact`.

use unicode_normalization::UnicodeNormalization as _;

use super::tree::Operator;

/// The form under which texts that differ only in case or in Unicode spelling are equal.
pub(crate) fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let composed: String = text.nfkc().collect();
    // Folding can take a text out of normal form.
    caseless::default_case_fold_str(&composed).nfkc().collect()
}

/// Whether a text meets a comparison; greater and less go by code points.
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
