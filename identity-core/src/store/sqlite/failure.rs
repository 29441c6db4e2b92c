//! Meaning of SQLite's errors.

use diesel::result::{DatabaseErrorInformation, Error as DieselError};

use crate::{error::Error, store::failure};

/// Messages for failures of work that can succeed later. diesel drops SQLite's result code; its messages are the same everywhere.
const PASSING: [&str; 6] = [
    "database is locked",
    "database table is locked",
    "database or disk is full",
    "disk I/O error",
    "unable to open database file",
    "out of memory",
];

/// The error that the core knows for one of diesel's.
pub(super) fn classify(error: DieselError) -> Error {
    failure::classify(error, is_passing)
}

fn is_passing(info: &(dyn DatabaseErrorInformation + Send + Sync)) -> bool {
    PASSING.iter().any(|known| info.message().contains(known))
}

#[cfg(test)]
mod tests {
    use diesel::result::DatabaseErrorKind;

    use super::*;

    #[test]
    fn a_full_disk_passes_and_a_broken_file_does_not() {
        let classified = |message: &str| {
            let information = Box::new(message.to_owned());
            classify(DieselError::DatabaseError(
                DatabaseErrorKind::Unknown,
                information,
            ))
        };
        assert!(matches!(
            classified("database or disk is full"),
            Error::Unavailable(_)
        ));
        assert!(matches!(
            classified("database disk image is malformed"),
            Error::Internal(_)
        ));
    }
}
