//! Cells of tables: text, and what becomes text when it is shown.

use std::collections::HashMap;

use prost_types::Timestamp;
use uuid::Uuid;

use super::{plain, time};

/// Text of a cell that has no value.
pub(crate) const NOTHING: &str = "-";

/// Kinds of thing that have an id for programs and a name for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// An organization.
    Organization,
    /// A user.
    User,
    /// A group.
    Group,
    /// A user or a group.
    Holder,
    /// A connection.
    Connection,
    /// A project.
    Project,
    /// A custom role.
    Role,
    /// A token or key.
    Token,
    /// A service account.
    ServiceAccount,
}

/// Names of things, by kind and id.
pub(crate) type Names = HashMap<(Kind, String), String>;

/// A part of a cell.
#[derive(Clone, Debug, PartialEq)]
enum Piece {
    Text(String),
    Id(Kind, String),
    Time(Timestamp),
}

/// One cell of a table.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Cell(Vec<Piece>);

/// Makes a cell of each of these values.
macro_rules! cells {
    ($($cell:expr),* $(,)?) => { vec![$($crate::cli::output::Cell::from($cell)),*] };
}
pub(crate) use cells;

/// The way in which cells become text.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Wording<'a> {
    /// Names to show in place of ids.
    pub(crate) names: Option<&'a Names>,
    /// The present, in seconds since 1970, where times are shown relative to it.
    pub(crate) now: Option<i64>,
}

impl Cell {
    /// The thing of this id, shown by its name. Text that is no id, such as the name of a predefined role, is
    /// shown as it is.
    pub(crate) fn id(kind: Kind, id: &str) -> Self {
        match Uuid::parse_str(id) {
            Ok(_) => Self(vec![Piece::Id(kind, id.to_owned())]),
            Err(_) => id.into(),
        }
    }

    /// A role by name or id, or one in a project: `PROJECT:ROLE`.
    pub(crate) fn role(role: &str) -> Self {
        match role.rsplit_once(':') {
            None => Self::id(Kind::Role, role),
            Some((project, role)) => {
                let (project, role) = (Self::id(Kind::Project, project), Self::id(Kind::Role, role));
                Self::joined([role, "in".into(), project], " ")
            }
        }
    }

    /// These cells with a separator between.
    pub(crate) fn joined(cells: impl IntoIterator<Item = Self>, separator: &str) -> Self {
        let mut joined = Self::default();
        for cell in cells {
            if !joined.0.is_empty() && !cell.0.is_empty() {
                joined.0.push(Piece::Text(separator.to_owned()));
            }
            joined.0.extend(cell.0);
        }
        joined
    }

    /// The ids in it.
    pub(crate) fn ids(&self) -> impl Iterator<Item = (Kind, &String)> {
        self.0.iter().filter_map(|piece| match piece {
            Piece::Id(kind, id) => Some((*kind, id)),
            Piece::Text(_) | Piece::Time(_) => None,
        })
    }

    /// Its text: never empty, and without characters that steer a terminal.
    pub(crate) fn text(&self, wording: Wording<'_>) -> String {
        let text: String = self.0.iter().map(|piece| piece.text(wording)).collect();
        if text.is_empty() {
            return NOTHING.to_owned();
        }
        plain(&text)
    }
}

impl Piece {
    fn text(&self, wording: Wording<'_>) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Time(at) => time::text(*at, wording.now),
            Self::Id(kind, id) => {
                let name = wording.names.and_then(|names| names.get(&(*kind, id.clone())));
                name.unwrap_or(id).clone()
            }
        }
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        if text.is_empty() {
            return Self::default();
        }
        Self(vec![Piece::Text(text)])
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl From<&String> for Cell {
    fn from(text: &String) -> Self {
        text.clone().into()
    }
}

impl From<i64> for Cell {
    fn from(number: i64) -> Self {
        number.to_string().into()
    }
}

impl From<Timestamp> for Cell {
    fn from(at: Timestamp) -> Self {
        Self(vec![Piece::Time(at)])
    }
}

impl From<Option<Timestamp>> for Cell {
    fn from(at: Option<Timestamp>) -> Self {
        at.map(Self::from).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

    #[test]
    fn an_id_is_shown_by_its_name_where_that_is_known() {
        let cell = Cell::joined(["user".into(), Cell::id(Kind::User, ID), Cell::default()], " ");
        let names = Names::from([((Kind::User, ID.to_owned()), "ada".to_owned())]);
        let wording = Wording {
            names: Some(&names),
            now: None,
        };
        assert_eq!(cell.text(wording), "user ada");
        assert_eq!(cell.text(Wording::default()), format!("user {ID}"));
        assert_eq!(cell.ids().collect::<Vec<_>>(), [(Kind::User, &ID.to_owned())]);
    }

    #[test]
    fn a_name_in_the_place_of_an_id_is_not_looked_for() {
        let cell = Cell::id(Kind::Role, "editor");
        assert_eq!(
            (cell.ids().count(), cell.text(Wording::default())),
            (0, "editor".to_owned())
        );
    }

    #[test]
    fn a_role_in_a_project_is_told_in_words() {
        let text = |role| Cell::role(role).text(Wording::default());
        assert_eq!(
            (text("editor"), text("Apollo:editor")),
            ("editor".into(), "editor in Apollo".into())
        );
        assert_eq!(Cell::role(&format!("{ID}:{ID}")).ids().count(), 2);
    }

    #[test]
    fn an_empty_cell_is_shown_as_nothing_and_names_cannot_steer_a_terminal() {
        assert_eq!(Cell::from("").text(Wording::default()), NOTHING);
        assert_eq!(Cell::from("a\u{1b}[2J").text(Wording::default()), "a\u{fffd}[2J");
    }
}
