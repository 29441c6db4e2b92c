//! Answers of commands, and the forms in which they are shown.

mod card;
mod cell;
mod json;
mod safe;
mod table;
mod terminal;
mod time;

use std::{
    io::{self, Write},
    process::ExitCode,
};

use clap::ValueEnum;
use prost::{Message, Name};
use serde_json::Value;

use crate::failure::Failure;

pub(crate) use card::{ROLES, kind_of_field};
pub(crate) use cell::{Cell, Kind, Names, Wording, cells};
pub(crate) use json::{field_names, from_json, to_json};
pub(crate) use safe::{is_unsafe, json_line, json_lines, plain};
pub(crate) use table::{Look, Row, Table, csv_cells};
pub(crate) use terminal::{ask, is_interactive, look, waiting};

/// The form of an answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Output {
    /// Tables and cards, for people.
    #[default]
    Table,
    /// The answer's message in the proto's JSON form, for scripts.
    Json,
    /// The same, a line for each element of a list.
    Jsonl,
    /// The table as comma-separated values.
    Csv,
    /// The secret alone; only where one is made.
    Secret,
}

/// A part of an answer's text.
enum Block {
    Table(Table),
    Text(String),
}

/// The answer of a command.
pub(crate) struct Answer {
    message: Value,
    blocks: Vec<Block>,
    secret: Option<String>,
    note: Option<String>,
    exit_code: Option<u8>,
    id_columns: bool,
}

impl Answer {
    /// An answer that shows nothing yet.
    pub(crate) fn new<M: Message + Name>(message: &M) -> Result<Self, Failure> {
        Ok(Self::json(to_json(message)?))
    }

    /// The same of an answer that is no message of the API.
    pub(crate) fn json(message: Value) -> Self {
        Self {
            message,
            blocks: Vec::new(),
            secret: None,
            note: None,
            exit_code: None,
            id_columns: false,
        }
    }

    /// An answer that shows rows.
    pub(crate) fn rows<M: Message + Name, R: Row>(message: &M, rows: &[R]) -> Result<Self, Failure> {
        Ok(Self::new(message)?.and_table(Table::of(rows)))
    }

    /// An answer that shows a card of one thing.
    pub(crate) fn details<M: Message + Name, T: Message + Name>(
        message: &M,
        value: &T,
    ) -> Result<Self, Failure> {
        Self::new(message)?.and_details(value)
    }

    /// Adds a card of one thing.
    pub(crate) fn and_details<T: Message + Name>(self, value: &T) -> Result<Self, Failure> {
        Ok(self.and_table(Table::of_pairs(card::lines(value)?)))
    }

    /// An answer that shows a text; it ends with a line break.
    pub(crate) fn text<M: Message + Name>(message: &M, text: String) -> Result<Self, Failure> {
        Ok(Self::new(message)?.and_text(text))
    }

    /// Adds a table.
    pub(crate) fn and_table(mut self, table: Table) -> Self {
        self.blocks.push(Block::Table(table));
        self
    }

    /// Adds a text; it ends with a line break.
    pub(crate) fn and_text(mut self, text: String) -> Self {
        self.blocks.push(Block::Text(text));
        self
    }

    /// The ids in its tables.
    pub(crate) fn ids(&self) -> Vec<(Kind, String)> {
        let tables = self.blocks.iter().filter_map(|block| match block {
            Block::Table(table) => Some(table),
            Block::Text(_) => None,
        });
        let ids = tables.flat_map(Table::ids);
        ids.map(|(kind, id)| (kind, id.clone())).collect()
    }

    /// Adds where a SCIM client goes with the secret that was made, if that is known.
    pub(crate) fn with_base_url(self, url: &str) -> Self {
        if url.is_empty() {
            return self;
        }
        self.and_text(format!("SCIM base URL: {url}\n"))
    }

    /// Shows another answer's text before its own.
    pub(crate) fn after(mut self, before: Self) -> Self {
        self.blocks.splice(0..0, before.blocks);
        self
    }

    /// Adds the secret that the text holds already.
    pub(crate) fn with_secret_in_text(mut self, secret: &str) -> Self {
        self.secret = Some(secret.to_owned());
        self
    }

