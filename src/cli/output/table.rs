//! Tables for people, as wide as the terminal at most.

use comfy_table::{Attribute, Color, ColumnConstraint, ContentArrangement, presets::NOTHING};

use super::{
    Cell,
    cell::{Kind, Wording},
};

/// Name of columns that are shown only where ids are asked for.
pub(crate) const ID: &str = "ID";
/// Blanks behind a column.
const GAP: u16 = 2;
/// Largest width of a column that is better not wrapped.
const SHORT: u16 = 32;
/// Smallest width to which a wider column is wrapped.
const WRAPPED: u16 = 20;
/// Words of a cell that something went wrong.
const WRONG: [&str; 6] = [
    "refused",
    "failed",
    "unauthenticated",
    "suspended",
    "deleted",
    "disabled",
];

/// Something that is one line of a table.
pub(crate) trait Row {
    /// The names of the columns, in capitals.
    const COLUMNS: &'static [&'static str];
    /// Columns that a narrow terminal does without, the first of these first.
    const MINOR: &'static [&'static str] = &[];
    /// The cells, one a column; an empty one is shown as `-`.
    fn cells(&self) -> Vec<Cell>;
}

/// The form in which tables are written.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Look<'a> {
    /// The wording of cells.
    pub(crate) wording: Wording<'a>,
    /// Set if columns of ids are shown.
    pub(crate) ids: bool,
    /// The width of the terminal; none: as wide as the text is.
    pub(crate) width: Option<u16>,
    /// Set if text may be bold and have colours.
    pub(crate) styled: bool,
}

/// A table: a header and lines.
pub(crate) struct Table {
    header: &'static [&'static str],
    minor: &'static [&'static str],
    lines: Vec<Vec<Cell>>,
}

impl Table {
    /// The table of these rows.
    pub(crate) fn of<R: Row>(rows: &[R]) -> Self {
        Self {
            header: R::COLUMNS,
            minor: R::MINOR,
            lines: rows.iter().map(Row::cells).collect(),
        }
    }

    /// A card: a table of two columns without a header, names and values.
    pub(crate) fn of_pairs(pairs: Vec<(String, Cell)>) -> Self {
        Self {
            header: &[],
            minor: &[],
            lines: pairs
                .into_iter()
                .map(|(name, value)| vec![name.into(), value])
                .collect(),
        }
    }

    /// A table with this text in each cell of a row.
    #[cfg(test)]
    pub(crate) fn filled<R: Row>(text: &str) -> Self {
        Self {
            header: R::COLUMNS,
            minor: R::MINOR,
            lines: vec![R::COLUMNS.iter().map(|_| text.into()).collect()],
        }
    }

    /// The ids in its cells.
    pub(crate) fn ids(&self) -> impl Iterator<Item = (Kind, &String)> {
        self.lines.iter().flatten().flat_map(Cell::ids)
    }

    /// Its text.
    pub(crate) fn text(&self, look: Look<'_>) -> String {
        let mut table = comfy_table::Table::new();
        table.load_style(NOTHING).force_no_tty();
        if look.styled {
            table.enforce_styling();
        }
        if !self.header.is_empty() {
            let cells = self.header.iter().map(comfy_table::Cell::new);
            table.set_header(cells.map(|cell| cell.add_attribute(Attribute::Bold)));
        }
        for line in &self.lines {
            table.add_row(line.iter().map(|cell| styled(cell.text(look.wording))));
        }
        if !look.ids {
            self.hide(&mut table, ID);
        }
        if let Some(width) = look.width {
            self.fit(&mut table, width);
        }
        let last = table.column_iter().rposition(|column| !column.is_hidden());
        for (index, column) in table.column_iter_mut().enumerate() {
            let gap = if Some(index) == last { 0 } else { GAP };
            column.set_padding((0, gap));
        }
        format!("{}\n", table.trim_fmt())
    }

    /// Hides minor columns until the rest fits, keeps short columns whole where there is room for that, and wraps
    /// the others.
    fn fit(&self, table: &mut comfy_table::Table, width: u16) {
        for name in self.minor {
            if needed_width(table) <= u32::from(width) {
                break;
            }
            self.hide(table, name);
        }
        if needed_width(table) <= u32::from(width) {
            let widths = table.column_max_content_widths();
            for (column, width) in table.column_iter_mut().zip(widths) {
                if width <= SHORT && !column.is_hidden() {
                    column.set_constraint(ColumnConstraint::ContentWidth);
                }
            }
        }
        table
            .set_content_arrangement(ContentArrangement::Dynamic)
            .set_width(width);
    }

    fn hide(&self, table: &mut comfy_table::Table, name: &str) {
        let index = self.header.iter().position(|column| *column == name);
        if let Some(column) = index.and_then(|index| table.column_mut(index)) {
            column.set_constraint(ColumnConstraint::Hidden);
        }
    }

    /// Lines of comma-separated values, with the columns of ids.
    pub(crate) fn csv(&self, wording: Wording<'_>) -> String {
        let header: Vec<_> = self.header.iter().map(ToString::to_string).collect();
        let header = (!self.header.is_empty()).then(|| csv_line(&header));
        let lines = self.lines.iter().map(|line| csv_cells(line, wording));
        header.into_iter().chain(lines).collect()
    }
}

