//! The id under which the log and the change log know a request.

use http::{Extensions, HeaderMap, HeaderValue, Response};
use identity_core::{id::Id, platform::Platform};
use tonic::body::Body;

const HEADER: &str = "x-request-id";
/// Characters of an id that a client may give.
const MAX_LENGTH: usize = 128;

/// A request's id: visible ASCII.
#[derive(Clone, Debug)]
pub(crate) struct RequestId(HeaderValue);

impl RequestId {
    /// The id that the client gave, if it is one, else a new one.
    pub(super) fn accept(headers: &HeaderMap, platform: &dyn Platform) -> Self {
        let given = headers.get(HEADER).filter(|value| acceptable(value));
        Self(given.cloned().unwrap_or_else(|| generate(platform)))
    }

    /// The id of a call that passed the layers; empty for one that did not.
    pub(crate) fn of(extensions: &Extensions) -> Self {
        let id = extensions.get::<Self>().cloned();
        id.unwrap_or(Self(HeaderValue::from_static("")))
    }

    pub(crate) fn as_str(&self) -> &str {
        self.0.to_str().unwrap_or_default()
    }

    /// Tells the client, so that it can name the request to whoever reads the log.
    pub(super) fn write_to(&self, response: &mut Response<Body>) {
        let mut id = self.0.clone();
        // No secret, but nothing that comes again: so HTTP/2 does not put it into its table of recent values, at both ends.
        id.set_sensitive(true);
        response.headers_mut().insert(HEADER, id);
    }
}

fn acceptable(value: &HeaderValue) -> bool {
    let bytes = value.as_bytes();
    (1..=MAX_LENGTH).contains(&bytes.len()) && bytes.iter().all(u8::is_ascii_graphic)
}

fn generate(platform: &dyn Platform) -> HeaderValue {
    let id = Id::generate(platform).to_string();
    HeaderValue::try_from(id).unwrap_or(HeaderValue::from_static(""))
}
