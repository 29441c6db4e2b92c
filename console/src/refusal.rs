//! Pages for what cannot be shown or done.

use askama::Template;
use axum::response::{Html, IntoResponse, Redirect, Response};
use http::StatusCode;
use tonic::{Code, Status};

/// Where a browser without a session goes.
pub(crate) const SIGN_IN: &str = "/sign-in";

/// Reason why a page is not shown or a change not made.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// There is no session, or the core takes its token no more.
    SignedOut,
    /// There is no such page.
    NotFound,
    /// The form did not come from a page of this session.
    Forged,
    /// The core refused.
    Core(Status),
    /// A defect of the console.
    Defect,
}

/// Result of a handler.
pub(crate) type Result<T, E = Refusal> = std::result::Result<T, E>;

impl From<Status> for Refusal {
    fn from(status: Status) -> Self {
        match status.code() {
            Code::Unauthenticated => Self::SignedOut,
            _ => Self::Core(status),
        }
    }
}

impl From<askama::Error> for Refusal {
    fn from(cause: askama::Error) -> Self {
        tracing::error!(%cause, "a page of the console could not be made");
        Self::Defect
    }
}

#[derive(Template)]
#[template(path = "refusal.html")]
struct RefusalPage<'a> {
    title: &'a str,
    detail: &'a str,
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (status, title, detail) = match &self {
            Self::SignedOut => return Redirect::to(SIGN_IN).into_response(),
            Self::NotFound => (StatusCode::NOT_FOUND, "Not found", "There is no such page."),
            Self::Forged => (
                StatusCode::FORBIDDEN,
                "Nothing was changed",
                "The form did not come from a page of this session. Open the page again and repeat it.",
            ),
            Self::Defect => (
                StatusCode::INTERNAL_SERVER_ERROR,
                "Something went wrong",
                "The page could not be made. The server's log has the reason.",
            ),
            Self::Core(status) => {
                let (code, title) = of_core(status.code());
                (code, title, status.message())
            }
        };
        let page = RefusalPage { title, detail }.render();
        (status, Html(page.unwrap_or_else(|_| title.to_owned()))).into_response()
    }
}

fn of_core(code: Code) -> (StatusCode, &'static str) {
    match code {
        Code::PermissionDenied => (StatusCode::FORBIDDEN, "Your token may not do this"),
        Code::NotFound => (StatusCode::NOT_FOUND, "Not found"),
        Code::Unavailable | Code::DeadlineExceeded => (StatusCode::SERVICE_UNAVAILABLE, "Try again"),
        Code::ResourceExhausted => (StatusCode::TOO_MANY_REQUESTS, "Too much at a time"),
        Code::Aborted | Code::AlreadyExists | Code::FailedPrecondition => {
            (StatusCode::CONFLICT, "Nothing was changed")
        }
        Code::InvalidArgument | Code::OutOfRange => (StatusCode::BAD_REQUEST, "Nothing was changed"),
        _ => (StatusCode::INTERNAL_SERVER_ERROR, "Something went wrong"),
    }
}
