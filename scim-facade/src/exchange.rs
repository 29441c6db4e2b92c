//! One HTTP request, as the endpoints see it.

use std::sync::{Arc, OnceLock};

use axum::{
    body::{Body, HttpBody as _},
    extract::FromRequestParts,
};
use http::{HeaderMap, HeaderValue, StatusCode, request::Parts};
use serde_json::{Map, Value};
use tokio::time::Instant;

use crate::{
    address,
    attributes::ResourceKind,
    base::{Mount, base_url},
    body,
    call::Call,
    error::{Result, ScimError},
    headers, json,
    limits::{LARGE_BODY_BYTES, MAX_BODY_BYTES, TRUSTED_BODY_BYTES},
    projection::Projection,
    query::Query,
    server::Facade,
    session::Session,
    shares::Share,
    view::View,
    work::Length,
};

/// What was decided about a request when it came in.
#[derive(Clone, Debug)]
pub(crate) struct Arrival {
    /// Its id, the client's or a new one.
    pub request_id: HeaderValue,
    /// When the client must have its answer.
    pub deadline: Instant,
    /// The path it came by.
    pub mount: Mount,
}

/// A request with a bearer token in the right form.
pub(crate) struct Exchange {
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

impl FromRequestParts<Arc<Facade>> for Exchange {
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

fn arrival(parts: &Parts) -> Result<&Arrival> {
    parts.extensions.get().ok_or_else(|| {
        tracing::error!("the router has lost its outer layer");
        ScimError::plain(StatusCode::INTERNAL_SERVER_ERROR, "internal error")
    })
}

fn session(parts: &Parts, facade: &Arc<Facade>) -> Result<Session> {
    let bearer = headers::bearer(&parts.headers)?;
    let arrival = arrival(parts)?;
    let call = Call::new(
        facade.core.clone(),
        bearer,
        arrival.request_id.clone(),
        arrival.deadline,
    );
    let call = if headers::asks_for_a_trial(&parts.headers)? {
        call.trying()
    } else {
        call
    };
    let call = call.at(address::of_client(parts, &facade.options.trusted_proxies));
    Ok(Session::new(Arc::clone(facade), call))
}

fn base(parts: &Parts, facade: &Facade) -> Result<String> {
    let mount = arrival(parts)?.mount;
    Ok(base_url(
        facade.options.public_url.as_ref(),
        mount,
        &parts.uri,
        &parts.headers,
    ))
}

impl Exchange {
    /// The same request about what is no resource of SCIM, or about the caller itself.
    pub(crate) fn of_any_token(mut self) -> Self {
        self.session.call = self.session.call.of_any_token();
        self
    }

    /// Reads the body. One that is large, or does not say how large it is, is read only from those whose token is good.
    pub(crate) async fn read_object(&self, body: Body) -> Result<Map<String, Value>> {
        let size = body.size_hint().upper();
        if size.is_none_or(|bytes| bytes > TRUSTED_BODY_BYTES) {
            self.session.context().await?;
        }
        let size = size.and_then(|bytes| bytes.try_into().ok());
        let bytes = body::read(&self.headers, body, async || {
            let room = self.session.room_for(size.unwrap_or(MAX_BODY_BYTES)).await?;
            // A request has one body.
            let _ = self.room.set(room);
            Ok(())
        });
        let bytes = bytes.await?;
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
