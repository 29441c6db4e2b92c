//! When two names mean one account, so that somebody who has the one gets what belongs to the other.
//!
//! [`crate::text::fold`] is for uniqueness and search, where it is safe to take more for the same; here it is safe to take less. So
//! nothing but ASCII case is ignored, and domains are compared in the form that DNS has of them.

use unicode_normalization::UnicodeNormalization;

use crate::text::fold;

/// Tells whether a name or address is found by another. Case counts for nothing, also beyond ASCII, but a letter that becomes an ASCII one
/// by it does, except for ß: such a name only looks alike.
pub(crate) fn is_found_by(one: &str, other: &str) -> bool {
    is_same_account(one, other) || lower(one) == lower(other)
}

fn lower(text: &str) -> String {
    let mut lowered = String::with_capacity(text.len());
    for letter in text.chars() {
        let mut cases = letter.to_uppercase().chain(letter.to_lowercase());
        match letter {
            'ß' | 'ẞ' => lowered.push_str("ss"),
            // The Kelvin sign, the long s and ligatures.
            _ if !letter.is_ascii() && cases.any(|it| it.is_ascii()) => lowered.push(letter),
            _ => lowered.extend(letter.to_uppercase().flat_map(char::to_lowercase)),
        }
    }
    // The Kelvin sign, kept, becomes an upper-case K here.
    lowered.nfc().collect()
}

/// Answers whether two user names or e-mail addresses mean one account.
pub fn is_same_account(one: &str, other: &str) -> bool {
    match (one.rsplit_once('@'), other.rsplit_once('@')) {
        (Some((local, domain)), Some((other_local, other_domain))) => {
            let domain = ascii_domain(domain);
            local.eq_ignore_ascii_case(other_local)
                && domain.is_some()
                && domain == ascii_domain(other_domain)
        }
        (None, None) => one.eq_ignore_ascii_case(other),
        _ => false,
    }
}

/// The domain of an e-mail address as [`ascii_domain`] has it.
pub fn domain_of(address: &str) -> Option<String> {
    address
        .rsplit_once('@')
        .and_then(|(_, domain)| ascii_domain(domain))
}

/// A domain in lower-case ASCII, as UTS 46 maps it; `None`: it does not come back from that as it was sent, as with letters of full
/// width, which only look like those of another domain.
pub fn ascii_domain(domain: &str) -> Option<String> {
    let sent = domain.to_ascii_lowercase();
    if sent.is_ascii() {
        return Some(sent);
    }
    // The mapping of UTS 46 is this folding and takes an ideographic full stop for a dot. It leaves four letters alone that are folded
    // here; a domain with one of them can be sent in ASCII.
    if fold(&sent) != sent || sent.contains('\u{3002}') || sent.chars().count() > MAX_CHARACTERS {
        return None;
    }
    let labels: Option<Vec<String>> = sent.split('.').map(ascii_label).collect();
    labels.map(|labels| labels.join("."))
}

/// Characters of a domain that are encoded; DNS has at most 253 bytes.
const MAX_CHARACTERS: usize = 253;

fn ascii_label(label: &str) -> Option<String> {
    if label.is_ascii() {
        return Some(label.to_owned());
    }
    punycode(label).map(|encoded| format!("xn--{encoded}"))
}

/// Encodes a label as RFC 3492 says, section 6.3; `None`: it overflows.
fn punycode(label: &str) -> Option<String> {
    const BASE: u32 = 36;
    const DIGITS: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";
    let points: Vec<u32> = label.chars().map(u32::from).collect();
    let mut out: String = label.chars().filter(char::is_ascii).collect();
    let basic = u32::try_from(out.len()).ok()?;
    if basic > 0 {
        out.push('-');
    }
    let (mut next, mut delta, mut bias, mut done) = (128_u32, 0_u32, 72_u32, basic);
    while let Some(least) = points.iter().copied().filter(|point| *point >= next).min() {
        delta = delta.checked_add((least - next).checked_mul(done + 1)?)?;
        next = least;
        for point in &points {
            if *point < next {
                delta = delta.checked_add(1)?;
            } else if *point == next {
                let (mut rest, mut at) = (delta, BASE);
                loop {
                    let threshold = at.saturating_sub(bias).clamp(1, 26);
                    if rest < threshold {
                        break;
                    }
                    let digit = threshold + (rest - threshold) % (BASE - threshold);
                    out.push(char::from(DIGITS[digit as usize]));
                    rest = (rest - threshold) / (BASE - threshold);
                    at += BASE;
                }
                out.push(char::from(DIGITS[rest as usize]));
                bias = adapted(delta, done + 1, done == basic);
                (delta, done) = (0, done + 1);
            }
        }
        (delta, next) = (delta.checked_add(1)?, next + 1);
    }
    Some(out)
}

