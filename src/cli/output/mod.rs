//! Answers of commands, and the forms in which they are shown.

mod json;
mod safe;
mod table;

use std::io::{self, Write};

use clap::ValueEnum;
use prost::{Message, Name};
use serde_json::Value;

use crate::failure::Failure;

pub(crate) use json::{from_json, to_json};
pub(crate) use safe::{is_unsafe, json_line, plain};
pub(crate) use table::{Row, Table};

/// The form of an answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Output {
    /// An aligned table, for people.
    #[default]
    Table,
    /// The answer's message in the proto's JSON form, for scripts.
    Json,
    /// The secret alone; only where one is made.
    Secret,
}

/// The answer of a command.
pub(crate) struct Answer {
    message: Value,
    text: String,
    secret: Option<String>,
    note: Option<String>,
}

impl Answer {
    /// An answer that shows rows.
    pub(crate) fn rows<M: Message + Name, R: Row>(message: &M, rows: &[R]) -> Result<Self, Failure> {
        Self::text(message, Table::of(rows).to_string())
    }

    /// An answer that shows every field of one thing that has a value.
    pub(crate) fn details<M: Message + Name, T: Message + Name>(
        message: &M,
        value: &T,
    ) -> Result<Self, Failure> {
        let pairs = json::leaves(&to_json(value)?);
        Self::text(message, Table::of_pairs(pairs).to_string())
    }

    /// An answer that shows a text; it ends with a line break.
    pub(crate) fn text<M: Message + Name>(message: &M, text: String) -> Result<Self, Failure> {
        Ok(Self {
            message: to_json(message)?,
            text,
            secret: None,
            note: None,
        })
    }

    /// Adds where a SCIM client goes with the secret that was made, if that is known.
    pub(crate) fn with_base_url(mut self, url: &str) -> Self {
        if !url.is_empty() {
            self.text = format!("{}\nSCIM base URL: {url}\n", self.text);
        }
        self
    }

    /// The text alone.
    pub(crate) fn into_text(self) -> String {
        self.text
    }

    /// Puts this before the text.
    pub(crate) fn after(mut self, before: &str) -> Self {
        self.text = format!("{before}\n{}", self.text);
        self
    }

    /// Adds the secret that was made.
    pub(crate) fn with_secret(mut self, secret: &str) -> Self {
        self.text = format!("{}\nsecret (shown once, keep it now): {secret}\n", self.text);
        self.secret = Some(secret.to_owned());
        self
    }

    /// Adds a remark that goes to standard error, so that what reads the answer does not stumble over it.
    pub(crate) fn with_note(mut self, note: Option<String>) -> Self {
        self.note = note;
        self
    }

    /// Writes the answer.
    pub(crate) fn print(&self, output: Output) -> Result<(), Failure> {
        let text = match output {
            Output::Table => safe::plain_lines(&self.text),
            Output::Json => format!("{}\n", safe::json_lines(&self.message)),
            Output::Secret => self.secret.as_ref().map(|s| format!("{s}\n")).unwrap_or_default(),
        };
        write_out(&text)?;
        if let (Some(note), Output::Table) = (&self.note, output) {
            // Whether a remark reaches anybody decides nothing.
            let _ = writeln!(io::stderr(), "note: {}", plain(note));
        }
        Ok(())
    }
}

/// Writes to standard output. A reader that went away, such as `head`, is no failure.
pub(crate) fn write_out(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(cause) if cause.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::while_doing("cannot write to standard output", cause))
        }
        _ => Ok(()),
    }
}
