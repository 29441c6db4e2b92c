use super::{value::SettingEnum, *};

fn pair(key: &str, value: &str) -> Vec<(String, String)> {
    vec![(key.to_owned(), value.to_owned())]
}

fn refusal(policy: &Policy, key: &str, value: &str) -> String {
    policy.updated("", &pair(key, value)).unwrap_err().to_string()
}

#[test]
fn settings_are_in_order_of_their_keys_and_described() {
    assert!(SETTINGS.is_sorted_by(|a, b| a.key < b.key));
    assert_eq!(SETTINGS.len(), 63);
    assert!(
        SETTINGS
            .iter()
            .all(|it| it.description.ends_with('.') && !it.allowed().is_empty())
    );
}

#[test]
fn every_value_of_every_preset_is_read_back_from_its_text() {
    for &preset in Preset::ALL {
        let policy = Policy::of(preset);
        assert_eq!(policy.preset, preset);
        policy.validate().unwrap();
        for setting in SETTINGS {
            let (text, mut copy) = (setting.value(&policy), Policy::default());
            assert!(
                (setting.set)(&mut copy, &text).is_some(),
                "{} = {text}",
                setting.key
            );
            assert_eq!(setting.value(&copy), text, "{}", setting.key);
        }
    }
}

#[test]
fn a_stored_policy_is_read_back() {
    for &preset in Preset::ALL {
        let policy = Policy::of(preset);
        let text = serde_json::to_string(&policy).unwrap();
        assert_eq!(serde_json::from_str::<Policy>(&text).unwrap(), policy);
    }
}

#[test]
fn an_older_document_is_filled_from_the_default() {
    let stored = r#"{"preset":"lightdash","put.omitted":"keep","no.longer.known":"x"}"#;
    let policy: Policy = serde_json::from_str(stored).unwrap();
    let expected = Policy {
        preset: Preset::Lightdash,
        put_omitted: Omitted::Keep,
        ..Policy::default()
    };
    assert_eq!(policy, expected);
}

#[test]
fn an_unknown_stored_value_is_an_error() {
    assert!(serde_json::from_str::<Policy>(r#"{"put.omitted":"perhaps"}"#).is_err());
}

#[test]
fn a_preset_is_taken_first_and_settings_after_it() {
    let policy = Policy::default()
        .updated("strict_rfc", &pair("groups.unique_names", "yes"))
        .unwrap();
    assert_eq!(policy.preset, Preset::StrictRfc);
    assert_eq!(policy.groups_unique_names, Toggle::On);
    assert_eq!(policy.roles_put_omitted, Omitted::Clear);
}

#[test]
fn strict_rfc_is_the_default_but_for_five_settings() {
    let (default, strict) = (Policy::default(), Policy::of(Preset::StrictRfc));
    let differ = SETTINGS
        .iter()
        .filter(|it| it.value(&default) != it.value(&strict))
        .map(|it| it.key);
    let expected = [
        "groups.unique_names",
        "groups.unknown_members",
        "lists.second_primary",
        "patch.replace_missing",
        "roles.put_omitted",
    ];
    assert_eq!(differ.collect::<Vec<_>>(), expected);
}

#[test]
fn refusals_name_the_setting_and_what_it_may_be() {
    let policy = Policy::default();
    for (key, value, message) in [
        ("no.such", "1", "no.such: there is no setting of this name"),
        ("put.omitted", "maybe", "put.omitted: must be clear or keep"),
        (
            "tokens.max_active",
            "0",
            "tokens.max_active: must be 1 to 1000 or unlimited",
        ),
        (
            "tokens.rotation_min_interval",
            "soon",
            "tokens.rotation_min_interval: must be 0, or a number and s, m, h or d",
        ),
        (
            "groups.unique_names",
            "perhaps",
            "groups.unique_names: must be true or false",
        ),
        (
            "roles.default_org",
            "admin",
            "roles.default_org: must be none or a role of roles.catalog that is not the last",
        ),
    ] {
        assert_eq!(refusal(&policy, key, value), message);
    }
    let message = policy.updated("nothing", &[]).unwrap_err().to_string();
    assert_eq!(
        message,
        "preset: must be one of default, lightdash, dbt, lightrun, client_platform or strict_rfc"
    );
}

#[test]
fn an_empty_list_cannot_mean_a_default_that_is_none() {
    let settings = [
        pair("roles.default_org", "none"),
        pair("roles.put_empty", "reset_to_default"),
    ]
    .concat();
    assert!(Policy::default().updated("", &settings).is_err());
}

#[test]
fn durations_are_read_in_any_unit_and_shown_in_hours_at_most() {
    for (given, shown) in [
        ("90d", "2160h"),
        ("60m", "1h"),
        ("90m", "90m"),
        ("0", "0"),
        ("0h", "0"),
        ("61s", "61s"),
    ] {
        let policy = Policy::default()
            .updated("", &pair("tokens.rotation_min_interval", given))
            .unwrap();
        assert_eq!(
            Setting::find("tokens.rotation_min_interval")
                .unwrap()
                .value(&policy),
            shown
        );
    }
}