/// The bias after a character, RFC 3492, section 6.1.
fn adapted(delta: u32, points: u32, is_first: bool) -> u32 {
    let mut delta = if is_first { delta / 700 } else { delta / 2 };
    delta += delta / points;
    let mut steps = 0;
    while delta > 455 {
        delta /= 35;
        steps += 36;
    }
    steps + 36 * delta / (delta + 38)
}

#[cfg(test)]
mod tests {
    use super::{ascii_domain, is_found_by, is_same_account};

    #[test]
    fn ascii_case_and_the_two_forms_of_a_domain_do_not_matter() {
        for (one, other) in [
            ("Boss@Skip.example", "boss@sKIP.EXAMPLE"),
            ("jdoe", "JDoe"),
            ("CORP\\jdoe", "corp\\JDOE"),
            ("jörg@a.example", "Jörg@A.example"),
            ("a@bücher.example", "a@xn--bcher-kva.example"),
            ("a@BüCHER.example", "a@bücher.example"),
            ("a@日本語.example", "a@xn--wgv71a119e.example"),
            (
                "a@ليهمابتكلموشعربي.example",
                "a@xn--mgbcah9ar9a4efegftvvn.example",
            ),
            ("a@my_host.example", "A@my_host.example"),
        ] {
            assert!(is_same_account(one, other), "{one} {other}");
        }
    }

    #[test]
    fn a_name_is_found_in_every_case_and_not_by_what_only_looks_like_it() {
        for (one, other) in [
            ("Straße", "STRASSE"),
            ("ÉMILE@x.example", "émile@x.example"),
            ("ΟΔΟΣ", "οδος"),
        ] {
            assert!(is_found_by(one, other), "{one} {other}");
        }
        for other in [
            "boss@ｓｋｉｐ.example",
            "boss@\u{17f}kip.example",
            "boss@s\u{212a}ip.example",
            "ｂoss@skip.example",
        ] {
            assert!(!is_found_by("boss@skip.example", other), "{other}");
        }
        assert!(!is_found_by("finance", "\u{fb01}nance"));
    }

    #[test]
    fn names_that_only_look_alike_are_two() {
        for (one, other) in [
            ("boss@ｓｋｉｐ.example", "boss@skip.example"),
            ("boss@s\u{212a}ip.example", "boss@skip.example"),
            ("BOSS@ſkip.example", "boss@skip.example"),
            ("boss@skip.example", "boss@skip\u{200b}.example"),
            ("boss@skip。example", "boss@skip.example"),
            ("ｂｏｓｓ@skip.example", "boss@skip.example"),
            ("groß@a.example", "gross@a.example"),
            ("JÖRG@a.example", "jörg@a.example"),
            ("root", "root\u{200b}"),
            ("root", "root@skip.example"),
        ] {
            assert!(!is_same_account(one, other), "{one} {other}");
            assert!(!is_same_account(other, one), "{one} {other}");
        }
    }

    #[test]
    fn a_domain_that_does_not_come_back_as_it_was_sent_is_none() {
        for domain in [
            "ｓｋｉｐ.example",
            "s\u{212a}ip.example",
            "skip。example",
            "ski\u{ad}p.exämple",
            "ﬁ.example",
        ] {
            assert_eq!(ascii_domain(domain), None, "{domain}");
        }
        assert_eq!(
            ascii_domain("Bücher.example").as_deref(),
            Some("xn--bcher-kva.example")
        );
    }
}
