//! Plain aligned tables for people.

use std::fmt::{self, Write as _};

use super::plain;

/// Text of a cell that has no value.
const NOTHING: &str = "-";
/// Space between two columns.
const GAP: &str = "  ";

/// Something that is one line of a table.
pub(crate) trait Row {
    /// The names of the columns, in capitals.
    const COLUMNS: &'static [&'static str];
    /// The cells, one a column; an empty one is shown as `-`.
    fn cells(&self) -> Vec<String>;
}

/// A table: a header and lines, columns as wide as their widest cell.
pub(crate) struct Table {
    header: Vec<String>,
    lines: Vec<Vec<String>>,
}

impl Table {
    /// The table of these rows.
    pub(crate) fn of<R: Row>(rows: &[R]) -> Self {
        Self {
            header: R::COLUMNS.iter().map(ToString::to_string).collect(),
            lines: rows.iter().map(|row| cleaned(row.cells())).collect(),
        }
    }

    /// A table of two columns without a header: names and values.
    pub(crate) fn of_pairs(pairs: Vec<(String, String)>) -> Self {
        Self {
            header: Vec::new(),
            lines: pairs
                .into_iter()
                .map(|(name, value)| cleaned(vec![name, value]))
                .collect(),
        }
    }

    fn widths(&self) -> Vec<usize> {
        let columns = self.all_lines().map(Vec::len).max().unwrap_or(0);
        (0..columns)
            .map(|column| {
                self.all_lines()
                    .filter_map(|line| line.get(column))
                    .map(|cell| cell.chars().count())
                    .max()
                    .unwrap_or(0)
            })
            .collect()
    }

    fn all_lines(&self) -> impl Iterator<Item = &Vec<String>> {
        std::iter::once(&self.header)
            .filter(|header| !header.is_empty())
            .chain(&self.lines)
    }
}

impl fmt::Display for Table {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let widths = self.widths();
        for line in self.all_lines() {
            let mut text = String::new();
            for (cell, width) in line.iter().zip(&widths) {
                write!(text, "{cell:<width$}{GAP}")?;
            }
            writeln!(out, "{}", text.trim_end())?;
        }
        Ok(())
    }
}

/// Cells as they may be shown: never empty, and without characters that move a terminal's cursor.
fn cleaned(cells: Vec<String>) -> Vec<String> {
    cells
        .into_iter()
        .map(|cell| match cell.as_str() {
            "" => NOTHING.to_owned(),
            text => plain(text),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Fruit(&'static str, &'static str);

    impl Row for Fruit {
        const COLUMNS: &'static [&'static str] = &["NAME", "COLOUR"];
        fn cells(&self) -> Vec<String> {
            vec![self.0.into(), self.1.into()]
        }
    }

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let table = Table::of(&[Fruit("pear", "green"), Fruit("blackberry", "")]).to_string();
        assert_eq!(table, "NAME        COLOUR\npear        green\nblackberry  -\n");
    }

    #[test]
    fn a_table_without_rows_has_its_header() {
        assert_eq!(Table::of::<Fruit>(&[]).to_string(), "NAME  COLOUR\n");
    }

    #[test]
    fn characters_count_and_not_bytes() {
        let table = Table::of(&[Fruit("äöü", "x"), Fruit("abcd", "y")]).to_string();
        assert_eq!(table, "NAME  COLOUR\näöü   x\nabcd  y\n");
    }

    #[test]
    fn control_characters_never_reach_the_terminal() {
        let table = Table::of(&[Fruit("a\u{1b}[2J", "b\nc")]).to_string();
        assert_eq!(table, "NAME   COLOUR\na\u{fffd}[2J  b\u{fffd}c\n");
    }

    #[test]
    fn pairs_have_no_header() {
        let table = Table::of_pairs(vec![("id".into(), "1".into()), ("name".into(), "x".into())]);
        assert_eq!(table.to_string(), "id    1\nname  x\n");
    }
}
