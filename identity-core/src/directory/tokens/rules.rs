//! The rules of tokens.

use crate::{
    error::{Error, Resource, Result, Rule},
    id::Id,
    platform::Timestamp,
    policy::Limit,
    store::Reader,
    token::Token,
};

/// Tokens that are read at a time.
const BATCH: i64 = 1000;
/// Tokens that a user or service account may have.
const MAX_TOKENS_OF_OWNER: usize = 100;
/// Projects that a token or service account may be limited to.
const MAX_PROJECTS: usize = 100;

/// A token that exists.
pub(super) async fn live(reader: &mut dyn Reader, organization: Id, id: Id) -> Result<Token> {
    let token = reader.token(organization, id).await?;
    token.ok_or_else(|| Error::not_found(Resource::Token, id))
}

/// All tokens of a connection, expired ones included.
pub(in crate::directory) async fn of_connection(
    reader: &mut dyn Reader,
    organization: Id,
    connection: Id,
) -> Result<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut after = None;
    loop {
        let batch = reader
            .tokens(organization, Some(connection), after, BATCH)
            .await?;
        after = batch.last().map(|last| last.id);
        if after.is_none() {
            return Ok(tokens);
        }
        tokens.extend(batch);
    }
}

/// Refuses an end that is not to come.
pub(super) fn refuse_past(expires_at: Option<Timestamp>, now: Timestamp) -> Result<()> {
    match expires_at {
        Some(end) if end <= now => Err(Error::invalid("expire_time", "must be in the future")),
        _ => Ok(()),
    }
}

/// Refuses one more token of a connection than the policy allows. Expired ones do not count.
pub(super) async fn refuse_one_too_many(
    reader: &mut dyn Reader,
    organization: Id,
    connection: Id,
    maximum: Limit,
    now: Timestamp,
) -> Result<()> {
    let Some(maximum) = maximum.number() else {
        return Ok(());
    };
    let tokens = of_connection(reader, organization, connection).await?;
    let active = tokens.iter().filter(|token| is_active(token, now)).count();
    if u32::try_from(active).is_ok_and(|active| active < maximum) {
        return Ok(());
    }
    Err(Error::RuleBroken(Rule::PolicyForbids("tokens.max_active")))
}

/// Refuses one more token of a user or service account than there may be.
pub(super) async fn refuse_too_many_of(reader: &mut dyn Reader, organization: Id, owner: Id) -> Result<()> {
    let tokens = reader.tokens_of(organization, owner).await?;
    if tokens.len() < MAX_TOKENS_OF_OWNER {
        return Ok(());
    }
    Err(Error::TooMany {
        limit: "tokens of one user or service account",
        maximum: MAX_TOKENS_OF_OWNER as u64,
        retry_after: None,
    })
}

/// The ids of projects, each once. Whether they exist is not asked: a limit to a project that is gone allows nothing.
pub(in crate::directory) fn projects(ids: &[String]) -> Result<Vec<Id>> {
    refuse_too_many_projects(ids)?;
    let mut projects = Vec::with_capacity(ids.len());
    for (at, id) in ids.iter().enumerate() {
        let id =
            Id::parse(id).ok_or_else(|| Error::invalid(format!("project_ids[{at}]"), "must be an id"))?;
        if !projects.contains(&id) {
            projects.push(id);
        }
    }
    Ok(projects)
}

/// Refuses more projects than a token or account may be limited to.
pub(in crate::directory) fn refuse_too_many_projects(ids: &[String]) -> Result<()> {
    if ids.len() <= MAX_PROJECTS {
        return Ok(());
    }
    let rule = format!("must be at most {MAX_PROJECTS}");
    Err(Error::invalid("project_ids", rule))
}

/// Tells whether a token has not ended.
pub(super) fn is_active(token: &Token, now: Timestamp) -> bool {
    token.expires_at.is_none_or(|end| end > now)
}
