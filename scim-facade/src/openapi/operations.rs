//! The table of what clients can do on which path.

/// A method of a path.
#[derive(Clone, Copy)]
pub(super) struct Operation {
    pub(super) method: &'static str,
    pub(super) path: &'static str,
    pub(super) summary: &'static str,
    /// Names of parameters, which [`super::parameters`] describes.
    pub(super) parameters: &'static [&'static str],
    /// Schema of the body that it takes.
    pub(super) takes: Option<&'static str>,
    /// Statuses of success, each with the schema of its body.
    pub(super) answers: &'static [(&'static str, Option<&'static str>)],
}

const READ: &[&str] = &["If-None-Match", "attributes", "excludedAttributes"];
const CREATE: &[&str] = &["attributes", "excludedAttributes"];
const CHANGE: &[&str] = &["If-Match", "attributes", "excludedAttributes"];
const LIST: &[&str] = &[
    "filter",
    "sortBy",
    "sortOrder",
    "startIndex",
    "count",
    "cursor",
    "attributes",
    "excludedAttributes",
];

/// Makes an operation from method and path, summary, and statuses with schemas.
const fn to(
    method: &'static str,
    path: &'static str,
    summary: &'static str,
    answers: &'static [(&'static str, Option<&'static str>)],
) -> Operation {
    Operation {
        method,
        path,
        summary,
        parameters: &[],
        takes: None,
        answers,
    }
}

impl Operation {
    const fn with(self, parameters: &'static [&'static str]) -> Self {
        Self { parameters, ..self }
    }

    const fn taking(self, body: &'static str) -> Self {
        Self {
            takes: Some(body),
            ..self
        }
    }
}

const USER: &[(&str, Option<&str>)] = &[("200", Some("User"))];
const NEW_USER: &[(&str, Option<&str>)] = &[("201", Some("User"))];
const USER_IF_CHANGED: &[(&str, Option<&str>)] = &[("200", Some("User")), ("304", None)];
// RFC 7644, section 3.11: the token of a connection is nobody's.
const PERSON: &[(&str, Option<&str>)] = &[("200", Some("User")), ("304", None), ("501", Some("Error"))];
const USERS: &[(&str, Option<&str>)] = &[("200", Some("UserList"))];
const GROUP: &[(&str, Option<&str>)] = &[("200", Some("Group"))];
const GROUP_IF_ASKED: &[(&str, Option<&str>)] = &[("200", Some("Group")), ("204", None)];
const NEW_GROUP: &[(&str, Option<&str>)] = &[("201", Some("Group"))];
const GROUP_IF_CHANGED: &[(&str, Option<&str>)] = &[("200", Some("Group")), ("304", None)];
const GROUPS: &[(&str, Option<&str>)] = &[("200", Some("GroupList"))];
const RESOURCES: &[(&str, Option<&str>)] = &[("200", Some("ResourceList"))];
const ROLE: &[(&str, Option<&str>)] = &[("200", Some("Role"))];
const ROLES: &[(&str, Option<&str>)] = &[("200", Some("RoleList"))];
const ENTITLEMENT: &[(&str, Option<&str>)] = &[("200", Some("Entitlement"))];
const ENTITLEMENTS: &[(&str, Option<&str>)] = &[("200", Some("EntitlementList"))];
const BULK: &[(&str, Option<&str>)] = &[("200", Some("BulkResponse"))];
const DESCRIPTION: &[(&str, Option<&str>)] = &[("200", Some("Description"))];
const DESCRIPTIONS: &[(&str, Option<&str>)] = &[("200", Some("DescriptionList"))];
const OPENAPI: &[(&str, Option<&str>)] = &[("200", Some("OpenAPI"))];
const NOTHING: &[(&str, Option<&str>)] = &[("204", None)];

/// Every operation, in the order of the routes.
pub(super) const OPERATIONS: [Operation; 28] = [
    to("get", "/", "Lists users and groups", RESOURCES).with(LIST),
    to("post", "/.search", "Searches users and groups", RESOURCES).taking("SearchRequest"),
    to("get", "/Users", "Lists users", USERS).with(LIST),
    to("post", "/Users", "Creates a user", NEW_USER)
        .with(CREATE)
        .taking("User"),
    to("post", "/Users/.search", "Searches users", USERS).taking("SearchRequest"),
    to("get", "/Users/{id}", "Gets a user", USER_IF_CHANGED).with(READ),
    to("put", "/Users/{id}", "Replaces a user", USER)
        .with(CHANGE)
        .taking("User"),
    to("patch", "/Users/{id}", "Changes a user", USER)
        .with(CHANGE)
        .taking("PatchOp"),
    to("delete", "/Users/{id}", "Deletes a user", NOTHING).with(&["If-Match"]),
    to("get", "/Groups", "Lists groups", GROUPS).with(LIST),
    to("post", "/Groups", "Creates a group", NEW_GROUP)
        .with(CREATE)
        .taking("Group"),
    to("post", "/Groups/.search", "Searches groups", GROUPS).taking("SearchRequest"),
    to("get", "/Groups/{id}", "Gets a group", GROUP_IF_CHANGED).with(READ),
    to("put", "/Groups/{id}", "Replaces a group", GROUP)
        .with(CHANGE)
        .taking("Group"),
    to("patch", "/Groups/{id}", "Changes a group", GROUP_IF_ASKED)
        .with(CHANGE)
        .taking("PatchOp"),
    to("delete", "/Groups/{id}", "Deletes a group", NOTHING).with(&["If-Match"]),
    to("get", "/Roles", "Lists the roles that users can be given", ROLES).with(LIST),
    to("get", "/Roles/{id}", "Gets a role", ROLE),
    to(
        "get",
        "/Entitlements",
        "Lists the licenses that users can be given",
        ENTITLEMENTS,
    )
    .with(LIST),
    to("get", "/Entitlements/{id}", "Gets a license", ENTITLEMENT),
    to("post", "/Bulk", "Runs several operations", BULK).taking("BulkRequest"),
    to("get", "/Me", "Gets the person whose token it is", PERSON).with(READ),
    to(
        "get",
        "/ServiceProviderConfig",
        "Tells the features of the service",
        DESCRIPTION,
    ),
    to("get", "/ResourceTypes", "Lists the resource types", DESCRIPTIONS),
    to(
        "get",
        "/ResourceTypes/{name}",
        "Gets a resource type",
        DESCRIPTION,
    ),
    to("get", "/Schemas", "Lists the schemas", DESCRIPTIONS),
    to("get", "/Schemas/{urn}", "Gets a schema", DESCRIPTION),
    to("get", "/openapi.json", "Describes the API", OPENAPI),
];
