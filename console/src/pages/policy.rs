//! The provisioning policy: its settings, and the effect of a change before it is made.

use std::collections::HashMap;

use askama::Template;
use axum::{
    extract::{Path, Query},
    response::{IntoResponse as _, Redirect, Response},
};
use identity_proto::v1::{
    GetPolicyRequest, PolicyEffect, PolicySetting, PreviewPolicyRequest, UpdatePolicyRequest,
};
use serde::Deserialize;

use super::{Page, show};
use crate::{
    refusal::{Refusal, Result},
    request::{Posted, Visitor},
    view::{Frame, encoded, plain},
};

#[derive(Template)]
#[template(path = "policy.html")]
struct PolicyPage {
    frame: Frame,
    preset: String,
    is_compared: bool,
    settings: Vec<SettingRow>,
}

struct SettingRow {
    setting: PolicySetting,
    /// Value that the preset has, if it is another one.
    of_preset: Option<String>,
}

/// Set to compare the policy with its preset.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct View {
    compare: String,
}

/// Shows the policy.
pub(super) async fn page(visitor: Visitor, Path(org): Path<String>, Query(view): Query<View>) -> Page {
    let mut client = visitor.client.policies();
    let request = GetPolicyRequest {
        organization: org.clone(),
    };
    let policy = client
        .get_policy(request)
        .await?
        .into_inner()
        .policy
        .unwrap_or_default();
    // A preview of the preset shows where the policy differs from it. It may look at all users, so only if asked to.
    let mut changes = Vec::new();
    if !view.compare.is_empty() {
        let request = PreviewPolicyRequest {
            organization: org.clone(),
            preset: policy.preset.clone(),
            ..PreviewPolicyRequest::default()
        };
        changes = client.preview_policy(request).await?.into_inner().changes;
    }
    let of_preset = |key: &str| {
        let change = changes.iter().find(|change| change.field == key)?;
        Some(change.after.trim_matches('"').to_owned())
    };
    let settings = policy.settings.iter().map(|setting| SettingRow {
        of_preset: of_preset(&setting.key),
        setting: setting.clone(),
    });
    show(&PolicyPage {
        frame: visitor.frame(&org, "policy", "Policy"),
        settings: settings.collect(),
        preset: policy.preset,
        is_compared: !view.compare.is_empty(),
    })
}

/// A setting and its new value.
#[derive(Deserialize)]
pub(super) struct Change {
    key: String,
    #[serde(default)]
    value: String,
}

#[derive(Template)]
#[template(path = "policy_preview.html")]
struct PreviewPage {
    frame: Frame,
    key: String,
    value: String,
    changes: Vec<(String, String, String)>,
    effects: Vec<PolicyEffect>,
}

/// Previews a change, or makes it.
pub(super) async fn act(
    Path((org, act)): Path<(String, String)>,
    posted: Posted<Change>,
) -> Result<Response> {
    let Posted { visitor, fields } = posted;
    let mut client = visitor.client.policies();
    let settings = HashMap::from([(fields.key.clone(), fields.value.clone())]);
    match act.as_str() {
        "preview" => {
            let request = PreviewPolicyRequest {
                organization: org.clone(),
                settings,
                ..PreviewPolicyRequest::default()
            };
            let preview = client.preview_policy(request).await?.into_inner();
            let changes = preview.changes.iter();
            let changes = changes.map(|it| (it.field.clone(), plain(&it.before), plain(&it.after)));
            let page = PreviewPage {
                frame: visitor.frame(&org, "policy", "Preview of the change"),
                key: fields.key,
                value: fields.value,
                changes: changes.collect(),
                effects: preview.effects,
            };
            Ok(show(&page)?.into_response())
        }
        "apply" => {
            let request = UpdatePolicyRequest {
                organization: org.clone(),
                settings,
                ..UpdatePolicyRequest::default()
            };
            client.update_policy(request).await?;
            Ok(Redirect::to(&format!("/o/{}/policy", encoded(&org))).into_response())
        }
        _ => Err(Refusal::NotFound),
    }
}
