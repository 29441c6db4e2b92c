//! One HTTP request, as the endpoints see it.

use std::sync::{Arc, OnceLock};

use axum::{
    body::{Body, HttpBody as _},
    extract::FromRequestParts,
};
use http::{HeaderMap, HeaderValue, StatusCode, request::Parts};
use serde_json::{Map, Value};
use tokio::time::{Instant, timeout};

use crate::{
    attributes::ResourceKind,
    base::{Mount, base_url},
    body,
    call::Call,
    error::{Result, ScimError},
    headers, json,
    limits::{LARGE_BODY_BYTES, MAX_BODY_BYTES, MAX_TRUSTED_BODY_TIME, TOO_SLOW, TRUSTED_BODY_BYTES},
    projection::Projection,
    provisioning_log::{Notes, Request as Recorded},
    query::Query,
    server::Facade,
    session::Session,
    shares::Share,
    view::View,
    work::Length,
};

/// Decisions about a request that were made when it came in.
#[derive(Clone, Debug)]
pub(crate) struct RequestMeta {
    /// The token as `Bearer …`, or why there is none.
    pub bearer: Result<HeaderValue>,
    /// The request as the provisioning log shows it; `None`: it is not recorded.
    pub recorded: Option<Recorded>,
    /// Facts that its handler finds out.
    pub notes: Notes,
    /// Its id, the client's or a new one.
    pub request_id: HeaderValue,
    /// When the client must have its answer.
    pub deadline: Instant,
    /// The path it came by.
    pub mount: Mount,
    /// Where the client is; `None`: the listener did not say.
    pub address: Option<HeaderValue>,
}

/// A request with a bearer token in the right form.
pub(crate) struct ScimRequest {
    /// The way to the core.
    pub session: Session,
    /// The request's headers.
    pub headers: HeaderMap,
    /// The request's query.
    pub query: Query,
    /// The base of URLs in the answer.
    pub base: String,
    /// Room for a large body, held until the answer is there.
    room: OnceLock<Share>,
}

impl FromRequestParts<Arc<Facade>> for ScimRequest {
    type Rejection = ScimError;

    async fn from_request_parts(parts: &mut Parts, facade: &Arc<Facade>) -> Result<Self> {
        Ok(Self {
            session: session(parts, facade)?,
            query: Query::parse(parts.uri.query())?,
            base: base(parts, facade)?,
            headers: std::mem::take(&mut parts.headers),
            room: OnceLock::new(),
        })
    }
}

fn request_meta(parts: &Parts) -> Result<&RequestMeta> {
    parts.extensions.get().ok_or_else(|| {
        tracing::error!("the router has lost its outer layer");
        ScimError::plain(StatusCode::INTERNAL_SERVER_ERROR, "internal error")
    })
}

fn session(parts: &Parts, facade: &Arc<Facade>) -> Result<Session> {
    let request_meta = request_meta(parts)?;
    let call = Call::new(
        facade.core.clone(),
        request_meta.bearer.clone()?,
        request_meta.request_id.clone(),
        request_meta.deadline,
    );
    let call = if headers::requests_dry_run(&parts.headers)? {
        call.dry_run()
    } else {
        call
    };
    let call = call
        .at(request_meta.address.clone())
        .noting(request_meta.notes.clone());
    Ok(Session::new(Arc::clone(facade), call))
}

fn base(parts: &Parts, facade: &Facade) -> Result<String> {
    let mount = request_meta(parts)?.mount;
    Ok(base_url(
        facade.options.public_url.as_ref(),
        mount,
        &parts.uri,
        &parts.headers,
    ))
}

impl ScimRequest {
    /// The same request about what is no resource of SCIM, or about the caller itself.
    pub(crate) fn of_any_token(mut self) -> Self {
        self.session.call = self.session.call.of_any_token();
        self
    }

    /// Reads the body. One that is large, or does not say how large it is, is read only from those whose token is good; a small one
    /// from anybody, but not for long.
    pub(crate) async fn read_object(&self, body: Body) -> Result<Map<String, Value>> {
        let size = body.size_hint().upper();
        let is_small = size.is_some_and(|bytes| bytes <= TRUSTED_BODY_BYTES);
        if !is_small {
            self.session.context().await?;
        }
        let size = size.and_then(|bytes| bytes.try_into().ok());
        let reading = body::read(&self.headers, body, async || {
            let room = self.session.room_for(size.unwrap_or(MAX_BODY_BYTES)).await?;
            // A request has one body.
            let _ = self.room.set(room);
            Ok(())
        });
        let bytes = if is_small {
            let too_slow = |_| ScimError::plain(StatusCode::REQUEST_TIMEOUT, TOO_SLOW);
            timeout(MAX_TRUSTED_BODY_TIME, reading).await.map_err(too_slow)?
        } else {
            reading.await
        };
        let bytes = bytes?;
        let length = Length::long_if(bytes.len() > LARGE_BODY_BYTES);
        self.session
            .work_out(length, move || json::read_object(&bytes))
            .await?
    }

    /// How resources of this kind look in the answer.
    pub(crate) async fn view(&self, kind: ResourceKind) -> Result<View> {
        let attributes = joined(self.query.all("attributes"));
        let excluded = joined(self.query.all("excludedAttributes"));
        let (attributes, excluded) = (attributes.as_deref(), excluded.as_deref());
        let tables = self.session.tables_for(&[attributes, excluded]).await?;
        let projection = Projection::parse(attributes, excluded, tables.of(kind))?;
        Ok(View::new(
            self.base.clone(),
            projection,
            tables,
            kind,
            &self.session.work,
        ))
    }
}

/// Parameters that are lists may be repeated.
pub(crate) fn joined<'a>(values: impl Iterator<Item = &'a str>) -> Option<String> {
    values
        .map(str::to_owned)
        .reduce(|all, value| format!("{all},{value}"))
}
