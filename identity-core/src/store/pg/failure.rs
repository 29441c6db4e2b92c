//! Meaning of PostgreSQL's errors.

use diesel::result::{DatabaseErrorInformation, Error as DieselError};

use crate::{error::Error, store::failure};

/// The error that the core knows for one of diesel's.
pub(super) fn classify(error: DieselError) -> Error {
    failure::classify(error, is_passing)
}

/// Tells whether the server's trouble made a statement fail, and not the statement. diesel-async drops the SQLSTATE and keeps the message,
/// which is in the server's language: a server that spoke German made all its trouble `INTERNAL`. But it keeps whether the error points at
/// a place in the statement, or names what it is about, as the classes 42 (syntax) and 23 (integrity) do; a deadlock, a time limit, a full
/// disk, an operator's command and the like point at nothing. Neither does a value that the server cannot take (class 22); the rules refuse
/// those before, and a unit is tried three times at most.
fn is_passing(info: &(dyn DatabaseErrorInformation + Send + Sync)) -> bool {
    info.statement_position().is_none()
        && info.constraint_name().is_none()
        && info.column_name().is_none()
        && info.table_name().is_none()
}

#[cfg(test)]
mod tests {
    use diesel::result::DatabaseErrorKind;

    use super::*;

    /// An error as diesel-async hands it on.
    struct Information {
        position: Option<i32>,
        constraint: Option<&'static str>,
    }

    impl DatabaseErrorInformation for Information {
        fn message(&self) -> &'static str {
            "storniere Anfrage wegen Zeitüberschreitung der Anfrage"
        }
        fn details(&self) -> Option<&str> {
            None
        }
        fn hint(&self) -> Option<&str> {
            None
        }
        fn table_name(&self) -> Option<&str> {
            None
        }
        fn column_name(&self) -> Option<&str> {
            None
        }
        fn constraint_name(&self) -> Option<&str> {
            self.constraint
        }
        fn statement_position(&self) -> Option<i32> {
            self.position
        }
    }

    fn classified(position: Option<i32>, constraint: Option<&'static str>) -> Error {
        let information = Information { position, constraint };
        classify(DieselError::DatabaseError(
            DatabaseErrorKind::Unknown,
            Box::new(information),
        ))
    }

    #[test]
    fn trouble_of_the_server_passes_in_any_language() {
        assert!(matches!(classified(None, None), Error::Unavailable(_)));
    }

    #[test]
    fn an_error_that_points_at_the_statement_is_a_defect() {
        assert!(matches!(classified(Some(8), None), Error::Internal(_)));
        assert!(matches!(classified(None, Some("users_pkey")), Error::Internal(_)));
    }
}
