//! Finding connections, and how many there may be.

use std::time::Duration;

use crate::{
    connection::{Connection, IdpKind},
    deactivation_safeguard::{DeactivationSafeguard, SafeguardState},
    directory::input::SafeguardLimits,
    error::{Error, Resource, Result, Rule},
    id::Id,
    policy::{Limit, Policy},
    store::Reader,
    text::fold,
};

/// Connections that are read at a time.
const BATCH: i64 = 1000;

/// All connections of an organization, in order of creation. The policy keeps them few.
pub(in crate::directory) async fn all(reader: &mut dyn Reader, organization: Id) -> Result<Vec<Connection>> {
    let mut connections = Vec::new();
    let mut after = None;
    loop {
        let batch = reader.connections(organization, after, BATCH).await?;
        after = batch.last().map(|last| last.id);
        connections.extend(batch);
        if after.is_none() || connections.len() % usize::try_from(BATCH).unwrap_or(usize::MAX) != 0 {
            return Ok(connections);
        }
    }
}

/// The connection with this id or, without case, this name.
pub(in crate::directory) async fn find(
    reader: &mut dyn Reader,
    organization: Id,
    name: &str,
) -> Result<Option<Connection>> {
    if let Some(id) = Id::parse(name) {
        return reader.connection(organization, id).await;
    }
    Ok(named(all(reader, organization).await?, name))
}

/// The one with this name, without case.
pub(super) fn named(connections: Vec<Connection>, name: &str) -> Option<Connection> {
    let key = fold(name);
    connections
        .into_iter()
        .find(|connection| fold(&connection.name) == key)
}

/// The longest window of a safeguard.
const MAX_WINDOW: Duration = Duration::from_hours(31 * 24);
/// The largest number of deactivations that a safeguard can let pass in a window.
const MAX_COUNT: i64 = 1_000_000;

/// A safeguard with other limits. What it counted was under the old ones, so it begins anew; a decision that is due or made stays, unless
/// there is no limit any more.
pub(super) fn limited(
    safeguard: DeactivationSafeguard,
    limits: SafeguardLimits,
) -> Result<DeactivationSafeguard> {
    let after = DeactivationSafeguard {
        count: limits.count.unwrap_or(safeguard.count),
        share: limits.share.unwrap_or(safeguard.share),
        window: limits.window.unwrap_or(safeguard.window),
        ..safeguard
    };
    if !(0..=MAX_COUNT).contains(&after.count) {
        return Err(Error::invalid(
            "brake_count",
            format!("must be from 0 to {MAX_COUNT}"),
        ));
    }
    if !(0..=100).contains(&after.share) {
        return Err(Error::invalid("brake_share_percent", "must be from 0 to 100"));
    }
    if after.window < Duration::from_secs(1) || after.window > MAX_WINDOW {
        return Err(Error::invalid("brake_window", "must be from a second to 31 days"));
    }
    let window = Duration::from_secs(after.window.as_secs());
    let after = DeactivationSafeguard { window, ..after };
    let begins_anew = safeguard.state == SafeguardState::Ready || !after.is_on();
    Ok(if after == safeguard || !begins_anew {
        after
    } else {
        after.reset()
    })
}

/// Refuses a kind of identity provider that the policy does not expect. Where it expects any other, it expects all.
pub(super) fn refuse_unexpected_kind(policy: &Policy, kind: IdpKind) -> Result<()> {
    let expected = &policy.idp_kind;
    if expected.is_empty() || expected.contains(&IdpKind::Generic) || expected.contains(&kind) {
        return Ok(());
    }
    Err(Error::RuleBroken(Rule::PolicyForbids("idp.kind")))
}

/// A connection that exists.
pub(super) async fn live(reader: &mut dyn Reader, organization: Id, id: Id) -> Result<Connection> {
    let connection = reader.connection(organization, id).await?;
    connection.ok_or_else(|| Error::not_found(Resource::Connection, id))
}

/// Refuses one connection more than the policy allows.
pub(super) fn refuse_one_too_many(existing: usize, maximum: Limit) -> Result<()> {
    let fits = |maximum| u32::try_from(existing).is_ok_and(|existing| existing < maximum);
    if maximum.number().is_none_or(fits) {
        return Ok(());
    }
    Err(Error::RuleBroken(Rule::PolicyForbids("connections.max")))
}

/// Refuses a name that another connection has.
pub(super) fn refuse_taken_name(connections: Vec<Connection>, wanted: &Connection) -> Result<()> {
    match named(connections, &wanted.name) {
        Some(other) if other.id != wanted.id => Err(Error::AlreadyExists {
            resource: Resource::Connection,
            field: "name",
        }),
        _ => Ok(()),
    }
}
