//! Another parser of the same grammar, as a second opinion: where both accept a text, they read the same.

use proptest::prelude::*;
use scim_v2::filter as other;

use crate::filter::*;

fn ours(filter: &Expression) -> String {
    match filter {
        Expression::And(parts) => format!("(and{})", all(parts)),
        Expression::Or(parts) => format!("(or{})", all(parts)),
        Expression::Not(inner) => format!("(not {})", ours(inner)),
        Expression::Term(term) => term.to_string(),
        Expression::Element {
            attribute,
            filter,
            then,
        } => {
            format!(
                "{attribute}[{}]{}",
                ours(filter),
                then.as_ref().map(ToString::to_string).unwrap_or_default()
            )
        }
    }
}

fn all(parts: &[Expression]) -> String {
    parts
        .iter()
        .fold(String::new(), |text, part| text + " " + &ours(part))
}

fn agree(text: &str) {
    let (Ok(mine), Ok(theirs)) = (parse_filter(text), text.parse::<other::Filter>()) else {
        return;
    };
    let theirs = parse_filter(&theirs.to_string()).expect("what they print parses");
    assert_eq!(ours(&flat(mine)), ours(&flat(theirs)), "{text}");
}

/// They join `a and (b and c)` into one list, we keep the parentheses.
fn flat(filter: Expression) -> Expression {
    let join = |parts: Vec<Expression>, same: fn(Expression) -> Result<Vec<Expression>, Expression>| {
        parts
            .into_iter()
            .map(flat)
            .flat_map(|part| same(part).unwrap_or_else(|part| vec![part]))
            .collect()
    };
    match filter {
        Expression::And(parts) => Expression::And(join(parts, |part| match part {
            Expression::And(inner) => Ok(inner),
            part => Err(part),
        })),
        Expression::Or(parts) => Expression::Or(join(parts, |part| match part {
            Expression::Or(inner) => Ok(inner),
            part => Err(part),
        })),
        Expression::Not(inner) => Expression::Not(Box::new(flat(*inner))),
        Expression::Element {
            attribute,
            filter,
            then,
        } => Expression::Element {
            attribute,
            filter: Box::new(flat(*filter)),
            then,
        },
        term @ Expression::Term(_) => term,
    }
}

#[test]
fn the_examples_of_the_rfc_are_read_alike() {
    // RFC 7644, figure 2.
    let examples = [
        r#"userName Eq "bjensen""#,
        r#"name.familyName co "O'Malley""#,
        r#"userName sw "J""#,
        r#"urn:ietf:params:scim:schemas:core:2.0:User:userName sw "J""#,
        "title pr",
        r#"meta.lastModified gt "2011-05-13T04:42:34Z""#,
        r#"title pr and userType eq "Employee""#,
        r#"title pr or userType eq "Intern""#,
        r#"schemas eq "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User""#,
        r#"userType eq "Employee" and (emails co "example.com" or emails.value co "example.org")"#,
        r#"userType ne "Employee" and not (emails co "example.com" or emails.value co "example.org")"#,
        r#"userType eq "Employee" and (emails.type eq "work")"#,
        r#"userType eq "Employee" and emails[type eq "work" and value co "@example.com"]"#,
        r#"emails[type eq "work" and value co "@example.com"] or ims[type eq "xmpp" and value co "@foo.com"]"#,
    ];
    for text in examples {
        assert!(
            parse_filter(text).is_ok() && text.parse::<other::Filter>().is_ok(),
            "{text}"
        );
        agree(text);
    }
}

proptest! {
    #[test]
    fn where_both_parsers_accept_a_text_they_read_the_same(
        tokens in prop::collection::vec(
            prop::sample::select(vec![
                "title pr", "userName eq \"x\"", "active eq true", "a.b ne null", "n lt 1.5", "and", "or", "not", "(", ")",
                "emails[type eq \"work\"]", "emails[", "]",
            ]),
            1..14,
        ),
    ) {
        agree(&tokens.join(" "));
    }
}
