//! Facts by which doctor judges.

use identity_proto::v1::{Connection, ConnectionHealth, Organization};

use super::http::{HttpAnswer, NoAnswer};

/// Facts that were found out about a deployment; what could not be found out is absent.
#[derive(Debug, Default)]
pub(super) struct Facts {
    /// Address of the gRPC service.
    pub(super) endpoint: String,
    /// Cause for which the gRPC service was not reached.
    pub(super) unreachable: Option<String>,
    /// Refusal of the command line's token.
    pub(super) refused: Option<Refused>,
    /// Seconds by which the server's clock is ahead of this one's.
    pub(super) clock_ahead: Option<i64>,
    /// The organization.
    pub(super) organization: Option<Organization>,
    /// Its connections.
    pub(super) connections: Vec<Examined>,
    /// The SCIM base URL as the identity provider has it, and what comes of it.
    pub(super) base: Option<Base>,
    /// Base URL that the server tells.
    pub(super) told_base: String,
    /// Answers to what identity providers ask first, with the token of one.
    pub(super) sequence: Vec<(&'static str, Result<HttpAnswer, NoAnswer>)>,
}

/// Refusal of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    /// It does not hold.
    Unknown,
    /// It may not do that.
    Insufficient,
}

/// A connection that was examined.
#[derive(Debug, Default)]
pub(super) struct Examined {
    pub(super) connection: Connection,
    pub(super) health: ConnectionHealth,
    /// Number of its tokens; `None`: not known.
    pub(super) tokens: Option<usize>,
    /// Cause for which the keys of its issuer cannot be fetched.
    pub(super) keys: Option<String>,
}

/// A base URL.
#[derive(Debug, Default)]
pub(super) struct Base {
    /// The URL.
    pub(super) url: String,
    /// Answer of `/ServiceProviderConfig` below it, without a token.
    pub(super) answer: Option<Result<HttpAnswer, NoAnswer>>,
    /// Answer of `/metrics` on its host.
    pub(super) metrics: Option<HttpAnswer>,
}
