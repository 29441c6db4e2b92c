//! The pages, and THE table of their paths.

mod access;
mod changes;
mod connections;
mod groups;
mod organizations;
mod people;
mod policy;
mod provisioning;
mod roles;
mod sign_in;
mod tokens;

use std::sync::Arc;

use askama::Template;
use axum::{
    Router,
    response::Html,
    routing::{get, post},
};

use crate::{
    Console, answer,
    refusal::{Refusal, Result},
    request::Visitor,
    view::Frame,
};

/// Paths that are served without a session.
pub(crate) const PUBLIC: [&str; 3] = ["/sign-in", "/style.css", "/icon.svg"];
/// Rows of a page of a list.
const PAGE_SIZE: i32 = 50;

/// The table of paths. What is posted changes something; what is got does not.
pub(crate) fn routes() -> Router<Arc<Console>> {
    Router::new()
        .route("/sign-in", get(sign_in::page).post(sign_in::sign_in))
        .route("/sign-out", post(sign_in::sign_out))
        .route("/style.css", get(answer::style))
        .route("/icon.svg", get(answer::icon))
        .route("/", get(organizations::list))
        .route("/o/{org}", get(organizations::overview))
        .route("/o/{org}/connections/{id}", get(connections::page))
        .route("/o/{org}/connections/{id}/{act}", post(connections::act))
        .route("/o/{org}/tokens", get(tokens::list))
        .route("/o/{org}/tokens/{id}/{act}", post(tokens::act))
        .route("/o/{org}/provisioning", get(provisioning::list))
        .route("/o/{org}/people", get(people::list))
        .route("/o/{org}/people/{id}", get(people::page))
        .route("/o/{org}/people/{id}/{act}", post(people::act))
        .route("/o/{org}/groups", get(groups::list))
        .route("/o/{org}/groups/{id}", get(groups::page))
        .route("/o/{org}/roles", get(roles::list))
        .route("/o/{org}/policy", get(policy::page))
        .route("/o/{org}/policy/{act}", post(policy::act))
        .route("/o/{org}/changes", get(changes::list))
        .route("/o/{org}/changes/undo/{act}", post(changes::undo))
        .route("/o/{org}/access", get(access::page))
        .fallback(async || Refusal::NotFound)
}

/// A page as the answer.
type Page = Result<Html<String>>;

fn show(page: &impl Template) -> Page {
    Ok(Html(page.render()?))
}

impl Visitor {
    /// The frame of a page of an organization.
    fn frame(&self, org: &str, tab: &'static str, title: impl Into<String>) -> Frame {
        Frame {
            title: title.into(),
            org: org.to_owned(),
            tab,
            form_token: self.form_token.clone(),
            request_id: self.request_id.clone(),
        }
    }
}
