//! `roster policy`.

use std::collections::HashMap;

use clap::Subcommand;
use identity_proto::v1::{
    FieldChange, GetPolicyRequest, Policy, PolicySetting, PreviewPolicyRequest, PreviewPolicyResponse,
    UpdatePolicyRequest,
};
use prost::{Message, Name};

use super::{
    InOrg,
    output::{Answer, Cell, Row, Table, cells, count},
    rows::json_text,
    session::Session,
    suggest::did_you_mean,
};
use crate::failure::Failure;

/// The commands about the policy.
#[derive(Debug, Subcommand)]
pub(crate) enum PolicyCommand {
    /// Show settings, their allowed values and meaning, and which differ from the preset
    #[command(
        after_help = "Examples:\n  roster policy get --org acme\n  roster policy get --org acme --changed\n  roster policy get --org acme roles.unknown_values"
    )]
    Get {
        #[command(flatten)]
        org: InOrg,
        /// Only settings that differ from the preset
        #[arg(long)]
        changed: bool,
        /// The settings; without any, all
        #[arg(value_name = "KEY")]
        keys: Vec<String>,
    },
    /// Change settings, all or none
    #[command(
        after_help = "Examples:\n  roster policy set --org acme groups.unknown_members=reject\n  roster policy set --org acme --preset strict_rfc\n  roster policy set --org acme --preview --preset lightdash"
    )]
    Set {
        #[command(flatten)]
        org: InOrg,
        /// Tell which settings would differ and which users and groups that concerns, and change nothing
        #[arg(long)]
        preview: bool,
        /// First fill every setting from this preset
        #[arg(long, default_value = "", hide_default_value = true)]
        preset: String,
        /// The settings to change
        #[arg(value_name = "KEY=VALUE", value_parser = parse_setting, required_unless_present = "preset")]
        settings: Vec<(String, String)>,
    },
}

impl PolicyCommand {
    pub(super) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        match self {
            Self::Get { org, changed, keys } => get(org.org, changed, &keys, session).await,
            Self::Set {
                org,
                preview: true,
                preset,
                settings,
            } => {
                let request = PreviewPolicyRequest {
                    organization: org.org.clone(),
                    preset,
                    settings: known(settings, &org.org, session).await?.into_iter().collect(),
                };
                preview(&session.policies().preview_policy(request).await?.into_inner())
            }
            Self::Set {
                org,
                preview: false,
                preset,
                settings,
            } => {
                let request = UpdatePolicyRequest {
                    organization: org.org.clone(),
                    preset,
                    settings: known(settings, &org.org, session)
                        .await?
                        .into_iter()
                        .collect::<HashMap<_, _>>(),
                    ..Default::default()
                };
                let mut policies = session.policies();
                let before = policies.get_policy(GetPolicyRequest {
                    organization: org.org,
                });
                // Who may change a policy but not read it is shown all of the new one.
                let before = before.await.ok().and_then(|found| found.into_inner().policy);
                let after = session.policies().update_policy(request).await?.into_inner();
                let policy = after.policy.clone().unwrap_or_default();
                changed(&after, &before.unwrap_or_default(), &policy)
            }
        }
    }
}

async fn get(
    organization: String,
    changed: bool,
    keys: &[String],
    session: &Session,
) -> Result<Answer, Failure> {
    let request = GetPolicyRequest {
        organization: organization.clone(),
    };
    let mut found = session.policies().get_policy(request).await?.into_inner();
    let policy = found.policy.get_or_insert_default();
    for key in keys {
        check_key(key, policy)?;
    }
    // What the preset would change is what differs from it. Who may not ask sees no difference marked.
    let request = PreviewPolicyRequest {
        organization,
        preset: policy.preset.clone(),
        settings: HashMap::new(),
    };
    let differing = session.policies().preview_policy(request).await;
    let differing: HashMap<_, _> = differing
        .map(|preview| preview.into_inner().changes)
        .unwrap_or_default()
        .into_iter()
        .map(|change| (change.field, json_text(&change.after)))
        .collect();
    let is_wanted = |setting: &PolicySetting| {
        (keys.is_empty() || keys.contains(&setting.key)) && (!changed || differing.contains_key(&setting.key))
    };
    policy.settings.retain(is_wanted);
    let rows = policy.settings.iter().map(|setting| Setting {
        setting,
        of_preset: differing.get(&setting.key),
    });
    let table = Table::of(&rows.collect::<Vec<_>>());
    let text = format!(
        "preset: {}, {} changed\n",
        policy.preset,
        count(differing.len(), "setting")
    );
    Ok(Answer::new(&found)?.and_text(text).and_table(table))
}

