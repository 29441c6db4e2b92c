//! The endpoints: a file for each, with its handlers and what `/Bulk` shares with them.

pub(crate) mod bulk;
pub(crate) mod discovery;
pub(crate) mod groups;
mod list;
mod members;
pub(crate) mod search;
pub(crate) mod users;

use http::StatusCode;

use crate::{
    error::{Result, ScimError},
    exchange::Exchange,
};

/// `/Me`. RFC 7644, section 3.11: 501 where it does not exist; a token here is a client's, not a user's.
pub(crate) async fn me(exchange: Exchange) -> Result<()> {
    exchange.session.context().await?;
    Err(ScimError::plain(
        StatusCode::NOT_IMPLEMENTED,
        "/Me is not supported: a SCIM token belongs to no user",
    ))
}