/// A line of comma-separated values for these cells; an empty one is an empty value.
pub(crate) fn csv_cells(cells: &[Cell], wording: Wording<'_>) -> String {
    let text = |cell: &Cell| match cell {
        empty if *empty == Cell::default() => String::new(),
        cell => cell.text(wording),
    };
    csv_line(&cells.iter().map(text).collect::<Vec<_>>())
}

/// A line of comma-separated values (RFC 4180). A text that a spreadsheet would take for a formula is quoted
/// by an apostrophe.
fn csv_line(values: &[String]) -> String {
    let field = |value: &String| {
        let formula = value.starts_with(['=', '+', '-', '@', '\t']);
        let text = if formula {
            format!("'{value}")
        } else {
            value.clone()
        };
        if text.contains([',', '"', '\'']) {
            format!("\"{}\"", text.replace('"', "\"\""))
        } else {
            text
        }
    };
    let fields: Vec<_> = values.iter().map(field).collect();
    fields.join(",") + "\n"
}

fn styled(text: String) -> comfy_table::Cell {
    let is_wrong = WRONG.contains(&text.as_str());
    let cell = comfy_table::Cell::new_owned(text);
    if is_wrong { cell.fg(Color::Red) } else { cell }
}

/// The width that the columns that are shown need.
fn needed_width(table: &comfy_table::Table) -> u32 {
    let widths = table.column_max_content_widths();
    let shown = table
        .column_iter()
        .zip(widths)
        .filter(|(column, _)| !column.is_hidden());
    let needed = |width| if width <= SHORT { width } else { WRAPPED };
    let with_gaps: u32 = shown
        .map(|(_, width)| u32::from(needed(width)) + u32::from(GAP))
        .sum();
    with_gaps.saturating_sub(GAP.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Fruit(&'static str, &'static str);

    impl Row for Fruit {
        const COLUMNS: &'static [&'static str] = &["NAME", "COLOUR", "TASTE", ID];
        const MINOR: &'static [&'static str] = &["TASTE"];
        fn cells(&self) -> Vec<Cell> {
            vec![self.0.into(), self.1.into(), "good enough".into(), "7".into()]
        }
    }

    fn text(rows: &[Fruit], width: Option<u16>) -> String {
        let look = Look {
            width,
            ..Look::default()
        };
        Table::of(rows).text(look)
    }

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let table = text(&[Fruit("pear", "green"), Fruit("blackberry", "")], None);
        let expected =
            "NAME        COLOUR  TASTE\npear        green   good enough\nblackberry  -       good enough\n";
        assert_eq!(table, expected);
    }

    #[test]
    fn a_table_without_rows_has_its_header() {
        assert_eq!(text(&[], None), "NAME  COLOUR  TASTE\n");
    }

    #[test]
    fn wide_characters_take_the_room_that_they_have_on_a_terminal() {
        let table = text(&[Fruit("山田", "x"), Fruit("äöüß", "y")], None);
        assert_eq!(
            table,
            "NAME  COLOUR  TASTE\n山田  x       good enough\näöüß  y       good enough\n"
        );
    }

    #[test]
    fn a_narrow_terminal_does_without_minor_columns_and_then_wraps() {
        let rows = [Fruit("pear", "green and yellow")];
        assert_eq!(
            text(&rows, Some(36)).lines().next(),
            Some("NAME  COLOUR            TASTE")
        );
        assert_eq!(text(&rows, Some(24)), "NAME  COLOUR\npear  green and yellow\n");
        assert_eq!(
            text(&rows, Some(16)),
            "NAME  COLOUR\npear  green and\n      yellow\n"
        );
        for width in 8..40 {
            let widest = text(&rows, Some(width)).lines().map(str::len).max();
            assert!(widest <= Some(usize::from(width)), "{width}");
        }
    }

    #[test]
    fn long_text_is_wrapped_and_short_columns_stay_whole() {
        let long = "a text that is longer than what a column holds in one line, by far";
        let rows = [Fruit("someone@example.com", long)];
        let shown = text(&rows, Some(50));
        assert!(
            shown.contains("\nsomeone@example.com  a text that is longer than"),
            "{shown}"
        );
        assert!(shown.lines().all(|line| line.len() <= 50), "{shown}");
    }

    #[test]
    fn ids_are_shown_where_they_are_asked_for() {
        let look = Look {
            ids: true,
            ..Look::default()
        };
        let table = Table::of(&[Fruit("pear", "green")]);
        assert_eq!(
            table.text(look).lines().next(),
            Some("NAME  COLOUR  TASTE        ID")
        );
        assert_eq!(
            table.csv(Wording::default()),
            "NAME,COLOUR,TASTE,ID\npear,green,good enough,7\n"
        );
    }

    #[test]
    fn values_are_quoted_where_commas_and_formulas_would_mislead() {
        let line = csv_line(&["a,b".into(), "c\"d".into(), "=1+1".into(), String::new()]);
        assert_eq!(line, "\"a,b\",\"c\"\"d\",\"'=1+1\",\n");
    }

    #[test]
    fn text_is_styled_only_where_that_is_wanted() {
        let table = Table::of(&[Fruit("pear", "refused")]);
        assert!(!table.text(Look::default()).contains('\u{1b}'));
        let styled = Look {
            styled: true,
            ..Look::default()
        };
        assert!(table.text(styled).contains("\u{1b}["));
    }

    #[test]
    fn a_card_has_no_header() {
        let card = Table::of_pairs(vec![("id".into(), "1".into()), ("name".into(), "x".into())]);
        assert_eq!(card.text(Look::default()), "id    1\nname  x\n");
    }
}