/// A setting beside the value that the preset has in its place.
struct Setting<'a> {
    setting: &'a PolicySetting,
    of_preset: Option<&'a String>,
}

impl Row for Setting<'_> {
    const COLUMNS: &'static [&'static str] = &["SETTING", "VALUE", "PRESET", "ALLOWED", "WHAT IT DECIDES"];

    fn cells(&self) -> Vec<Cell> {
        let setting = self.setting;
        let of_preset = match self.of_preset.map(String::as_str) {
            Some("") => "nothing",
            Some(value) => value,
            None => "",
        };
        let allowed = if setting.root_only {
            format!("{} (by root)", setting.allowed)
        } else {
            setting.allowed.clone()
        };
        cells![
            &setting.key,
            &setting.value,
            of_preset,
            &allowed,
            &setting.description
        ]
    }
}

/// The settings, if all are known.
async fn known(
    settings: Vec<(String, String)>,
    organization: &str,
    session: &Session,
) -> Result<Vec<(String, String)>, Failure> {
    let request = GetPolicyRequest {
        organization: organization.to_owned(),
    };
    // Who may not read the policy hears of unknown settings from the service.
    let policy = session.policies().get_policy(request).await.ok();
    if let Some(policy) = policy.and_then(|found| found.into_inner().policy) {
        for (key, _) in &settings {
            check_key(key, &policy)?;
        }
    }
    Ok(settings)
}

/// Refuses the name of a setting that there is not.
fn check_key(key: &str, policy: &Policy) -> Result<(), Failure> {
    if policy.settings.is_empty() || policy.settings.iter().any(|setting| setting.key == key) {
        return Ok(());
    }
    let hint = did_you_mean(key, policy.settings.iter().map(|setting| setting.key.clone()));
    Err(Failure::Refused(format!("setting {key:?} does not exist{hint}")))
}

/// Shows the settings that differ from what they were.
fn changed<M: Message + Name>(message: &M, before: &Policy, after: &Policy) -> Result<Answer, Failure> {
    let settings = after
        .settings
        .iter()
        .filter(|setting| !before.settings.contains(setting));
    let value = |setting: &PolicySetting| {
        let before = before.settings.iter().find(|old| old.key == setting.key);
        before.map(|old| old.value.clone()).unwrap_or_default()
    };
    let changes: Vec<_> = settings
        .map(|setting| FieldChange {
            field: setting.key.clone(),
            before: value(setting),
            after: setting.value.clone(),
        })
        .collect();
    if changes.is_empty() {
        return Answer::text(message, "nothing changed\n".to_owned());
    }
    let rows: Vec<_> = changes.iter().map(Changed).collect();
    Ok(Answer::text(message, format!("preset: {}\n", after.preset))?.and_table(Table::of(&rows)))
}

/// A setting that was changed.
struct Changed<'a>(&'a FieldChange);

impl Row for Changed<'_> {
    const COLUMNS: &'static [&'static str] = &["SETTING", "BEFORE", "NOW"];

    fn cells(&self) -> Vec<Cell> {
        cells![&self.0.field, &self.0.before, &self.0.after]
    }
}

fn preview(preview: &PreviewPolicyResponse) -> Result<Answer, Failure> {
    let answer = Answer::new(preview)?.and_table(Table::of(&preview.changes));
    Ok(answer.and_table(Table::of(&preview.effects)))
}

fn parse_setting(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("a setting is KEY=VALUE".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_that_there_is_not_is_told_with_the_one_that_was_meant() {
        let setting = |key: &str| PolicySetting {
            key: key.into(),
            ..PolicySetting::default()
        };
        let policy = Policy {
            settings: vec![setting("groups.sync"), setting("tokens.max_active")],
            ..Policy::default()
        };
        assert_eq!(check_key("groups.sync", &policy), Ok(()));
        let told = check_key("group.sync", &policy).unwrap_err().to_string();
        assert!(
            told.ends_with("does not exist; did you mean \"groups.sync\"?"),
            "{told}"
        );
    }

    #[test]
    fn a_setting_is_a_key_and_a_value() {
        assert_eq!(parse_setting("a.b=c=d"), Ok(("a.b".into(), "c=d".into())));
        assert_eq!(parse_setting("a="), Ok(("a".into(), String::new())));
        assert!(parse_setting("a").is_err() && parse_setting("=b").is_err());
    }
}
