//! The attributes that every resource has, RFC 7643, section 3.1. They stand in no schema.

use super::attribute::{Attribute, Returned, complex, date_time, reference, text};

/// `schemas`, `id`, `externalId` and `meta`.
pub(super) fn attributes() -> Vec<Attribute> {
    vec![
        // A list of URNs that follows from the resource: filters on it are answered by the table itself.
        reference("schemas", "", &["uri"])
            .list()
            .returned(Returned::Always)
            .about("The schemas that the resource has attributes of"),
        text("id", "id")
            .exact()
            .unique()
            .read_only()
            .returned(Returned::Always)
            .about("The id; it never changes"),
        text("externalId", "external_id")
            .exact()
            .about("The id that the client gave"),
        complex(
            "meta",
            "",
            vec![
                text("resourceType", "").exact(),
                date_time("created", "create_time"),
                date_time("lastModified", "update_time"),
                reference("location", "", &["uri"]),
                text("version", "").exact(),
            ],
        )
        .read_only()
        .about("What the server knows of the resource"),
    ]
}
