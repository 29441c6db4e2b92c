use proptest::prelude::*;
use serde_json::Number;

use crate::filter::*;

fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-zA-Z][a-zA-Z0-9_-]{0,8}",
        "[a-z]{1,6}\\.[a-z]{1,6}",
        Just("$ref".to_owned()),
        "urn:[a-z]{2,5}:2\\.0:User:[a-z]{1,6}(\\.[a-z]{1,5})?",
    ]
    // A word that begins a negation would be printed before a parenthesis.
    .prop_filter("a keyword", |name| !name.eq_ignore_ascii_case("not"))
}

fn literal() -> impl Strategy<Value = Literal> {
    prop_oneof![
        Just(Literal::Null),
        any::<bool>().prop_map(Literal::Boolean),
        any::<i64>().prop_map(|number| Literal::Number(number.into())),
        any::<i32>()
            .prop_filter_map("finite", |number| Number::from_f64(f64::from(number) / 8.0))
            .prop_map(Literal::Number),
        any::<String>().prop_map(|text| Literal::Text(text.replace('\0', ""))),
    ]
}

fn term() -> impl Strategy<Value = Term> {
    let test = prop_oneof![
        Just(Test::Present),
        (0..Operator::ALL.len(), literal())
            .prop_map(|(index, value)| Test::Compare(Operator::ALL[index], value)),
    ];
    (name(), test).prop_map(|(attribute, test)| Term { attribute, test })
}

fn logical(leaf: impl Strategy<Value = Expression> + 'static) -> impl Strategy<Value = Expression> {
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 2..4).prop_map(Expression::And),
            prop::collection::vec(inner.clone(), 2..4).prop_map(Expression::Or),
            inner.prop_map(|inner| Expression::Not(Box::new(inner))),
        ]
    })
}

fn expression() -> impl Strategy<Value = Expression> {
    let element = (
        name(),
        logical(term().prop_map(Expression::Term)),
        prop::option::of(term()),
    )
        .prop_map(|(attribute, filter, then)| Expression::Element {
            attribute,
            filter: Box::new(filter),
            then,
        });
    logical(prop_oneof![4 => term().prop_map(Expression::Term), 1 => element])
}

proptest! {
    #[test]
    fn a_filter_that_is_printed_parses_to_the_same_tree(filter in expression()) {
        let text = filter.to_string();
        prop_assume!(text.len() <= MAX_LENGTH);
        prop_assert_eq!(parse_filter(&text).map_err(|error| format!("{text}: {error}")), Ok(filter));
    }

    #[test]
    fn a_path_that_is_printed_parses_to_the_same_path(
        attribute in name(),
        filter in prop::option::of(logical(term().prop_map(Expression::Term))),
        part in prop::option::of("[a-z]{1,8}"),
    ) {
        let part = part.filter(|_| filter.is_some());
        let path = Path { attribute, filter, part };
        prop_assume!(path.to_string().len() <= MAX_PATH_LENGTH);
        prop_assert_eq!(parse_path(&path.to_string()), Ok(path));
    }

    #[test]
    fn no_text_makes_the_parser_panic(text in any::<String>()) {
        let _ = (parse_filter(&text), parse_path(&text));
    }

    #[test]
    fn no_text_of_its_own_tokens_makes_the_parser_panic(
        tokens in prop::collection::vec(
            prop::sample::select(vec!["a", "eq", "pr", "and", "or", "not", "(", ")", "[", "]", ".", "\"x\"", "\"", "\\", "1", "null", "urn:a:2.0:b", "é"]),
            0..40,
        ),
        glue in prop::sample::select(vec!["", " "]),
    ) {
        let text = tokens.join(glue);
        let tables = crate::attributes::Tables::builtin();
        let _ = (translate(&text, &tables.user), parse_path(&text));
    }
}
