//! `roster policy`.

use std::collections::HashMap;

use clap::Subcommand;
use identity_proto::v1::{
    GetPolicyRequest, Policy, PreviewPolicyRequest, PreviewPolicyResponse, UpdatePolicyRequest,
};
use prost::{Message, Name};

use super::{
    InOrg,
    output::{Answer, Table},
    session::Session,
};
use crate::failure::Failure;

/// The commands about the policy.
#[derive(Debug, Subcommand)]
pub(crate) enum PolicyCommand {
    /// Show every setting, its allowed values and its meaning
    #[command(after_help = "Example:\n  roster policy get --org acme")]
    Get {
        #[command(flatten)]
        org: InOrg,
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
            Self::Get { org } => {
                let request = GetPolicyRequest {
                    organization: org.org,
                };
                let found = session.policies().get_policy(request).await?.into_inner();
                show(&found, found.policy.as_ref())
            }
            Self::Set {
                org,
                preview: true,
                preset,
                settings,
            } => {
                let request = PreviewPolicyRequest {
                    organization: org.org,
                    preset,
                    settings: settings.into_iter().collect(),
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
                    settings: settings.into_iter().collect::<HashMap<_, _>>(),
                    ..Default::default()
                };
                let mut policies = session.policies();
                let before = policies.get_policy(GetPolicyRequest {
                    organization: org.org,
                });
                // Who may change a policy but not read it is shown all of the new one.
                let before = before.await.ok().and_then(|found| found.into_inner().policy);
                let after = session.policies().update_policy(request).await?.into_inner();
                let Some(policy) = &after.policy else {
                    return show(&after, None);
                };
                changed(&after, &before.unwrap_or_default(), policy)
            }
        }
    }
}

fn show<M: Message + Name>(message: &M, policy: Option<&Policy>) -> Result<Answer, Failure> {
    let policy = policy.cloned().unwrap_or_default();
    Answer::text(
        message,
        format!("preset: {}\n\n{}", policy.preset, Table::of(&policy.settings)),
    )
}

/// Shows the settings that differ from what they were.
fn changed<M: Message + Name>(message: &M, before: &Policy, after: &Policy) -> Result<Answer, Failure> {
    let settings: Vec<_> = after
        .settings
        .iter()
        .filter(|setting| !before.settings.contains(setting))
        .cloned()
        .collect();
    let text = match &settings[..] {
        [] => "nothing changed\n".to_owned(),
        settings => format!("preset: {}\n\n{}", after.preset, Table::of(settings)),
    };
    Answer::text(message, text)
}

fn preview(preview: &PreviewPolicyResponse) -> Result<Answer, Failure> {
    let changes = Table::of(&preview.changes);
    let effects = Table::of(&preview.effects);
    Answer::text(preview, format!("{changes}\n{effects}"))
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
    fn a_setting_is_a_key_and_a_value() {
        assert_eq!(parse_setting("a.b=c=d"), Ok(("a.b".into(), "c=d".into())));
        assert_eq!(parse_setting("a="), Ok(("a".into(), String::new())));
        assert!(parse_setting("a").is_err() && parse_setting("=b").is_err());
    }
}
