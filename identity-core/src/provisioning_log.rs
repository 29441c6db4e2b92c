//! The provisioning log: requests of identity providers, and what became of each.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{id::Id, platform::Timestamp};

/// One request of an identity provider. Of what was sent it holds the names of its target alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProvisioningRequest {
    /// The organization.
    pub organization_id: Id,
    /// Its id; grows with time.
    pub id: Id,
    /// When it came in.
    pub at: Timestamp,
    /// The connection; `None`: the token belonged to none, or is not known any more.
    pub connection_id: Option<Id>,
    /// The token; `None`: it is not known any more.
    pub token_id: Option<Id>,
    /// Content of the request.
    pub content: Content,
}

/// Content of a request: all of it that does not follow from its token.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Content {
    /// The id under which the other logs know it.
    pub request_id: String,
    /// The client's name in its `User-Agent`.
    pub user_agent: String,
    /// The HTTP method.
    pub method: String,
    /// The route.
    pub path: String,
    /// `User` or `Group`, empty for others.
    pub resource_type: String,
    /// User or group that it is about.
    pub target: Target,
    /// Meaning of the request.
    pub action: ProvisioningAction,
    /// Number of members or operations.
    pub count: i32,
    /// Outcome of the request.
    pub outcome: ProvisioningOutcome,
    /// The HTTP status.
    pub status: i32,
    /// The keyword of the refusal.
    pub scim_type: String,
    /// The text of the refusal.
    pub detail: String,
    /// Reason of the refusal, by its name in the API.
    pub reason: String,
    /// The revision that was made; 0: none.
    pub revision: i64,
    /// Statements about what had no effect or was read in another form.
    pub statements: Statements,
    /// Time from the request to its answer.
    pub duration: Duration,
}

/// User or group that a request is about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Target {
    /// Its id.
    pub id: Option<String>,
    /// Its user name or display name.
    pub name: Option<String>,
    /// Its external id.
    pub external_id: Option<String>,
}

/// Statements about parts of a request. Stored as one JSON document.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Statements {
    /// Parts that had no effect.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ignored: Vec<String>,
    /// Values that were read in another form than they were sent.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub coerced: Vec<String>,
}