    /// Adds the secret that was made.
    pub(crate) fn with_secret(self, secret: &str) -> Self {
        self.with_secret_in_text(secret)
            .and_text(format!("secret (shown once, keep it now): {secret}\n"))
    }

    /// Adds a remark that goes to standard error, so that what reads the answer does not stumble over it.
    pub(crate) fn with_note(mut self, note: Option<String>) -> Self {
        self.note = note;
        self
    }

    /// Shows columns of ids, where a command that comes next takes an id alone.
    pub(crate) fn with_id_columns(mut self, shown: bool) -> Self {
        self.id_columns = shown;
        self
    }

    /// Sets the code that the program ends with; none: 0.
    pub(crate) fn with_exit_code(mut self, code: Option<u8>) -> Self {
        self.exit_code = code;
        self
    }

    /// The code that the program ends with.
    pub(crate) fn exit_code(&self) -> ExitCode {
        self.exit_code.map_or(ExitCode::SUCCESS, ExitCode::from)
    }

    /// Its text for people.
    fn for_people(&self, look: Look<'_>) -> String {
        let text = |block: &Block| match block {
            Block::Table(table) => table.text(look),
            Block::Text(text) => safe::plain_lines(text),
        };
        let texts: Vec<_> = self.blocks.iter().map(text).collect();
        texts.join("\n")
    }

    /// Its tables as comma-separated values.
    fn csv(&self, wording: Wording<'_>) -> String {
        let text = |block: &Block| match block {
            Block::Table(table) => table.csv(wording),
            Block::Text(_) => String::new(),
        };
        self.blocks.iter().map(text).collect()
    }

    /// The elements of its list, a line each; without a list, the message.
    fn json_lines(&self) -> String {
        let line = |value| json_line(value) + "\n";
        match self
            .message
            .as_object()
            .into_iter()
            .flat_map(|it| it.values())
            .find_map(Value::as_array)
        {
            Some(items) => items.iter().map(line).collect(),
            None => line(&self.message),
        }
    }

    /// Writes the answer.
    pub(crate) fn print(&self, output: Output, look: Look<'_>) -> Result<(), Failure> {
        let exact = Wording {
            now: None,
            ..look.wording
        };
        let look = Look {
            ids: look.ids || self.id_columns,
            ..look
        };
        let text = match output {
            Output::Table => self.for_people(look),
            Output::Json => format!("{}\n", safe::json_lines(&self.message)),
            Output::Jsonl => self.json_lines(),
            Output::Csv => self.csv(exact),
            Output::Secret => self.secret.as_ref().map(|s| format!("{s}\n")).unwrap_or_default(),
        };
        write_out(&text)?;
        if let (Some(note), Output::Table | Output::Csv) = (&self.note, output) {
            // Whether a remark reaches anybody decides nothing.
            let _ = writeln!(io::stderr(), "note: {}", plain(note));
        }
        Ok(())
    }
}

/// A message in the proto's JSON form, as a text of several lines.
pub(crate) fn json_text<M: Message + Name>(message: &M) -> Result<String, Failure> {
    Ok(format!("{}\n", safe::json_lines(&to_json(message)?)))
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

/// A number of things, in the singular where it is one.
pub(crate) fn count(number: impl TryInto<i64>, what: &str) -> String {
    let number = number.try_into().unwrap_or(i64::MAX);
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {what}{plural}")
}

#[cfg(test)]
mod tests {
    use identity_proto::v1::{ListUsersResponse, User};

    use super::*;

    #[test]
    fn one_thing_is_told_in_the_singular() {
        let told = [0, 1, 2].map(|number| count(number, "user"));
        assert_eq!(told, ["0 users", "1 user", "2 users"]);
    }

    #[test]
    fn a_list_is_a_line_of_json_for_each_element() {
        let user = |name: &str| User {
            user_name: name.into(),
            ..User::default()
        };
        let message = ListUsersResponse {
            users: vec![user("a"), user("b")],
            next_page_token: "next".into(),
            total_size: None,
        };
        let answer = Answer::new(&message).unwrap();
        assert_eq!(
            answer.json_lines(),
            "{\"userName\":\"a\"}\n{\"userName\":\"b\"}\n"
        );
        let one = Answer::new(&user("a")).unwrap();
        assert_eq!(one.json_lines(), "{\"userName\":\"a\"}\n");
    }
}
