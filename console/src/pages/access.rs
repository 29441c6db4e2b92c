//! A place to try access checks: who may do what, and why.

use askama::Template;
use axum::extract::{Path, Query};
use identity_proto::v1::{
    AccessCheck, AccessDenial, CheckAccessRequest, Consistency, ExplainAccessRequest, ListProjectsRequest,
    LookupUserRequest, consistency::Requirement, lookup_user_request::Key,
};
use serde::Deserialize;

use super::{Page, show};
use crate::{
    refusal::Result,
    request::Visitor,
    view::{Frame, plain, word},
};

/// Characters of an id: what has another number of them is a name.
const ID_LENGTH: usize = 36;
/// Projects to choose from.
const MAX_PROJECTS: i32 = 200;

/// A question.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Question {
    user: String,
    permission: String,
    project: String,
}

#[derive(Template)]
#[template(path = "access.html")]
struct AccessPage {
    frame: Frame,
    question: Question,
    projects: Vec<(String, String, bool)>,
    answer: Option<Decision>,
}

struct Decision {
    allowed: bool,
    reason: String,
    sentences: Vec<String>,
}

/// Asks, if a user and a permission are given.
pub(super) async fn page(
    visitor: Visitor,
    Path(org): Path<String>,
    Query(question): Query<Question>,
) -> Page {
    let request = ListProjectsRequest {
        organization: org.clone(),
        page_size: MAX_PROJECTS,
        ..ListProjectsRequest::default()
    };
    let projects = visitor.client.projects().list_projects(request).await;
    let projects = projects.map(|it| it.into_inner().projects).unwrap_or_default();
    let projects = projects.into_iter().map(|project| {
        let is_chosen = project.id == question.project;
        (project.id, plain(&project.name), is_chosen)
    });
    let is_asked = !question.user.trim().is_empty() && !question.permission.trim().is_empty();
    let mut answer = None;
    if is_asked {
        answer = Some(ask(&visitor, &org, &question).await?);
    }
    show(&AccessPage {
        frame: visitor.frame(&org, "access", "Access"),
        projects: projects.collect(),
        question,
        answer,
    })
}

async fn ask(visitor: &Visitor, org: &str, question: &Question) -> Result<Decision> {
    let user_id = user_id(visitor, org, question.user.trim()).await?;
    let mut client = visitor.client.access();
    let request = CheckAccessRequest {
        organization: org.to_owned(),
        check: Some(AccessCheck {
            user_id: user_id.clone(),
            permission: question.permission.trim().to_owned(),
            project_id: question.project.clone(),
        }),
        consistency: Some(Consistency {
            requirement: Some(Requirement::FullyConsistent(true)),
        }),
    };
    let decision = client.check_access(request).await?.into_inner();
    let request = ExplainAccessRequest {
        organization: org.to_owned(),
        user_id,
        project_id: question.project.clone(),
        permission: question.permission.trim().to_owned(),
    };
    let explained = client.explain_access(request).await?.into_inner();
    let reason = match decision.denial() {
        AccessDenial::Unspecified => String::new(),
        denial => word(denial.as_str_name(), "ACCESS_DENIAL"),
    };
    Ok(Decision {
        allowed: decision.allowed,
        reason,
        sentences: explained.sentences.iter().map(|it| plain(it)).collect(),
    })
}

/// The id of a user that is named by it or by its user name.
async fn user_id(visitor: &Visitor, org: &str, name: &str) -> Result<String> {
    let is_id = name.chars().all(|it| it.is_ascii_hexdigit() || it == '-');
    if name.len() == ID_LENGTH && is_id {
        return Ok(name.to_owned());
    }
    let request = LookupUserRequest {
        organization: org.to_owned(),
        key: Some(Key::UserName(name.to_owned())),
    };
    let found = visitor.client.users().lookup_user(request).await?.into_inner();
    Ok(found.user.unwrap_or_default().id)
}
