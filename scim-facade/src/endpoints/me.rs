//! `/Me`. RFC 7644, section 3.11: the person whose token it is. A token of a connection or a service belongs to nobody.

use http::{Method, StatusCode, header::IF_NONE_MATCH};
use identity_proto::v1::User;

use crate::{
    answer::Answer,
    attributes::ResourceKind,
    error::{Result, ScimError},
    etag::Condition,
    scim_request::ScimRequest,
};

/// How the core's `GetUser` is asked for the caller itself.
const MYSELF: &str = "me";

/// `GET /Me`.
pub(crate) async fn read(scim_request: ScimRequest) -> Result<Answer> {
    let scim_request = scim_request.of_any_token();
    let known = Condition::read(&scim_request.headers, &IF_NONE_MATCH)?;
    let user = person(&scim_request).await?;
    if known.holds_for(&user.etag) {
        return Ok(Answer::empty(StatusCode::NOT_MODIFIED).version(&user.etag));
    }
    let view = scim_request.view(ResourceKind::User).await?;
    let answer = Answer::json(StatusCode::OK, &view.user(&user))?;
    Ok(answer.version(&user.etag).at(view.location(&user.id)))
}

/// Every other method: sent on to where the person is, but for `POST`, which would make what is there already.
pub(crate) async fn elsewhere(method: Method, scim_request: ScimRequest) -> Result<Answer> {
    let scim_request = scim_request.of_any_token();
    let user = person(&scim_request).await?;
    if method == Method::POST {
        return Err(unsupported("/Me: cannot be created"));
    }
    let location = [&scim_request.base, ResourceKind::User.endpoint(), "/", &user.id].concat();
    Ok(Answer::empty(StatusCode::PERMANENT_REDIRECT).at(location))
}

async fn person(scim_request: &ScimRequest) -> Result<User> {
    match scim_request.session.call.get_user(MYSELF.to_owned()).await {
        Err(error) if error.status == StatusCode::NOT_FOUND => {
            Err(unsupported("/Me: the token belongs to no person"))
        }
        found => found,
    }
}

fn unsupported(detail: &'static str) -> ScimError {
    ScimError::plain(StatusCode::NOT_IMPLEMENTED, detail)
}
