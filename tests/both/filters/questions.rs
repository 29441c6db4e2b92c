//! Questions, as SCIM text and as a tree, and whom each finds.

use identity_proto::v1::{
    ComparisonOperator::{
        self, Contains, EndsWith, Equal, GreaterOrEqual, GreaterThan, LessThan, NotEqual, StartsWith,
    },
    Filter,
    filter_value::Kind,
};
use prost_types::Timestamp;

use super::{
    ADA, BOB, STREET,
    conditions::{self, any, compare, condition, element, not, present},
};

/// SCIM text, the same as a tree, and the user names of those it finds.
pub(super) type Question = (&'static str, Filter, &'static [&'static str]);

/// A comparison of one attribute with a text: SCIM, attribute, operator, text, whom it finds.
type Comparing = (
    &'static str,
    &'static str,
    ComparisonOperator,
    &'static str,
    &'static [&'static str],
);

const DEPARTMENT: &str =
    r#"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department eq "research""#;

const TEXTS: &[Comparing] = &[
    (
        r#"userName eq "ADA@EXAMPLE.COM""#,
        "user_name",
        Equal,
        "ADA@EXAMPLE.COM",
        &[ADA],
    ),
    (
        r#"UserName EQ "STRASSE""#,
        "user_name",
        Equal,
        "STRASSE",
        &[STREET],
    ),
    (
        r#"userName co "example""#,
        "user_name",
        Contains,
        "example",
        &[ADA, BOB],
    ),
    (r#"userName sw "B""#, "user_name", StartsWith, "B", &[BOB]),
    (
        r#"userName ew ".com""#,
        "user_name",
        EndsWith,
        ".com",
        &[ADA, BOB],
    ),
    (
        r#"userName gt "b""#,
        "user_name",
        GreaterThan,
        "b",
        &[BOB, STREET],
    ),
    (r#"userName lt "b""#, "user_name", LessThan, "b", &[ADA]),
    (
        r#"title ne "countess""#,
        "title",
        NotEqual,
        "countess",
        &[BOB, STREET],
    ),
    (r#"title co "100%""#, "title", Contains, "100%", &[STREET]),
    (r#"title co "_SURE_""#, "title", Contains, "_SURE_", &[STREET]),
    (r#"title co "1_0""#, "title", Contains, "1_0", &[]),
    (
        r#"title ew "\\ \"quoted\"""#,
        "title",
        EndsWith,
        "\\ \"quoted\"",
        &[STREET],
    ),
    (r#"externalId eq "A-1""#, "external_id", Equal, "A-1", &[ADA]),
    (
        r#"name.familyName eq "BÄCKER""#,
        "name.family_name",
        Equal,
        "BÄCKER",
        &[BOB],
    ),
    (
        r#"emails.value eq "bob@x.example""#,
        "emails.value",
        Equal,
        "bob@x.example",
        &[BOB],
    ),
    (
        r#"emails eq "bob@x.example""#,
        "emails.value",
        Equal,
        "bob@x.example",
        &[BOB],
    ),
    (
        r#"roles.value eq "editor""#,
        "roles.value",
        Equal,
        "editor",
        &[STREET],
    ),
    (DEPARTMENT, "enterprise.department", Equal, "research", &[ADA]),
];

/// All of them.
pub(super) fn all() -> Vec<Question> {
    let texts = TEXTS
        .iter()
        .map(|(scim, attribute, operator, text, found)| (*scim, compare(attribute, *operator, text), *found));
    texts.chain(presence()).chain(elements()).chain(typed()).collect()
}

fn presence() -> [Question; 3] {
    [
        ("title pr", present("title"), &[ADA, STREET]),
        ("title eq null", condition("title", Equal, None), &[BOB]),
        ("not (title pr)", not(present("title")), &[BOB]),
    ]
}

fn elements() -> [Question; 4] {
    let work = |operator, value| {
        let both = vec![compare("type", Equal, "work"), compare("value", operator, value)];
        element("emails", conditions::all(both))
    };
    let path = r#"emails[type eq "work"].value eq "ada@work.example""#;
    [
        (
            r#"emails[type eq "work" and value co "home"]"#,
            work(Contains, "home"),
            &[BOB],
        ),
        (
            r#"emails[type eq "work" and value co "x"]"#,
            work(Contains, "x"),
            &[ADA, BOB],
        ),
        (
            r#"emails[type eq "work" and value co "x.ex"]"#,
            work(Contains, "x.ex"),
            &[],
        ),
        (path, work(Equal, "ada@work.example"), &[ADA]),
    ]
}

fn typed() -> [Question; 4] {
    let inactive = || condition("active", Equal, Kind::BoolValue(false));
    let active = condition("active", NotEqual, Kind::BoolValue(false));
    let (seconds, nanos) = (946_677_600, 0);
    let since = condition(
        "create_time",
        GreaterOrEqual,
        Kind::TimeValue(Timestamp { seconds, nanos }),
    );
    let either = any(vec![inactive(), compare("user_name", StartsWith, "s")]);
    let nested = conditions::all(vec![present("title"), either]);
    [
        ("active eq false", inactive(), &[BOB]),
        ("active ne false", active, &[ADA, STREET]),
        (
            r#"title pr and (active eq false or userName sw "s")"#,
            nested,
            &[STREET],
        ),
        (
            r#"meta.created ge "2000-01-01T00:00:00+02:00""#,
            since,
            &[ADA, BOB, STREET],
        ),
    ]
}
