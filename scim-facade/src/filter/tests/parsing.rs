use crate::filter::*;

fn why(text: &str) -> SyntaxError {
    parse_filter(text).expect_err(text)
}

fn printed(text: &str) -> String {
    parse_filter(text)
        .unwrap_or_else(|error| panic!("{text}: {error}"))
        .to_string()
}

#[test]
fn and_binds_more_tightly_than_or() {
    assert_eq!(printed("a pr or b pr and c pr"), "a pr or b pr and c pr");
    assert_eq!(printed("(a pr or b pr) and c pr"), "(a pr or b pr) and c pr");
    let Ok(Expression::Or(parts)) = parse_filter("a pr or b pr and c pr") else {
        panic!("not an or")
    };
    assert!(matches!(&parts[1], Expression::And(both) if both.len() == 2));
}

#[test]
fn q18_words_are_read_in_any_case() {
    assert_eq!(
        printed("userName EQ \"a\" AND NOT (title Pr) Or active eq TRUE"),
        "userName eq \"a\" and not (title pr) or active eq true"
    );
}

#[test]
fn not_needs_no_blank_before_its_parenthesis() {
    assert_eq!(printed("not(title pr)"), "not (title pr)");
    assert_eq!(printed("NOT\t( title pr )"), "not (title pr)");
}

#[test]
fn values_are_json() {
    let text = r#"a eq "\"\\\u0041\ud83d\ude00 é" and b eq -1.5e3 and c eq null and d eq false"#;
    let Ok(Expression::And(parts)) = parse_filter(text) else {
        panic!("not an and")
    };
    let values: Vec<_> = parts
        .iter()
        .map(|part| match part {
            Expression::Term(Term {
                test: Test::Compare(_, value),
                ..
            }) => value.clone(),
            _ => panic!("not a term"),
        })
        .collect();
    assert_eq!(values[0], Literal::Text("\"\\A😀 é".into()));
    assert!(matches!(&values[1], Literal::Number(number) if number.as_f64() == Some(-1500.0)));
    assert_eq!(values[2..], [Literal::Null, Literal::Boolean(false)]);
}

#[test]
fn q15_a_part_may_follow_the_brackets() {
    let text = r#"emails[type eq "work" and value co "@x"] and emails[type eq "work"].value eq "a""#;
    assert_eq!(printed(text), text);
}

#[test]
fn an_error_says_at_which_character_what_was_expected() {
    let cases = [
        ("", 1, "expected an attribute"),
        ("userName", 9, "expected one of eq"),
        ("userName is \"x\"", 10, "expected one of eq"),
        ("userName eq", 12, "expected a text in double quotes"),
        ("é eq \"x\" please", 10, "expected `and`, `or` or the end"),
        ("(a pr", 6, "expected `and`, `or` or `)`"),
        ("a[b pr", 7, "expected `and`, `or` or `]`"),
        ("a[b[c pr]]", 4, "`[` cannot stand within"),
        ("a eq \"x", 6, "without its closing quote"),
        ("a eq \"\\ud800\"", 6, "no JSON string"),
        ("a eq \"\\u0000\"", 6, "NUL"),
        ("a eq \"x\"y", 9, "a blank behind the value"),
        ("a eq 01", 6, "expected a text in double quotes"),
        ("a pr and", 9, "expected an attribute"),
        (")", 1, "expected an attribute"),
    ];
    for (text, at, wanted) in cases {
        let error = why(text);
        assert!(error.at == at && error.why.contains(wanted), "{text}: {error}");
    }
}

#[test]
fn q19_a_value_without_quotes_is_refused() {
    assert_eq!(why("userName eq ada").at, 13);
}

#[test]
fn filters_have_limits() {
    let deep = |levels| format!("{}a pr{}", "(".repeat(levels), ")".repeat(levels));
    assert!(parse_filter(&deep(MAX_DEPTH)).is_ok());
    assert!(why(&deep(MAX_DEPTH + 1)).why.contains("deeper"));
    assert!(why(&deep(3_000)).why.contains("deeper"));
    assert!(why(&deep(MAX_LENGTH)).why.contains("longer"));
    let many = |terms| vec!["a pr"; terms].join(" or ");
    assert!(parse_filter(&many(MAX_TERMS)).is_ok());
    assert!(why(&many(MAX_TERMS + 1)).why.contains("terms"));
    assert!(why(&"a".repeat(MAX_LENGTH + 1)).why.contains("longer"));
}

#[test]
fn paths_have_the_three_forms_of_the_rfc() {
    let path = parse_path(r#"emails[type eq "work"].value"#).expect("a path");
    assert_eq!(
        (path.attribute.as_str(), path.part.as_deref()),
        ("emails", Some("value"))
    );
    assert!(path.filter.is_some());
    for text in [
        "name.familyName",
        "members[value eq \"x\"]",
        "urn:ietf:params:scim:schemas:core:2.0:User:title",
        "$ref",
    ] {
        assert_eq!(parse_path(text).map(|path| path.to_string()).as_deref(), Ok(text));
    }
}

#[test]
fn a_path_that_is_none_is_refused() {
    for text in [
        "",
        "emails[",
        "emails[]",
        "emails[type eq \"work\"",
        "emails[type eq \"work\"]value",
        "a b",
        "1a",
        "a[b pr].",
        "a eq \"x\"",
    ] {
        assert!(parse_path(text).is_err(), "{text}");
    }
}