/// A closed set of names.
macro_rules! names {
    ($(#[$doc:meta])* $type:ident { $($(#[$variant_doc:meta])* $variant:ident = $name:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
        pub enum $type {
            $($(#[$variant_doc])* $variant,)+
        }

        impl $type {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// Its name.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }
        }
    };
}

pub(crate) use names;

names! {
    /// Meaning of a request.
    ProvisioningAction {
        /// None of the others.
        #[default]
        Other = "other",
        /// A trial of the connection.
        ConnectionTest = "connection_test",
        /// A search for one user or group, or a read by id.
        LookUp = "look_up",
        /// A list.
        List = "list",
        /// A new user or group.
        Create = "create",
        /// A change that is none of the following ones.
        Update = "update",
        /// A change of the name.
        Rename = "rename",
        /// A change that made a user inactive, or asked for it.
        Deactivate = "deactivate",
        /// A change that made a user active again, or asked for it.
        Reactivate = "reactivate",
        /// A deletion.
        Delete = "delete",
        /// New members of a group.
        MembersAdded = "members_added",
        /// Members removed from a group.
        MembersRemoved = "members_removed",
        /// A read of what the service supports.
        Discover = "discover",
        /// A bulk request.
        Bulk = "bulk",
        /// A request for an access token.
        Token = "token",
    }
}

impl ProvisioningAction {
    /// Tells whether a request of this meaning is to change something.
    pub const fn is_change(self) -> bool {
        match self {
            Self::Create
            | Self::Update
            | Self::Rename
            | Self::Deactivate
            | Self::Reactivate
            | Self::Delete
            | Self::MembersAdded
            | Self::MembersRemoved => true,
            Self::Other
            | Self::ConnectionTest
            | Self::LookUp
            | Self::List
            | Self::Discover
            | Self::Bulk
            | Self::Token => false,
        }
    }
}

names! {
    /// Outcome of a request.
    ProvisioningOutcome {
        /// It changed something.
        Applied = "applied",
        /// It was answered, and nothing changed.
        #[default]
        Unchanged = "unchanged",
        /// It was answered, and part of it had no effect.
        PartlyIgnored = "partly_ignored",
        /// It was refused for what it asked.
        Refused = "refused",
        /// It was refused for its token.
        Unauthenticated = "unauthenticated",
        /// The service could not answer it.
        Failed = "failed",
    }
}

/// Conditions on the requests to list, all of which must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProvisioningQuery {
    /// Only requests of this connection.
    pub connection_id: Option<Id>,
    /// Only requests of this meaning.
    pub action: Option<ProvisioningAction>,
    /// Only requests of this outcome.
    pub outcome: Option<ProvisioningOutcome>,
    /// Only requests with this request id.
    pub request_id: Option<String>,
    /// Only requests about the user or group with this key.
    pub target: Option<TargetKey>,
    /// Only requests at this time or later.
    pub from: Option<Timestamp>,
    /// Only requests before this time.
    pub until: Option<Timestamp>,
}

/// Key of a user or group, folded; each has an index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TargetKey {
    /// Its id.
    Id(String),
    /// Its user name or display name.
    Name(String),
    /// Its external id.
    ExternalId(String),
}

/// Requests that are kept of an organization, whatever their age.
pub const MAX_REQUESTS: i64 = 1_000_000;
/// Requests that can be added at once.
pub const MAX_RECORDED: usize = 1_000;
/// Tokens that do not hold and are looked up at once; whoever adds requests needs no token that does.
pub const MAX_REFUSED_TOKENS: usize = 20;
/// Characters of a name, external id, request id or text that is kept; 100,000 requests are some 50 MB.
pub const MAX_TEXT: usize = 512;
/// Characters of a name out of a closed set, such as a method.
pub const MAX_NAME: usize = 64;
/// Statements of one kind that are kept of a request.
pub const MAX_STATEMENTS: usize = 20;

impl Content {
    /// Shortens what is too long, and leaves values out of texts that are not a name of the target: whoever adds a request, nothing else is kept.
    #[must_use]
    pub(crate) fn bounded(mut self) -> Self {
        for text in [
            &mut self.user_agent,
            &mut self.method,
            &mut self.path,
            &mut self.resource_type,
            &mut self.scim_type,
            &mut self.reason,
        ] {
            shorten(text, MAX_NAME);
        }
        shorten(&mut self.request_id, MAX_TEXT);
        let target = &mut self.target;
        for text in [&mut target.id, &mut target.name, &mut target.external_id] {
            *text = text.take().filter(|text| !text.is_empty());
            if let Some(text) = text {
                shorten(text, MAX_TEXT);
            }
        }
        self.detail = self.target.without_values(&self.detail);
        let Statements { ignored, coerced } = &mut self.statements;
        for statements in [ignored, coerced] {
            statements.truncate(MAX_STATEMENTS);
            for statement in statements {
                *statement = self.target.without_values(statement);
            }
        }
        self
    }
}

impl Target {
    /// Returns the text with an ellipsis for each quoted value but a boolean and the target's own names.
    fn without_values(&self, text: &str) -> String {
        if text.is_empty() {
            return String::new();
        }
        let names = [&self.id, &self.name, &self.external_id];
        let is_kept = |value: &str| {
            value.eq_ignore_ascii_case("true")
                || value.eq_ignore_ascii_case("false")
                || names.into_iter().flatten().any(|name| name == value)
        };
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('"') {
            out.push_str(before);
            // A text that was cut within a value has no second quote.
            let (value, behind) = quoted(after).unwrap_or((after, ""));
            out.extend(["\"", if is_kept(value) { value } else { "…" }, "\""]);
            rest = behind;
        }
        out.push_str(rest);
        shorten(&mut out, MAX_TEXT);
        out
    }
}

/// Splits what follows a quote at the one that ends it; a backslash takes the special meaning from the next character.
fn quoted(text: &str) -> Option<(&str, &str)> {
    let mut is_escaped = false;
    let end = text.find(|character| {
        let ends = character == '"' && !is_escaped;
        is_escaped = character == '\\' && !is_escaped;
        ends
    })?;
    Some((&text[..end], &text[end + 1..]))
}

/// Cuts a text, and takes control characters out of it, which PostgreSQL does not store all.
fn shorten(text: &mut String, characters: usize) {
    // A byte is at most a character.
    if text.len() <= characters && !text.bytes().any(|byte| byte.is_ascii_control()) && text.is_ascii() {
        return;
    }
    if let Some((end, _)) = text.char_indices().nth(characters) {
        text.truncate(end);
    }
    text.retain(|character| !character.is_control());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target() -> Target {
        Target {
            name: Some("zoe@acme.example".into()),
            ..Target::default()
        }
    }

    #[test]
    fn values_are_left_out_of_texts_and_the_targets_names_stay() {
        for (text, kept) in [
            ("userName: must not be empty", "userName: must not be empty"),
            (r#"role "super \" user": unknown"#, r#"role "…": unknown"#),
            (
                r#"user "zoe@acme.example" is there"#,
                r#"user "zoe@acme.example" is there"#,
            ),
            (
                r#"active: "False" read as false"#,
                r#"active: "False" read as false"#,
            ),
            (r#"a "b" c "d"#, r#"a "…" c "…""#),
            ("a\u{0}b", "ab"),
        ] {
            assert_eq!(target().without_values(text), kept);
        }
    }

    #[test]
    fn what_is_too_long_is_shortened() {
        let content = Content {
            method: "ü".repeat(MAX_NAME + 1),
            detail: "x".repeat(MAX_TEXT + 1),
            target: Target {
                id: Some(String::new()),
                name: Some("x".repeat(MAX_TEXT + 1)),
                external_id: None,
            },
            statements: Statements {
                ignored: vec!["x".into(); MAX_STATEMENTS + 1],
                ..Statements::default()
            },
            ..Content::default()
        };
        let content = content.bounded();
        assert_eq!(content.method.chars().count(), MAX_NAME);
        assert_eq!(content.detail.len(), MAX_TEXT);
        assert_eq!(content.target.id, None);
        assert_eq!(content.target.name.unwrap().len(), MAX_TEXT);
        assert_eq!(content.statements.ignored.len(), MAX_STATEMENTS);
    }
}
