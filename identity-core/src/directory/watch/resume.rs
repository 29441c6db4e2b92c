//! Resume tokens: a position in the log of one incarnation of the database.
//!
//! Revisions of a database that was restored are given out a second time, for other changes. So a restore gives the database a new
//! incarnation, and a token of another one does not hold.

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{directory::Inner, error::Result, id::Id, page_token::Binding};

/// The name that resume tokens are bound to. The kinds that are followed are no part of it: they may change from one stream to the next.
const LIST: &str = "watch";

/// Content of a token. A database that was never restored has no incarnation, and the form of its tokens is that of before there were any.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Resume<P> {
    Position(P),
    PositionOf(P, String),
}

/// Writer and reader of the tokens of a stream.
pub(super) struct ResumeTokens {
    binding: Binding,
    incarnation: Option<String>,
}

/// A position that a token held.
pub(super) struct Resumed<P> {
    pub(super) position: P,
    /// Set if it is a position of this incarnation.
    pub(super) holds: bool,
}

impl ResumeTokens {
    /// Tokens for an organization; `None`: for all.
    pub(super) async fn of(inner: &Inner, organization: Option<Id>) -> Result<Self> {
        Ok(Self {
            binding: Binding::new(LIST, organization, &()),
            incarnation: inner.store.incarnation().await?,
        })
    }

    pub(super) fn sign<P: Serialize>(&self, inner: &Inner, position: P) -> Result<String> {
        let resume = match &self.incarnation {
            None => Resume::Position(position),
            Some(incarnation) => Resume::PositionOf(position, incarnation.clone()),
        };
        inner.page_tokens.sign_permanent(&self.binding, resume)
    }

    pub(super) fn open<P: DeserializeOwned>(&self, inner: &Inner, token: &str) -> Result<Resumed<P>> {
        let now = inner.platform.now();
        let (position, incarnation) = match inner.page_tokens.open_permanent(token, &self.binding, now)? {
            Resume::Position(position) => (position, None),
            Resume::PositionOf(position, incarnation) => (position, Some(incarnation)),
        };
        Ok(Resumed {
            position,
            holds: incarnation == self.incarnation,
        })
    }
}
