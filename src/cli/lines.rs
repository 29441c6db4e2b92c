//! Things that are printed as they come, a line each.

use prost::{Message, Name};

use super::{
    output::{Cell, Names, Output, Row, Wording, csv_cells, json_line, to_json, write_out},
    session::Session,
};
use crate::failure::Failure;

/// The lines of one command.
pub(super) struct Lines<'a> {
    session: &'a Session,
    organization: &'a str,
    output: Output,
    /// Names that are known so far; none where ids are wanted.
    names: Option<Names>,
}

impl<'a> Lines<'a> {
    /// Lines about things of this organization, with names in the place of ids unless those are wanted.
    pub(super) fn new(session: &'a Session, organization: &'a str, output: Output, ids: bool) -> Self {
        Self {
            session,
            organization,
            output,
            names: (!ids).then(Names::new),
        }
    }

    /// Prints these.
    pub(super) async fn print<T: Row + Message + Name>(&mut self, things: &[T]) -> Result<(), Failure> {
        let rows: Vec<_> = things.iter().map(Row::cells).collect();
        if let (Some(names), Output::Table | Output::Csv) = (&mut self.names, self.output) {
            let ids = rows.iter().flatten().flat_map(Cell::ids);
            let ids = ids.map(|(kind, id)| (kind, id.clone())).collect();
            self.session.learn(self.organization, names, ids).await;
        }
        let wording = Wording {
            names: self.names.as_ref(),
            now: None,
        };
        for (thing, cells) in things.iter().zip(&rows) {
            write_out(&match self.output {
                Output::Json | Output::Jsonl => json_line(&to_json(thing)?) + "\n",
                Output::Csv => csv_cells(cells, wording),
                Output::Table | Output::Secret => {
                    let texts: Vec<_> = cells.iter().map(|cell| cell.text(wording)).collect();
                    texts.join("  ") + "\n"
                }
            })?;
        }
        Ok(())
    }
}
