//! Choice of the database.

use std::path::{Path, PathBuf};

use super::sources::SettingError;

const NAME: &str = "database-url";

/// Database of the service.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Database {
    /// A file of this machine.
    Sqlite(PathBuf),
    /// A server; the URL may hold a password.
    Postgres(String),
}

impl Database {
    pub(super) fn parse(url: &str) -> Result<Self, SettingError> {
        if let Some(path) = url.strip_prefix("sqlite:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            if path.is_empty() || path.ends_with('/') || path.starts_with(':') {
                return Err(SettingError::new(NAME, "sqlite: needs the path of a file"));
            }
            return Ok(Self::Sqlite(path.into()));
        }
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return Ok(Self::Postgres(url.to_owned()));
        }
        // The URL itself is not shown, as it may hold a password.
        Err(SettingError::new(NAME, "must start with sqlite: or postgres://"))
    }

    /// The folder of the SQLite file, where the secrets are kept too.
    pub(crate) fn folder(&self) -> Option<&Path> {
        match self {
            Self::Sqlite(path) => Some(
                path.parent()
                    .filter(|folder| *folder != Path::new(""))
                    .unwrap_or(Path::new(".")),
            ),
            Self::Postgres(_) => None,
        }
    }

    /// The database as the store is told.
    pub(crate) fn url(&self) -> String {
        match self {
            Self::Sqlite(path) => format!("sqlite:{}", path.display()),
            Self::Postgres(url) => url.clone(),
        }
    }

    /// The database without its password, for people.
    pub(crate) fn shown(&self) -> String {
        match self {
            Self::Sqlite(_) => self.url(),
            Self::Postgres(url) => {
                let (scheme, rest) = url.split_once("://").unwrap_or(("postgres", url));
                let place = rest.rsplit_once('@').map_or(rest, |(_, place)| place);
                let place = place.split_once('?').map_or(place, |(place, _)| place);
                format!("{scheme}://{place}")
            }
        }
    }
}

impl std::fmt::Debug for Database {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&self.shown())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scheme_tells_the_database() {
        let path = |url: &str| Database::parse(url).unwrap();
        assert_eq!(path("sqlite:a/b.db"), Database::Sqlite("a/b.db".into()));
        assert_eq!(path("sqlite:/a/b.db"), Database::Sqlite("/a/b.db".into()));
        assert_eq!(path("sqlite:///a/b.db"), Database::Sqlite("/a/b.db".into()));
        assert!(matches!(path("postgresql://h/d"), Database::Postgres(_)));
        for url in ["mysql://x", "sqlite:", "sqlite:data/", "sqlite::memory:", "a.db"] {
            assert!(Database::parse(url).is_err(), "{url}");
        }
    }

    #[test]
    fn a_password_is_never_shown() {
        let database =
            Database::parse("postgres://roster:p@ss@db.example:5432/roster?sslpassword=x").unwrap();
        assert_eq!(format!("{database:?}"), "postgres://db.example:5432/roster");
        assert!(
            !Database::parse("postgre://u:secret@h")
                .unwrap_err()
                .to_string()
                .contains("secret")
        );
    }

    #[test]
    fn secrets_live_beside_the_file() {
        assert_eq!(
            Database::parse("sqlite:a/b.db").unwrap().folder(),
            Some(Path::new("a"))
        );
        assert_eq!(
            Database::parse("sqlite:b.db").unwrap().folder(),
            Some(Path::new("."))
        );
    }
}
