//! Meaning of a driver's error, whose text goes to the log only.

use diesel::result::{DatabaseErrorInformation, DatabaseErrorKind, Error as DieselError};

use super::stats::count_failure;
use crate::error::{Error, Resource, Source};

/// A unique index, and the field that it guards.
struct Guard {
    /// The index, as PostgreSQL names it.
    index: &'static str,
    /// Its columns, as SQLite names them.
    columns: &'static str,
    resource: Resource,
    field: &'static str,
}

/// Every unique index that a client can run into.
const GUARDS: [Guard; 10] = [
    guard(
        "organizations_slug",
        "organizations.slug",
        Resource::Organization,
        "slug",
    ),
    guard(
        "users_user_name",
        "users.organization_id, users.user_name_key",
        Resource::User,
        "user_name",
    ),
    guard(
        "groups_unique_name",
        "groups.organization_id, groups.unique_name_key",
        Resource::Group,
        "display_name",
    ),
    guard(
        "projects_name",
        "projects.organization_id, projects.name_key",
        Resource::Project,
        "name",
    ),
    guard(
        "roles_name",
        "roles.organization_id, roles.kind, roles.name_key",
        Resource::Role,
        "name",
    ),
    guard(
        "role_grants_pkey",
        "role_grants.organization_id, role_grants.principal_id, role_grants.project_id, role_grants.role, \
         role_grants.source",
        Resource::Grant,
        "role",
    ),
    guard(
        "connections_name",
        "connections.organization_id, connections.name_key",
        Resource::Connection,
        "name",
    ),
    guard(
        "tokens_digest",
        "tokens.organization_id, tokens.digest",
        Resource::Token,
        "secret",
    ),
    guard(
        "service_accounts_name",
        "service_accounts.organization_id, service_accounts.name_key",
        Resource::ServiceAccount,
        "name",
    ),
    guard(
        "extension_schemas_pkey",
        "extension_schemas.organization_id, extension_schemas.urn_key",
        Resource::Schema,
        "urn",
    ),
];

const fn guard(index: &'static str, columns: &'static str, resource: Resource, field: &'static str) -> Guard {
    Guard {
        index,
        columns,
        resource,
        field,
    }
}

/// How SQLite begins the message of a violated unique index; the columns follow.
const SQLITE_UNIQUE: &str = "UNIQUE constraint failed: ";

/// The error that the core knows for one of diesel's. What diesel has no kind for is passing, and can succeed later, or a defect: each
/// database has its own way to tell.
pub(super) fn classify(
    error: DieselError,
    is_passing: fn(&(dyn DatabaseErrorInformation + Send + Sync)) -> bool,
) -> Error {
    let meaning = meaning(error, is_passing);
    count_failure(&meaning);
    meaning
}

fn meaning(
    error: DieselError,
    is_passing: fn(&(dyn DatabaseErrorInformation + Send + Sync)) -> bool,
) -> Error {
    match &error {
        DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, info) => match guard_of(&**info) {
            Some(guard) => Error::AlreadyExists {
                resource: guard.resource,
                field: guard.field,
            },
            None => Error::Internal(error.into()),
        },
        DieselError::DatabaseError(
            DatabaseErrorKind::SerializationFailure
            // A server that was demoted, a standby or a full one: another may take the write.
            | DatabaseErrorKind::ReadOnlyTransaction
            | DatabaseErrorKind::ClosedConnection
            | DatabaseErrorKind::UnableToSendCommand,
            _,
        )
        | DieselError::BrokenTransactionManager
        | DieselError::RollbackTransaction => Error::Unavailable(error.into()),
        DieselError::DatabaseError(DatabaseErrorKind::Unknown, info) if is_passing(&**info) => {
            Error::Unavailable(error.into())
        }
        _ => Error::Internal(error.into()),
    }
}

/// Something that can succeed later.
pub(super) fn unavailable(source: impl Into<Source>) -> Error {
    Error::Unavailable(source.into())
}

fn guard_of(info: &(dyn DatabaseErrorInformation + Send + Sync)) -> Option<&'static Guard> {
    if let Some(name) = info.constraint_name() {
        return GUARDS.iter().find(|guard| guard.index == name);
    }
    let columns = info.message().strip_prefix(SQLITE_UNIQUE)?;
    GUARDS.iter().find(|guard| guard.columns == columns)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn classified(kind: DatabaseErrorKind, message: &str) -> Error {
        classify(
            DieselError::DatabaseError(kind, Box::new(message.to_owned())),
            |_| false,
        )
    }

    #[test]
    fn a_violated_index_names_its_field() {
        let error = classified(
            DatabaseErrorKind::UniqueViolation,
            "UNIQUE constraint failed: users.organization_id, users.user_name_key",
        );
        assert!(matches!(
            error,
            Error::AlreadyExists {
                resource: Resource::User,
                field: "user_name"
            }
        ));
    }

    #[test]
    fn a_violated_primary_key_is_a_defect() {
        let error = classified(
            DatabaseErrorKind::UniqueViolation,
            "UNIQUE constraint failed: users.organization_id, users.id",
        );
        assert!(matches!(error, Error::Internal(_)));
    }

    #[test]
    fn what_the_driver_says_is_not_in_the_message() {
        let error = classified(DatabaseErrorKind::Unknown, "near \"SELEC\": syntax error");
        assert_eq!(error.to_string(), "internal error");
    }
}
